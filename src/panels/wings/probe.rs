//! Whether the key opens every door the driver goes through, without changing anything.

use serde_json::Value;

use super::{Driver, PanelFailed, wire};
use crate::settings::{Dialect, Users};

/// What a look at the panel showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finding {
    /// Everything can be read that must be.
    Ready,
    /// The panel works, and has no room for a server of some templates.
    Full { seen: String, remedy: &'static str },
    /// What does not work, and what to do about it.
    Wrong { seen: String, remedy: &'static str },
}

impl Driver {
    /// Reads a little of everything, then the egg of each template.
    ///
    /// Whether the key may write shows only when it does: there is no way to ask.
    pub(crate) async fn probe(&self) -> Finding {
        let eggs = match self.settings.dialect {
            Dialect::Pterodactyl => ("nests", "/nests?per_page=1"),
            Dialect::Pelican => ("eggs", "/eggs?per_page=1"),
        };
        let doors = [
            ("servers", "/servers?per_page=1"),
            ("users", "/users?per_page=1&include=servers"),
            ("nodes", "/nodes?per_page=1"),
            eggs,
        ];
        for (what, path) in doors {
            match self.client.get(path).await {
                Ok(read) if what == "users" && hides_servers(&read) => {
                    return Finding::Wrong {
                        seen: "the servers of a user are not shown".to_owned(),
                        remedy: RIGHTS,
                    };
                }
                Ok(_) => {}
                Err(error) => {
                    let seen = format!("{what}: {error}");
                    return Finding::Wrong { seen, remedy: remedy(&error) };
                }
            }
        }
        let mut full = Vec::new();
        for template in &self.settings.templates {
            if let Err(error) = self.environment(template).await {
                let seen = format!("template {}: {error}", template.id);
                let remedy = "give the template an egg of the panel, and a value for each \
                              variable it needs";
                return Finding::Wrong { seen, remedy };
            }
            match self.has_room(template).await {
                // One that does not know the question makes servers all the same.
                Ok(true) | Err(PanelFailed::Missing) => {}
                Ok(false) => full.push(template.id.as_str()),
                Err(error) => {
                    let seen = format!("room for template {}: {error}", template.id);
                    return Finding::Wrong { seen, remedy: remedy(&error) };
                }
            }
        }
        if full.is_empty() {
            return Finding::Ready;
        }
        let seen = format!("no node has room for a server of {}", full.join(", "));
        let remedy = "add a node or make room on one; where no template has room, nobody who wants \
                      a server can buy a plan";
        Finding::Full { seen, remedy }
    }

    /// One line on what the driver works with.
    pub(crate) fn summary(&self) -> String {
        let users = match self.settings.users {
            Users::ExternalId => "users by external id",
            Users::Email => "users by external id or e-mail",
            Users::Create => "users found or made",
        };
        let (panel, templates) = (self.settings.dialect.name(), self.settings.templates.len());
        format!("{panel}, templates: {templates}, {users}")
    }
}

const RIGHTS: &str = "make an application API key of an administrator that may read and write \
                      servers and users, and read nodes, allocations, eggs, nests and locations";

/// The first user of the list stands for all.
fn hides_servers(users: &Value) -> bool {
    users["data"]
        .as_array()
        .and_then(|users| users.first())
        .is_some_and(|user| !wire::is_shown(&user["attributes"]["relationships"]["servers"]))
}

fn remedy(error: &PanelFailed) -> &'static str {
    match error {
        PanelFailed::Unauthorized { .. } => RIGHTS,
        PanelFailed::NoPanel(_) | PanelFailed::Missing => {
            "set billing.panel.url to the address that the panel itself uses, with https if it does"
        }
        PanelFailed::Refused(_) | PanelFailed::Full(_) | PanelFailed::Busy(_) => {
            "wait a minute and run doctor again"
        }
        PanelFailed::Broken(_) | PanelFailed::Unreached(_) | PanelFailed::Silent(_) => {
            "see whether the panel is up and can be reached from this machine"
        }
    }
}
