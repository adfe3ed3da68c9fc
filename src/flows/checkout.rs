//! Stripe Checkout: begin, and come back.

use serde_json::json;

use super::provision::room;
use super::returned::{may_return_to, success_url};
use super::{
    Billing, Failed, catalogue, customer, for_a_page, gate, needless, purchases, random_text,
    silence,
};
use crate::domain::entitlement::State;
use crate::domain::ids::{AccountId, CustomerId, PlanId, PriceId, SessionId};
use crate::domain::plan::{Interval, Offer};
use crate::store::checkouts::{Checkout, Intent, Progress};
use crate::store::{self, StoreFailed};
use crate::stripe::{Expiry, NewCheckoutSession, Patience, Purchase, StripeFailed};

/// What somebody wants to buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wish {
    Plan(PlanId, Interval),
    Price(PriceId),
}

/// Where Checkout sends the customer, if not to our own pages.
#[derive(Debug, Clone, Default)]
pub(crate) struct Returns {
    pub(crate) success: Option<String>,
    pub(crate) cancel: Option<String>,
}

/// A session to send the customer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Begun {
    pub(crate) url: String,
    pub(crate) session: SessionId,
}

/// Why no Checkout was begun.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotBegun {
    #[error("there is no plan `{0}`")]
    UnknownPlan(String),
    #[error("{plan} per {interval} is not for sale now")]
    Unavailable { plan: PlanId, interval: Interval },
    #[error("price {0} is none of the prices for sale")]
    PriceNotAllowed(PriceId),
    #[error("this account already has a subscription")]
    SubscriptionExists { state: State, action_url: String },
    #[error("this account already owns {0} for good")]
    AlreadyOwned(PlanId),
    #[error(
        "{plan} is sold in {sold_in}, and {pays_in} is what this account pays a running \
         subscription in; Stripe bills a customer in one currency at a time"
    )]
    OtherCurrency { plan: PlanId, sold_in: String, pays_in: String },
    #[error("a payment for {0} is still being processed; please do not pay again")]
    AlreadyPaying(PlanId),
    /// The panel next door could not make the server that is wanted.
    #[error("no server can be made at the game panel now")]
    NoRoom,
    #[error("`{0}` is no address this panel may be returned to")]
    ReturnUrl(String),
    #[error(transparent)]
    Failed(#[from] Failed),
}

impl From<StoreFailed> for NotBegun {
    fn from(error: StoreFailed) -> Self {
        Self::Failed(error.into())
    }
}

impl From<StripeFailed> for NotBegun {
    fn from(error: StripeFailed) -> Self {
        Self::Failed(error.into())
    }
}

/// Opens a Checkout Session for `wish`, after looking at Stripe that none is needed already.
///
/// The same wish made twice leads to the same session.
pub(crate) async fn begin(
    billing: &Billing,
    account: &AccountId,
    wish: &Wish,
    returns: &Returns,
) -> Result<Begun, NotBegun> {
    check_returns(billing, returns)?;
    let is_short = room::is_short(billing).await;
    let lock = billing.locks.of_checkout(account);
    for_a_page(async {
        let _one_at_a_time = lock.lock().await;
        begin_alone(billing, account, wish, returns, is_short).await
    })
    .await
}

