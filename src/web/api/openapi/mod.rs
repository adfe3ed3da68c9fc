//! The API's own description, OpenAPI 3.1, made from the handlers it describes.
//!
//! A handler says what is its own: path, body, answers, and the problems only it has. What holds for
//! every call, such as the problems of a token or of an id in the path, is added here.

mod problems;
#[cfg(test)]
mod tests;
mod webhooks;
mod words;

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use rocket::http::ContentType;
use rocket::{State, get};
use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use super::{accounts, changes, events, exemption, plans, servers, subscription};
use crate::domain::ids::{AccountId, EventId, ServerId};
use crate::flows::Billing;
use crate::flows::hooks::told::{Changed, Disputed, OneServer, Stands};
use crate::settings::Mount;
pub(super) use problems::{
    AccountNotFound, EventNotFound, NoChange, NoCheckout, NoPortal, NotMade, NothingToChange,
    PreviewStale, Refused, SessionNotFound, StripeUnavailable,
};

/// This description.
#[utoipa::path(get, path = "/openapi.json", tag = "openapi", operation_id = "read_description", security(()),
    responses((status = 200, body = Object, description = "An OpenAPI 3.1 document")))]
#[get("/openapi.json")]
pub(super) fn read(billing: &State<Arc<Billing>>) -> (ContentType, String) {
    (ContentType::JSON, text(&billing.settings.mount))
}

/// The description as it is served and printed.
pub(crate) fn text(mount: &Mount) -> String {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(document);
    let mut document = DOCUMENT.clone();
    document["servers"][0]["url"] = mount.at("/api/v1").into();
    format!("{document:#}\n")
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Coinslot",
        description = "The soft gate in front of a panel's create-server button. The panel chooses \
                       the ids of accounts and servers, so every PUT and DELETE can be repeated."
    ),
    components(schemas(AccountId, ServerId, EventId, Changed, Stands, OneServer, Disputed)),
    servers((url = "/api/v1")),
    security(("token" = [])),
    paths(
        accounts::put,
        accounts::get,
        accounts::list,
        accounts::quota,
        accounts::link,
        servers::claim,
        servers::release,
        servers::replace,
        servers::list,
        subscription::get,
        subscription::list,
        subscription::begin_checkout,
        subscription::open_portal,
        subscription::sync_now,
        changes::preview,
        changes::confirm,
        changes::undo,
        changes::cancel,
        changes::resume,
        exemption::grant,
        exemption::revoke,
        plans::list,
        events::list,
        events::replay,
        read,
    )
)]
struct Handlers;

fn document() -> Value {
    let described = serde_json::to_value(Handlers::openapi());
    let mut document = described.expect("a description is made of texts and numbers");
    require_whole_answers(&mut document);
    document["components"]["schemas"]["NewCheckout"]["oneOf"] = plan_or_price();
    let schemas = document["components"]["schemas"].clone();
    for (path, operations) in object(&mut document["paths"]) {
        for operation in object(operations).values_mut() {
            name_ids(path, operation);
            let_bodies_be_left_out(operation, &schemas);
            problems::add(operation);
        }
    }
    let components = object(&mut document["components"]);
    components.insert("securitySchemes".to_owned(), security_schemes());
    object(&mut components["schemas"]).extend(problems::schemas());
    document["webhooks"] = webhooks::section();
    document
}

fn security_schemes() -> Value {
    json!({ "token": {
        "type": "http", "scheme": "bearer", "bearerFormat": "cst_…",
        "description": "Made by `coinslot token create`. Scope panel is enough, except where admin is asked for."
    } })
}

/// A checkout is for a plan by an interval, or for a price: derives do not know "either, or".
fn plan_or_price() -> Value {
    let (given, left_out) = (json!({ "type": "string" }), json!({ "type": "null" }));
    json!([
        { "required": ["plan", "interval"],
          "properties": { "plan": given, "interval": given, "price_id": left_out } },
        { "required": ["price_id"],
          "properties": { "plan": left_out, "interval": left_out, "price_id": given } }
    ])
}

/// An answer has all its fields, null where there is nothing; a body may leave some out.
fn require_whole_answers(document: &mut Value) {
    /// Only answers to who asked for it have this one.
    const LEFT_OUT: &str = "provision";
    let mut bodies = BTreeSet::new();
    let operations = object(&mut document["paths"]).clone();
    for operation in operations.values().flat_map(|path| path.as_object().into_iter().flatten()) {
        schemas_named(&operation.1["requestBody"], document, &mut bodies);
    }
    for (name, schema) in object(&mut document["components"]["schemas"]) {
        if let Some(fields) = schema["properties"].as_object().filter(|_| !bodies.contains(name)) {
            let whole = fields.keys().filter(|name| *name != LEFT_OUT);
            schema["required"] = whole.cloned().collect();
        }
    }
}

/// The components that `part` refers to, and those that these refer to.
fn schemas_named(part: &Value, document: &Value, names: &mut BTreeSet<String>) {
    match part {
        Value::Object(fields) => {
            let reference = fields.get("$ref").and_then(Value::as_str);
            if let Some(name) = reference.and_then(|path| path.rsplit('/').next())
                && names.insert(name.to_owned())
            {
                schemas_named(&document["components"]["schemas"][name], document, names);
            }
            fields.values().for_each(|field| schemas_named(field, document, names));
        }
        Value::Array(parts) => parts.iter().for_each(|part| schemas_named(part, document, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// No body says as much as `{}`, so it may be left out where that is enough.
fn let_bodies_be_left_out(operation: &mut Value, schemas: &Value) {
    let Some(body) = operation.get_mut("requestBody") else { return };
    let path = body["content"]["application/json"]["schema"]["$ref"].as_str().unwrap_or_default();
    let schema = &schemas[path.rsplit('/').next().unwrap_or_default()];
    body["required"] = (schema.get("required").is_some() || schema.get("oneOf").is_some()).into();
}

/// The ids in a path are the same in all of them.
fn name_ids(path: &str, operation: &mut Value) {
    let ids = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let ids = ids.map(|name| {
        let (schema, description) = match name {
            "account" => ("AccountId", "Who pays, by the id that the panel chose"),
            "server" => ("ServerId", "The server, by the id that the panel chose"),
            _ => ("EventId", "Stripe's id of the event"),
        };
        json!({
            "name": name, "in": "path", "required": true, "description": description,
            "schema": { "$ref": format!("#/components/schemas/{schema}") }
        })
    });
    let mut parameters: Vec<Value> = ids.collect();
    parameters.extend(operation["parameters"].as_array().into_iter().flatten().cloned());
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
}

fn object(value: &mut Value) -> &mut Map<String, Value> {
    value.as_object_mut().expect("utoipa writes an object here")
}
