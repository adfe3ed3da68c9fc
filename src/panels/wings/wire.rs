//! The panel's answers: only what is read of them, and nothing that has to be there but is not read.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::PanelFailed;

/// `{"object":"…","attributes":{…}}`
#[derive(Debug, Deserialize)]
pub(super) struct Item<T> {
    pub(super) attributes: T,
}

#[derive(Debug, Deserialize)]
pub(super) struct List<T> {
    pub(super) data: Vec<Item<T>>,
    pub(super) meta: Meta,
}

#[derive(Debug, Deserialize)]
pub(super) struct Meta {
    pub(super) pagination: Pagination,
}

#[derive(Debug, Deserialize)]
pub(super) struct Pagination {
    pub(super) total_pages: u32,
}

/// A server as the panel shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct RemoteServer {
    pub(crate) id: i64,
    pub(crate) external_id: Option<String>,
    pub(crate) uuid: String,
    pub(crate) name: String,
    /// The panel's number of who owns it.
    pub(crate) user: Option<i64>,
    /// Null when it is ready, and else what keeps it from that.
    status: Option<String>,
    #[serde(default)]
    suspended: bool,
}

impl RemoteServer {
    /// Either field may say so.
    pub(crate) fn is_suspended(&self) -> bool {
        self.suspended || self.status.as_deref() == Some("suspended")
    }

    /// What the panel is doing to it; bringing it back from a suspension would wipe that out.
    pub(crate) fn busy(&self) -> Option<&str> {
        self.status.as_deref().filter(|status| *status != "suspended")
    }
}

/// A user as the panel shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct PanelUser {
    pub(crate) id: i64,
    pub(crate) external_id: Option<String>,
    pub(crate) email: String,
    #[serde(default)]
    pub(crate) root_admin: bool,
}

/// A user with the servers that were asked for along.
#[derive(Debug, Deserialize)]
pub(super) struct Owner {
    #[serde(default)]
    relationships: Map<String, Value>,
}

impl Owner {
    /// `None` for the null resource, which a key without the right to read servers gets with 200.
    pub(super) fn servers(self) -> Result<Option<Vec<RemoteServer>>, PanelFailed> {
        let Some(servers) = self.relationships.get("servers").filter(|it| is_shown(it)) else {
            return Ok(None);
        };
        let list: Vec<Item<RemoteServer>> = parse(&servers["data"])?;
        Ok(Some(list.into_iter().map(|item| item.attributes).collect()))
    }
}

/// Whether what was included is there to be read.
pub(super) fn is_shown(included: &Value) -> bool {
    included["object"] != "null_resource" && included["data"].is_array()
}

/// What a server may use, exactly as it was read.
#[derive(Debug, Deserialize)]
pub(super) struct Numbers {
    allocation: Value,
    limits: Map<String, Value>,
    feature_limits: Map<String, Value>,
}

impl Numbers {
    /// The change of a build that leaves everything as it is.
    pub(super) fn unchanged(&self) -> Result<Value, PanelFailed> {
        let of = |numbers: &Map<String, Value>, names: &[&str]| {
            let named = names.iter().map(|name| {
                let number = numbers.get(*name).cloned();
                number.map(|number| ((*name).to_owned(), number)).ok_or_else(|| {
                    PanelFailed::Broken(format!("it shows a server without its limit of {name}"))
                })
            });
            named.collect::<Result<Map<String, Value>, PanelFailed>>()
        };
        let mut limits = of(&self.limits, &["memory", "swap", "disk", "io", "cpu"])?;
        if let Some(threads) = self.limits.get("threads") {
            limits.insert("threads".to_owned(), threads.clone());
        }
        Ok(json!({
            "allocation": self.allocation,
            "limits": limits,
            "feature_limits": of(&self.feature_limits, &["databases", "allocations", "backups"])?,
        }))
    }
}

pub(super) fn parse<T: DeserializeOwned>(read: &Value) -> Result<T, PanelFailed> {
    T::deserialize(read).map_err(|error| {
        PanelFailed::Broken(format!("its answer is not the one of a panel we know: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_suspended_when_either_field_says_so_and_busy_with_anything_else() {
        let table = [
            (json!(null), false, false, None),
            (json!(null), true, true, None),
            (json!("suspended"), false, true, None),
            (json!("suspended"), true, true, None),
            (json!("installing"), false, false, Some("installing")),
            (json!("restoring_backup"), true, true, Some("restoring_backup")),
            (json!("a_word_of_tomorrow"), false, false, Some("a_word_of_tomorrow")),
        ];
        for (status, flag, suspended, busy) in table {
            let server = json!({ "id": 1, "uuid": "u", "name": "n", "status": status,
                "suspended": flag });
            let server: RemoteServer = parse(&server).expect("a server");
            assert_eq!((server.is_suspended(), server.busy()), (suspended, busy), "{server:?}");
        }
    }

    #[test]
    fn servers_that_are_not_shown_are_not_none() {
        let server = json!({ "object": "server",
            "attributes": { "id": 1, "uuid": "u", "name": "n", "status": null } });
        let table = [
            (json!({ "servers": { "object": "null_resource", "attributes": null } }), None),
            (json!({}), None),
            (json!({ "servers": { "object": "list", "data": [] } }), Some(0)),
            (json!({ "servers": { "object": "list", "data": [server] } }), Some(1)),
        ];
        for (relationships, count) in table {
            let owner: Owner = parse(&json!({ "relationships": relationships })).expect("a user");
            let servers = owner.servers().expect("a list");
            assert_eq!(servers.map(|servers| servers.len()), count, "{relationships}");
        }
    }

    #[test]
    fn an_unchanged_build_sends_every_number_that_was_read_and_makes_none_up() {
        let server = json!({ "allocation": 7, "user": 3,
            "limits": { "memory": 1, "swap": 0, "disk": 2, "io": 500, "cpu": 3, "threads": null,
                "oom_disabled": true },
            "feature_limits": { "databases": 0, "allocations": 1, "backups": 2, "new": 3 } });
        let numbers: Numbers = parse(&server).expect("numbers");
        assert_eq!(
            numbers.unchanged().expect("a change"),
            json!({ "allocation": 7,
                "limits": { "memory": 1, "swap": 0, "disk": 2, "io": 500, "cpu": 3,
                    "threads": null },
                "feature_limits": { "databases": 0, "allocations": 1, "backups": 2 } })
        );
        let mut less = server.clone();
        less["feature_limits"].as_object_mut().expect("a map").remove("databases");
        let numbers: Numbers = parse(&less).expect("numbers");
        let told = numbers.unchanged().expect_err("null would be unlimited").to_string();
        assert!(told.contains("databases"), "{told}");
    }
}
