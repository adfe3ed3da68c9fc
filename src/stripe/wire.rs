//! Shapes that many of Stripe's answers share.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::domain::ids::AccountId;
use crate::domain::timestamp::Timestamp;

/// The keys we write into `metadata`.
pub(super) const ACCOUNT_KEY: &str = "account_id";
pub(super) const PLAN_KEY: &str = "plan";

/// A row of a list, which the next page can follow.
pub(super) trait Listed {
    fn id(&self) -> &str;
}

/// One page of a list.
#[derive(Debug, Deserialize)]
pub(super) struct Page<T> {
    pub(super) data: Vec<T>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) has_more: bool,
}

/// Another object: its id, or all of it where it was expanded.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Reference<T> {
    Id(String),
    Object(T),
}

impl<T> Reference<T> {
    pub(super) fn into_object(self) -> Option<T> {
        match self {
            Self::Id(_) => None,
            Self::Object(object) => Some(object),
        }
    }
}

impl<T: Listed> Reference<T> {
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Id(id) => id,
            Self::Object(object) => object.id(),
        }
    }
}

/// An object of which only the id matters.
#[derive(Debug, Deserialize)]
pub(super) struct Named {
    id: String,
}

impl Listed for Named {
    fn id(&self) -> &str {
        &self.id
    }
}

/// A value that may have any shape: one that cannot be read is as good as none.
#[derive(Debug)]
pub(super) struct Lenient<T>(pub(super) Option<T>);

impl<T> Default for Lenient<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either<T> {
            Read(T),
            Other(serde::de::IgnoredAny),
        }
        Ok(Self(match Either::deserialize(deserializer)? {
            Either::Read(value) => Some(value),
            Either::Other(_) => None,
        }))
    }
}

/// `metadata`, where everybody with access to the Stripe account may write anything.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Metadata(Lenient<HashMap<String, String>>);

impl Metadata {
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0.0.as_ref()?.get(key).map(String::as_str)
    }

    pub(super) fn account(&self) -> Option<AccountId> {
        AccountId::new(self.get(ACCOUNT_KEY)?).ok()
    }
}

/// For a field that Stripe may send as `null`.
pub(super) fn or_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Default + Deserialize<'de>,
    D: Deserializer<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

pub(super) fn moment(seconds: Option<i64>) -> Option<Timestamp> {
    seconds.map(Timestamp)
}

/// A form as flat as it is sent, `phases[0][items][0][price]`: the SDK's own writer goes no deeper
/// than five names.
pub(super) fn pairs(form: &impl Serialize) -> BTreeMap<String, String> {
    let mut pairs = BTreeMap::new();
    let form = serde_json::to_value(form).expect("a form is made of texts, numbers and lists");
    flatten(String::new(), form, &mut pairs);
    pairs
}

fn flatten(name: String, value: Value, pairs: &mut BTreeMap<String, String>) {
    let inner = |key: &str| if name.is_empty() { key.to_owned() } else { format!("{name}[{key}]") };
    match value {
        Value::Null => {}
        Value::Bool(flag) => drop(pairs.insert(name, flag.to_string())),
        Value::Number(number) => drop(pairs.insert(name, number.to_string())),
        Value::String(text) => drop(pairs.insert(name, text)),
        Value::Array(list) => {
            for (index, value) in list.into_iter().enumerate() {
                flatten(inner(&index.to_string()), value, pairs);
            }
        }
        Value::Object(fields) => {
            for (key, value) in fields {
                flatten(inner(&key), value, pairs);
            }
        }
    }
}
