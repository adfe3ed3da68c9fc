//! Everything the sandbox knows: Stripe's objects as the API shows them, what stays hidden beside
//! each, and the events that tell of every change.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    cards::{BankAnswer, Card},
    delivery::Outbox,
    error::ApiError,
    idempotency::Remembered,
    options::{AfterRetries, CancelShape},
    pending_updates::Staged,
};

/// The API version the sandbox speaks.
pub(super) const VERSION: &str = "2026-09-30.endive";

/// The whole state; what is saved and restored.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Ledger {
    pub(super) now: i64,
    pub(super) offset: i64,
    pub(super) base_url: String,
    entries: Vec<Entry>,
    pub(super) outbox: Outbox,
    pub(super) remembered: HashMap<String, Remembered>,
    pub(super) after_retries: AfterRetries,
    pub(super) cancel_shape: CancelShape,
    #[serde(skip)]
    index: HashMap<String, usize>,
    #[serde(skip)]
    pub(super) cause: Cause,
}

/// The request that is being served; its events carry it.
#[derive(Default)]
pub(super) struct Cause {
    pub(super) request: Option<String>,
    pub(super) idempotency_key: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    object: Value,
    hidden: Hidden,
}

/// What Stripe keeps to itself about an object.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Hidden {
    /// Payment method: how its card behaves.
    pub(super) card: Option<Card>,
    /// Payment method: it passed 3-D Secure once.
    pub(super) set_up: bool,
    /// Session and portal session: the parameters it was made with.
    pub(super) request: Value,
    /// Session: what is bought.
    pub(super) lines: Vec<Line>,
    /// Session and invoice: the payment or set-up under way.
    pub(super) intent: Option<String>,
    /// Session and invoice: the payment method that waits for 3-D Secure.
    pub(super) awaiting: Option<String>,
    /// Subscription: the lines that wait for its next invoice.
    pub(super) unbilled: Vec<Value>,
    /// Subscription: the change that waits for its payment.
    pub(super) staged: Option<Staged>,
    /// Subscription: the end of the trial was announced.
    pub(super) announced: bool,
    /// Payment intent and refund: when the bank answers, and what.
    pub(super) answer: Option<(i64, BankAnswer)>,
    /// Webhook endpoint: what signs its events.
    pub(super) secret: Option<String>,
}

/// A price and how many of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) price: String,
    pub(super) quantity: i64,
}

impl Ledger {
    /// Restores a saved ledger.
    pub(super) fn restore(saved: &str) -> Result<Ledger, serde_json::Error> {
        let mut ledger: Ledger = serde_json::from_str(saved)?;
        let ids = ledger.entries.iter().map(|entry| entry.object.text("id").to_owned());
        ledger.index = ids.enumerate().map(|(at, id)| (id, at)).collect();
        Ok(ledger)
    }

    /// Moves the links of every object to the address the pages are now served at.
    pub(super) fn move_to(&mut self, base_url: String) {
        if !self.base_url.is_empty() && self.base_url != base_url {
            for entry in &mut self.entries {
                for link in ["url", "hosted_invoice_url", "invoice_pdf"] {
                    let path =
                        entry.object[link].as_str().and_then(|l| l.strip_prefix(&self.base_url));
                    if let Some(path) = path.filter(|path| path.starts_with('/')) {
                        entry.object[link] = json!(format!("{base_url}{path}"));
                    }
                }
            }
        }
        self.base_url = base_url;
    }

    /// Adds an object, silently.
    pub(super) fn insert(&mut self, object: Value, hidden: Hidden) -> String {
        let id = object.text("id").to_owned();
        self.index.insert(id.clone(), self.entries.len());
        self.entries.push(Entry { object, hidden });
        id
    }

    /// Adds an object and tells of it.
    pub(super) fn create(&mut self, object: Value, hidden: Hidden, event: &str) -> String {
        let id = self.insert(object, hidden);
        self.emit(event, &id);
        id
    }

    /// Changes an object; `event`, when given, tells what it was before. No difference, no event.
    pub(super) fn change(&mut self, id: &str, event: &str, how: impl FnOnce(&mut Value)) {
        let Some(entry) = self.index.get(id).map(|at| &mut self.entries[*at]) else { return };
        let before = entry.object.clone();
        how(&mut entry.object);
        let previous = difference(&before, &entry.object);
        if previous.as_object().is_some_and(|changed| !changed.is_empty()) {
            let object = entry.object.clone();
            self.file_event(event, json!({"object": object, "previous_attributes": previous}));
        }
    }

    /// Changes an object without an event of its own.
    pub(super) fn quietly(&mut self, id: &str, how: impl FnOnce(&mut Value)) {
        if let Some(at) = self.index.get(id) {
            how(&mut self.entries[*at].object);
        }
    }

    /// Tells of an object as it is now.
    pub(super) fn emit(&mut self, event: &str, id: &str) {
        let object = self.get(id).cloned().unwrap_or(Value::Null);
        self.file_event(event, json!({"object": object}));
    }

    pub(super) fn get(&self, id: &str) -> Option<&Value> {
        self.index.get(id).map(|at| &self.entries[*at].object)
    }

