# Every sentence of the pages, in English. A line is a message: its name, and what is said.
# What a page puts into a message stands in it as { $name }.

## Dates and amounts

date-day = { $day } { date-month } { $year }
date-minute = { $day }, { $time } UTC
date-month = { $month ->
    [1] Jan
    [2] Feb
    [3] Mar
    [4] Apr
    [5] May
    [6] Jun
    [7] Jul
    [8] Aug
    [9] Sep
    [10] Oct
    [11] Nov
   *[12] Dec
}
money-point = .
money-group = ,
money-symbol = { $sign }{ $symbol }{ $number }
money-code = { $sign }{ $number } { $code }

## Said in many places

servers = { $count ->
    [one] { $count } server
   *[other] { $count } servers
}
free-servers = { $free ->
    [0] no free server
    [one] { $free } free server
   *[other] { $free } free servers
}
kept = You keep { free-servers }. { nothing-deleted }
nothing-deleted = Nothing is deleted.
see-plans = See the plans
see-invoices = See the invoices
see-way-out = See the way out
try-again = Try again
price-per = { $amount } { $every }
per-month = per month
per-year = per year
once = once
one-or-other = { $one } or { $other }

## How an account stands

plan-unnamed = Your plan
plan-exempt = No billing
plan-free = Free
status-free = Your account has { free-servers }. A plan gives you more.
status-active = { $plan } is active.
status-ending = { $plan } is cancelled and ends on { $day }. Until then nothing changes; after that you keep { free-servers }.
status-trial = You are trying { $plan }.
status-trial-until = You are trying { $plan } until { $day }.
status-grace-failed = A payment failed.
status-grace-ended = Your plan ended because a payment failed.
status-grace-until = Your servers keep running until { $moment }.
status-grace-open = Your servers keep running.
status-grace-meanwhile = Until the payment is settled no new server can be created beyond { free-servers }. { nothing-deleted }
status-grace-expired = A payment is overdue and the time to settle it is over. { kept }
status-payment-incomplete = The first payment was not completed, so the plan has not begun. You have { free-servers }.
status-paused = The trial is over and there is no payment method, so the plan is paused. { kept }
status-collection-paused = Payments for { $plan } are paused. It is paid until { $day }; after that you keep { free-servers }.
status-collection-paused-over = Payments for your plan are paused and the time that was paid is over. { kept }
status-ended = Your plan has ended.
status-ended-on = Your plan ended on { $day }.
status-lifetime = { $plan } is yours for good.
status-exempt = Your account is exempt from billing: there is nothing to pay.
status-exempt-until = Your account is exempt from billing until { $moment }: there is nothing to pay.
status-unmapped-price = Your subscription runs at a price that is in no plan here; { $plan } goes on as before. Please tell the operator.
status-unmapped-price-free = Your subscription runs at a price that is in no plan here, so you have { free-servers }. Please tell the operator.
status-stale = The paid time is over and the renewal is not confirmed yet. { $plan } goes on until { $moment } while we ask again.
status-stale-over = The paid time is over and no renewal was confirmed. { kept }
status-disputed = A payment is disputed. Your servers keep running; until that is settled no new server can be created beyond { free-servers }.
status-disputed-over = A payment is disputed. Until that is settled no new server can be created beyond { free-servers }.

state-free = Free
state-incomplete = Not paid yet
state-trial = Trial
state-active = Active
state-past-due = Payment overdue
state-requires-action = Payment to confirm
state-unpaid = Unpaid
state-paused = Paused
state-ended = Ended
state-lifetime = Lifetime
state-exempt = Billing exempt

usage = { $used } of { servers }
usage-over = { $used } of { servers }: { $over } over
usage-unlimited = { servers }, unlimited
gives = { servers } in all
gives-unlimited = Unlimited servers
free-none = no server is free here
free-one-used = your free server is in use
free-all-used = all { $free } free servers are in use
free-some-used = { $used } servers are in use and { $free } of them free

## The next payment

