//! What is wrong with the configuration, in words that give no secret away.

use std::fmt;

/// A configured value that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Problem {
    /// The key as in `Rocket.toml`, or the environment variable where there is no key.
    pub(crate) key: String,
    /// What was found, masked where it is secret; empty when nothing was.
    pub(crate) value: String,
    /// What is wrong and what to write instead.
    pub(crate) reason: String,
}

impl Problem {
    pub(super) fn new(key: &str, value: &str, reason: impl Into<String>) -> Self {
        Self { key: key.to_owned(), value: shown(value), reason: reason.into() }
    }

    pub(super) fn secret(key: &str, value: &str, reason: impl Into<String>) -> Self {
        Self { key: key.to_owned(), value: masked(value), reason: reason.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.value.is_empty() {
            return write!(f, "{}: {}", self.key, self.reason);
        }
        write!(f, "{} = {:?}: {}", self.key, self.value, self.reason)
    }
}

/// How secrets of Stripe's begin; the rest of one is never shown.
const SECRET_PREFIXES: [&str; 7] =
    ["sk_live_", "sk_test_", "rk_live_", "rk_test_", "pk_live_", "pk_test_", "whsec_"];

fn masked(value: &str) -> String {
    let prefix = SECRET_PREFIXES.into_iter().find(|prefix| value.starts_with(prefix));
    if value.is_empty() { String::new() } else { format!("{}…", prefix.unwrap_or_default()) }
}

/// Secrets end up under the wrong key too, and passwords in addresses.
fn shown(value: &str) -> String {
    const LONGEST: usize = 80;
    if SECRET_PREFIXES.into_iter().any(|prefix| value.contains(prefix)) {
        return masked(value);
    }
    if let Some((start, rest)) = value.split_once("://")
        && let Some((_, host)) = rest.rsplit_once('@')
    {
        return format!("{start}://…@{host}");
    }
    match value.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_reads_as_one_line() {
        let problem = Problem::new("billing.grace_period", "7 \"f\"\n", "not a duration");
        assert_eq!(problem.to_string(), r#"billing.grace_period = "7 \"f\"\n": not a duration"#);
        assert_eq!(Problem::new("a", "", "not set").to_string(), "a: not set");
    }

    #[test]
    fn no_secret_is_shown() {
        let table = [
            (Problem::secret("a", "sk_live_abcdef", ""), "sk_live_…"),
            (Problem::secret("a", "hunter2", ""), "…"),
            (Problem::secret("a", "", ""), ""),
            (Problem::new("a", "whsec_abcdef", ""), "whsec_…"),
            (Problem::new("a", "https://x.example/?k=sk_live_abcdef", ""), "…"),
            (Problem::new("a", "https://me:hunter2@x.example/", ""), "https://…@x.example/"),
            (Problem::new("a", "plain", ""), "plain"),
        ];
        for (problem, value) in table {
            assert_eq!(problem.value, value);
        }
        assert_eq!(Problem::new("a", &"ä".repeat(500), "").value.chars().count(), 81);
    }
}
