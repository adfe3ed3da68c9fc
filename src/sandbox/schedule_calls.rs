//! `/v1/subscription_schedules`.

use serde_json::{Value, json};

use super::{
    error::ApiError,
    form::{self, Params},
    ledger::{Fields, Ledger, fresh},
    list, payment_methods,
    proration::Behavior,
    schedule_phases::{self, Frame},
    schedule_settings,
    schedule_shape::{KIND, Plan, default_settings, phases},
    schedules::{self, EndSet},
    subscriptions,
};

const CREATE: &[&str] = &[
    "customer",
    "default_settings",
    "end_behavior",
    "from_subscription",
    "metadata",
    "phases",
    "start_date",
];
const UPDATE: &[&str] =
    &["default_settings", "end_behavior", "metadata", "phases", "proration_behavior"];
/// What Stripe has and the sandbox does not play.
const UNPLAYED: &[&str] = &["billing_mode", "customer_account", "pause_schedules"];
const ENDS: &[&str] = &["cancel", "none", "release", "renew"];

pub(super) fn create(ledger: &mut Ledger, params: &Params) -> Result<Value, ApiError> {
    known(params, CREATE)?;
    let id = match params.text("from_subscription") {
        Some(subscription) => migrate(ledger, params, subscription)?,
        None => plan(ledger, params)?,
    };
    Ok(ledger.read(&id).clone())
}

pub(super) fn list(ledger: &Ledger, params: &Params) -> Result<Value, ApiError> {
    params.only(&[
        "canceled_at",
        "completed_at",
        "created",
        "customer",
        "ending_before",
        "limit",
        "released_at",
        "scheduled",
        "starting_after",
    ])?;
    let customer = params.text("customer");
    if let Some(id) = customer
        && ledger.get(id).is_none_or(|object| object.text("object") != "customer")
    {
        return Err(ApiError::missing_param("customer", id, "customer"));
    }
    let scheduled = params.boolean("scheduled")?.unwrap_or(false);
    let mut found: Vec<&Value> = ledger
        .all(KIND)
        .filter(|schedule| customer.is_none_or(|id| schedule.text("customer") == id))
        .filter(|schedule| !scheduled || schedule.text("status") == "not_started")
        .collect();
    for moment in ["canceled_at", "completed_at", "released_at"] {
        if params.0.get(moment).is_some() {
            let bounds = Bounds::read(params, moment)?;
            found.retain(|schedule| schedule[moment].as_i64().is_some_and(|at| bounds.hold(at)));
        }
    }
    list::page(found.into_iter(), params, "/v1/subscription_schedules")
}

pub(super) fn update(ledger: &mut Ledger, id: &str, params: &Params) -> Result<Value, ApiError> {
    known(params, UPDATE)?;
    let schedule = living(ledger, id, "update")?.clone();
    let end_behavior = end_behavior(params)?.unwrap_or(schedule.text("end_behavior")).to_owned();
    let behavior = params.one_of("proration_behavior", Behavior::WORDS)?;
    let mut settings = schedule["default_settings"].clone();
    read_settings(ledger, params, schedule.text("customer"), &mut settings)?;
    let sent = sent_phases(params)?;
    let wanted = match sent {
        Some(sent) => Some(replaced(ledger, &schedule, &settings, sent)?),
        None => None,
    };
    ledger.change(id, "subscription_schedule.updated", |schedule| {
        schedule["default_settings"] = settings;
        schedule["end_behavior"] = json!(end_behavior);
        params.merge_metadata(&mut schedule["metadata"]);
        if let Some(wanted) = wanted {
            schedule["phases"] = json!(wanted);
        }
        if let Some(start) = schedule["current_phase"]["start_date"].as_i64()
            && let Some(now) = phases(schedule).iter().find(|it| it.number("start_date") == start)
        {
            schedule["current_phase"] = json!({"start_date": start, "end_date": now["end_date"]});
        }
    });
    if schedule.text("status") == "active" && sent.is_some() {
        if schedules::next_step(ledger.read(id)) <= ledger.now {
            schedules::advance(ledger, id);
        } else {
            schedules::reapply(ledger, id, Behavior::from_word(behavior.unwrap_or_default()));
        }
    }
    if matches!(ledger.read(id).text("status"), "active" | "not_started") {
        schedules::look_ahead(ledger, id);
    }
    Ok(ledger.read(id).clone())
}