    /// As `get`, for ids that the ledger itself gave out.
    pub(super) fn read(&self, id: &str) -> &Value {
        self.get(id).unwrap_or(&Value::Null)
    }

    /// The living object of this kind with this id.
    pub(super) fn find(&self, kind: &str, id: &str) -> Option<&Value> {
        self.get(id).filter(|object| object.text("object") == kind && !object.truth("deleted"))
    }

    /// As `find`, for an id in the path.
    pub(super) fn named(&self, kind: &str, id: &str) -> Result<&Value, ApiError> {
        self.find(kind, id).ok_or_else(|| ApiError::missing(kind, id))
    }

    pub(super) fn hidden(&self, id: &str) -> Hidden {
        self.index.get(id).map(|at| self.entries[*at].hidden.clone()).unwrap_or_default()
    }

    pub(super) fn hide(&mut self, id: &str, how: impl FnOnce(&mut Hidden)) {
        if let Some(at) = self.index.get(id) {
            how(&mut self.entries[*at].hidden);
        }
    }

    /// Every object of a kind, oldest first.
    pub(super) fn all<'a>(&'a self, kind: &'a str) -> impl DoubleEndedIterator<Item = &'a Value> {
        self.entries
            .iter()
            .map(|entry| &entry.object)
            .filter(move |object| object.text("object") == kind)
    }

    /// The ids of the objects of a kind for which `wanted` holds, oldest first.
    pub(super) fn ids(&self, kind: &str, wanted: impl Fn(&Value) -> bool) -> Vec<String> {
        self.all(kind)
            .filter(|object| wanted(object))
            .map(|object| object.text("id").to_owned())
            .collect()
    }

    fn file_event(&mut self, kind: &str, data: Value) {
        let id = fresh("evt_1");
        self.outbox.add(&id, kind);
        let event = json!({
            "id": id,
            "object": "event",
            "api_version": VERSION,
            "created": self.now,
            "data": data,
            "livemode": false,
            "pending_webhooks": 1,
            "request": {
                "id": self.cause.request,
                "idempotency_key": self.cause.idempotency_key,
            },
            "type": kind,
        });
        self.insert(event, Hidden::default());
    }
}

/// Reading fields of objects whose shape the ledger guarantees.
pub(super) trait Fields {
    /// The text in a field; empty when there is none.
    fn text(&self, name: &str) -> &str;
    /// The number in a field; zero when there is none.
    fn number(&self, name: &str) -> i64;
    /// Whether a field is `true`.
    fn truth(&self, name: &str) -> bool;
    /// The elements of a Stripe list in a field.
    fn data(&self, name: &str) -> &[Value];
}

impl Fields for Value {
    fn text(&self, name: &str) -> &str {
        self[name].as_str().unwrap_or_default()
    }

    fn number(&self, name: &str) -> i64 {
        self[name].as_i64().unwrap_or_default()
    }

    fn truth(&self, name: &str) -> bool {
        self[name].as_bool().unwrap_or_default()
    }

    fn data(&self, name: &str) -> &[Value] {
        self[name]["data"].as_array().map(Vec::as_slice).unwrap_or_default()
    }
}

/// A new id that no earlier run of the sandbox has given out.
pub(super) fn fresh(prefix: &str) -> String {
    let mut random = [0_u8; 12];
    getrandom::fill(&mut random).expect("the operating system gives random bytes");
    format!("{prefix}{}", hex::encode(random))
}

/// An object that has these fields and nothing in them.
pub(super) fn absent(names: &[&str]) -> Value {
    names.iter().map(|name| ((*name).to_owned(), Value::Null)).collect()
}

/// `base` with the fields of `over` in place of its own.
pub(super) fn overlay(mut base: Value, over: Value) -> Value {
    if let (Some(fields), Value::Object(over)) = (base.as_object_mut(), over) {
        fields.extend(over);
    }
    base
}

/// The values of `before` that `after` no longer has, as `previous_attributes` shows them.
fn difference(before: &Value, after: &Value) -> Value {
    let (Some(before), Some(after)) = (before.as_object(), after.as_object()) else {
        return before.clone();
    };
    let mut previous = Map::new();
    for (name, now) in after {
        match before.get(name) {
            Some(was) if was == now => {}
            Some(was @ Value::Object(_)) if now.is_object() => {
                previous.insert(name.clone(), difference(was, now));
            }
            Some(was) => {
                previous.insert(name.clone(), was.clone());
            }
            None => {
                previous.insert(name.clone(), Value::Null);
            }
        }
    }
    let gone = before.iter().filter(|(name, _)| !after.contains_key(*name));
    previous.extend(gone.map(|(name, was)| (name.clone(), was.clone())));
    Value::Object(previous)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn previous_attributes_hold_only_what_changed() {
        let before = json!({"a": 1, "b": {"x": 1, "y": 2}, "l": [1], "gone": 3});
        let after = json!({"a": 1, "b": {"x": 5, "y": 2}, "l": [2], "new": 4});
        assert_eq!(
            difference(&before, &after),
            json!({"b": {"x": 1}, "l": [1], "new": null, "gone": 3})
        );
    }
}