next-ends = Ends
next-first = First payment
next-payment = Next payment
next-due = Payment due
next-open-payment = Open payment
next-on = { $amount } on { $day }
next-since = { $amount } since { $day }
next-open = { $open }.
next-after-trial = { $amount } after the trial
next-ends-trial = { $day }; nothing will be charged
next-ends-paid = { $day }; no more payments
next-none-collection-paused = none while payments are paused
next-none-paused = none while the plan is paused
price-of-plan = the price of the plan
price-of-your-plan = the price of your plan
retry-on = It is tried again on { $day }.
retry-now = It is being tried again.
retry-none = No further automatic attempts are made.

## What can be done

manage-payment = Manage payment and invoices
invoices-and-methods = Invoices and payment methods
change-plan = Change the plan
cancel-plan = Cancel the plan
confirm-payment = Confirm the payment
pay-invoice = Pay the open invoice
update-method = Update the payment method
add-method = Add a payment method
start-plan = Start the plan
start-plan-for = Start the plan for { $amount }
keep-plan = Keep my plan
keep-plan-as-it-is = Keep my plan as it is
go-on-choosing = Go on choosing

## Notices

notice-two-title = Two subscriptions are running
notice-two = You pay for two plans, the larger one counts. End the other one.
notice-exempt-title = A subscription is running
notice-exempt = Your account need not pay, yet a subscription is still running.
notice-confirm-title = Confirm your payment
notice-confirm = Your bank wants you to confirm the payment.
notice-confirm-amount = Your bank wants you to confirm the payment of { $amount }.
notice-declined-title = A change of your plan is not paid
notice-declined = The payment was declined. Until it is paid your plan stays.
notice-declined-amount = The payment of { $amount } was declined. Until it is paid your plan stays.
notice-ended-unpaid-title = Your plan ended because a payment failed
notice-failed-title = Your payment failed
notice-failed = { $amount } could not be charged.
notice-failed-on = { $amount } could not be charged on { $day }.
notice-failed-price = The price of your plan
notice-kept-until = Your servers keep running until { $moment }. { nothing-deleted }
notice-disputed-title = A payment is disputed
notice-disputed-run = Your servers keep running.
notice-disputed = Until your bank has decided, no new server can be created beyond { free-servers }.
notice-first-title = Your plan has not begun
notice-first = The first payment was not completed. It can be made until { $moment }.
notice-overdue-title = A payment is overdue
notice-overdue = The time to settle it is over. You keep { free-servers }; nothing is deleted.
notice-paused-title = Your plan is paused
notice-paused = The trial is over and there is no payment method. { nothing-deleted }
notice-paused-start = The trial is over. The plan goes on when you start it.
notice-no-card-title = Add a card to keep your plan
notice-no-card = Your trial ends on { $moment }. Without a payment method the plan stops then. { nothing-deleted }
notice-processing = Please do not pay again. A bank may take some days.
notice-trial-ends-title = Your trial ends soon
notice-trial-ends = On { $moment } the first payment is made: { $price }.

returned-complete-title = Thank you, your payment has arrived
returned-complete = What you bought counts from now on.
returned-processing-title = Your payment is still being processed
returned-processing-again = Please do not pay again. This page looks again by itself every few seconds.
returned-processing-long = Please do not pay again. It takes longer than usual; come back later.
returned-open-title = The checkout was not finished
returned-open = Nothing was charged.
returned-expired-title = The checkout has run out
returned-expired = Nothing was charged. You can begin again at any time.
returned-failed-title = Your payment did not arrive
returned-failed = Nothing was bought. You can try again, with another way to pay.
returned-elsewhere = This was for the account { $name }; you act for another one now.
stored-only-title = The payment provider does not answer right now
stored-only = You see what we knew last. If you have just paid, please do not pay again; reload in a minute.

## Servers above the limit

over-title = { $count ->
    [one] { $count } server is over your limit
   *[other] { $count } servers are over your limit
}
over-frozen = All of them keep running, but no new one can be created.
over-may-run = { $keep ->
    [0] no server may run
    [one] { $keep } server may run
   *[other] { $keep } servers may run
}
over-newest = { $over ->
    [one] the newest one is
   *[other] the newest ones are
}
over-ahead-title = { $count ->
    [one] { $count } server will be over your limit
   *[other] { $count } servers will be over your limit
}
over-ahead = From { $since } on { over-may-run }. If nothing changes, { over-newest } suspended on { $moment }. { nothing-deleted }
over-notice = What runs now keeps running until { $moment }; after that { over-may-run }, and { over-newest } suspended. { nothing-deleted }
over-suspended-title = { $count ->
    [one] { $count } server is suspended
   *[other] { $count } servers are suspended
}
over-suspended = Now { over-may-run }. A suspended server keeps everything it has and runs again as soon as it fits your limit. { nothing-deleted }
over-disputed = A payment is disputed.
over-choose = Choose which servers run on
server-suspended = suspended since { $moment }
server-reserved = being created, reserved until { $moment }
server-runs-until = runs; is suspended on { $moment }
server-suspends-now = runs; is suspended in a moment
server-active = active

