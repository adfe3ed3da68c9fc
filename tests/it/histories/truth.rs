//! What is true at Stripe, and what it comes to: read from the sandbox's objects, computed anew.

use coinslot::Timestamp;
use coinslot::sandbox::Sandbox;
use serde_json::{Value, json};

use crate::shop::DAY;

/// Sold beside the plans.
pub const NOT_A_PLAN: &str = "backups_monthly";

const FREE: i64 = 1;
const GRACE: i64 = 7 * DAY;
/// More than any plan's number.
const UNLIMITED: i64 = 1_000_000;
const LIFETIME: i64 = 5;

/// An account's objects at Stripe.
pub struct Truth {
    account: &'static str,
    customer: Option<String>,
    subscriptions: Vec<Value>,
    invoices: Vec<Value>,
    owns_for_good: bool,
}

/// What one subscription, or all together, come to.
#[derive(Debug, Clone)]
struct Access {
    limit: i64,
    creatable: i64,
    basis: &'static str,
    reason: &'static str,
    plan: Option<String>,
    until: Option<i64>,
}

impl Truth {
    pub fn of(sandbox: &Sandbox, account: &'static str) -> Self {
        let subscriptions = subscriptions(sandbox, account);
        let ids: Vec<&str> = subscriptions.iter().map(|it| text(it, "id")).collect();
        let invoices = objects(sandbox, "invoice")
            .filter(|invoice| ids.contains(&subscription_of(invoice)))
            .collect();
        Self {
            account,
            customer: customer(sandbox, account),
            invoices,
            owns_for_good: bought_for_good(sandbox, account) > 0,
            subscriptions,
        }
    }

    /// Compares with what our API says of the account and its subscriptions.
    pub fn compare(&self, account: &Value, rows: &Value, now: Timestamp) -> Result<(), String> {
        let differs = |what: &str, ours: &Value, truth: &Value| {
            Err(format!("{}: {what} is {ours:#}, in truth {truth:#}", self.account))
        };
        let customer = &account["stripe_customer_id"];
        if !customer.is_null() && *customer != json!(self.customer) {
            return differs("the customer", customer, &json!(self.customer));
        }
        let rows = rows["data"].as_array().expect("a list");
        if rows.len() != self.subscriptions.len() {
            return differs("the list", &json!(rows), &json!(self.subscriptions));
        }
        for subscription in &self.subscriptions {
            let truth = facts(subscription);
            let row = rows
                .iter()
                .find(|row| row["stripe_subscription_id"] == truth["stripe_subscription_id"]);
            let ours: Value = truth
                .as_object()
                .expect("an object")
                .keys()
                .map(|name| (name.clone(), row.map_or(Value::Null, |row| row[name].clone())))
                .collect();
            if ours != truth {
                return differs("a subscription", &ours, &truth);
            }
        }
        let Some(access) = self.access(now.0) else {
            return Ok(());
        };
        let used = account["quota"]["used"].as_i64().expect("a number");
        let truth = json!({
            "limit": (access.limit < UNLIMITED).then_some(access.limit),
            "can_create": used < access.creatable,
            "basis": access.basis,
            "reason": access.reason,
            "plan": access.plan,
            "until": access.until.map(|at| Timestamp(at).to_string()),
        });
        let quota = &account["quota"];
        let names = ["limit", "can_create", "basis", "reason", "plan", "until"];
        let ours: Value =
            names.iter().map(|name| ((*name).to_owned(), quota[*name].clone())).collect();
        if ours != truth {
            return differs("the quota", &ours, &truth);
        }
        Ok(())
    }

    /// `None` where Stripe alone cannot tell when a grace period began.
    fn access(&self, now: i64) -> Option<Access> {
        let mut claims = Vec::new();
        for subscription in &self.subscriptions {
            claims.push((subscription, self.claim(subscription, now)?));
        }
        let best = claims.iter().max_by_key(|(subscription, claim)| {
            let gives = claim.basis == "subscription";
            let over = !subscription["ended_at"].is_null();
            (claim.limit, claim.creatable, gives, !over, number(subscription, "created"))
        });
        let best = best.map(|(_, claim)| claim.clone());
        let mut access = match best {
            Some(claim) if !self.owns_for_good => claim,
            Some(claim) if claim.basis == "subscription" && claim.limit >= LIFETIME => claim,
            _ if self.owns_for_good => Access {
                limit: LIFETIME,
                creatable: LIFETIME,
                basis: "lifetime",
                reason: "lifetime",
                plan: Some("lifetime".to_owned()),
                until: None,
            },
            _ => nothing("free"),
        };
        let lifetime = if self.owns_for_good { LIFETIME } else { FREE };
        access.creatable = claims.iter().map(|(_, claim)| claim.creatable).fold(lifetime, i64::max);
        Some(access)
    }