async fn begin_alone(
    billing: &Billing,
    account: &AccountId,
    wish: &Wish,
    returns: &Returns,
    is_short: bool,
) -> Result<Begun, NotBegun> {
    let offer = offer(billing, wish).await?;
    let mut standing = look(billing, account, &offer).await?;
    if is_short && room::wants_more(&standing) {
        return Err(NotBegun::NoRoom);
    }
    let customer = customer::of(billing, &standing.account).await?;
    if standing.account.customer.is_none() {
        // Stripe may know the customer, and what they pay, from before a backup was restored.
        standing = look(billing, account, &offer).await?;
    }
    let trial_days =
        billing.settings.trial_days.filter(|_| standing.account.trial_used_at.is_none());
    let request = NewCheckoutSession {
        purchase: match offer.interval {
            Interval::Once => Purchase::Payment,
            Interval::Month | Interval::Year => Purchase::Subscription { trial_days },
        },
        customer: &customer,
        account,
        plan: &offer.plan,
        price: &offer.price,
        success_url: success_url(billing, returns.success.as_deref()),
        cancel_url: returns
            .cancel
            .clone()
            .unwrap_or_else(|| billing.settings.page("/billing/plans")),
        automatic_tax: billing.settings.stripe.automatic_tax,
        promotion_codes: billing.settings.stripe.promotion_codes,
    };
    let purpose = format!("checkout:{}:{}", offer.plan, offer.interval);
    let parameters = parameters(&request);
    let before = intent(billing, account, &purpose).await?;
    let same = before.as_ref().filter(|intent| intent.parameters == parameters);
    let open = still_open(billing, same.and_then(|intent| intent.session.as_ref())).await?;
    let keep = open.as_ref().map(|begun| &begun.session);
    if close_others(billing, account, keep).await? == Closed::SomeWerePaid {
        look(billing, account, &offer).await?;
    }
    if let Some(begun) = open {
        return Ok(begun);
    }
    let nonce = match before.filter(|intent| intent.session.is_none()) {
        Some(unanswered) if unanswered.parameters == parameters => unanswered.nonce,
        Some(_) => {
            // The answer to the earlier request was lost; what it opened must not be paid too.
            expire_lost(billing, account, &customer).await?;
            random_text()
        }
        None => random_text(),
    };
    let intent = Intent { nonce, parameters, session: None };
    let begun = create(billing, &offer, &request, &purpose, intent).await?;
    // Another process may have begun one at the same time: each stores its own before it looks, so
    // at least one finds the other, and at most one stays open.
    if close_others(billing, account, Some(&begun.session)).await? == Closed::SomeWerePaid
        && let Err(refused) = look(billing, account, &offer).await
    {
        billing.stripe.expire_checkout_session(&begun.session, Patience::Page).await?;
        return Err(refused);
    }
    Ok(begun)
}

/// Syncs, and refuses what would be paid for nothing.
async fn look(
    billing: &Billing,
    account: &AccountId,
    offer: &Offer,
) -> Result<gate::Standing, NotBegun> {
    silence::sync(billing, account, Patience::Page).await?;
    let mut conn = billing.store.read().await?;
    let standing = gate::standing(&mut conn, billing, account).await?.ok_or(Failed::NoAccount)?;
    let unsettled = store::checkouts::unsettled(&mut conn, account, billing.mode()).await?;
    needless::refuse(billing, &standing, offer, &unsettled)?;
    Ok(standing)
}

/// The session the same wish opened before, if it can still be paid.
async fn still_open(
    billing: &Billing,
    session: Option<&SessionId>,
) -> Result<Option<Begun>, NotBegun> {
    let Some(session) = session else {
        return Ok(None);
    };
    let found = billing.stripe.checkout_session(session, Patience::Page).await?;
    let open = found.filter(|found| purchases::progress(found) == Progress::Open);
    Ok(open.and_then(|found| Some(Begun { url: found.url?, session: found.id })))
}

/// Creates the session under a nonce that is stored before Stripe is called.
async fn create(
    billing: &Billing,
    offer: &Offer,
    request: &NewCheckoutSession<'_>,
    purpose: &str,
    mut intent: Intent,
) -> Result<Begun, NotBegun> {
    let account = request.account;
    put_intent(billing, account, purpose, &intent).await?;
    let key = format!("checkout:{account}:{}:{}:{}", offer.plan, offer.interval, intent.nonce);
    let session = match billing.stripe.create_checkout_session(request, &key, Patience::Page).await
    {
        Ok(session) => session,
        Err(error) => {
            if error == StripeFailed::StoredFailure {
                expire_lost(billing, account, request.customer).await?;
            }
            if error.settles_the_outcome() {
                drop_intent(billing, account, purpose).await?;
            }
            return Err(needless::explain(error, offer));
        }
    };
    intent.session = Some(session.id.clone());
    put_intent(billing, account, purpose, &intent).await?;
    purchases::watch(billing, account, &session).await?;
    metrics::counter!("coinslot_checkout_started_total").increment(1);
    tracing::info!(%account, session = %session.id, plan = %offer.plan, interval = %offer.interval, "checkout begun");
    let url = session.url.ok_or_else(|| StripeFailed::Unreadable {
        detail: "a Checkout Session without an address".to_owned(),
    })?;
    Ok(Begun { url, session: session.id })
}

async fn intent(
    billing: &Billing,
    account: &AccountId,
    purpose: &str,
) -> Result<Option<Intent>, StoreFailed> {
    let mut conn = billing.store.read().await?;
    store::checkouts::intent(&mut conn, account, billing.mode(), purpose).await
}

