//! Servers, and the daemon that runs them.

use serde_json::{Value, json};

use super::routes::{has_id, list, missing, refuse};
use super::{Call, Kind, Reply, State};

impl State {
    pub fn servers_route(&mut self, call: &Call, parts: &[&str]) -> Reply {
        match (call.method.as_str(), parts) {
            ("GET", []) => Reply::Json(200, list("server", &self.servers, &call.query)),
            ("POST", []) => self.create(call),
            ("GET", ["external", external]) => self.show(|it| it["external_id"] == *external),
            ("GET", [_]) if self.faults.unreadable_server => {
                refuse(500, "Fault", None, "cannot be read")
            }
            ("GET", [id]) => self.show(|it| has_id(it, id)),
            ("POST", [_, "suspend" | "unsuspend"]) if self.faults.unanswered_suspension => {
                Reply::Nothing
            }
            ("POST", [_, "suspend" | "unsuspend"]) if self.faults.refuses_suspension => {
                refuse(409, "Conflict", None, "the server is being transferred")
            }
            ("POST", [id, "suspend"]) => self.suspend(id, true),
            ("POST", [id, "unsuspend"]) => self.suspend(id, false),
            ("PATCH", [id, "build"]) => self.build(id, call),
            _ => missing(),
        }
    }

    fn show(&self, is: impl Fn(&Value) -> bool) -> Reply {
        match self.servers.iter().find(|server| is(server)) {
            None => missing(),
            Some(server) => Reply::Json(200, json!({ "object": "server", "attributes": server })),
        }
    }

    fn create(&mut self, call: &Call) -> Reply {
        if self.faults.lost_before_commit {
            return Reply::Nothing;
        }
        if let Some(reply) = self.wrong(&call.body) {
            return reply;
        }
        if self.faults.no_allocation {
            let words = "No allocations satisfying the requirements for automatic deployment.";
            return refuse(400, "NoViableAllocationException", None, words);
        }
        // The panel takes its row back when the daemon cannot be reached.
        if self.faults.wings_down {
            return refuse(504, "DaemonConnectionException", None, "the daemon is away");
        }
        let (body, id) = (&call.body, self.next_id());
        let mut limits = body["limits"].clone();
        limits["oom_disabled"] = json!(true);
        let bare = body["deploy"]["port_range"].as_array().is_some_and(Vec::is_empty);
        let allocation =
            if bare && self.kind == Kind::Pelican { Value::Null } else { json!(id + 1_000) };
        let server = json!({ "id": id, "external_id": body["external_id"],
            "uuid": format!("00000000-0000-4000-8000-{id:012}"), "name": body["name"],
            "status": "installing", "suspended": false, "limits": limits,
            "feature_limits": body["feature_limits"], "user": body["user"],
            "allocation": allocation, "egg": body["egg"],
            "container": { "environment": body["environment"], "installed": 0 } });
        self.servers.push(server.clone());
        if self.faults.lost_after_commit {
            return Reply::Nothing;
        }
        Reply::Json(201, json!({ "object": "server", "attributes": server }))
    }

    /// What validation finds first.
    fn wrong(&self, body: &Value) -> Option<Reply> {
        let mut needed = vec![
            "/external_id",
            "/name",
            "/environment",
            "/deploy/port_range",
            "/deploy/dedicated_ip",
        ];
        let (own, foreign): (&[&str], &[&str]) = match self.kind {
            Kind::Pterodactyl => (
                &["/docker_image", "/startup", "/deploy/locations", "/oom_disabled"],
                &["/deploy/tags", "/oom_killer"],
            ),
            Kind::Pelican => {
                (&["/deploy/tags", "/oom_killer"], &["/deploy/locations", "/oom_disabled"])
            }
        };
        needed.extend(own);
        let invalid = |field: &str, words: &str| {
            Some(refuse(422, "ValidationException", Some(field.trim_start_matches('/')), words))
        };
        for field in needed {
            if body.pointer(field).is_none_or(Value::is_null) {
                return invalid(field, "is required");
            }
        }
        if let Some(field) = foreign.iter().find(|field| body.pointer(field).is_some()) {
            return invalid(field, "is the other panel's");
        }
        if body["name"].as_str().is_none_or(|name| name.chars().count() > 191) {
            return invalid("name", "must have 1 to 191");
        }
        for (map, names) in [
            ("limits", &["memory", "swap", "disk", "io", "cpu"][..]),
            ("feature_limits", &["databases", "allocations", "backups"]),
        ] {
            if let Some(name) = names.iter().find(|name| !body[map][**name].is_i64()) {
                return invalid(&format!("{map}.{name}"), "is required");
            }
        }
        if body["environment"]["VERSION"].as_str().is_none_or(str::is_empty) {
            return invalid("environment.VERSION", "is required");
        }
        if !self.users.iter().any(|user| user["id"] == body["user"]) {
            return invalid("user", "The selected user is invalid.");
        }
        let taken = self.servers.iter().any(|it| it["external_id"] == body["external_id"]);
        if taken { invalid("external_id", "has already been taken.") } else { None }
    }

    fn position(&self, id: &str) -> Option<usize> {
        self.servers.iter().position(|server| has_id(server, id))
    }

    /// Does nothing where it is so already. Pterodactyl takes its word back when the daemon cannot
    /// be told; Pelican does not.
    fn suspend(&mut self, id: &str, suspended: bool) -> Reply {
        let Some(at) = self.position(id) else { return missing() };
        if (self.servers[at]["suspended"] == true) == suspended {
            return Reply::Empty;
        }
        let before = self.servers[at].clone();
        self.servers[at]["status"] = if suspended { json!("suspended") } else { Value::Null };
        self.servers[at]["suspended"] = json!(suspended);
        if self.faults.wings_down {
            if self.kind == Kind::Pterodactyl {
                self.servers[at] = before;
            }
            return refuse(504, "DaemonConnectionException", None, "the daemon is away");
        }
        self.sync(at);
        Reply::Empty
    }

    /// The daemon is told what the panel has; one that cannot be reached is only logged.
    fn build(&mut self, id: &str, call: &Call) -> Reply {
        let Some(at) = self.position(id) else { return missing() };
        for name in ["databases", "allocations", "backups"] {
            let Some(number) = call.body["feature_limits"].get(name) else {
                return refuse(422, "ValidationException", Some("feature_limits"), "is required");
            };
            self.servers[at]["feature_limits"][name] = number.clone();
        }
        for (name, number) in call.body["limits"].as_object().into_iter().flatten() {
            self.servers[at]["limits"][name] = number.clone();
        }
        if !self.faults.wings_down {
            self.sync(at);
        }
        Reply::Json(200, json!({ "object": "server", "attributes": self.servers[at] }))
    }

    fn sync(&mut self, at: usize) {
        let id = self.servers[at]["id"].as_i64().unwrap();
        self.daemon.retain(|stopped| *stopped != id);
        if self.servers[at]["suspended"] == true {
            self.daemon.push(id);
        }
    }
}
