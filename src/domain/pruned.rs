//! JSON of which a few fields matter: the rest is passed over and never kept.
//!
//! An event has a hundred fields and more; a tree of them all cost more than storing the event.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The fields by which an event's object finds its account.
const KNOWN: [&str; 11] = [
    "id",
    "object",
    "customer",
    "subscription",
    "invoice",
    "payment_intent",
    "metadata",
    "account_id",
    "client_reference_id",
    "parent",
    "subscription_details",
];

/// A value, without the fields that are not [`KNOWN`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pruned {
    Text(String),
    Object(Vec<(&'static str, Pruned)>),
    Other,
}

impl Pruned {
    /// The value below `path`, field by field; of a field that stands twice the last counts.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Self> {
        let [first, rest @ ..] = path else {
            return Some(self);
        };
        let Self::Object(fields) = self else {
            return None;
        };
        let (_, value) = fields.iter().rev().find(|(name, _)| name == first)?;
        value.at(rest)
    }

    pub(crate) fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Object(_) | Self::Other => None,
        }
    }
}

impl<'de> Deserialize<'de> for Pruned {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(Pruning)
    }
}

struct Pruning;

impl<'de> Visitor<'de> for Pruning {
    type Value = Pruned;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Pruned, E> {
        Ok(Pruned::Text(text.to_owned()))
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Pruned, M::Error> {
        let mut fields = Vec::new();
        while let Some(Field(name)) = map.next_key()? {
            match name {
                Some(name) => fields.push((name, map.next_value()?)),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Pruned::Object(fields))
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Pruned, S::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Pruned::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Pruned, E> {
        Ok(Pruned::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Pruned, E> {
        Ok(Pruned::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Pruned, E> {
        Ok(Pruned::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Pruned, E> {
        Ok(Pruned::Other)
    }

    fn visit_unit<E>(self) -> Result<Pruned, E> {
        Ok(Pruned::Other)
    }
}

/// A field's name, if it is known.
struct Field(Option<&'static str>);

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_str(Naming)
    }
}

struct Naming;

impl Visitor<'_> for Naming {
    type Value = Field;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field's name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Field, E> {
        Ok(Field(KNOWN.into_iter().find(|known| *known == name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_fields_are_found_in_any_shape_and_others_are_not_kept() {
        let read = |text: &str| serde_json::from_str::<Pruned>(text);
        let tree = read(
            r#"{"lines": {"id": "il_1", "deep": [{"id": [1, null, 2.5]}]}, "object": null,
                "customer": {"id": "cus_\u0031", "email": "x"}, "subscription": ["sub_1"],
                "metadata": {"account_id": -7, "other": true}, "invoice": 1.5e3,
                "parent": {"id": "old", "subscription_details": {"subscription": "sub_2"}},
                "id": "first", "id": "last", "client_reference_id": false}"#,
        )
        .expect("JSON");
        let text_at = |path: &[&str]| tree.at(path).and_then(Pruned::as_str);
        assert_eq!(text_at(&["id"]), Some("last"));
        assert_eq!(text_at(&["customer", "id"]), Some("cus_1"));
        assert_eq!(text_at(&["parent", "subscription_details", "subscription"]), Some("sub_2"));
        for path in ["object", "subscription", "invoice", "client_reference_id"] {
            assert_eq!(tree.at(&[path]), Some(&Pruned::Other), "{path}");
        }
        assert_eq!(tree.at(&["metadata", "account_id"]), Some(&Pruned::Other));
        assert_eq!(tree.at(&["lines"]), None);
        assert_eq!(tree.at(&["id", "id"]), None);
        assert!(read(r#"{"lines": [1, }"#).is_err());
    }
}
