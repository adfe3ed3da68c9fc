# Every sentence of the operator's pages, below /admin, in English. What they share with the
# customers' pages is in ../en.ftl; words of Stripe's API and of the log stand there as they are.

## Said in many places

desk-all = All
desk-account = Account
desk-servers = Servers
desk-state = State
desk-status = Status
desk-since = Since
desk-reason = Reason
desk-until = Until
desk-when = When
desk-what = What
desk-detail = Detail
desk-attempts = Attempts
desk-received = Received
desk-there-are-none = There are none.
desk-no = no
desk-show-them = Show them
desk-unlimited = unlimited
desk-accounts-count = { $count ->
    [one] { $count } account
   *[other] { $count } accounts
}
desk-events-count = { $count ->
    [one] { $count } event
   *[other] { $count } events
}
desk-servers-are = { $used ->
    [one] { $used } server is
   *[other] { $used } servers are
}
desk-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
desk-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
desk-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
desk-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
}

## Accounts

desk-accounts-label = Id, e-mail, name or Stripe customer
desk-accounts-search = Search
desk-accounts-only = Only accounts of which this is true: { $concern }
desk-accounts-found = { desk-accounts-count } found.
desk-accounts-found-for = { desk-accounts-count } found for “{ $query }”.
desk-accounts-show-all = Show all
desk-accounts-none = There is no such account.
desk-none-of = `{ $word }` is none of { $names }
desk-accounts-export = Export these as CSV

## One account

desk-account-all = All accounts
desk-account-decision = Decision
desk-account-reads = The customer reads: “{ $status }”
desk-account-facts = Facts
desk-account-name = Name
desk-account-customer = Stripe customer
desk-account-customer-none = none yet
desk-account-synced = Synced
desk-account-synced-never = never
desk-account-trial = Trial
desk-account-trial-used = used on { $day }
desk-account-trial-unused = not used
desk-account-bought = Bought for good
desk-account-sync = Ask Stripe again
desk-account-synced-same = Stripe was asked: nothing differed.
desk-account-synced-mended = { $count ->
    [one] Stripe was asked: { $count } thing was corrected.
   *[other] Stripe was asked: { $count } things were corrected.
}
desk-subscriptions = Subscriptions
desk-subscription = Subscription
desk-subscription-plan = Plan
desk-subscription-price = Price
desk-subscription-renews = Renews
desk-subscription-ends = Ends
desk-subscription-unmapped = price in no plan
desk-subscription-last-known = { $plan } ({ desk-subscription-unmapped })
desk-subscription-foreign = not ours
desk-server = Server
desk-server-id = Id
desk-members = Members
desk-member-email = E-mail
desk-member-user = User
desk-member-role = Role
desk-member-owner = owner
desk-member-member = member
desk-exemption = Billing exemption
desk-exemption-what = An exempt account has no limit and nothing to pay.
desk-exemption-again = A new exemption takes the place of the one that stands.
desk-exemption-until-hint = A day such as 2026-12-31 ends it as that day begins (UTC); nothing is without end.
desk-exemption-button = Exempt this account
desk-exemption-revoke = Take the exemption back
desk-exemption-history = History
desk-exemption-granted = Granted
desk-exemption-revoked = Taken back
desk-exemption-by = { $moment } by { $who }
desk-exemption-endless = without end
desk-exemption-done = The account is exempt from billing.
desk-exemption-undone = The exemption is taken back.
desk-exemption-not-granted = The exemption was not granted
desk-exemption-no-reason = Write why, in 1 to 500 characters.
desk-exemption-past = This is in the past.
desk-exemption-no-day = Write a day such as 2026-12-31, a time such as 2026-12-31T18:00:00Z, or nothing.

## The decision in words