    fn claim(&self, subscription: &Value, now: i64) -> Option<Access> {
        let item = best_item(subscription);
        let plan = plan_of(text(&item["price"], "id")).expect("each has an item that is a plan");
        let limit = limit_of(plan).saturating_mul(number(&item, "quantity")).min(UNLIMITED);
        let paid = |reason, until| Access {
            limit,
            creatable: limit,
            basis: "subscription",
            reason,
            plan: Some(plan.to_owned()),
            until,
        };
        let for_money = subscription["cancellation_details"]["reason"] == "payment_failed";
        match text(subscription, "status") {
            "active" | "trialing" => {}
            "past_due" | "unpaid" => return self.grace(subscription, &paid("grace", None), now),
            "canceled" if for_money => return self.grace(subscription, &paid("grace", None), now),
            "canceled" | "incomplete_expired" => return Some(nothing("ended")),
            "incomplete" => return Some(nothing("payment_incomplete")),
            "paused" => return Some(nothing("paused_no_payment_method")),
            other => panic!("a status that Stripe does not have: {other}"),
        }
        let pause = text(&subscription["pause_collection"], "behavior");
        if pause == "void" || pause == "mark_uncollectible" {
            let forgiven = self
                .invoices_of(subscription, &["void", "uncollectible"])
                .any(|invoice| invoice["id"] == subscription["latest_invoice"]);
            let side = if forgiven { "current_period_start" } else { "current_period_end" };
            let paid_until = number(&item, side);
            return Some(if now < paid_until {
                paid("collection_paused", Some(paid_until))
            } else {
                nothing("collection_paused")
            });
        }
        if text(subscription, "status") == "trialing" {
            return Some(paid("trial", subscription["trial_end"].as_i64()));
        }
        Some(paid("subscription", subscription["cancel_at"].as_i64()))
    }

    fn grace(&self, subscription: &Value, paid: &Access, now: i64) -> Option<Access> {
        let since = self
            .invoices_of(subscription, &["open"])
            .filter_map(|invoice| invoice["status_transitions"]["finalized_at"].as_i64())
            .min()?;
        let until = since + GRACE;
        Some(if now < until {
            Access { creatable: FREE, until: Some(until), ..paid.clone() }
        } else {
            nothing("grace_expired")
        })
    }

    fn invoices_of<'t>(
        &'t self,
        subscription: &'t Value,
        statuses: &'t [&str],
    ) -> impl Iterator<Item = &'t Value> {
        self.invoices.iter().filter(|invoice| {
            subscription_of(invoice) == text(subscription, "id")
                && statuses.contains(&text(invoice, "status"))
        })
    }
}

/// What must never be there twice for one account.
pub fn each_effect_once(
    sandbox: &Sandbox,
    account: &'static str,
    replaced: usize,
) -> Result<(), String> {
    let subscriptions = subscriptions(sandbox, account);
    let living = subscriptions.iter().filter(|it| it["ended_at"].is_null()).count();
    let trials = subscriptions.iter().filter(|it| !it["trial_end"].is_null()).count();
    let created = sandbox
        .events()
        .iter()
        .filter(|event| {
            let object = &event["data"]["object"];
            event["type"] == "customer.created" && owner(object) == account
        })
        .count();
    let effects = [
        ("living subscriptions", living, 1),
        ("trials", trials, 1),
        ("customers", created, 1 + replaced),
        ("lifetime plans", bought_for_good(sandbox, account), 1),
    ];
    match effects.into_iter().find(|(_, times, most)| times > most) {
        Some((what, times, _)) => Err(format!("{account} has {times} {what}")),
        None => Ok(()),
    }
}

