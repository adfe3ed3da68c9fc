//! The plans: from the file, or the ones everybody starts with, and prices from the environment.

use std::collections::BTreeMap;

use rocket::figment::value::{Dict, Value};

use super::reader::{Reader, number_in};
use super::{env, hooks, keys};
use crate::domain::ids::{PlanId, PriceId};
use crate::domain::plan::{Interval, Limit, Plan, PriceName};

pub(super) fn read(reader: &mut Reader) -> Vec<Plan> {
    const KEY: &str = "billing.plans";
    let mut drafts = match reader.value(KEY).cloned() {
        None => defaults(),
        Some(Value::Array(_, plans)) => {
            let keyed =
                plans.iter().enumerate().map(|(index, plan)| (format!("{KEY}[{index}]"), plan));
            keyed.filter_map(|(key, plan)| draft(reader, key, plan)).collect()
        }
        Some(_) => {
            reader.refuse(KEY, "…", "write [[default.billing.plans]] before each plan");
            Vec::new()
        }
    };
    add_from_environment(reader, &mut drafts);
    check_ids(reader, &drafts);
    check_prices(reader, &drafts);
    drafts.into_iter().filter_map(Draft::plan).collect()
}

/// A plan while it is being read; `None` where a problem was found and told.
struct Draft {
    key: String,
    id: Option<PlanId>,
    name: Option<String>,
    limit: Option<Limit>,
    prices: BTreeMap<Interval, Option<Named>>,
}

/// A price and the key or variable that named it.
#[derive(Clone)]
struct Named {
    name: PriceName,
    key: String,
}

impl Draft {
    fn plan(self) -> Option<Plan> {
        let prices = self.prices.into_iter();
        Some(Plan {
            id: self.id?,
            name: self.name?,
            limit: self.limit?,
            prices: prices.filter_map(|(interval, named)| Some((interval, named?.name))).collect(),
        })
    }

    /// The plan as variables name it.
    fn variable(&self) -> Option<String> {
        self.id.as_ref().map(|id| id.as_str().to_ascii_uppercase().replace('-', "_"))
    }
}

fn defaults() -> Vec<Draft> {
    use Interval::{Month, Once, Year};
    let starter: &[_] = &[(Month, "starter_monthly"), (Year, "starter_yearly")];
    let growth: &[_] = &[(Month, "growth_monthly"), (Year, "growth_yearly")];
    let network: &[_] = &[(Month, "network_monthly"), (Year, "network_yearly")];
    let plans = [
        ("starter", "Starter", Limit::Servers(3), starter),
        ("growth", "Growth", Limit::Servers(10), growth),
        ("network", "Network", Limit::Unlimited, network),
        ("lifetime", "Lifetime", Limit::Servers(5), &[(Once, "lifetime_once")]),
    ];
    let priced = |(interval, key): &(Interval, &str)| {
        let name = PriceName::LookupKey((*key).to_owned());
        (*interval, Some(Named { name, key: "billing.plans".to_owned() }))
    };
    plans
        .into_iter()
        .map(|(id, name, limit, prices)| Draft {
            key: "billing.plans".to_owned(),
            id: Some(PlanId::new(id).expect("the default ids are valid")),
            name: Some(name.to_owned()),
            limit: Some(limit),
            prices: prices.iter().map(priced).collect(),
        })
        .collect()
}

fn draft(reader: &mut Reader, key: String, value: &Value) -> Option<Draft> {
    let Some(plan) = value.as_dict() else {
        reader.refuse(&key, "…", "write [[default.billing.plans]] before each plan");
        return None;
    };
    refuse_unknown(reader, &key, plan, &["id", "name", "servers", "prices"]);
    let id = required(reader, &key, plan, "id", |text| {
        PlanId::new(text).map_err(|_| "write 1 to 40 of a-z 0-9 _ -".to_owned())
    });
    let name = required(reader, &key, plan, "name", plan_name);
    let limit = match plan.get("servers") {
        None => Some(Limit::Unlimited),
        Some(servers) => reader
            .text_of(&format!("{key}.servers"), servers, |text| {
                let reason = |reason| format!("{reason}; leave it out for unlimited");
                number_in(1..=1_000_000)(text).map_err(reason)
            })
            .map(Limit::Servers),
    };
    let prices = match plan.get("prices") {
        None => BTreeMap::new(),
        Some(Value::Dict(_, named)) => prices(reader, &format!("{key}.prices"), named),
        Some(_) => {
            reader.refuse(&format!("{key}.prices"), "…", "write { month = \"starter_monthly\" }");
            BTreeMap::from([(Interval::Month, None)])
        }
    };
    Some(Draft { key, id, name, limit, prices })
}

fn prices(reader: &mut Reader, key: &str, named: &Dict) -> BTreeMap<Interval, Option<Named>> {
    refuse_unknown(reader, key, named, &Interval::ALL.map(Interval::as_str));
    let mut prices = BTreeMap::new();
    for (interval, value) in named {
        if let Some(interval) = Interval::parse(interval) {
            let key = format!("{key}.{interval}");
            let name = reader.text_of(&key, value, price_name);
            prices.insert(interval, name.map(|name| Named { name, key }));
        }
    }
    prices
}