desk-may-unlimited = It may create a server: { desk-servers-are } in use, and there is no limit.
desk-may = It may create a server: { desk-servers-are } in use, and { $limit } may be.
desk-may-not = It may not create a server: { desk-servers-are } in use, new ones are allowed up to { $limit }, and { $because }.
desk-because-subscription = more than the free ones needs a plan
desk-because-quota = all that its plan gives are taken
desk-because-past-due = nothing new beyond the free ones while a payment is open
desk-because-frozen = nothing new beyond the free ones while a payment is disputed
desk-reason-free = Nothing is paid: the free servers count.
desk-reason-subscription = A running subscription counts.
desk-reason-trial = A trial counts.
desk-reason-grace = A payment failed and the grace period runs.
desk-reason-grace-expired = A payment failed and the grace period is over.
desk-reason-payment-incomplete = The first payment was not completed.
desk-reason-paused = The trial ended without a payment method.
desk-reason-collection-paused = Collection is paused at Stripe.
desk-reason-ended = The subscription has ended.
desk-reason-lifetime = A plan bought for good counts.
desk-reason-exempt = An admin's exemption counts.
desk-reason-unmapped-price = The subscription's price is in no plan; the last known one counts.
desk-reason-stale = The paid time is over and Stripe has not confirmed a renewal.
desk-reason-disputed = A dispute is open.
desk-then-trial = The trial ends on { $moment }: without a payment then, the plan does not go on.
desk-then-reason = If nothing else happens, the reason changes on { $moment }, and the limit stays.
desk-then-limit = If nothing else happens, the limit changes from { $now } to { $later } on { $moment }.
desk-excess = Over the limit: { servers } too many since { $since }; suspended from { $moment } on.
desk-next-ours = On { $moment } it changes to { $next }, as the customer asked; they can undo it.
desk-next-elsewhere = On { $moment } it changes to { $next }, by a schedule that was made at Stripe and is not touched here.
desk-next-price = price { $price }, which is in no plan
desk-next-unpaid = A change of { $subscription } waits for its payment.
desk-alert-two = Two subscriptions are running: end one at Stripe.
desk-alert-exempt = The account is exempt, yet a subscription is still paid.
desk-alert-unmapped-price = A subscription runs at a price that is in no plan.
desk-alert-unknown-status = Stripe uses a status this build does not know; the last one counts.
desk-alert-disputed = A payment is disputed.
desk-alert-inquiry = A bank asks about a payment: answer it in Stripe's dashboard.
desk-alert-returned = Money went back, yet what it paid for goes on: end it or let it be.
desk-alert-paid-twice = A plan was paid for good twice: refund one of the payments.

## What happened to an account

desk-timeline = Timeline
desk-timeline-fine = Newest first; of events and of what was done by hand the last { $most } each. All of them:
desk-timeline-payment = Payment
desk-timeline-change = Change
desk-timeline-exemption = Exemption
desk-timeline-act = Act
desk-happened-created = created
desk-happened-bought = { $plan } bought for good, { $amount }
desk-happened-changed = to { $plan } { $every }, at once
desk-happened-planned = to { $plan } { $every }, at the period's end
desk-happened-unpaid = a renewal is not paid
desk-happened-recovered = the open renewal is paid
desk-happened-lost = the open renewal is given up
desk-happened-event = { $kind } · { $status }
desk-happened-act = { $action } by { $actor }
desk-happened-expired = ended: { $reason }
desk-happened-server = { $name } created
desk-happened-suspended = { $name } suspended
desk-happened-begun = { $subscription } begun
desk-happened-ended = { $subscription } ended

## Events

desk-event-received = Waiting
desk-event-processing = In work
desk-event-done = Done
desk-event-failed = Failed, tried again
desk-event-dead = Given up
desk-event-ignored = Ignored
desk-events-replay-dead = { $count ->
    [one] Replay the dead event
   *[other] Replay all { $count } dead events
}
desk-events-replay-failed = { $count ->
    [one] Replay the failed event
   *[other] Replay all { $count } failed events
}
desk-events-replay-kind = Replay { $count } × { $kind }
desk-events-none = There are no such events.
desk-events-due = { $count ->
    [one] { $count } event is due again.
   *[other] { $count } events are due again.
}
desk-event = Event
desk-event-title = Event { $id }
desk-event-all = All events
desk-event-no-account = none
desk-event-happened = Happened
desk-event-mode = Mode
desk-event-next = Next attempt
desk-event-customer = Customer
desk-event-object = Object
desk-event-because = Ignored because
desk-event-error = Last error
desk-event-replay = Replay this event
desk-event-due = The event is due again and will be processed in a moment.
desk-event-payload = Payload
desk-event-payload-fine = Secrets and payment details are not shown.
desk-event-no-json = The payload is no JSON.
desk-ignored-livemode = It is of the other mode: test or live.
desk-ignored-foreign = It belongs to no account of this panel.
desk-ignored-connect = It happened in a connected Stripe account.

## Hooks

desk-hooks-unconfigured = No panel is told of changes: the configuration lacks
desk-hooks-none = Nothing waits: every message arrived.
desk-hooks-what = A message is tried for three days. Later messages for the same account wait behind it.
desk-hooks-where = Where
desk-hooks-why-not = Why not
desk-hooks-then = Then
desk-hooks-again = Send again
desk-hooks-waits = is tried again
desk-hooks-due = The message is due again.

## The catalogue

desk-plans-what = What is configured, as Stripe confirmed it last. It is read again at start, every hour, and when a price or product changes at Stripe.
desk-plans-none = No plan is configured: the configuration lacks
desk-plans-paid = Paid
desk-plans-amount = Amount
desk-plans-configured = Configured as
desk-plans-price = Price at Stripe
desk-plans-for-sale = For sale
desk-plans-hidden = Hidden
desk-plans-never-seen = it was never seen at Stripe

