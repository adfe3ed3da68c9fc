//! Who may call, users, and what is only read.

use serde_json::{Value, json};

use super::{Call, KEY, Kind, Reply, State};

pub fn refuse(status: u16, code: &str, field: Option<&str>, detail: &str) -> Reply {
    let mut error = json!({ "code": code, "status": status.to_string(), "detail": detail });
    if let Some(field) = field {
        error["meta"] = json!({ "source_field": field, "rule": "x" });
    }
    Reply::Json(status, json!({ "errors": [error] }))
}

pub fn missing() -> Reply {
    refuse(404, "NotFoundHttpException", None, "The requested resource was not found.")
}

pub fn has_id(item: &Value, id: &str) -> bool {
    id.parse().is_ok_and(|id: i64| item["id"] == id)
}

pub fn list(object: &str, items: &[Value], query: &str) -> Value {
    let number = |name: &str, default: usize| {
        let pair = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name);
        pair.map_or(default, |(_, value)| value.parse().expect("a number"))
    };
    let (per_page, page) = (number("per_page", 50), number("page", 1));
    let data: Vec<Value> = items
        .iter()
        .skip((page - 1) * per_page)
        .take(per_page)
        .map(|item| json!({ "object": object, "attributes": item }))
        .collect();
    let pages = items.len().div_ceil(per_page).max(1);
    json!({ "object": "list", "data": data, "meta": { "pagination": { "total": items.len(),
        "count": data.len(), "per_page": per_page, "current_page": page, "total_pages": pages,
        "links": {} } } })
}

fn is_like(text: &[u8], pattern: &[u8]) -> bool {
    match (text, pattern) {
        ([], []) => true,
        (_, [b'%', rest @ ..]) => (0..=text.len()).any(|skipped| is_like(&text[skipped..], rest)),
        ([_, text @ ..], [b'_', rest @ ..]) => is_like(text, rest),
        ([first, text @ ..], [wanted, rest @ ..]) => first == wanted && is_like(text, rest),
        ([], _) | (_, []) => false,
    }
}

impl State {
    pub fn answer(&mut self, call: Call) -> Reply {
        self.calls.push(call.clone());
        if self.faults.silent {
            return Reply::Nothing;
        }
        if let Some((status, body)) = self.faults.instead {
            return match status {
                200 | 302 => Reply::Text(status, body),
                _ => refuse(status, "Fault", None, body),
            };
        }
        let header = |name: &str| call.headers.iter().find(|(key, _)| key == name).cloned();
        if header("authorization").map(|(_, value)| value) != Some(format!("Bearer {KEY}")) {
            return refuse(401, "AuthenticationException", None, "Unauthenticated.");
        }
        if header("accept").map(|(_, value)| value) != Some("application/json".to_owned()) {
            return Reply::Text(302, "<html>");
        }
        if self.faults.busy > 0 {
            self.faults.busy -= 1;
            return Reply::Busy;
        }
        let path = call.path.clone();
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match (call.method.as_str(), &parts[..]) {
            (_, ["servers", ..]) => self.servers_route(&call, &parts[1..]),
            ("GET", ["users"]) => self.find_users(&call),
            ("POST", ["users"]) => self.make_user(&call),
            ("GET", ["users", "external", external]) => {
                // MySQL's usual collation knows no capitals.
                let is = |id: &str| id.eq_ignore_ascii_case(external);
                self.show_user(|user| user["external_id"].as_str().is_some_and(is), &call)
            }
            ("GET", ["users", id]) => self.show_user(|user| has_id(user, id), &call),
            ("GET", ["nodes", "deployable"]) if self.faults.no_such_question => {
                refuse(422, "ValidationException", None, "what?")
            }
            ("GET", ["nodes", "deployable"]) => self.deployable(&call),
            ("GET", ["nodes"]) => Reply::Json(200, list("node", &[], &call.query)),
            ("GET", ["nests"]) if self.kind == Kind::Pterodactyl => {
                Reply::Json(200, list("nest", &[json!({ "id": 1 })], &call.query))
            }
            ("GET", ["nests", "1", "eggs", "5"]) if self.kind == Kind::Pterodactyl => self.egg(),
            ("GET", ["eggs"]) if self.kind == Kind::Pelican => {
                Reply::Json(200, list("egg", &[json!({ "id": 5 })], &call.query))
            }
            ("GET", ["eggs", "5"]) if self.kind == Kind::Pelican => self.egg(),
            _ => missing(),
        }
    }

    /// The only node, where it has room.
    fn deployable(&self, call: &Call) -> Reply {
        let pairs: Vec<(String, String)> =
            url::form_urlencoded::parse(call.query.as_bytes()).into_owned().collect();
        let number = |name: &str| {
            let pair = pairs.iter().find(|(key, _)| key == name);
            pair.and_then(|(_, value)| value.parse::<i64>().ok())
        };
        let own = match self.kind {
            Kind::Pterodactyl => "location_ids[]",
            Kind::Pelican => "cpu",
        };
        for needed in ["memory", "disk", own] {
            if number(needed).is_none() {
                return refuse(422, "ValidationException", Some(needed), "is required");
            }
        }
        if self.faults.room_mib.is_none_or(|room| number("memory") <= Some(room)) {
            return Reply::Json(200, list("node", &[json!({ "id": 1 })], ""));
        }
        match self.kind {
            Kind::Pterodactyl => refuse(
                400,
                "NoViableNodeException",
                None,
                "No nodes satisfying the requirements specified for automatic deployment could be found.",
            ),
            Kind::Pelican => Reply::Json(200, json!({ "object": "list", "data": [] })),
        }
    }