choice-title = Servers that run on
choice-legend = Choose { servers } to run on
choice-since = since { $day }
choice-button = Keep the chosen servers running
choice-none = No server is over your limit, so all of them run on and there is nothing to choose.
choice-stored = Your choice is stored.
choice-not-stored = Your choice was not stored

## The head and the foot of a page

nav-skip = Skip to the content
nav-pages = Pages
nav-desk = Pages of the operator
nav-sign-out = Sign out
nav-billing = Billing
nav-plans = Plans
nav-overview = Overview
nav-accounts = Accounts
nav-events = Events
nav-hooks = Hooks
nav-catalogue = Catalogue
nav-audit = Audit
nav-language = Language
nav-acting-for = for { $name }
sandbox-label = Sandbox
sandbox-note = Sandbox: no real money moves.
sandbox-open = Open the sandbox dashboard
paging = Page { $page } of { $pages }
paging-label = Pages of the list
paging-back = Previous page
paging-onward = Next page
optional = (optional)

## Billing

billing-title = Billing
billing-servers = Servers
billing-price = Price
billing-manage = Manage
billing-cards = Cards are managed at Stripe; card numbers never reach this panel.
billing-synced = As Stripe told us on { $moment }.
billing-ask = You are a member of this account; only an owner changes what it pays for. Ask { $ask }.
billing-back = Back to billing
plan-runs-again = Your plan runs again

## Invoices

invoices-title = Invoices
invoices-none-here = There are no invoices here.
invoices-none = There are no invoices yet. The first one comes with your first plan.
invoices-number = Number
invoices-date = Date
invoices-amount = Amount
invoices-status = Status
invoices-documents = Documents
invoices-view = View
invoices-view-label = View invoice { $number }
invoices-pdf-label = Invoice { $number } as PDF
invoices-trouble = Your invoices are kept there and cannot be shown now; your servers are not affected.
invoice-paid = Paid
invoice-refunded = Refunded
invoice-partly-refunded = Partly refunded
invoice-open = Open
invoice-overdue = Overdue
invoice-void = Void
invoice-written-off = Written off
invoice-unknown = See the document

## Plans

plans-title = Plans
plans-ask = You are a member of this account; only an owner chooses its plan. Ask { $ask }.
plans-for-owners = An owner can choose it
plans-exempt = Your account is exempt from billing, so there is nothing to buy.
plans-how-to-pay = How to pay
plans-monthly = Monthly
plans-yearly = Yearly
plans-none = No plans are for sale at the moment. Please come back later.
plans-fine = The number of servers includes the free ones. You pay at Stripe; card numbers never reach this panel.
plans-manage-first = Manage your plan first
plans-nothing-to-pay = Nothing to pay
card-yours-for-good = Yours for good
card-your-plan = Your plan
card-no-room = Not for sale right now: the game panel has no room for another server. Try again later.
card-processing = A payment is still being processed; please do not pay again.
card-buy = Buy { $plan }
card-choose = Choose { $plan }
card-as-much = { $plan } gives you as much already.
card-currency = You pay another subscription in { $currency }; both cannot run at a time.
card-scheduled = Yours from { $day }
card-upgrade = Upgrade to { $plan }
card-downgrade = Switch to { $plan } at renewal
card-by-month = Pay by the month
card-by-year = Pay by the year
card-by-month-later = Pay by the month from renewal on
card-by-year-later = Pay by the year from renewal on
card-trial = { $count ->
    [one] Free for { $count } day, then { $amount } { $every }.
   *[other] Free for { $count } days, then { $amount } { $every }.
}
saving-months = { $count ->
    [one] { $count } month free
   *[other] { $count } months free
}
saving-percent = { $percent } % less

