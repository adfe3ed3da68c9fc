//! Plans bought once: a Checkout Session in payment mode, judged by its line items.

use sqlx::SqliteConnection;

use super::tally::Tally;
use super::{Billing, Failed, catalogue};
use crate::domain::fetched::{
    FetchedSession, KnownPrice, SessionMode, SessionPayment, SessionStatus,
};
use crate::domain::ids::{AccountId, PriceId};
use crate::domain::plan::{Interval, Limit};
use crate::store::checkouts::{Checkout, Kind, Progress};
use crate::store::purchases::Purchase;
use crate::store::{self, StoreFailed};
use crate::stripe::Patience;

/// Asks Stripe for the account's one-time sessions that may still bring something.
pub(super) async fn fetch(
    billing: &Billing,
    account: &AccountId,
    patience: Patience,
) -> Result<Vec<FetchedSession>, Failed> {
    let mut conn = billing.store.read().await?;
    let unsettled = store::checkouts::unsettled(&mut conn, account, billing.mode()).await?;
    drop(conn);
    let mut sessions = Vec::new();
    for checkout in unsettled.iter().filter(|checkout| checkout.kind == Kind::Payment) {
        sessions.extend(billing.stripe.checkout_session(&checkout.session, patience).await?);
    }
    Ok(sessions)
}

/// Stores the plans that were paid, and how far each session has come; tells whether a plan is new.
pub(super) async fn keep(
    conn: &mut SqliteConnection,
    billing: &Billing,
    account: &AccountId,
    sessions: &[FetchedSession],
    tally: &mut Tally,
) -> Result<bool, Failed> {
    let mut bought = false;
    for session in sessions {
        let mut progress = progress(session);
        if session.mode == SessionMode::Payment && progress == Progress::Complete {
            match keep_purchase(conn, billing, account, session).await? {
                Kept::New => bought = true,
                Kept::Before => {}
                // It is paid: it stays in sight until its price is known.
                Kept::Nothing => progress = Progress::Processing,
            }
        }
        let checkout = Checkout { session: session.id.clone(), kind: kind(session), progress };
        put(conn, billing, account, &checkout, tally).await?;
    }
    Ok(bought)
}

/// Has the next sync look at `session`: a paid one counts as processing until its plan is kept.
pub(super) async fn watch(
    billing: &Billing,
    account: &AccountId,
    session: &FetchedSession,
) -> Result<(), Failed> {
    let kind = kind(session);
    let progress = match (kind, progress(session)) {
        (Kind::Payment, Progress::Complete) => Progress::Processing,
        (_, progress) => progress,
    };
    let checkout = Checkout { session: session.id.clone(), kind, progress };
    let mut tx = billing.store.write().await?;
    let mut tally = Tally::default();
    put(&mut tx, billing, account, &checkout, &mut tally).await?;
    store::commit(tx).await?;
    tally.count();
    Ok(())
}

async fn put(
    conn: &mut SqliteConnection,
    billing: &Billing,
    account: &AccountId,
    checkout: &Checkout,
    tally: &mut Tally,
) -> Result<(), StoreFailed> {
    let (mode, now) = (billing.mode(), billing.now());
    let settled = store::checkouts::put(conn, account, mode, checkout, now).await?;
    if settled && checkout.progress == Progress::Complete {
        tally.checkout_completed();
    }
    Ok(())
}

/// How far a session has come; what costs nothing counts as paid.
pub(crate) fn progress(session: &FetchedSession) -> Progress {
    match (&session.status, &session.payment) {
        (SessionStatus::Open, _) => Progress::Open,
        (SessionStatus::Expired, _) => Progress::Expired,
        (SessionStatus::Complete, SessionPayment::Paid | SessionPayment::NoPaymentRequired) => {
            Progress::Complete
        }
        // A delayed payment that failed: nothing is on its way any more.
        (SessionStatus::Complete, _) if session.payment_failed => Progress::Failed,
        (SessionStatus::Complete | SessionStatus::Unknown(_), _) => Progress::Processing,
    }
}

fn kind(session: &FetchedSession) -> Kind {
    match session.mode {
        SessionMode::Payment => Kind::Payment,
        SessionMode::Subscription | SessionMode::Other => Kind::Subscription,
    }
}

/// What a paid session brought.
enum Kept {
    New,
    Before,
    /// Its price is in no plan.
    Nothing,
}

/// The plan is the one of the price that was paid, whatever the metadata says.
async fn keep_purchase(
    conn: &mut SqliteConnection,
    billing: &Billing,
    account: &AccountId,
    session: &FetchedSession,
) -> Result<Kept, Failed> {
    let known = catalogue::known_prices(conn, billing).await?;
    let bought = session.prices.iter().find_map(|price| {
        let once = |known: &&_| matches(known, price);
        known.iter().find(once)
    });
    let Some(bought) = bought else {
        tracing::error!(
            %account, session = %session.id,
            "a one-time payment bought no plan of the catalogue: look at it in Stripe's dashboard"
        );
        return Ok(Kept::Nothing);
    };
    let purchase = Purchase {
        session: session.id.clone(),
        plan: bought.plan.clone(),
        limit: bought.limit.unwrap_or(Limit::Servers(billing.settings.policy.free_servers.max(1))),
        price: bought.price.clone(),
        payment: session.payment_intent.clone(),
        amount_minor: session.amount_total.unwrap_or_default(),
        currency: session.currency.clone().unwrap_or_default(),
    };
    let kept = store::purchases::put(conn, account, billing.mode(), &purchase, billing.now());
    if !kept.await? {
        return Ok(Kept::Before);
    }
    tracing::info!(%account, plan = %purchase.plan, session = %purchase.session, "plan bought for good");
    Ok(Kept::New)
}

fn matches(known: &KnownPrice, price: &PriceId) -> bool {
    known.price == *price && known.interval == Interval::Once
}