## Audit

desk-audit-none = Nothing was done by hand yet.
desk-audit-who = Who

## Overview

desk-concerns = To see to
desk-concerns-none = No account needs you.
desk-concerns-more = { $count ->
    [one] { $count } more account
   *[other] { $count } more accounts
}
desk-business = Business
desk-revenue = Recurring revenue
desk-revenue-none = none
desk-revenue-and = { $amounts } and { $amount }
desk-revenue-fine = { $count ->
    [one] { $count } subscription pays
   *[other] { $count } subscriptions pay
}; a year counts a twelfth; before discounts and taxes
desk-trials = Trials
desk-trials-run = { $count ->
    [one] { $count } trial runs
   *[other] { $count } trials run
}
desk-trials-ending = { desk-trials-run }, { $ending ->
    [one] { $ending } of them ends
   *[other] { $ending } of them end
} within 7 days
desk-servers-in-use = { $count } in use
desk-unpaid = Renewals that were not paid
desk-unpaid-entered = Entered
desk-unpaid-recovered = Recovered
desk-unpaid-lost = Lost
desk-unpaid-rate = Recovered of ended
desk-unpaid-median = Median time to recover
desk-unpaid-month = Begun in the last 30 days
desk-unpaid-ever = Ever
desk-unpaid-share = { $percent }% of { $ended }
desk-unpaid-none-ended = none has ended
desk-unpaid-no-median = none yet
desk-messages = Messages from Stripe
desk-messages-chart = Events per hour. { $summary }
desk-messages-count = { desk-events-count } in the last { $hours } hours.
desk-messages-most = { desk-events-count } in the last { $hours } hours, at most { $most } in one.
desk-messages-table = The same as a table
desk-messages-hour = Hour from
desk-waiting-none = No event waits.
desk-waiting = { $count ->
    [one] { $count } event waits, the oldest
   *[other] { $count } events wait, the oldest
} for { $lag }, since { $moment }.
desk-silence-none = Stripe's messages arrive: nothing changed there without one.
desk-silence = Stripe's messages have stayed away for { $lag }, since { $moment }.
desk-agreement = Agreement with Stripe
desk-reconciled-never = All accounts were not compared with Stripe yet.
desk-reconciled = All accounts were last compared with Stripe on { $moment }.
desk-drift-none = No difference from Stripe was found in the last 7 days.
desk-drift = { $count ->
    [one] { $count } difference from Stripe found and mended in the last 7 days.
   *[other] { $count } differences from Stripe found and mended in the last 7 days.
}
desk-drift-what = What differed
desk-drift-found = Found

## What an admin should see to, whichever page is open

desk-no-secret-title = No webhook secret is configured
desk-no-secret = Stripe's messages are refused until STRIPE_WEBHOOK_SECRET or billing.stripe.webhook_secrets is set, so payments show up late.
desk-no-access-title = No access to Stripe
desk-no-access = Stripe refuses the secret key. Events wait until STRIPE_SECRET_KEY is right again.
desk-silent-title = Stripe's messages do not arrive
desk-silent = Since { $moment } Stripe has had news that no message announced.
desk-silent-no-secret = Without a webhook secret every one is refused.
desk-silent-wrong-secret = Messages came whose signature is wrong: compare STRIPE_WEBHOOK_SECRET with the secret of the endpoint in Stripe's dashboard.
desk-silent-unreachable = Stripe cannot reach { $address }: set billing.public_url to an address the internet knows, and the endpoint with it.
desk-silent-never = None has ever arrived: see in Stripe's dashboard that there is an enabled endpoint for { $address }.
desk-silent-stopped = They arrived before: see in Stripe's dashboard that the endpoint for { $address } is enabled and can be reached.
desk-dead-title = { $count ->
    [one] { $count } event was given up
   *[other] { $count } events were given up
}
desk-dead = Mend the cause, then replay what was given up.
desk-untold-title = { $count ->
    [one] { $count } change was not told
   *[other] { $count } changes were not told
}
desk-untold = A panel next door did not take it for three days.
desk-unsent-title = { $count ->
    [one] { $count } letter was not sent
   *[other] { $count } letters were not sent
}
desk-unsent = The mail server did not take mail to customers; the log says why.
desk-not-for-sale-title = { $count ->
    [one] { $count } price is not for sale
   *[other] { $count } prices are not for sale
}
desk-not-for-sale = { $plan } { $every }: { $reason }.

## Errors that only an operator meets

problem-no-event = There is no such event
problem-no-event-detail = there is no event of this id
problem-not-stuck = only dead and failed events are replayed together
problem-no-message = There is no such message
problem-no-message-detail = it arrived meanwhile, or is being tried again