/// The customer that Stripe has for the account now.
pub fn customer(sandbox: &Sandbox, account: &str) -> Option<String> {
    objects(sandbox, "customer")
        .rfind(|customer| owner(customer) == account)
        .map(|customer| text(&customer, "id").to_owned())
}

pub fn newest_subscription(sandbox: &Sandbox, account: &str) -> Option<String> {
    subscriptions(sandbox, account)
        .last()
        .filter(|newest| newest["ended_at"].is_null())
        .map(|newest| text(newest, "id").to_owned())
}

pub fn open_invoices(sandbox: &Sandbox, account: &str) -> Vec<String> {
    let subscriptions = subscriptions(sandbox, account);
    objects(sandbox, "invoice")
        .filter(|invoice| text(invoice, "status") == "open")
        .filter(|invoice| subscriptions.iter().any(|it| text(it, "id") == subscription_of(invoice)))
        .map(|invoice| text(&invoice, "id").to_owned())
        .collect()
}

/// Other items of the same interval, the one that is no plan first.
pub fn items(
    sandbox: &Sandbox,
    subscription: &str,
    plan: &str,
    quantity: i64,
    more: bool,
) -> Vec<(String, i64)> {
    let subscription = sandbox.object(subscription).expect("it is there");
    let price = text(&best_item(&subscription)["price"], "id").to_owned();
    let interval = if price.ends_with("yearly") { "yearly" } else { "monthly" };
    let other = (more && interval == "monthly").then(|| (format!("price_{NOT_A_PLAN}"), 7));
    let plan = (format!("price_{plan}_{interval}"), quantity);
    other.into_iter().chain([plan]).collect()
}

fn bought_for_good(sandbox: &Sandbox, account: &str) -> usize {
    objects(sandbox, "checkout.session")
        .filter(|session| owner(session) == account && text(session, "mode") == "payment")
        .filter(|session| text(session, "payment_status") == "paid")
        .count()
}

fn subscriptions(sandbox: &Sandbox, account: &str) -> Vec<Value> {
    objects(sandbox, "subscription").filter(|it| owner(it) == account).collect()
}

fn objects(sandbox: &Sandbox, kind: &str) -> impl DoubleEndedIterator<Item = Value> {
    let ids = sandbox.ids(kind);
    ids.into_iter().filter_map(|id| sandbox.object(&id)).collect::<Vec<_>>().into_iter()
}

fn owner(object: &Value) -> &str {
    text(&object["metadata"], "account_id")
}

fn subscription_of(invoice: &Value) -> &str {
    text(&invoice["parent"]["subscription_details"], "subscription")
}

/// The facts of a subscription under the names of our API.
fn facts(subscription: &Value) -> Value {
    let item = best_item(subscription);
    let price = text(&item["price"], "id");
    let ended = !subscription["ended_at"].is_null();
    let date = |value: &Value| value.as_i64().map(|at| Timestamp(at).to_string());
    json!({
        "stripe_subscription_id": subscription["id"],
        "status": subscription["status"],
        "plan": plan_of(price),
        "interval": item["price"]["recurring"]["interval"],
        "price_id": price,
        "quantity": item["quantity"],
        "current_period_end": date(&item["current_period_end"]),
        "trial_end": date(&subscription["trial_end"]),
        "cancels_at": if ended { None } else { date(&subscription["cancel_at"]) },
    })
}

fn best_item(subscription: &Value) -> Value {
    let items = subscription["items"]["data"].as_array().expect("items");
    let plan = |item: &&Value| plan_of(text(&item["price"], "id")).is_some();
    items.iter().find(plan).expect("one is a plan").clone()
}

fn plan_of(price: &str) -> Option<&str> {
    let name = price.strip_prefix("price_")?.split('_').next()?;
    ["starter", "growth", "network"].contains(&name).then_some(name)
}

fn limit_of(plan: &str) -> i64 {
    match plan {
        "starter" => 3,
        "growth" => 10,
        _ => UNLIMITED,
    }
}

fn nothing(reason: &'static str) -> Access {
    Access { limit: FREE, creatable: FREE, basis: "free", reason, plan: None, until: None }
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

fn number(value: &Value, name: &str) -> i64 {
    value[name].as_i64().unwrap_or_default()
}
