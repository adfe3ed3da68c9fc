//! What a change would do and cost, and the token that makes exactly this change.

use std::time::Duration;

use super::{NotChanged, Wish, refused, standing};
use crate::domain::change::{self, Change, Effective, Kind};
use crate::domain::ids::{AccountId, PlanId, PriceId};
use crate::domain::plan::{Interval, Limit, Offer};
use crate::domain::subscription::{Status, Subscription};
use crate::domain::timestamp::Timestamp;
use crate::flows::gate::Standing;
use crate::flows::provision::room;
use crate::flows::{Billing, catalogue, for_a_page, random_text, silence};
use crate::store;
use crate::store::changes::{Bound, Progress, ShownChange};
use crate::stripe::{InvoicePreview, ItemChange, Patience, PreviewLine, StripeFailed};

/// How long what was shown can be had.
const VALID: Duration = Duration::from_mins(15);

/// A change as it is shown.
#[derive(Debug, Clone)]
pub(crate) struct Preview {
    /// Confirms exactly this change.
    pub(crate) token: String,
    pub(crate) plan: PlanId,
    pub(crate) price: PriceId,
    pub(crate) interval: Interval,
    pub(crate) kind: Kind,
    pub(crate) effective: Effective,
    pub(crate) effective_at: Timestamp,
    pub(crate) currency: String,
    pub(crate) amount_due_minor: i64,
    /// What is left over of the credit, for later bills.
    pub(crate) credit_minor: i64,
    pub(crate) next_amount_minor: i64,
    pub(crate) next_at: Timestamp,
    pub(crate) lines: Vec<PreviewLine>,
    /// What the account may have once the change is in effect.
    pub(crate) limit: Limit,
    pub(crate) over_limit_by: u32,
    pub(crate) expires_at: Timestamp,
}

/// Shows what a change to `wish` would do; nothing is changed.
pub(crate) async fn preview(
    billing: &Billing,
    account: &AccountId,
    wish: &Wish,
) -> Result<Preview, NotChanged> {
    let is_short = room::is_short(billing).await;
    for_a_page(Box::pin(async {
        silence::sync(billing, account, Patience::Page).await?;
        let plan = Plan::of(billing, account, wish).await?;
        if is_short && plan.change.kind == Kind::Upgrade && room::wants_more(&plan.standing) {
            return Err(NotChanged::NoRoom);
        }
        show(billing, &plan).await
    }))
    .await
}

/// A change that may be made, as things stand.
pub(super) struct Plan {
    pub(super) standing: Standing,
    pub(super) running: Subscription,
    pub(super) offer: Offer,
    pub(super) change: Change,
}

impl Plan {
    pub(super) async fn of(
        billing: &Billing,
        account: &AccountId,
        wish: &Wish,
    ) -> Result<Self, NotChanged> {
        let configured = billing.settings.plan(&wish.plan);
        let limit = configured.map(|plan| plan.limit);
        let limit = limit.ok_or_else(|| NotChanged::UnknownPlan(wish.plan.clone()))?;
        if wish.interval == Interval::Once {
            return Err(NotChanged::Once);
        }
        let mut conn = billing.store.read().await?;
        let catalogue = catalogue::read(&mut conn, billing).await?;
        drop(conn);
        let standing = standing(billing, account).await?;
        let Some(running) = standing.running().cloned() else {
            return Err(refused(billing, standing, change::Refusal::NoSubscription));
        };
        let Some(offer) = catalogue.offer(&wish.plan, wish.interval).cloned() else {
            let (plan, interval) = (wish.plan.clone(), wish.interval);
            return Err(NotChanged::Unavailable { plan, interval });
        };
        match change::judge(&running, &offer, limit) {
            Ok(change) => Ok(Self { standing, running, offer, change }),
            Err(refusal) => Err(refused(billing, standing, refusal)),
        }
    }