## A change of plan

change-all-plans = All plans
change-switch = Switch to { $plan }
change-by-month = Pay for { $plan } by the month
change-by-year = Pay for { $plan } by the year
change-once = Pay for { $plan } once
change-none-title = { $plan } is your plan
change-none = You have this plan already, so nothing changes.
change-at-once = { $plan } begins at once: { $limit }.
change-when-paid = { $plan } begins as soon as it is paid: { $limit }. What is left of the time you have paid for is taken off the price.
change-at-end = Nothing changes until { $day }, for that time is paid. From then on you have { $plan }: { $limit }. You can take this back until then.
change-next-monthly = { $amount } on { $day }, then every month
change-next-yearly = { $amount } on { $day }, then every year
change-next-once = { $amount } on { $day }, then never again
change-credit = { $amount } is left over and is taken off your next bills.
change-pay-and-switch = Pay { $amount } and switch to { $plan }
change-pay-by-month = Pay { $amount } and pay for { $plan } by the month
change-pay-by-year = Pay { $amount } and pay for { $plan } by the year
change-switch-now = Switch to { $plan } now, at no charge today
change-now-by-month = Pay for { $plan } by the month now, at no charge today
change-now-by-year = Pay for { $plan } by the year now, at no charge today
change-switch-later = Switch to { $plan } on { $day }
change-later-by-month = Pay for { $plan } by the month on { $day }
change-later-by-year = Pay for { $plan } by the year on { $day }
change-excess-freeze = The new plan has no room for { servers }. They keep running, but no new one can be created. The newest are:
change-excess-suspend = The new plan has no room for { servers }. Unless you delete as many, these may be suspended; nothing is deleted:
change-consent = I know that I will have { servers } over the limit
change-planned = The change is planned for { $day }.
change-done = Done: you have { $plan } now.
change-done-unnamed = Done: you have the new plan now.
change-unseen = Your change is on its way. What came of it will show here in a moment.
change-costs = What it costs
bill-unused = Unused time on { $plan } after { $day }
bill-remaining = Remaining time on { $plan } after { $day }
bill-discount = Discount
bill-tax = Tax
change-what = What
change-amount = Amount
change-total = Total today
change-next = Next payment
change-valid = This holds until { $moment }.
change-unpaid-title = Your change of plan is not paid yet
change-unpaid = Your plan stays as it is until the payment has gone through.
change-finish-payment = Finish the payment
change-ahead-title = { $plan } from { $day }
change-ahead-other-price = another price from { $day }
change-ahead = Until then nothing changes.
change-ahead-elsewhere = This was arranged outside this panel; ask the operator to change it.
end-ahead-title = Your plan ends on { $day }
end-ahead = Until then nothing changes, and you can keep it.

## Cancelling

cancel-heading = Cancel { $plan }
cancel-heading-unnamed = Cancel your plan
cancel-nothing = You have no plan that could be cancelled.
cancel-already = Your plan is cancelled already and ends on { $day }.
cancel-paid-until = It is paid until { $day } and ends then. Nothing is paid back.
cancel-unpaid-until = It ends on { $day }. The open payment stays due, and nothing is paid back.
cancel-then = It ends when the time that is paid for is over.
cancel-what-stops = What stops
cancel-what-stays = What stays
cancel-planned = Planned change
cancel-stops = No more payments, and after that day you keep { free-servers }.
cancel-stops-unpaid = It is not renewed; the open payment stays due. After that day you keep { free-servers }.
cancel-stops-freeze = You have { servers } more than that: they keep running, but no new one can be created.
cancel-stops-suspend = You have { servers } more than that: unless you delete as many, the newest may be suspended.
cancel-keeps = Until then you keep { $plan } in full.
cancel-keeps-unnamed = Until then you keep your plan in full.
cancel-keeps-unpaid = What you keep until then depends on the open payment.
cancel-stays = No server and no data is deleted. Until that day you can go on with your plan by one click on the billing page, after it by choosing a plan again.
cancel-undoes = The switch to { $plan } that is planned for { $day } is taken back.
cancel-button = End { $plan }
cancel-button-on = End { $plan } on { $day }
cancel-button-unnamed = End your plan
cancel-button-unnamed-on = End your plan on { $day }
cancelled = Your plan is cancelled.
resumed = Your plan goes on.
undone = Your plan stays as it is.

