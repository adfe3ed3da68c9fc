//! Pterodactyl and Pelican, which hand game servers to Wings: one driver for both.
//!
//! It asks and orders; what is to be, and when to try again, is the flow's business.

mod client;
mod failure;
mod order;
mod probe;
mod room;
mod wire;

use reqwest::Method;
use serde_json::json;

use crate::settings::{Dialect, PanelSettings};

pub(crate) use failure::PanelFailed;
pub(crate) use order::Order;
pub(crate) use probe::Finding;
pub(crate) use wire::{PanelUser, RemoteServer};

use client::{Client, Patience};
use wire::{Item, List, Numbers, Owner};

/// Pages of 50 users that are read to find one by address.
const MOST_PAGES: u32 = 5;

/// The way into one panel.
pub(crate) struct Driver {
    client: Client,
    settings: PanelSettings,
}

impl Driver {
    /// `tls` says whom to trust.
    ///
    /// # Errors
    ///
    /// When the key does not fit into a header, or the system allows no connection.
    pub(crate) fn open(settings: PanelSettings, tls: rustls::ClientConfig) -> Result<Self, String> {
        Ok(Self { client: Client::open(&settings, tls, Patience::default())?, settings })
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.settings.dialect
    }

    /// The server with this external id, which only has letters, digits, `-` and `_`.
    pub(crate) async fn find(&self, external: &str) -> Result<Option<RemoteServer>, PanelFailed> {
        self.read(&format!("/servers/external/{external}")).await
    }

    /// The server with this number of the panel's.
    pub(crate) async fn server(&self, id: i64) -> Result<Option<RemoteServer>, PanelFailed> {
        self.read(&format!("/servers/{id}")).await
    }

    /// Suspends a server, else lets it run again; both do nothing where it is so already.
    pub(crate) async fn suspend(&self, id: i64, suspended: bool) -> Result<(), PanelFailed> {
        let word = if suspended { "suspend" } else { "unsuspend" };
        self.client.send(Method::POST, &format!("/servers/{id}/{word}"), None).await?;
        Ok(())
    }

    /// Has the panel tell the daemon again what the server is, by a change that changes nothing.
    ///
    /// Feature limits that are left out are reset, and a null database limit becomes unlimited, so
    /// what goes back is what was just read.
    pub(crate) async fn resync(&self, id: i64) -> Result<(), PanelFailed> {
        let path = format!("/servers/{id}");
        let read = self.client.get(&path).await?;
        let numbers: Item<Numbers> = wire::parse(&read)?;
        let path = format!("/servers/{id}/build");
        let body = numbers.attributes.unchanged()?;
        self.client.send(Method::PATCH, &path, Some(&body)).await?;
        Ok(())
    }

    /// The servers of a user; `None` when the panel would not show them, which is not the same as
    /// none.
    pub(crate) async fn servers_of(
        &self,
        user: i64,
    ) -> Result<Option<Vec<RemoteServer>>, PanelFailed> {
        let path = format!("/users/{user}?include=servers");
        let read = self.client.get(&path).await?;
        let owner: Item<Owner> = wire::parse(&read)?;
        owner.attributes.servers()
    }

    /// Whether the panel has a user with this number.
    pub(crate) async fn has_user(&self, id: i64) -> Result<bool, PanelFailed> {
        let user: Option<PanelUser> = self.read(&format!("/users/{id}")).await?;
        Ok(user.is_some())
    }

    /// The user with exactly this external id: to the panel's database, `cs-Ada` is `cs-ada` too.
    pub(crate) async fn user(&self, external: &str) -> Result<Option<PanelUser>, PanelFailed> {
        let user: Option<PanelUser> = self.read(&format!("/users/external/{external}")).await?;
        Ok(user.filter(|user| user.external_id.as_deref() == Some(external)))
    }

    /// The user with exactly this address: the panel's filter finds parts of addresses too, and takes
    /// `_` and `%` for any letters.
    ///
    /// Whoever gave such an address does not make us read every user there is.
    pub(crate) async fn user_by_email(
        &self,
        email: &str,
    ) -> Result<Option<PanelUser>, PanelFailed> {
        let sought: String = url::form_urlencoded::byte_serialize(email.as_bytes()).collect();
        let mut page = 1;
        loop {
            let path = format!("/users?filter%5Bemail%5D={sought}&per_page=50&page={page}");
            let read = self.client.get(&path).await?;
            let list: List<PanelUser> = wire::parse(&read)?;
            let users = list.data.into_iter().map(|item| item.attributes);
            if let Some(user) =
                users.into_iter().find(|user| user.email.eq_ignore_ascii_case(email))
            {
                return Ok(Some(user));
            }
            if page >= list.meta.pagination.total_pages {
                return Ok(None);
            }
            if page == MOST_PAGES {
                return Err(PanelFailed::Refused(
                    "it has too many users with an e-mail address like this one to find whose it \
                     is; its operator can give that user the external id of the account"
                        .to_owned(),
                ));
            }
            page += 1;
        }
    }

    /// Makes a user, who sets a password by the mail the panel sends.
    pub(crate) async fn create_user(
        &self,
        external: &str,
        email: &str,
        name: Option<&str>,
    ) -> Result<PanelUser, PanelFailed> {
        let mut body = json!({
            "external_id": external,
            "email": email,
            "username": username(external),
        });
        if self.settings.dialect == Dialect::Pterodactyl {
            let (first, last) = both_names(name);
            body["first_name"] = fitting(first).into();
            body["last_name"] = fitting(last).into();
        }
        let read = self.client.send(Method::POST, "/users", Some(&body)).await?;
        Ok(wire::parse::<Item<PanelUser>>(&read)?.attributes)
    }

    /// What stands at `path`; `None` when nothing does.
    async fn read<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
    ) -> Result<Option<T>, PanelFailed> {
        match self.client.get(path).await {
            Ok(read) => Ok(Some(wire::parse::<Item<T>>(&read)?.attributes)),
            Err(PanelFailed::Missing) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Both names, which Pterodactyl wants: who gave one has the rest of it in the second.
fn both_names(name: Option<&str>) -> (&str, &str) {
    let name = name.map(str::trim).filter(|name| !name.is_empty()).unwrap_or("Customer");
    let (first, last) = name.split_once(' ').unwrap_or((name, "-"));
    (first, last.trim())
}

/// As much of a name as both panels take.
fn fitting(name: &str) -> &str {
    const LONGEST: usize = 191;
    name.char_indices().nth(LONGEST).map_or(name, |(end, _)| &name[..end])
}

/// A name of small letters and digits at both ends, as the panels want it.
fn username(external: &str) -> String {
    let mut name = external.trim_start_matches(['_', '-']).to_ascii_lowercase();
    if !name.ends_with(|last: char| last.is_ascii_alphanumeric()) {
        name.push('0');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::both_names;

    #[test]
    fn nobody_is_without_one_of_both_names() {
        let table = [
            (None, ("Customer", "-")),
            (Some(""), ("Customer", "-")),
            (Some("  "), ("Customer", "-")),
            (Some("Ada"), ("Ada", "-")),
            (Some(" Ada  King Lovelace "), ("Ada", "King Lovelace")),
        ];
        for (name, both) in table {
            assert_eq!(both_names(name), both, "{name:?}");
        }
    }
}
