//! Subscription Schedules: a change of price that Stripe makes by itself when the period ends.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use stripe_billing::subscription_schedule::{
    CreateSubscriptionSchedule, ReleaseSubscriptionSchedule, RetrieveSubscriptionSchedule,
};
use stripe_client_core::{RequestBuilder, StripeMethod, StripeRequest};

use super::phases::{Duration, Phase};
use super::send::Call;
use super::wire::{ACCOUNT_KEY, Lenient, Listed as _, Metadata, Named, PLAN_KEY, pairs};
use super::{Patience, Stripe, StripeFailed};
use crate::domain::ids::{AccountId, PlanId, PriceId, ScheduleId, SubscriptionId};
use crate::domain::plan::Interval;
use crate::domain::steering::{FetchedPhase, FetchedSchedule, Maker};
use crate::domain::timestamp::Timestamp;

/// The key of a schedule's metadata that says whose it is, and our word under it.
const MAKER_KEY: &str = "managed_by";
const US: &str = "coinslot";

/// A price that takes the place of another when the period ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PutOff<'n> {
    pub(crate) account: &'n AccountId,
    pub(crate) plan: &'n PlanId,
    pub(crate) from: &'n PriceId,
    pub(crate) to: &'n PriceId,
    /// How long the new phase lasts; after it the subscription goes on without a schedule.
    pub(crate) interval: Interval,
    pub(crate) at: Timestamp,
}

impl Stripe {
    /// `None` when Stripe has no such schedule.
    pub(crate) async fn schedule(
        &self,
        id: &ScheduleId,
        patience: Patience,
    ) -> Result<Option<FetchedSchedule>, StripeFailed> {
        let found = self.schedule_answer(id, patience).await?;
        Ok(found.map(|answer| answer.into_domain(id)))
    }

    /// Puts the subscription, as it is, under a schedule.
    ///
    /// Stripe takes nothing else in this call, so the schedule carries our mark only after
    /// [`Stripe::put_off`]: <https://docs.stripe.com/api/subscription_schedules/create>.
    pub(crate) async fn create_schedule(
        &self,
        subscription: &SubscriptionId,
        key: &str,
        patience: Patience,
    ) -> Result<ScheduleId, StripeFailed> {
        let request =
            CreateSubscriptionSchedule::new().from_subscription(subscription.as_str()).build();
        let call = Call::new("schedule_create", request).keyed(key);
        let made: Named = self.call(call, patience).await?;
        Ok(ScheduleId::new(made.id())?)
    }

    /// Has the schedule change the price at the end of the period, and marks it as ours.
    ///
    /// Everything else of the phase that runs is said again for both, for Stripe forgets what an
    /// update of the phases leaves out.
    pub(crate) async fn put_off(
        &self,
        schedule: &ScheduleId,
        change: &PutOff<'_>,
        key: &str,
        patience: Patience,
    ) -> Result<(), StripeFailed> {
        let found = self.schedule_answer(schedule, patience).await?;
        let found = found.ok_or(StripeFailed::Missing { param: Some("schedule".to_owned()) })?;
        self.update_schedule(schedule, &found.put_off(change)?, key, patience).await
    }

    pub(super) async fn update_schedule(
        &self,
        schedule: &ScheduleId,
        form: &UpdateForm,
        key: &str,
        patience: Patience,
    ) -> Result<(), StripeFailed> {
        let path = format!("/subscription_schedules/{schedule}");
        let request = RequestBuilder::new(StripeMethod::Post, path).form(&pairs(form));
        let call = Call::new("schedule_update", request).keyed(key);
        self.call(call, patience).await.map(|_: IgnoredAny| ())
    }

    /// Takes the subscription out of the schedule; it goes on as it is.
    pub(crate) async fn release_schedule(
        &self,
        schedule: &ScheduleId,
        key: &str,
        patience: Patience,
    ) -> Result<(), StripeFailed> {
        let request = ReleaseSubscriptionSchedule::new(schedule.as_str()).build();
        let call = Call::new("schedule_release", request).keyed(key);
        self.call(call, patience).await.map(|_: IgnoredAny| ())
    }

    async fn schedule_answer(
        &self,
        id: &ScheduleId,
        patience: Patience,
    ) -> Result<Option<ScheduleAnswer>, StripeFailed> {
        let request = RetrieveSubscriptionSchedule::new(id.as_str()).build();
        self.find(Call::new("schedule_get", request), patience).await
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct ScheduleAnswer {
    #[serde(default)]
    metadata: Metadata,
    current_phase: Option<CurrentPhase>,
    phases: Vec<Lenient<Phase>>,
}

#[derive(Debug, Deserialize)]
struct CurrentPhase {
    start_date: i64,
}

/// The parameters of an update; what a phase does not name falls back to Stripe's defaults.
#[derive(Debug, Serialize)]
pub(super) struct UpdateForm {
    end_behavior: &'static str,
    metadata: BTreeMap<&'static str, String>,
    phases: [Phase; 2],
    proration_behavior: &'static str,
}

impl ScheduleAnswer {
    fn into_domain(self, id: &ScheduleId) -> FetchedSchedule {
        let maker = match self.metadata.get(MAKER_KEY) {
            Some(US) => Maker::Us,
            Some(_) | None => Maker::SomebodyElse,
        };
        let running_since = self.current_phase.map(|phase| phase.start_date);
        let next = self
            .phases
            .into_iter()
            .filter_map(|phase| phase.0)
            .filter(|phase| running_since.is_none_or(|since| phase.start_date > Some(since)))
            .min_by_key(|phase| phase.start_date)
            .and_then(|phase| {
                Some(FetchedPhase {
                    starts_at: Timestamp(phase.start_date?),
                    prices: phase.prices().filter_map(|price| PriceId::new(price).ok()).collect(),
                })
            });
        FetchedSchedule { id: id.clone(), maker, next }
    }

    pub(super) fn put_off(self, change: &PutOff<'_>) -> Result<UpdateForm, StripeFailed> {
        let running_since = self.current_phase.map(|phase| phase.start_date);
        let mut phases = self.phases.into_iter().filter_map(|phase| phase.0);
        let running = phases
            .find(|phase| running_since.is_none() || phase.start_date == running_since)
            .ok_or_else(|| StripeFailed::unreadable("a schedule without its current phase"))?;
        let next = running.clone().followed_by(
            change.from.as_str(),
            change.to.as_str(),
            duration(change.interval),
        );
        let current = running.until(change.at.0);
        Ok(UpdateForm {
            end_behavior: "release",
            metadata: BTreeMap::from([
                (ACCOUNT_KEY, change.account.to_string()),
                (MAKER_KEY, US.to_owned()),
                (PLAN_KEY, change.plan.to_string()),
            ]),
            phases: [current, next],
            proration_behavior: "none",
        })
    }
}

fn duration(interval: Interval) -> Duration {
    Duration {
        interval: match interval {
            Interval::Month | Interval::Once => "month",
            Interval::Year => "year",
        }
        .to_owned(),
        interval_count: 1,
    }
}