## The built-in panel

nav-servers = Servers
nav-account = Account
see-billing = See your billing page
field-email = E-mail
field-name = Name
field-password = Password
email-wrong = Write an e-mail address, such as ada@example.com.
name-wrong = The name needs 1 to 60 characters.
password-rule = Use 12 to 128 characters.
password-broken = The password needs 12 to 128 characters.

sign-in-title = Sign in
sign-in-new = You are new here?
sign-in-button = Sign in
register-title = Register
register-button = Register
register-already = You are registered already?
register-taken = There is a user with this e-mail already; sign in instead.
register-name-long = The name may have at most 60 characters.
register-not-yet = You are not registered yet

servers-title = Servers
servers-none = You have no servers yet. Create the first one below.
servers-name = Name
servers-game = Game
servers-kind = Kind
servers-state = State
servers-kind-unknown = Choose one kind of the list.
servers-since = Since
servers-delete = Delete
servers-delete-more = Delete…
servers-delete-button = Delete { $name } for good
servers-way-out = How it runs again
servers-create-title = Create a server
servers-create-button = Create server
servers-created = { $name } is created.
servers-underway = { $name } is being created.
servers-deleted = The server is deleted.
servers-not-created = The server was not created
servers-game-wrong = The game needs 1 to 40 characters.
servers-game-unknown = Choose one of the games of the list.
servers-suspended = Suspended since { $moment }: it is over your limit. Nothing of it is deleted.

account-title = Account
account-name = Name
account-name-button = Change name
account-renamed = Your name is changed.
account-email = E-mail
account-email-hint = You sign in with it. Where receipts go is changed on your billing page.
account-email-button = Change e-mail
account-email-taken = Somebody else signs in with this e-mail.
account-email-changed = Your e-mail is changed; sign in with the new one.
account-your-password = Your password
account-current-password = Current password
account-new-password = New password
account-password = Password
account-password-fine = A new password signs you out everywhere else.
account-password-button = Change password
account-password-changed = Your password is changed, and you are signed out everywhere else.
account-not-yours = This is not your password.
account-unchanged = Nothing was changed
account-sessions = Where you are signed in
account-device = Device
account-device-unknown = A device we do not know
device-on = { $browser } on { $system }
device-browser = A browser
account-this-one = This one
account-signed-in = Signed in
account-last-seen = Last seen
account-end = End
account-end-others = Sign out of all others
account-session-ended = That session is signed out.
account-others-ended = You are signed out everywhere else.

## Refusals and errors: a detail begins small and ends without a stop, as the API has it