pub(super) fn release(ledger: &mut Ledger, id: &str, params: &Params) -> Result<Value, ApiError> {
    params.only(&["preserve_cancel_date"])?;
    living(ledger, id, "release")?;
    let keeps = params.boolean("preserve_cancel_date")?.unwrap_or(false);
    schedules::release(ledger, id, if keeps { EndSet::Kept } else { EndSet::TakenBack });
    Ok(ledger.read(id).clone())
}

pub(super) fn cancel(ledger: &mut Ledger, id: &str, params: &Params) -> Result<Value, ApiError> {
    params.only(&["invoice_now", "prorate"])?;
    living(ledger, id, "cancel")?;
    schedules::cancel(ledger, id);
    Ok(ledger.read(id).clone())
}

/// Stripe's words: <https://github.com/BasedHardware/omi/pull/7649>; that nothing else may be sent:
/// <https://docs.stripe.com/api/subscription_schedules/create>.
fn migrate(ledger: &mut Ledger, params: &Params, id: &str) -> Result<String, ApiError> {
    let mut sent = params.0.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    if let Some(name) = sent.find(|name| !matches!(*name, "expand" | "from_subscription")) {
        return Err(ApiError::invalid(format!(
            "You cannot set `{name}` if `from_subscription` is set."
        ))
        .param(name));
    }
    let param = "from_subscription";
    let subscription = ledger
        .find("subscription", id)
        .ok_or_else(|| ApiError::missing_param("subscription", id, param))?;
    let refusal = if let Some(schedule) = subscription["schedule"].as_str() {
        format!(
            "You cannot migrate a subscription that is already attached to a schedule: \
             `{schedule}`."
        )
    } else if subscriptions::is_over(subscription) {
        let status = subscription.text("status");
        format!("You cannot migrate a subscription that is in the `{status}` status.")
    } else {
        return Ok(schedules::attach(ledger, id));
    };
    Err(ApiError::invalid(refusal).param(param))
}

/// A schedule that will make its own subscription.
fn plan(ledger: &mut Ledger, params: &Params) -> Result<String, ApiError> {
    let customer = params.required("customer")?;
    ledger
        .find("customer", customer)
        .ok_or_else(|| ApiError::missing_param("customer", customer, "customer"))?;
    let end_behavior = end_behavior(params)?.unwrap_or("release");
    let mut settings = default_settings();
    read_settings(ledger, params, customer, &mut settings)?;
    let start = match params.required("start_date")? {
        "now" => ledger.now,
        _ => params.integer("start_date")?.unwrap_or(ledger.now),
    };
    if start < ledger.now {
        return Err(ApiError::invalid(format!(
            "The sandbox begins no schedule in the past; `start_date` must be {} or later.",
            ledger.now
        ))
        .param("start_date"));
    }
    let sent = sent_phases(params)?.ok_or_else(|| ApiError::required("phases"))?;
    if let Some(at) = sent.iter().position(|phase| phase.get("start_date").is_some()) {
        return Err(ApiError::unknown_param(&format!("phases[{at}][start_date]")));
    }
    let subscription = Value::Null;
    let frame =
        Frame { customer, subscription: &subscription, settings: &settings, start: Some(start) };
    let phases = schedule_phases::read(ledger, sent, &frame)?;
    let first = phases.first().ok_or_else(|| ApiError::required("phases"))?;
    let price = first["items"][0].text("price");
    subscriptions::one_currency(ledger, customer, price)?;
    let method = first["default_payment_method"].as_str();
    let method = method.or(settings["default_payment_method"].as_str());
    let payer = json!({"customer": customer, "default_payment_method": method});
    let charges = first.text("collection_method") != "send_invoice"
        && settings.text("collection_method") != "send_invoice";
    if start == ledger.now && charges && payment_methods::for_subscription(ledger, &payer).is_none()
    {
        return Err(ApiError::invalid(
            "This customer has no attached payment source or default payment method. Please \
             consider adding a default payment method.",
        )
        .code("resource_missing"));
    }
    let mut metadata = json!({});
    params.merge_metadata(&mut metadata);
    let id = fresh("sub_sched_1");
    let plan = Plan { id: &id, customer, settings, phases, end_behavior, metadata };
    Ok(schedules::keep(ledger, plan))
}