/// `STRIPE_PRICE_<PLAN>_<INTERVAL>` replaces or adds a price.
fn add_from_environment(reader: &mut Reader, drafts: &mut [Draft]) {
    let plans: Vec<String> = drafts.iter().filter_map(Draft::variable).collect();
    let variables = reader.value(env::LEFT_OVER).and_then(Value::as_dict).cloned();
    for (variable, value) in variables.unwrap_or_default() {
        let Some(rest) = variable.strip_prefix(env::PRICE) else { continue };
        match target(rest, &plans) {
            Target::Price(plan, interval) => {
                let price = reader.text_of(&variable, &value, price_name);
                let named = price.map(|name| Named { name, key: variable.clone() });
                let meant = |draft: &&mut Draft| draft.variable().as_deref() == Some(plan);
                for draft in drafts.iter_mut().filter(meant) {
                    draft.prices.insert(interval, named.clone());
                }
            }
            Target::Wrong(reason) => {
                reader.refuse(&variable, value.as_str().unwrap_or_default(), reason);
            }
            Target::NotOurs => {}
        }
    }
}

/// What a variable after its `STRIPE_PRICE_` speaks of.
enum Target<'v> {
    Price(&'v str, Interval),
    Wrong(String),
    NotOurs,
}

fn target<'v>(rest: &'v str, plans: &[String]) -> Target<'v> {
    const ENDS: [(&str, Interval); 3] =
        [("_MONTHLY", Interval::Month), ("_YEARLY", Interval::Year), ("_ONCE", Interval::Once)];
    let split = |(end, interval)| rest.strip_suffix(end).map(|plan| (plan, interval));
    if let Some((plan, interval)) = ENDS.into_iter().find_map(split) {
        if plans.iter().any(|known| known == plan) {
            return Target::Price(plan, interval);
        }
        return Target::Wrong(match keys::nearest(plan, plans.iter().map(String::as_str)) {
            Some(nearest) => format!("no such plan; the nearest is {}{nearest}_…", env::PRICE),
            None => "no such plan; there are none".to_owned(),
        });
    }
    let of_plan = |plan: &String| {
        rest.strip_prefix(plan.as_str()).is_some_and(|interval| interval.starts_with('_'))
    };
    if plans.iter().any(of_plan) {
        return Target::Wrong("write _MONTHLY, _YEARLY or _ONCE after the plan".to_owned());
    }
    Target::NotOurs
}

fn check_ids(reader: &mut Reader, drafts: &[Draft]) {
    for (index, draft) in drafts.iter().enumerate() {
        let Some(id) = &draft.id else { continue };
        if drafts[..index].iter().any(|earlier| earlier.id.as_ref() == Some(id)) {
            let key = format!("{}.id", draft.key);
            reader.refuse(&key, id.as_str(), "another plan has this id; give each its own");
        }
    }
}

fn check_prices(reader: &mut Reader, drafts: &[Draft]) {
    let mut seen: Vec<&Named> = Vec::new();
    for draft in drafts {
        if draft.prices.is_empty() {
            let key = format!("{}.prices", draft.key);
            reader.refuse_unset(&key, "a plan needs a price for month, year or once");
        }
        for named in draft.prices.values().flatten() {
            match seen.iter().find(|earlier| earlier.name == named.name) {
                Some(earlier) => {
                    let reason = format!(
                        "{} names this price already; give each plan a price of its own",
                        earlier.key
                    );
                    reader.refuse(&named.key, named.name.as_str(), reason);
                }
                None => seen.push(named),
            }
        }
    }
}

pub(super) fn refuse_unknown(reader: &mut Reader, key: &str, dict: &Dict, known: &[&str]) {
    for (name, value) in dict {
        if !known.contains(&name.as_str()) {
            let nearest = keys::nearest(name, known.iter().copied()).unwrap_or_default();
            reader.refuse_unknown(&format!("{key}.{name}"), value, nearest);
        }
    }
}

pub(super) fn required<T>(
    reader: &mut Reader,
    key: &str,
    plan: &Dict,
    name: &str,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Option<T> {
    let key = format!("{key}.{name}");
    let Some(value) = plan.get(name) else {
        let what = if key.starts_with(hooks::KEY) { "hook" } else { "plan" };
        reader.refuse_unset(&key, &format!("every {what} has one"));
        return None;
    };
    reader.text_of(&key, value, parse)
}

fn plan_name(text: &str) -> Result<String, String> {
    let good = (1..=60).contains(&text.chars().count()) && !text.contains(char::is_control);
    good.then(|| text.to_owned()).ok_or_else(|| "write a name of 1 to 60 characters".to_owned())
}

fn price_name(text: &str) -> Result<PriceName, String> {
    if text.starts_with("price_") {
        let id =
            PriceId::new(text).map_err(|_| "not a price id; copy it from Stripe".to_owned())?;
        return Ok(PriceName::Id(id));
    }
    let good = (1..=200).contains(&text.chars().count()) && !text.contains(char::is_control);
    good.then(|| PriceName::LookupKey(text.to_owned())).ok_or_else(|| {
        "write a price id (price_…) or a lookup key of 1 to 200 characters".to_owned()
    })
}