error-way-out = Show the way out
error-start = Back to the start
error-code = Code:
error-request = Request at the payment provider:
refused-subscription = A subscription is needed for another server
refused-subscription-detail = { $why }; a plan gives more
refused-quota = All servers of the plan are used
refused-quota-detail = { $used } of { $limit } servers are used; a larger plan gives more
refused-past-due = A payment is overdue
refused-past-due-detail = existing servers run on; new ones can be created when the open invoice is paid
refused-frozen = A payment is disputed
refused-frozen-detail = new servers can be created when the dispute is settled
problem-invalid = Something is not as it must be
problem-wrong-password = You are not signed in
problem-wrong-password-detail = this e-mail and this password do not belong together
problem-forbidden = This is not for you
problem-forbidden-detail = what you asked for needs more rights than you have here
problem-cross-origin = This request came from another site
problem-cross-origin-detail = open the page itself and try again from there
problem-not-found = There is nothing here
problem-not-found-detail = the address leads to no page of this panel
problem-no-server = There is no such server
problem-no-server-detail = it may have been deleted meanwhile
problem-no-checkout = There is no such checkout
problem-no-checkout-detail = this account has no checkout of that id; nothing was changed
problem-too-many = Too many requests
problem-too-many-detail = try again in { $seconds } s
problem-slow = The request did not arrive whole
problem-slow-detail = its end was missing after { $seconds } s, so nothing was changed; please send it again
problem-internal = Something went wrong on our side
problem-internal-detail = nothing was changed; please try again, and tell the operator if it stays
problem-database = The database is not available
problem-database-detail = nothing was changed; please try again in a moment
problem-stripe = The payment provider does not answer
problem-stripe-detail = nothing was charged; please try again in a moment
problem-subscribed = There is a subscription already
problem-subscribed-detail = a second one would be paid twice; manage the one that runs
problem-owned = This is yours already
problem-no-customer = There is nothing to manage yet
problem-no-customer-detail = this account has never paid for anything, so there is nothing to manage yet
problem-no-room = The game panel has no room for another server
problem-no-room-detail = no server can be made there now, so nothing is sold to who wants one; nothing was paid, try again later
problem-not-for-sale = This plan is not for sale now
problem-no-subscription = There is no subscription
problem-managed-elsewhere = This subscription is managed elsewhere
problem-payment-first = A payment must be settled first
problem-no-change = This change cannot be made now
problem-not-accepted = Stripe does not accept this change as things stand, so nothing was done; look at the payment method and the invoices, or ask the operator
problem-stale = This preview no longer holds
problem-stale-detail = something has changed since, so nothing was done; look at the new preview
problem-outcome-unknown = it is not known yet whether the change was made, for it is under way; sending the same again does no harm, but ask for no other plan before the billing page shows what came of it
problem-not-seen = The change is on its way
problem-not-seen-detail = what came of it shows in a moment; sending the same again does no harm
problem-link-unknown = This link leads nowhere
problem-link-unknown-detail = go back to your panel and open billing from there
problem-link-over = This link is over
problem-link-over-detail = it opens once and within 5 minutes; go back to your panel and open billing again
problem-link-closed = It has been a while
problem-link-closed-detail = for your safety these pages close after an hour; go back to your panel and open billing again
problem-signed-in = Somebody is signed in here
problem-signed-in-detail = you are signed in as { $name }; sign out first, then open the link again
problem-no-plan = there is no plan `{ $plan }`
problem-not-for-sale-detail = { $plan } { $every } is not for sale now
problem-price = This price is not for sale
problem-price-detail = price { $price } is none of the prices for sale
problem-owned-detail = this account already owns { $plan } for good
problem-paying-detail = a payment for { $plan } is still being processed; please do not pay again
problem-currency = This plan is sold in another currency
problem-currency-detail = { $plan } is sold in { $sold_in }, and { $pays_in } is what this account pays a running subscription in; Stripe bills a customer in one currency at a time; end what runs in it first, or ask the operator
problem-no-subscription-detail = this account has no subscription to cancel
problem-change-scheduled = A change of plan is scheduled
problem-change-scheduled-detail = a change of plan is scheduled; cancel here instead, which undoes it first
problem-once = a plan is changed to one paid by month or year; what is paid once is bought at checkout
problem-no-preview = `{ $token }` is no preview of this account; ask for one first
problem-consent = the new plan has no room for all servers; confirm that some will be over the limit
problem-not-made = The game panel did not make the server
problem-not-made-detail = the server was not made: { $error }
unmade-no-user = register at the game panel with the same e-mail address first; it has no user with that address or the external id { $id }
unmade-marked = the panel's user with this e-mail address has the external id of another account; give another address, or that user the external id { $id }
unmade-administrator = the panel's user with this e-mail address is an administrator; give another address, or that user the external id { $id }
unmade-of-another = user { $user } of the panel belongs to another account already
unmade-not-set-up = the game panel is not set up; its operator sees why in the log
unmade-template-gone = the template { $template } is not configured any more
unmade-too-long = it took too long
unmade-taken-back = it was taken back
problem-no-panel = no panel is configured that servers could be made in; leave the template out
problem-no-template = `{ $template }` is no template; there is { $names }
problem-server-exists = There is a server with this id already
problem-server-exists-detail = server `{ $server }` has a slot already and was not made of a template; give this one another id, or delete `{ $server }` first if there is no such server
problem-no-account = There is no such account
problem-no-account-detail = make it with `{ $call }` first
problem-too-large = The body is too large
problem-too-large-detail = at most { $mib } MiB are taken
problem-form = a part of the address or the body has the wrong form
problem-id = `{ $id }` is no { $kind } id: { $rule }
problem-bad-request = Bad Request
problem-media-type = Unsupported Media Type
problem-refused = Refused
problem-refused-detail = the request could not be taken as it was
wrong-plan = choose one of the plans
wrong-plan-below = choose one of the plans below
wrong-interval = choose month or year
wrong-interval-or-once = choose month, year or once
wrong-flow = write { $method }, { $cancel } or nothing
wrong-range = name one end of the list, not both
wrong-language = `{ $tag }` is no language of these pages; write { $tags }
wrong-role = choose owner or member
refusal-no-subscription = this account has no subscription whose plan could be changed
refusal-elsewhere = this subscription is steered by a schedule that was made elsewhere; ask the operator
refusal-payment-first = the open payment must be settled before the plan can be changed
refusal-ending = the plan is cancelled and ends on { $day }; take the cancellation back first
refusal-currency = the subscription is paid in { $has } and this price is in { $wants }; a subscription keeps its currency until it ends
refusal-collection-paused = payments of this subscription are paused, so nothing more can be bought; ask the operator
refusal-no-method = no payment method is stored that this change could be charged to; add one first
refusal-unclear = this subscription is in a state that this panel does not know; ask the operator
choice-nothing-over = nothing is over the limit, so every server runs on
choice-count = choose exactly { $wanted }: these were { $chosen }
choice-unknown = `{ $server }` is no server of this account that could be chosen

