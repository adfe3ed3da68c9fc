//! Pages of objects, and ids that are expanded into the objects they name.

use serde_json::{Value, json};

use super::{
    checkout_totals,
    error::ApiError,
    form::{self, Params},
    ledger::{Fields, Ledger},
};

/// The page that `params` ask for, newest first.
pub(super) fn page<'a>(
    objects: impl DoubleEndedIterator<Item = &'a Value>,
    params: &Params,
    url: &str,
) -> Result<Value, ApiError> {
    let limit = params.integer("limit")?.unwrap_or(10);
    if !(1..=100).contains(&limit) {
        return Err(ApiError::invalid("This value must be between 1 and 100 (inclusive).")
            .code("parameter_invalid_integer")
            .param("limit"));
    }
    let limit = usize::try_from(limit).unwrap_or(10);
    let created = |bound: &str| form::integer(&params.0, &["created", bound]);
    let (since, until) = (created("gte")?, created("lte")?);
    let (after, before) = (created("gt")?, created("lt")?);
    let all: Vec<&Value> = objects
        .rev()
        .filter(|object| {
            let at = object.number("created");
            since.is_none_or(|bound| at >= bound)
                && until.is_none_or(|bound| at <= bound)
                && after.is_none_or(|bound| at > bound)
                && before.is_none_or(|bound| at < bound)
        })
        .collect();
    let place = |name: &str| -> Result<Option<usize>, ApiError> {
        let Some(id) = params.text(name) else { return Ok(None) };
        let found = all.iter().position(|object| object.text("id") == id);
        found.map(Some).ok_or_else(|| ApiError::missing_param("object", id, name))
    };
    let (data, has_more) = match (place("starting_after")?, place("ending_before")?) {
        (_, Some(end)) => {
            let start = end.saturating_sub(limit);
            (&all[start..end], start > 0)
        }
        (start, None) => {
            let start = start.map_or(0, |at| at + 1);
            let end = (start + limit).min(all.len());
            (&all[start..end], end < all.len())
        }
    };
    Ok(json!({"object": "list", "data": data, "has_more": has_more, "url": url}))
}

/// A short list inside an object, whole.
pub(super) fn whole(data: Vec<Value>, url: &str) -> Value {
    json!({"object": "list", "data": data, "has_more": false, "url": url})
}

/// Replaces the ids at the `expand` paths by the objects.
pub(super) fn expand(ledger: &Ledger, answer: &mut Value, params: &Params) -> Result<(), ApiError> {
    for path in params.texts("expand") {
        let names: Vec<&str> = path.split('.').collect();
        if names.len() > 4 {
            return Err(ApiError::invalid(format!(
                "You cannot expand more than 4 levels of a property. Property: {path}"
            ))
            .code("property_expansion_max_depth"));
        }
        follow(ledger, answer, &names, path)?;
    }
    Ok(())
}

fn follow(ledger: &Ledger, node: &mut Value, names: &[&str], path: &str) -> Result<(), ApiError> {
    let Some((name, rest)) = names.split_first() else { return Ok(()) };
    if let Value::Array(elements) = node {
        return elements.iter_mut().try_for_each(|element| follow(ledger, element, names, path));
    }
    if node.is_null() {
        return Ok(());
    }
    if let Some(included) = included_on_demand(ledger, node, name) {
        node[*name] = included;
    }
    let Some(child) = node.get_mut(*name) else {
        return Err(ApiError::invalid(format!("This property cannot be expanded ({path})."))
            .param("expand"));
    };
    if let Some(object) = child.as_str().and_then(|id| ledger.get(id)) {
        *child = object.clone();
    }
    follow(ledger, child, rest, path)
}

fn included_on_demand(ledger: &Ledger, node: &Value, name: &str) -> Option<Value> {
    let id = node.text("id");
    let belonging = |kind, owner: &str| -> Vec<Value> {
        ledger.all(kind).filter(|object| object.text(owner) == id).rev().cloned().collect()
    };
    match (node.text("object"), name) {
        ("checkout.session", "line_items") => Some(checkout_totals::line_items(ledger, id)),
        ("invoice", "payments") => Some(whole(
            belonging("invoice_payment", "invoice"),
            &format!("/v1/invoice_payments?invoice={id}"),
        )),
        ("customer", "subscriptions") => {
            let mut living = belonging("subscription", "customer");
            living.retain(|subscription| subscription.text("status") != "canceled");
            Some(whole(living, &format!("/v1/customers/{id}/subscriptions")))
        }
        _ => None,
    }
}