async fn offer(billing: &Billing, wish: &Wish) -> Result<Offer, NotBegun> {
    let mut conn = billing.store.read().await?;
    let catalogue = catalogue::read(&mut conn, billing).await?;
    match wish {
        Wish::Plan(plan, interval) => {
            if billing.settings.plan(plan).is_none() {
                return Err(NotBegun::UnknownPlan(plan.to_string()));
            }
            catalogue
                .offer(plan, *interval)
                .cloned()
                .ok_or_else(|| NotBegun::Unavailable { plan: plan.clone(), interval: *interval })
        }
        Wish::Price(price) => catalogue
            .offers
            .into_iter()
            .find(|offer| offer.price == *price)
            .ok_or_else(|| NotBegun::PriceNotAllowed(price.clone())),
    }
}

async fn put_intent(
    billing: &Billing,
    account: &AccountId,
    purpose: &str,
    intent: &Intent,
) -> Result<(), StoreFailed> {
    let mut tx = billing.store.write().await?;
    store::checkouts::put_intent(&mut tx, account, billing.mode(), purpose, intent, billing.now())
        .await?;
    store::commit(tx).await
}

async fn drop_intent(
    billing: &Billing,
    account: &AccountId,
    purpose: &str,
) -> Result<(), StoreFailed> {
    let mut tx = billing.store.write().await?;
    store::checkouts::drop_intent(&mut tx, account, billing.mode(), purpose).await?;
    store::commit(tx).await
}

/// What was found while closing sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closed {
    Quietly,
    /// One had been completed since anybody looked.
    SomeWerePaid,
}

/// Closes our other open sessions, so that nobody pays in a forgotten tab.
async fn close_others(
    billing: &Billing,
    account: &AccountId,
    keep: Option<&SessionId>,
) -> Result<Closed, NotBegun> {
    let mut conn = billing.store.read().await?;
    let unsettled = store::checkouts::unsettled(&mut conn, account, billing.mode()).await?;
    drop(conn);
    let open = |checkout: &&Checkout| checkout.progress == Progress::Open;
    let mut closed = Closed::Quietly;
    for checkout in unsettled.iter().filter(open).filter(|other| Some(&other.session) != keep) {
        match billing.stripe.expire_checkout_session(&checkout.session, Patience::Page).await? {
            Expiry::Expired => note_expired(billing, account, checkout).await?,
            Expiry::NotOpen => {
                match billing.stripe.checkout_session(&checkout.session, Patience::Page).await? {
                    Some(found) if may_bring_something(purchases::progress(&found)) => {
                        purchases::watch(billing, account, &found).await?;
                        closed = Closed::SomeWerePaid;
                    }
                    Some(_) | None => note_expired(billing, account, checkout).await?,
                }
            }
        }
    }
    Ok(closed)
}

fn may_bring_something(progress: Progress) -> bool {
    match progress {
        Progress::Open | Progress::Processing | Progress::Complete => true,
        Progress::Expired | Progress::Failed => false,
    }
}

async fn note_expired(
    billing: &Billing,
    account: &AccountId,
    checkout: &Checkout,
) -> Result<(), StoreFailed> {
    let checkout = Checkout { progress: Progress::Expired, ..checkout.clone() };
    let mut tx = billing.store.write().await?;
    store::checkouts::put(&mut tx, account, billing.mode(), &checkout, billing.now()).await?;
    store::commit(tx).await
}

/// Closes open sessions of the account that we never heard of.
async fn expire_lost(
    billing: &Billing,
    account: &AccountId,
    customer: &CustomerId,
) -> Result<(), NotBegun> {
    for session in billing.stripe.open_checkout_sessions(customer, Patience::Page).await? {
        if session.account.as_ref() == Some(account) {
            billing.stripe.expire_checkout_session(&session.id, Patience::Page).await?;
        }
    }
    Ok(())
}

/// Everything of a request that Stripe ties to its idempotency key, to be compared.
fn parameters(request: &NewCheckoutSession<'_>) -> String {
    json!([
        request.price.as_str(),
        request.customer.as_str(),
        match request.purchase {
            Purchase::Payment => None,
            Purchase::Subscription { trial_days } => Some(trial_days),
        },
        request.success_url,
        request.cancel_url,
        request.automatic_tax,
        request.promotion_codes,
    ])
    .to_string()
}

fn check_returns(billing: &Billing, returns: &Returns) -> Result<(), NotBegun> {
    for address in [&returns.success, &returns.cancel].into_iter().flatten() {
        if !may_return_to(billing, address) {
            return Err(NotBegun::ReturnUrl(address.chars().take(200).collect()));
        }
    }
    Ok(())
}
