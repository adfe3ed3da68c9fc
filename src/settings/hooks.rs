//! Who is told of changes: `[[default.billing.hooks]]`.

use rocket::figment::value::{Dict, Value};
use secrecy::{ExposeSecret as _, SecretString};
use url::{Host, Url};

use super::plans::{refuse_unknown, required};
use super::reader::Reader;
use crate::domain::hook::{self, Kind};

/// An address that is told of changes.
#[derive(Debug, Clone)]
pub(crate) struct Hook {
    pub(crate) url: Url,
    /// Every one signs, so that a new one can be brought in before the old one goes.
    secrets: Vec<SecretString>,
    pub(crate) events: Vec<Kind>,
    /// Whether it may be on this machine or in its network.
    pub(crate) allow_private: bool,
}

impl Hook {
    /// The keys behind the secrets.
    pub(crate) fn keys(&self) -> Vec<Vec<u8>> {
        self.secrets.iter().filter_map(|secret| hook::key(secret.expose_secret())).collect()
    }
}

pub(super) const KEY: &str = "billing.hooks";

pub(super) fn read(reader: &mut Reader) -> Vec<Hook> {
    let hooks: Vec<Hook> = match reader.value(KEY).cloned() {
        None => Vec::new(),
        Some(Value::Array(_, hooks)) => {
            let keyed =
                hooks.iter().enumerate().map(|(index, hook)| (format!("{KEY}[{index}]"), hook));
            keyed.filter_map(|(key, hook)| one(reader, &key, hook)).collect()
        }
        Some(_) => {
            reader.refuse(KEY, "…", "write [[default.billing.hooks]] before each hook");
            Vec::new()
        }
    };
    for (index, hook) in hooks.iter().enumerate() {
        if hooks[..index].iter().any(|other| other.url == hook.url) {
            let key = format!("{KEY}[{index}].url");
            reader.refuse(&key, hook.url.as_str(), "another hook has this address; name it once");
        }
    }
    hooks
}

fn one(reader: &mut Reader, key: &str, value: &Value) -> Option<Hook> {
    let Some(hook) = value.as_dict() else {
        reader.refuse(key, "…", "write [[default.billing.hooks]] before each hook");
        return None;
    };
    refuse_unknown(reader, key, hook, &["url", "secret", "events", "allow_private"]);
    let allow_private = match hook.get("allow_private") {
        None => Some(false),
        Some(value) => reader.text_of(&format!("{key}.allow_private"), value, |text| {
            text.parse().map_err(|_| "write true or false".to_owned())
        }),
    };
    // A wrong flag is told once, not as a wrong address, too.
    let may_be_private = allow_private.unwrap_or(true);
    let url = required(reader, key, hook, "url", |text| target(text, may_be_private));
    let secrets = secrets(reader, key, hook);
    let events = events(reader, key, hook);
    Some(Hook { url: url?, secrets: secrets?, events: events?, allow_private: allow_private? })
}

fn target(text: &str, allow_private: bool) -> Result<Url, String> {
    let url =
        Url::parse(text).map_err(|_| "write an address such as https://panel.example/hook")?;
    let address = match url.host() {
        None => return Err("write an address with a host".to_owned()),
        Some(Host::Domain(name)) if name == "localhost" || name.ends_with(".localhost") => {
            Some(std::net::Ipv4Addr::LOCALHOST.into())
        }
        Some(Host::Domain(_)) => None,
        Some(Host::Ipv4(address)) => Some(address.into()),
        Some(Host::Ipv6(address)) => Some(address.into()),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("leave user and password out; the signature says who sends".to_owned());
    }
    match url.scheme() {
        "https" => {}
        "http" if allow_private => {}
        "http" => {
            return Err("write https, or set allow_private = true for your own net".to_owned());
        }
        _ => return Err("write https://".to_owned()),
    }
    if !allow_private && address.is_some_and(|address| !hook::is_public(address)) {
        return Err("this is no public address; set allow_private = true if it is meant".to_owned());
    }
    Ok(url)
}

/// One secret, or several that are valid at once.
fn secrets(reader: &mut Reader, key: &str, hook: &Dict) -> Option<Vec<SecretString>> {
    const RULE: &str = "write whsec_ and 24 to 64 random bytes in base64, or a list of such";
    let key = format!("{key}.secret");
    let several = match hook.get("secret") {
        None => Vec::new(),
        Some(Value::Array(_, secrets)) => secrets.clone(),
        Some(one) => vec![one.clone()],
    };
    if several.is_empty() {
        reader.refuse_unset(&key, RULE);
    }
    let read = |secret| {
        reader.text_of(&key, &secret, |text| {
            hook::key(text).map(|_| SecretString::from(text)).ok_or_else(|| RULE.to_owned())
        })
    };
    let secrets: Option<Vec<SecretString>> = several.into_iter().map(read).collect();
    secrets.filter(|secrets| !secrets.is_empty())
}

/// All, unless some are named.
fn events(reader: &mut Reader, key: &str, hook: &Dict) -> Option<Vec<Kind>> {
    let key = format!("{key}.events");
    let named = match hook.get("events") {
        None => return Some(Kind::ALL.to_vec()),
        Some(Value::Array(_, events)) => events.clone(),
        Some(one) => vec![one.clone()],
    };
    let read = |event| {
        reader.text_of(&key, &event, |text| {
            let words = || Kind::ALL.map(Kind::as_str).join(", ");
            Kind::parse(text).ok_or_else(|| format!("write some of {}", words()))
        })
    };
    named.into_iter().map(read).collect()
}
