//! What a call can be refused with: one schema for each problem code.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

/// Every problem code with its status, what it means, and what it adds to a problem.
const CODES: &[(&str, u16, &str, Adds)] = &[
    ("unreadable_body", 400, "The body ended before it was complete", Adds::Nothing),
    ("unauthorized", 401, "No token, or one that does not work", Adds::Nothing),
    ("subscription_required", 402, "The free servers are used, nothing is paid", Adds::Quota),
    ("quota_exceeded", 402, "All servers of the plan are used", Adds::Quota),
    ("payment_past_due", 402, "A payment failed: nothing new on credit", Adds::Quota),
    ("account_frozen", 402, "A payment is disputed", Adds::Quota),
    ("forbidden", 403, "The token needs scope admin", Adds::Nothing),
    ("account_not_found", 404, "There is no such account", Adds::Nothing),
    ("session_not_found", 404, "The account has no such checkout", Adds::Nothing),
    ("event_not_found", 404, "There is no such event", Adds::Nothing),
    ("request_timeout", 408, "The body did not end in time", Adds::Nothing),
    ("subscription_exists", 409, "A subscription is not over yet", Adds::WayOut),
    ("already_owned", 409, "What would be bought is owned, or raises no limit", Adds::Nothing),
    ("plan_unavailable", 409, "The plan is not for sale now", Adds::Nothing),
    ("preview_stale", 409, "What the preview showed no longer holds", Adds::Preview),
    ("server_not_made", 409, "The panel would not make it; its slot is free again", Adds::Nothing),
    ("server_exists", 409, "The id is that of a server not made of a template", Adds::Nothing),
    ("managed_elsewhere", 409, "The subscription follows a schedule we did not make", Adds::Link),
    ("change_scheduled", 409, "A change of plan is scheduled: use cancel", Adds::Nothing),
    ("no_subscription", 409, "There is no subscription", Adds::Nothing),
    ("no_customer", 409, "The account has never been to a checkout", Adds::Nothing),
    ("too_large", 413, "The body is over 1 MiB", Adds::Nothing),
    ("invalid_request", 422, "Something in the address or the body is wrong", Adds::Errors),
    ("price_not_allowed", 422, "The price is not for sale here", Adds::Nothing),
    ("return_url_not_allowed", 422, "The return address is not allowed", Adds::Nothing),
    ("rate_limited", 429, "The token's or the account's budget is spent", Adds::Nothing),
    ("unavailable", 503, "The database is not available", Adds::Nothing),
    ("stripe_unavailable", 503, "Stripe does not answer", Adds::Nothing),
];

#[derive(Clone, Copy)]
enum Adds {
    Nothing,
    /// What is used and allowed, and the way to more.
    Quota,
    /// Where the subscription stands, and where to go on.
    WayOut,
    /// Where to go on.
    Link,
    /// A preview that holds.
    Preview,
    /// What is wrong, field by field.
    Errors,
}

/// What a handler names in its `responses` beside its answers; [`add`] puts each code under its status.
macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident: $($code:literal)*;)*) => {$(
        $(#[$doc])*
        pub(in crate::web::api) struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                [$($code),*].map(|code| (code.to_owned(), Response::new("").into())).into()
            }
        }
    )*};
}

problems! {
    AccountNotFound: "account_not_found";
    EventNotFound: "event_not_found";
    SessionNotFound: "session_not_found";
    StripeUnavailable: "stripe_unavailable";
    /// No slot is left.
    Refused: "subscription_required" "quota_exceeded" "payment_past_due" "account_frozen";
    /// The panel behind the driver said no.
    NotMade: "server_not_made" "server_exists";
    /// Nothing can be bought.
    NoCheckout: "subscription_exists" "already_owned" "plan_unavailable" "price_not_allowed"
        "return_url_not_allowed" "stripe_unavailable";
    /// There is nothing to manage.
    NoPortal: "no_customer" "no_subscription" "change_scheduled" "return_url_not_allowed"
        "stripe_unavailable";
    /// There is nothing that may be changed.
    NothingToChange: "no_subscription" "managed_elsewhere" "stripe_unavailable";
    /// It may not be changed now, or not to this.
    NoChange: "payment_past_due" "plan_unavailable";
    PreviewStale: "preview_stale";
}

