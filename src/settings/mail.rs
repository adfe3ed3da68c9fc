//! Mail: `[default.billing.mail]`; off unless it is configured.

use std::fmt;

use lettre::message::Mailbox;
use secrecy::{ExposeSecret as _, SecretString};
use url::{Host, Url};

use super::reader::Reader;

pub(super) const SMTP_URL: &str = "billing.mail.smtp_url";
pub(super) const FROM: &str = "billing.mail.from";
pub(super) const OPERATOR: &str = "billing.mail.operator";

/// How mail is sent.
#[derive(Clone)]
pub(crate) struct Mail {
    smtp_url: SecretString,
    pub(crate) from: Mailbox,
    /// Who is told of alarms; nobody when it is not set.
    pub(crate) operator: Option<Mailbox>,
}

impl Mail {
    /// The address of the mail server, as `lettre` takes it.
    pub(crate) fn smtp_url(&self) -> &str {
        self.smtp_url.expose_secret()
    }
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").finish_non_exhaustive()
    }
}

pub(super) fn read(reader: &mut Reader) -> Option<Mail> {
    let smtp_url = reader.text(SMTP_URL, smtp_url);
    let from = reader.text(FROM, |text| mailbox(text, "Coinslot <billing@panel.example>"));
    let operator = reader.text(OPERATOR, |text| mailbox(text, "you@panel.example"));
    match (reader.has(SMTP_URL), reader.has(FROM), reader.has(OPERATOR)) {
        (true, false, _) => {
            reader.refuse_unset(FROM, "mail comes from somebody: Coinslot <billing@panel.example>");
        }
        (false, true, _) | (false, false, true) => {
            let reason = "set COINSLOT_SMTP_URL, or leave from and operator out to send no mail";
            reader.refuse_unset(SMTP_URL, reason);
        }
        (true, true, _) | (false, false, false) => {}
    }
    Some(Mail { smtp_url: smtp_url?, from: from?, operator })
}

/// The value is a secret and not shown, so the reasons name what of it is none.
fn smtp_url(text: &str) -> Result<SecretString, String> {
    const FORM: &str = "write smtps://user:password@mail.example:465, or \
        smtp://user:password@mail.example:587?tls=required";
    let url = Url::parse(text).map_err(|_| format!("this is no address; {FORM}"))?;
    let scheme = url.scheme();
    if !matches!(scheme, "smtp" | "smtps") {
        return Err(format!("{scheme}:// is not spoken; {FORM}"));
    }
    let host = match url.host() {
        Some(host) if !host.to_string().is_empty() => host.to_owned(),
        Some(_) | None => return Err(format!("the host is missing; {FORM}")),
    };
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err(format!("nothing follows {host} but its port and ?tls=required"));
    }
    if url.username().is_empty() != url.password().is_none() {
        return Err("a user needs a password, and a password its user; a / @ : ? # % in them is \
             written as %2F %40 %3A %3F %23 %25"
            .to_owned());
    }
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let starts_tls = match pairs.as_slice() {
        [] => false,
        [(name, value)] if name == "tls" && value == "required" => true,
        [(name, value), ..] => {
            return Err(format!("{name}={value} is not known; the only one is tls=required"));
        }
    };
    let in_the_clear = scheme == "smtp" && !starts_tls;
    if in_the_clear && url.password().is_some() && !is_here(&host) {
        return Err(format!(
            "the password would go to {host} in the clear; write smtps:// or ?tls=required"
        ));
    }
    Ok(SecretString::from(text))
}

fn is_here(host: &Host<String>) -> bool {
    match host {
        // `smtp` is no scheme whose hosts the address itself takes apart.
        Host::Domain(name) => {
            name == "localhost"
                || name.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
        }
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

fn mailbox(text: &str, example: &str) -> Result<Mailbox, String> {
    text.parse().map_err(|_| format!("this is no address; write {example}"))
}
