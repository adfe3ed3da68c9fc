//! The items that a change of a subscription asks for, checked as Stripe checks them.

use serde_json::{Value, json};

use super::{
    error::ApiError,
    form::{self, Params},
    ledger::{Fields, Ledger},
    subscription_shape::{item_shape, plan_shape},
};

const KNOWN: &[&str] = &["deleted", "id", "metadata", "price", "quantity"];
/// What Stripe has at an item and the sandbox does not play.
const UNPLAYED: &[&str] = &[
    "billing_thresholds",
    "clear_usage",
    "current_trial",
    "discounts",
    "plan",
    "price_data",
    "tax_rates",
];

/// A subscription's items as the list at `path` in the parameters wants them; periods unchanged.
pub(super) fn wanted(
    ledger: &Ledger,
    subscription: &Value,
    params: &Params,
    path: &[&str],
) -> Result<Vec<Value>, ApiError> {
    let mut items = subscription.data("items").to_vec();
    let sent = path.iter().try_fold(&params.0, |node, name| node.get(*name));
    let Some(sent) = sent else { return Ok(items) };
    let name = bracketed(path);
    let Some(sent) = sent.as_array() else {
        return Err(ApiError::invalid("Invalid array").param(&name));
    };
    for (at, wish) in sent.iter().enumerate() {
        apply(ledger, subscription, &mut items, wish, &format!("{name}[{at}]"))?;
    }
    if items.is_empty() {
        return Err(ApiError::invalid(
            "A subscription must have at least one item. To end it, cancel the subscription.",
        )
        .param(&name));
    }
    check_alike(&items, &name)?;
    Ok(items)
}

/// Whether two lists of items are for the same prices and quantities.
pub(super) fn same(one: &[Value], other: &[Value]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| alike(one, other))
}

/// Whether an item is for the same price and quantity as another.
pub(super) fn alike(one: &Value, other: &Value) -> bool {
    one["id"] == other["id"]
        && one["price"]["id"] == other["price"]["id"]
        && one["quantity"] == other["quantity"]
}

fn apply(
    ledger: &Ledger,
    subscription: &Value,
    items: &mut Vec<Value>,
    wish: &Value,
    param: &str,
) -> Result<(), ApiError> {
    check_names(wish, param)?;
    let place = match form::text(wish, &["id"]) {
        None => None,
        Some(id) => {
            let place = items.iter().position(|item| item.text("id") == id);
            let missing =
                || ApiError::missing_param("subscription_item", id, &format!("{param}[id]"));
            Some(place.ok_or_else(missing)?)
        }
    };
    let deleted = form::boolean(wish, &["deleted"], param)?.unwrap_or(false);
    let quantity = form::integer(wish, &["quantity"])?;
    if quantity.is_some_and(|quantity| !(0..=999_999).contains(&quantity)) {
        return Err(ApiError::invalid("The quantity must be from 0 to 999999.")
            .code("parameter_invalid_integer")
            .param(&format!("{param}[quantity]")));
    }
    let price = form::text(wish, &["price"]);
    let checked = |id: &str| {
        let taken =
            |(at, item): (usize, &Value)| Some(at) != place && item["price"].text("id") == id;
        if items.iter().enumerate().any(taken) {
            return Err(ApiError::invalid(format!(
                "Cannot add multiple subscription items with the same plan: {id}"
            ))
            .param(&format!("{param}[price]")));
        }
        let kept = place.is_some_and(|at| items[at]["price"].text("id") == id);
        check_price(ledger, subscription, id, kept, &format!("{param}[price]"))
    };
    let price = price.map(checked).transpose()?;
    match (place, price) {
        (Some(at), _) if deleted => {
            items.remove(at);
        }
        (Some(at), price) => {
            let item = &mut items[at];
            if let Some(price) = price {
                item["plan"] = plan_shape(price);
                item["price"] = price.clone();
            }
            if let Some(quantity) = quantity {
                item["quantity"] = json!(quantity);
            }
            Params(wish.clone()).merge_metadata(&mut item["metadata"]);
        }
        (None, Some(price)) => {
            let first = subscription.data("items").first();
            let period = first.map_or((ledger.now, ledger.now), |item| {
                (item.number("current_period_start"), item.number("current_period_end"))
            });
            let id = subscription.text("id");
            items.push(item_shape(id, price, quantity.unwrap_or(1), period, ledger.now));
        }
        (None, None) => return Err(ApiError::required(&format!("{param}[price]"))),
    }
    Ok(())
}

/// Refuses a price that this subscription cannot have; one that it has may be inactive by now.
fn check_price<'a>(
    ledger: &'a Ledger,
    subscription: &Value,
    id: &str,
    kept: bool,
    param: &str,
) -> Result<&'a Value, ApiError> {
    let price =
        ledger.find("price", id).ok_or_else(|| ApiError::missing_param("price", id, param))?;
    let problem = if price.text("type") != "recurring" {
        "The price specified is set to `type=one_time` but this field only accepts prices with \
         `type=recurring`."
            .to_owned()
    } else if !kept && !price.truth("active") {
        "The price specified is inactive. This field only accepts active prices.".to_owned()
    } else if price["currency"] != subscription["currency"] {
        format!(
            "The price specified only supports `{}`. This doesn't match the expected currency: \
             `{}`.",
            price.text("currency"),
            subscription.text("currency")
        )
    } else {
        return Ok(price);
    };
    Err(ApiError::invalid(problem).param(param))
}

/// Items of different intervals would renew at different times, which the sandbox does not play.
fn check_alike(items: &[Value], param: &str) -> Result<(), ApiError> {
    let Some((first, others)) = items.split_first() else { return Ok(()) };
    let mixed = others.iter().any(|item| !same_recurrence(first, item));
    if mixed {
        return Err(ApiError::invalid(
            "Currency and interval fields must match across all plans on this subscription. Found \
             mismatch in interval field.",
        )
        .param(param));
    }
    Ok(())
}

/// Whether two items are paid equally often.
pub(super) fn same_recurrence(one: &Value, other: &Value) -> bool {
    let of = |item: &Value| {
        let recurring = &item["price"]["recurring"];
        (recurring["interval"].clone(), recurring["interval_count"].clone())
    };
    of(one) == of(other)
}

fn check_names(wish: &Value, param: &str) -> Result<(), ApiError> {
    for name in wish.as_object().into_iter().flatten().map(|(name, _)| name.as_str()) {
        let param = format!("{param}[{name}]");
        if UNPLAYED.contains(&name) {
            return Err(ApiError::unplayed(&param));
        }
        if !KNOWN.contains(&name) {
            return Err(ApiError::unknown_param(&param));
        }
    }
    Ok(())
}

fn bracketed(path: &[&str]) -> String {
    let mut names = path.iter();
    let mut text = names.next().copied().unwrap_or_default().to_owned();
    names.for_each(|name| text.push_str(&format!("[{name}]")));
    text
}