/// Adds the problems of every call to the handler's own, and puts each code under its status.
pub(super) fn add(operation: &mut Value) {
    let mut codes = codes_of_every_call(operation);
    let responses = operation["responses"].as_object_mut().expect("a call has answers");
    let (answers, named): (Map<String, Value>, Map<String, Value>) =
        std::mem::take(responses).into_iter().partition(|(key, _)| key.parse::<u16>().is_ok());
    *responses = answers;
    codes.extend(named.keys().map(String::as_str));
    let mut by_status: BTreeMap<u16, Vec<(&str, &str)>> = BTreeMap::new();
    for (code, status, meaning, _) in CODES.iter().filter(|(code, ..)| codes.contains(code)) {
        by_status.entry(*status).or_default().push((code, meaning));
    }
    for (status, problems) in by_status {
        responses.insert(status.to_string(), response(status, &problems));
    }
}

fn codes_of_every_call(operation: &Value) -> Vec<&'static str> {
    let mut codes = Vec::new();
    let security = &operation["security"];
    if security.is_null() || security[0].get("token").is_some() {
        codes.extend(["unauthorized", "rate_limited", "unavailable"]);
    }
    if security[0]["token"][0] == "admin" {
        codes.push("forbidden");
    }
    let has_body = operation.get("requestBody").is_some();
    if has_body {
        codes.extend(["unreadable_body", "request_timeout", "too_large"]);
    }
    if has_body || operation.get("parameters").is_some() {
        codes.push("invalid_request");
    }
    codes
}

fn response(status: u16, problems: &[(&str, &str)]) -> Value {
    let meanings: Vec<String> =
        problems.iter().map(|(code, meaning)| format!("`{code}`: {meaning}")).collect();
    let references: Vec<Value> = problems.iter().map(|(code, _)| reference(&name(code))).collect();
    let schema = match references.as_slice() {
        [only] => only.clone(),
        several => json!({ "oneOf": several }),
    };
    let mut response = json!({
        "description": meanings.join("; "),
        "content": { "application/problem+json": { "schema": schema } }
    });
    let header = |schema: Value| json!({ "required": true, "schema": schema });
    match status {
        401 => {
            let bearer = header(json!({ "type": "string", "const": "Bearer" }));
            response["headers"] = json!({ "WWW-Authenticate": bearer });
        }
        429 | 503 => {
            let seconds = header(json!({ "type": "integer", "minimum": 0 }));
            response["headers"] = json!({ "Retry-After": seconds });
        }
        _ => {}
    }
    response
}

/// A schema for every problem, each an RFC 9457 problem with its own status and code.
pub(super) fn schemas() -> Map<String, Value> {
    let text = json!({ "type": "string" });
    let problem = json!({
        "type": "object",
        "description": "An RFC 9457 problem",
        "required": ["type", "title", "status", "detail", "code"],
        "properties": {
            "type": text, "title": text, "detail": text, "code": text,
            "status": { "type": "integer", "minimum": 400, "maximum": 599 }
        }
    });
    let mut schemas = Map::from_iter([("Problem".to_owned(), problem)]);
    for (code, status, meaning, adds) in CODES {
        let mut properties = json!({ "code": { "const": code }, "status": { "const": status } });
        let own = properties.as_object_mut().expect("just written so");
        own.extend(adds.properties());
        let required: Vec<&String> = own.keys().collect();
        let narrowed = json!({ "type": "object", "required": required, "properties": own });
        schemas.insert(
            name(code),
            json!({ "description": meaning, "allOf": [reference("Problem"), narrowed] }),
        );
    }
    schemas
}

impl Adds {
    fn properties(self) -> Map<String, Value> {
        let nullable = |schema: Value| json!({ "oneOf": [schema, { "type": "null" }] });
        let link = json!({ "type": "string" });
        let properties = match self {
            Self::Nothing => json!({}),
            Self::Quota => json!({
                "limit": { "type": ["integer", "null"], "minimum": 0 },
                "used": { "type": "integer", "minimum": 0 },
                "plan": nullable(reference("PlanId")),
                "reason": reference("Reason"),
                "until": nullable(reference("Timestamp")),
                "action_url": link
            }),
            Self::WayOut => json!({ "state": reference("State"), "action_url": link }),
            Self::Link => json!({ "action_url": link }),
            Self::Preview => json!({ "preview": reference("Preview") }),
            Self::Errors => json!({ "errors": { "type": "array", "minItems": 1, "items": {
                "type": "object",
                "required": ["field", "detail"],
                "properties": { "field": { "type": "string" }, "detail": { "type": "string" } }
            } } }),
        };
        match properties {
            Value::Object(properties) => properties,
            _ => Map::new(),
        }
    }
}

/// `account_not_found` as `AccountNotFound`, the way schemas are named.
fn name(code: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    code.split('_').map(capital).collect()
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}