/// The phases of a schedule after an update: those that are over, then those that were sent.
fn replaced(
    ledger: &Ledger,
    schedule: &Value,
    settings: &Value,
    sent: &[Value],
) -> Result<Vec<Value>, ApiError> {
    let frame = Frame {
        customer: schedule.text("customer"),
        subscription: ledger.read(schedule.text("subscription")),
        settings,
        start: None,
    };
    let wanted = schedule_phases::read(ledger, sent, &frame)?;
    let first = wanted.first().ok_or_else(|| ApiError::required("phases"))?;
    let current = schedule["current_phase"]["start_date"].as_i64();
    let refusal = match current {
        // Stripe's words: <https://github.com/tierrun/tier/issues/93>.
        Some(start) if first.number("start_date") != start => {
            Some(("start_date", "You can not modify the start date of the current phase."))
        }
        // Stripe's words: <https://github.com/YumaInaura/YumaInaura/issues/2899>.
        Some(_) if first.number("end_date") < ledger.now => Some((
            "end_date",
            "You can only adjust the end date to a future date for the current phase.",
        )),
        None if first.number("start_date") < ledger.now => {
            Some(("start_date", "A phase that has not started cannot start in the past."))
        }
        _ => None,
    };
    if let Some((name, words)) = refusal {
        return Err(ApiError::invalid(words).param(&format!("phases[0][{name}]")));
    }
    let over = phases(schedule).iter();
    let over = over.filter(|phase| current.is_some_and(|start| phase.number("start_date") < start));
    Ok(over.cloned().chain(wanted).collect())
}

fn known(params: &Params, names: &[&str]) -> Result<(), ApiError> {
    if let Some(name) = UNPLAYED.iter().find(|name| params.0.get(**name).is_some()) {
        return Err(ApiError::unplayed(name));
    }
    params.only(names)
}

/// A schedule that an action can still be done to.
fn living<'a>(ledger: &'a Ledger, id: &str, action: &str) -> Result<&'a Value, ApiError> {
    let schedule = ledger.named(KIND, id)?;
    let done = match action {
        "cancel" => "canceled",
        "release" => "released",
        _ => "updated",
    };
    match schedule.text("status") {
        "active" | "not_started" => Ok(schedule),
        // Stripe's words: <https://codewithsundeep.com/discussion/solution/77572917>.
        status => Err(ApiError::invalid(format!(
            "You cannot {action} a subscription schedule that is currently in the `{status}` \
             status. It must be in `not_started, active` status to be {done}."
        ))),
    }
}

fn end_behavior(params: &Params) -> Result<Option<&str>, ApiError> {
    match params.one_of("end_behavior", ENDS)? {
        Some("none" | "renew") => Err(ApiError::unplayed("end_behavior")),
        word => Ok(word),
    }
}

fn read_settings(
    ledger: &Ledger,
    params: &Params,
    customer: &str,
    settings: &mut Value,
) -> Result<(), ApiError> {
    let sent = &params.0["default_settings"];
    schedule_settings::read(ledger, sent, customer, settings)
}

fn sent_phases(params: &Params) -> Result<Option<&[Value]>, ApiError> {
    match params.0.get("phases") {
        None => Ok(None),
        Some(Value::Array(phases)) if !phases.is_empty() => Ok(Some(phases)),
        Some(_) => Err(ApiError::invalid("Invalid array").param("phases")),
    }
}

/// A moment, or the bounds between which it lies.
struct Bounds {
    from: i64,
    to: i64,
}

impl Bounds {
    fn read(params: &Params, name: &str) -> Result<Bounds, ApiError> {
        if let Some(at) =
            form::text(&params.0, &[name]).map(|_| params.integer(name)).transpose()?
        {
            let at = at.unwrap_or_default();
            return Ok(Bounds { from: at, to: at });
        }
        let bound = |word: &str| form::integer(&params.0, &[name, word]);
        let from = bound("gte")?.or(bound("gt")?.map(|at| at.saturating_add(1)));
        let to = bound("lte")?.or(bound("lt")?.map(|at| at.saturating_sub(1)));
        Ok(Bounds { from: from.unwrap_or(i64::MIN), to: to.unwrap_or(i64::MAX) })
    }

    fn hold(&self, at: i64) -> bool {
        (self.from..=self.to).contains(&at)
    }
}