    /// `VERSION` must be given; `JAR` has a value.
    fn egg(&self) -> Reply {
        let rules = |rules: &str| match self.kind {
            Kind::Pterodactyl => json!(rules),
            Kind::Pelican => json!(rules.split('|').collect::<Vec<_>>()),
        };
        let variable = |name: &str, default: Value, given: &str| {
            json!({ "object": "egg_variable", "attributes": { "env_variable": name,
                "default_value": default, "rules": rules(given) } })
        };
        let variables = [
            variable("VERSION", json!(""), "required|string|max:20"),
            variable("JAR", json!("server.jar"), "required|string"),
        ];
        Reply::Json(
            200,
            json!({ "object": "egg", "attributes": { "id": 5, "relationships": {
                "variables": { "object": "list", "data": variables } } } }),
        )
    }

    pub fn add_user(&mut self, email: &str, external: Option<&str>) -> i64 {
        self.next += 1;
        self.users.push(json!({ "id": self.next, "external_id": external, "email": email,
            "username": format!("user{}", self.next), "root_admin": false }));
        self.next
    }

    pub fn next_id(&mut self) -> i64 {
        self.next += 1;
        self.next
    }

    /// The filter of the real panels finds parts, too, and takes `_` for any letter and `%` for any
    /// number of them.
    fn find_users(&self, call: &Call) -> Reply {
        let pairs = url::form_urlencoded::parse(call.query.as_bytes());
        let sought = pairs.clone().find(|(key, _)| key == "filter[email]");
        let sought = sought.map_or(String::new(), |(_, value)| value.to_lowercase());
        let sought = format!("%{sought}%");
        let fits = |user: &&Value| {
            is_like(user["email"].as_str().unwrap().to_lowercase().as_bytes(), sought.as_bytes())
        };
        let with = call.query.contains("include=servers");
        let found: Vec<Value> =
            self.users.iter().filter(fits).map(|user| self.user_view(user, with)).collect();
        Reply::Json(200, list("user", &found, &call.query))
    }

    fn make_user(&mut self, call: &Call) -> Reply {
        let mut needed = vec!["email", "username"];
        if self.kind == Kind::Pterodactyl {
            needed.extend(["first_name", "last_name"]);
        }
        for field in needed {
            let given = call.body[field].as_str().map_or(0, |text| text.trim().chars().count());
            if !(1..=191).contains(&given) {
                return refuse(422, "ValidationException", Some(field), "must have 1 to 191");
            }
        }
        if self.faults.rival {
            let (email, external) = (&call.body["email"], &call.body["external_id"]);
            self.add_user(email.as_str().unwrap(), external.as_str());
        }
        let name = call.body["username"].as_str().unwrap().as_bytes();
        let ends = [name[0], name[name.len() - 1]];
        if !ends.iter().all(|end| end.is_ascii_lowercase() || end.is_ascii_digit()) {
            return refuse(422, "ValidationException", Some("username"), "must start and end so");
        }
        for field in ["email", "external_id", "username"] {
            let wanted = call.body[field].as_str().map(str::to_lowercase);
            let has = |user: &Value| user[field].as_str().map(str::to_lowercase) == wanted;
            if wanted.is_some() && self.users.iter().any(has) {
                return refuse(422, "ValidationException", Some(field), "has already been taken.");
            }
        }
        let email = call.body["email"].as_str().unwrap();
        let id = self.add_user(email, call.body["external_id"].as_str());
        let user = self.users.iter().find(|user| user["id"] == id).unwrap();
        Reply::Json(201, json!({ "object": "user", "attributes": user }))
    }

    fn show_user(&self, is: impl Fn(&Value) -> bool, call: &Call) -> Reply {
        match self.users.iter().find(|user| is(user)) {
            None => missing(),
            Some(user) => {
                let view = self.user_view(user, call.query.contains("include=servers"));
                Reply::Json(200, json!({ "object": "user", "attributes": view }))
            }
        }
    }

    fn user_view(&self, user: &Value, with_servers: bool) -> Value {
        let mut view = user.clone();
        if with_servers {
            let theirs = self.servers.iter().filter(|server| server["user"] == user["id"]);
            let data: Vec<Value> =
                theirs.map(|it| json!({ "object": "server", "attributes": it })).collect();
            view["relationships"] = json!({ "servers": if self.faults.deny_include {
                json!({ "object": "null_resource", "attributes": null })
            } else {
                json!({ "object": "list", "data": data })
            } });
        }
        view
    }
}
