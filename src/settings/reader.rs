//! Takes values out of the figment and remembers what was wrong with them.

use std::ops::RangeInclusive;

use rocket::figment::Figment;
use rocket::figment::value::{Dict, Value};

use super::keys;
use super::problem::Problem;

/// The configuration as a tree, and the problems found in it so far.
///
/// Every value is taken as text, because that is what the environment gives, and a list may be
/// one text with commas.
pub(super) struct Reader {
    root: Dict,
    problems: Vec<Problem>,
}

impl Reader {
    pub(super) fn new(figment: &Figment) -> Result<Self, Problem> {
        let root: Dict = figment.extract().map_err(|error| unreadable(&error))?;
        let mut problems = Vec::new();
        if figment.profiles().any(|profile| profile == "billing") {
            let reason = "a profile of this name is never read; write [default.billing]";
            problems.push(Problem::new("[billing]", "", reason));
        }
        Ok(Self { root, problems })
    }

    pub(super) fn finish<T>(self, read: T) -> Result<T, Vec<Problem>> {
        if self.problems.is_empty() { Ok(read) } else { Err(self.problems) }
    }

    pub(super) fn value(&self, path: &str) -> Option<&Value> {
        let (parents, last) = path.rsplit_once('.').unwrap_or(("", path));
        let mut dict = &self.root;
        for parent in parents.split('.').filter(|parent| !parent.is_empty()) {
            dict = dict.get(parent)?.as_dict()?;
        }
        dict.get(last).filter(|value| !matches!(value, Value::Empty(..)))
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.value(path).is_some()
    }

    /// What `parse` makes of the value at `path`; `None` when there is none or it is wrong.
    pub(super) fn text<T>(
        &mut self,
        path: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.value(path)?.clone();
        self.text_of(path, &value, parse)
    }

    pub(super) fn text_of<T>(
        &mut self,
        path: &str,
        value: &Value,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = scalar(value);
        let parsed = match &text {
            Some(text) => parse(text),
            None => Err("write one value".to_owned()),
        };
        let shown = text.as_deref().unwrap_or("…");
        parsed.map_err(|reason| self.refuse(path, shown, reason)).ok()
    }

    pub(super) fn number<T>(&mut self, path: &str, range: RangeInclusive<T>) -> Option<T>
    where
        T: std::str::FromStr + PartialOrd + std::fmt::Display,
    {
        self.text(path, number_in(range))
    }

    pub(super) fn flag(&mut self, path: &str) -> bool {
        let flag =
            self.text(path, |text| text.parse().map_err(|_| "write true or false".to_owned()));
        flag.unwrap_or(false)
    }

    /// The entries of a list in their order, each once; `None` when there is none or one is wrong.
    pub(super) fn list<T: PartialEq>(
        &mut self,
        path: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<Vec<T>> {
        let items = items(self.value(path)?);
        let parsed: Vec<Option<T>> =
            items.iter().map(|item| self.text_of(path, item, &parse)).collect();
        let mut list = Vec::new();
        for entry in parsed {
            let entry = entry?;
            if !list.contains(&entry) {
                list.push(entry);
            }
        }
        Some(list)
    }

    pub(super) fn refuse(&mut self, key: &str, value: &str, reason: impl Into<String>) {
        self.problems.push(if keys::is_secret(key) {
            Problem::secret(key, value, reason)
        } else {
            Problem::new(key, value, reason)
        });
    }

    pub(super) fn refuse_unset(&mut self, key: &str, reason: &str) {
        self.refuse(key, "", format!("not set: {reason}"));
    }

    /// Refuses a key that does not exist, and hides its value if that may be a secret.
    pub(super) fn refuse_unknown(&mut self, key: &str, value: &Value, nearest: &str) {
        const TELLING: [&str; 4] = ["secret", "token", "key", "password"];
        let reason = format!("no such key; the nearest is {nearest}");
        let text = scalar(value).unwrap_or_else(|| "…".to_owned());
        let telling = TELLING.iter().any(|word| key.to_ascii_lowercase().contains(word));
        self.problems.push(if telling || keys::is_secret(nearest) {
            Problem::secret(key, &text, reason)
        } else {
            Problem::new(key, &text, reason)
        });
    }
}

pub(super) fn number_in<T>(range: RangeInclusive<T>) -> impl FnOnce(&str) -> Result<T, String>
where
    T: std::str::FromStr + PartialOrd + std::fmt::Display,
{
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| {
            format!("write a whole number from {} to {}", range.start(), range.end())
        })
    }
}

/// A figment's error may quote the file, secrets included: its lines with a margin are left out.
fn unreadable(error: &rocket::figment::Error) -> Problem {
    let source = error.metadata.as_ref().and_then(|metadata| metadata.source.as_ref());
    let key = source.map_or_else(|| "configuration".to_owned(), ToString::to_string);
    let text = error.kind.to_string();
    let words: Vec<&str> = text.lines().filter(|line| !line.contains('|')).collect();
    Problem::new(&key, "", words.join(": "))
}

fn items(value: &Value) -> Vec<Value> {
    match (value, scalar(value)) {
        (Value::Array(_, items), _) => items.clone(),
        (_, Some(text)) => text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(Value::from)
            .collect(),
        (other, None) => vec![other.clone()],
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.trim().to_owned()),
        Value::Char(_, char) => Some(char.to_string()),
        Value::Bool(_, flag) => Some(flag.to_string()),
        Value::Num(..) => value
            .to_i128()
            .map(|number| number.to_string())
            .or_else(|| value.to_u128().map(|number| number.to_string()))
            .or_else(|| value.to_f64().map(|number| number.to_string())),
        Value::Empty(..) | Value::Dict(..) | Value::Array(..) => None,
    }
}