## Accounts that several people share

account-current = You act for it
account-act-for = Act for { $name }
refused-member = { $detail }. You are a member of this account; ask { $ask }, who can change its plan
owners-only = Only an owner of the account can do this
owners-only-detail = you are a member of this account and not its owner; ask { $ask }
other-account = You act for another account now
other-account-detail = this page was opened for another account, so nothing was changed; open it again, or choose that account on your account page first
no-such-account = You do not belong to this account
no-such-account-detail = choose one of the accounts on your account page
member-not-found = There is no such person in this account
member-not-found-detail = they may have left it, or are an owner and must be made a member first
last-owner = An account needs an owner
last-owner-detail = you are the only owner of this account; make somebody else an owner first
members-full = This account is full
members-full-detail = { $most } people belong to it, and there is no room for more
invites-full = There are enough invitations
invites-full-detail = { $most } of them are open; take one back or wait until one ends
invite-not-found = This invitation leads nowhere
invite-not-found-detail = the link may not be complete; ask who sent it for a new one
invite-over = This invitation is over
invite-over-detail = it was used, taken back, or is more than 7 days old; ask who sent it for a new one
part-owner = Owner
part-member = Member
account-leave = Leave this account
member-make-owner = Make an owner
member-make-member = Make a member
member-remove = Remove
invite-take-back = Take back
member-is-owner = They are an owner now.
member-is-member = They are a member now.
member-removed = They belong to this account no more.
account-switched = You act for this account now.
account-left = You have left the account and act for your own now.
invite-taken-back = The invitation is taken back.
join-already = You belong to this account already.
join-done = You belong to this account now, and act for it.
join-somebody = Somebody
notice-ask = Ask { $ask } to see to it.
made-older = { $count ->
    [one] One more was not made
   *[other] { $count } more were not made
}
made-failed = Not made: { $error }. It takes no slot.
made-underway = Being created
made-suspended = Suspended since { $moment }: it is over your limit. Nothing of it is deleted.
made-running = At the game panel since { $day }
join-title = Join an account
join-what = { $host } invites you to share an account. You would see its servers and create new ones; what it pays for stays with its owners. The invitation ends on { $moment }.
join-sign-in = Sign in to join
join-register = Register to join
join-button = Join this account
join-fine = You keep your own account, and choose on your account page for which one you act.
invite-title = Invitation
invite-what = Copy this link and send it to the one person who should join your account. It is shown only now, works once, and ends on { $moment }.
invite-link = Link to join
invite-fine = Whoever joins sees and creates servers of your account. Billing stays with its owners.
shared-accounts = Your accounts
shared-account = Account
shared-you-are = You are
shared-choose = Choose
shared-people = People of this account
shared-role = Role
shared-since = Since
shared-change = Change
shared-no-email = not shown
shared-fine = Members see and create servers; owners also delete those of others, pay, and invite.
shared-invites = Invitations
shared-made = Made
shared-ends = Ends
shared-invite-button = Make an invitation link
shared-invite-fine = A link lets one person join this account, within 7 days.
servers-owner-only = by an owner only
