//! The panel next door that servers are made in: `[default.billing.panel]`.

mod templates;

use rocket::figment::value::Value;
use secrecy::SecretString;

use super::reader::Reader;
use super::values;

pub(crate) use templates::Template;

/// The panel that a driver works for, and what it makes there.
#[derive(Debug, Clone)]
pub(crate) struct PanelSettings {
    pub(crate) dialect: Dialect,
    /// Without the last slash.
    pub(crate) url: String,
    pub(crate) key: SecretString,
    /// How the external ids begin that we give, so that no other module's are taken for ours.
    pub(crate) instance: String,
    pub(crate) users: Users,
    pub(crate) templates: Vec<Template>,
}

impl PanelSettings {
    pub(crate) fn template(&self, id: &str) -> Option<&Template> {
        self.templates.iter().find(|template| template.id == id)
    }
}

/// Which of the two panels it is: they speak alike, but for a few words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Pterodactyl,
    Pelican,
}

impl Dialect {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Pterodactyl => "Pterodactyl",
            Self::Pelican => "Pelican",
        }
    }
}

/// How an account's user is found in the panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Users {
    /// By the external id alone.
    ExternalId,
    /// Then by exact e-mail address.
    Email,
    /// Then made.
    Create,
}

pub(super) const KEY: &str = "billing.panel";
pub(super) const TEMPLATES: &str = "billing.panel.templates";

/// `None` where no panel is configured, or where it is wrong.
pub(super) fn read(reader: &mut Reader) -> Option<PanelSettings> {
    reader.value(KEY)?;
    let dialect = demand(reader, "kind", "write pterodactyl or pelican", dialect);
    let url = demand(reader, "url", "write the panel's address", values::api_base);
    let key = demand(
        reader,
        "key",
        "make an application API key in the panel and set COINSLOT_PANEL_KEY to it",
        values::token,
    );
    let instance =
        reader.text("billing.panel.instance", instance).unwrap_or_else(|| "cs".to_owned());
    let users = reader.text("billing.panel.users", users).unwrap_or(Users::ExternalId);
    let templates = match reader.value(TEMPLATES).cloned() {
        None => Vec::new(),
        Some(Value::Dict(_, named)) => templates::read(reader, dialect, &named),
        Some(_) => {
            reader.refuse(TEMPLATES, "…", "write [default.billing.panel.templates.NAME]");
            Vec::new()
        }
    };
    Some(PanelSettings { dialect: dialect?, url: url?, key: key?, instance, users, templates })
}

fn demand<T>(
    reader: &mut Reader,
    name: &str,
    rule: &str,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Option<T> {
    let key = format!("{KEY}.{name}");
    if !reader.has(&key) {
        reader.refuse_unset(&key, rule);
    }
    reader.text(&key, parse)
}

fn dialect(text: &str) -> Result<Dialect, String> {
    match text {
        "pterodactyl" => Ok(Dialect::Pterodactyl),
        "pelican" => Ok(Dialect::Pelican),
        _ => Err("write pterodactyl or pelican".to_owned()),
    }
}

fn users(text: &str) -> Result<Users, String> {
    match text {
        "external_id" => Ok(Users::ExternalId),
        "email" => Ok(Users::Email),
        "create" => Ok(Users::Create),
        _ => Err("write external_id, email or create".to_owned()),
    }
}

/// An external id is a segment of an address.
fn instance(text: &str) -> Result<String, String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    let good = (1..=40).contains(&text.len()) && text.bytes().all(plain);
    good.then(|| text.to_owned()).ok_or_else(|| "write 1 to 40 of A-Z a-z 0-9 _ -".to_owned())
}