    /// What Stripe is asked for; prorated from `at` on.
    pub(super) fn item_change(&self, at: Option<Timestamp>) -> ItemChange<'_> {
        ItemChange {
            subscription: &self.running.id,
            item: &self.change.item,
            price: &self.offer.price,
            quantity: self.change.quantity,
            proration_date: at,
            collection: self.change.collection,
        }
    }

    pub(super) fn bound(&self, amount_due_minor: i64) -> Bound {
        Bound {
            subscription: self.running.id.clone(),
            item: self.change.item.clone(),
            from: self.running.price.clone(),
            to: self.offer.price.clone(),
            quantity: self.change.quantity,
            period_end: self.change.period_end,
            kind: self.change.kind,
            effective: self.change.effective,
            amount_due_minor,
        }
    }

    /// Whether the change brings a bill of its own. In a trial it does not: asked for that bill,
    /// Stripe would show the one at the trial's end.
    pub(super) fn is_billed_now(&self) -> bool {
        let trial = self.running.effective_status() == Some(&Status::Trialing);
        match (self.change.kind, self.change.effective) {
            (Kind::None, _) | (_, Effective::PeriodEnd) => false,
            (Kind::Upgrade | Kind::Downgrade | Kind::Interval, Effective::Now) => !trial,
        }
    }

    pub(super) fn over_limit_by(&self, billing: &Billing) -> u32 {
        change::over_limit_by(self.standing.used, self.limit(billing))
    }

    /// What the account may have afterwards, from whatever source.
    fn limit(&self, billing: &Billing) -> Limit {
        let exemption = self.standing.facts.exemption.as_ref();
        if exemption.is_some_and(|exemption| exemption.holds(self.standing.now)) {
            return Limit::Unlimited;
        }
        let free = Limit::Servers(billing.settings.policy.free_servers);
        let lifetimes = self.standing.facts.lifetimes.iter().map(|bought| bought.limit);
        lifetimes.fold(self.change.limit.max(free), Limit::max)
    }
}

/// Asks Stripe for the money of `plan` and keeps what is shown under a new token.
pub(super) async fn show(billing: &Billing, plan: &Plan) -> Result<Preview, NotChanged> {
    // A clock that is behind Stripe's must not prorate from before the subscription began.
    let now = billing.now();
    let shown_at = now.max(plan.running.created_at);
    let (due, next) = amounts(billing, plan, shown_at).await?;
    let token = random_text();
    let change = &plan.change;
    let paid_until = due.as_ref().and_then(|due| due.paid_until);
    let preview = Preview {
        token: token.clone(),
        plan: plan.offer.plan.clone(),
        price: plan.offer.price.clone(),
        interval: plan.offer.interval,
        kind: change.kind,
        effective: change.effective,
        effective_at: match change.effective {
            Effective::Now => now,
            Effective::PeriodEnd => change.period_end,
        },
        currency: plan.offer.currency.clone(),
        amount_due_minor: due.as_ref().map_or(0, |due| due.amount_due_minor),
        credit_minor: due.as_ref().map_or(0, |due| due.total_minor.min(0).saturating_neg()),
        next_amount_minor: next.total_minor,
        next_at: paid_until.unwrap_or(change.period_end),
        lines: due.map(|due| due.lines).unwrap_or_default(),
        limit: plan.limit(billing),
        over_limit_by: plan.over_limit_by(billing),
        expires_at: now + VALID,
    };
    let shown = ShownChange {
        token,
        account: plan.standing.account.id.clone(),
        plan: preview.plan.clone(),
        interval: preview.interval,
        bound: plan.bound(preview.amount_due_minor),
        shown_at,
        expires_at: preview.expires_at,
        progress: Progress::Shown,
        schedule: None,
    };
    let mut tx = billing.store.write().await?;
    store::changes::put(&mut tx, billing.mode(), &shown).await?;
    store::commit(tx).await?;
    Ok(preview)
}

/// What is due now, if anything is, and the next regular bill.
async fn amounts(
    billing: &Billing,
    plan: &Plan,
    shown_at: Timestamp,
) -> Result<(Option<InvoicePreview>, InvoicePreview), StripeFailed> {
    let next = plan.item_change(None);
    let next = billing.stripe.preview_invoice(&next, Patience::Page);
    if !plan.is_billed_now() {
        return Ok((None, next.await?));
    }
    let due = plan.item_change(Some(shown_at));
    let due = billing.stripe.preview_invoice(&due, Patience::Page);
    let (due, next) = futures::future::try_join(due, next).await?;
    Ok((Some(due), next))
}
