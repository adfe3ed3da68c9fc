//! Stripe's form encoding, `items[0][price]=…`, read into JSON whose leaves are text.

use serde_json::{Map, Value};

use super::error::ApiError;

const DEEPEST: usize = 8;
const MOST_PAIRS: usize = 1_000;

/// The parameters of one call.
#[derive(Debug, Clone, Default)]
pub(super) struct Params(pub(super) Value);

impl Params {
    /// Reads a query string or a form body.
    pub(super) fn parse(encoded: &[u8]) -> Result<Params, ApiError> {
        let mut root = Value::Object(Map::new());
        for (count, (name, value)) in url::form_urlencoded::parse(encoded).enumerate() {
            if count == MOST_PAIRS {
                return Err(ApiError::invalid("Too many parameters."));
            }
            let path = split(&name)?;
            place(&mut root, &path, &value);
        }
        numbered_maps_to_lists(&mut root);
        Ok(Params(root))
    }

    /// Refuses any name that is not in `known`, as Stripe does.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), ApiError> {
        let unknown = self
            .0
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name)
            .find(|name| !known.contains(&name.as_str()) && name.as_str() != "expand");
        match unknown {
            None => Ok(()),
            Some(name) => Err(ApiError::unknown_param(name)),
        }
    }

    /// A parameter that was sent with text in it.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        text(&self.0, &[name])
    }

    /// As `text`, and refuses the call without it.
    pub(super) fn required(&self, name: &str) -> Result<&str, ApiError> {
        self.text(name).ok_or_else(|| ApiError::required(name))
    }

    /// Whether the parameter was sent as an empty value, which clears a field.
    pub(super) fn clears(&self, name: &str) -> bool {
        self.0[name].as_str() == Some("")
    }

    pub(super) fn integer(&self, name: &str) -> Result<Option<i64>, ApiError> {
        integer(&self.0, &[name])
    }

    pub(super) fn boolean(&self, name: &str) -> Result<Option<bool>, ApiError> {
        boolean(&self.0, &[name], name)
    }

    /// A parameter that allows only certain words.
    pub(super) fn one_of<'a>(
        &'a self,
        name: &str,
        allowed: &[&str],
    ) -> Result<Option<&'a str>, ApiError> {
        one_of(&self.0, &[name], name, allowed)
    }

    /// Every text of a list parameter.
    pub(super) fn texts(&self, name: &str) -> Vec<&str> {
        self.0[name].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Applies a `metadata` parameter: names with empty values go, an empty whole clears all.
    pub(super) fn merge_metadata(&self, stored: &mut Value) {
        if self.clears("metadata") {
            *stored = Value::Object(Map::new());
        }
        let (Some(sent), Some(stored)) = (self.0["metadata"].as_object(), stored.as_object_mut())
        else {
            return;
        };
        for (name, value) in sent {
            if value.as_str() == Some("") {
                stored.remove(name);
            } else {
                stored.insert(name.clone(), value.clone());
            }
        }
    }
}

/// The text at `path` inside nested parameters, unless empty.
pub(super) fn text<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    path.iter()
        .try_fold(value, |value, name| value.get(name))
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

/// The whole number at `path` inside nested parameters.
pub(super) fn integer(value: &Value, path: &[&str]) -> Result<Option<i64>, ApiError> {
    text(value, path)
        .map(|text| {
            text.parse().map_err(|_| {
                ApiError::invalid(format!("Invalid integer: {text}"))
                    .code("parameter_invalid_integer")
                    .param(path.last().copied().unwrap_or_default())
            })
        })
        .transpose()
}

/// The truth value at `path` inside nested parameters, which a refusal calls `param`.
pub(super) fn boolean(value: &Value, path: &[&str], param: &str) -> Result<Option<bool>, ApiError> {
    match text(value, path) {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(other) => Err(ApiError::invalid(format!("Invalid boolean: {other}")).param(param)),
    }
}

/// The text at `path` inside nested parameters, which allows only certain words.
pub(super) fn one_of<'a>(
    value: &'a Value,
    path: &[&str],
    param: &str,
    allowed: &[&str],
) -> Result<Option<&'a str>, ApiError> {
    match text(value, path) {
        Some(word) if !allowed.contains(&word) => Err(ApiError::invalid(format!(
            "Invalid {param}: must be one of {}",
            allowed.join(", ")
        ))
        .param(param)),
        word => Ok(word),
    }
}

/// Whether `link` may stand in a page or a redirect.
pub(super) fn is_web_link(link: &str) -> bool {
    let web = url::Url::parse(link).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    web && !link.chars().any(|c| c.is_control() || c.is_whitespace())
}

fn split(name: &str) -> Result<Vec<&str>, ApiError> {
    let mut parts = name.split('[');
    let mut path = vec![parts.next().unwrap_or_default()];
    path.extend(parts.map(|part| part.trim_end_matches(']')));
    if path.len() > DEEPEST {
        return Err(ApiError::invalid("Parameters are nested too deeply."));
    }
    Ok(path)
}

fn place(node: &mut Value, path: &[&str], value: &str) {
    let Some((name, rest)) = path.split_first() else {
        *node = Value::String(value.to_owned());
        return;
    };
    if !node.is_object() {
        *node = Value::Object(Map::new());
    }
    let Some(map) = node.as_object_mut() else { return };
    let name = if name.is_empty() { map.len().to_string() } else { (*name).to_owned() };
    place(map.entry(name).or_insert(Value::Null), rest, value);
}

fn numbered_maps_to_lists(node: &mut Value) {
    let Value::Object(map) = node else { return };
    map.values_mut().for_each(numbered_maps_to_lists);
    let mut numbered: Vec<(usize, &Value)> = Vec::new();
    for (name, value) in map.iter() {
        match name.parse() {
            Ok(number) => numbered.push((number, value)),
            Err(_) => return,
        }
    }
    if numbered.is_empty() {
        return;
    }
    numbered.sort_by_key(|(number, _)| *number);
    *node = Value::Array(numbered.into_iter().map(|(_, value)| value.clone()).collect());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn brackets_become_maps_and_lists() {
        let table = [
            ("a=1&b[c]=2", json!({"a": "1", "b": {"c": "2"}})),
            ("l[]=x&l[]=y", json!({"l": ["x", "y"]})),
            ("l[1][p]=b&l[0][p]=a", json!({"l": [{"p": "a"}, {"p": "b"}]})),
            ("expand%5B0%5D=data.customer", json!({"expand": ["data.customer"]})),
            ("metadata[7]=x&metadata[k]=y", json!({"metadata": {"7": "x", "k": "y"}})),
            ("cancel_at=", json!({"cancel_at": ""})),
            ("", json!({})),
        ];
        for (form, expected) in table {
            assert_eq!(Params::parse(form.as_bytes()).unwrap().0, expected, "{form}");
        }
    }

    #[test]
    fn depth_and_number_are_bounded() {
        assert!(Params::parse("a[b][c][d][e][f][g][h][i]=1".as_bytes()).is_err());
        assert!(Params::parse("a=1&".repeat(1_001).as_bytes()).is_err());
    }
}
