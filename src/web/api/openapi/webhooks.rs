//! What panels next door are told: a webhook for each kind of message, after Standard Webhooks.

use serde_json::{Map, Value, json};
use utoipa::ToSchema as _;

use crate::domain::hook::Kind;
use crate::flows::hooks::told::{Changed, Disputed, OneServer, Stands};

/// Every kind under the name that stands in its messages as `type`.
pub(super) fn section() -> Value {
    let hooks = Kind::ALL.map(|kind| (kind.as_str().to_owned(), json!({ "post": told(kind) })));
    Map::from_iter(hooks).into()
}

fn told(kind: Kind) -> Value {
    let (summary, data) = match kind {
        Kind::AccessChanged => ("What an account may have has changed", Changed::name()),
        Kind::OverQuota => ("An account has more servers than it may have", Stands::name()),
        Kind::Suspend => ("A server is suspended", OneServer::name()),
        Kind::Unsuspend => ("A server runs again", OneServer::name()),
        Kind::Dispute => ("A dispute was opened, or is over", Disputed::name()),
    };
    json!({
        "summary": summary,
        "description": "Sent to every address under `billing.hooks` that asks for it, in order for \
                        each account, until it is taken.",
        "tags": ["hooks"],
        "operationId": format!("told_{}", kind.as_str().replace('.', "_")),
        // The signature says who sends it; there is no token.
        "security": [],
        "parameters": [
            header("webhook-id", &json!({ "type": "string" }),
                "The message's `id`, the same in every attempt"),
            header("webhook-timestamp", &json!({ "type": "string", "pattern": "^[0-9]+$" }),
                "When this attempt was made, in Unix seconds"),
            header("webhook-signature", &json!({ "type": "string", "pattern": "^v1,[^ ]+( v1,[^ ]+)*$" }),
                "For each secret of the hook `v1,` and the base64 of the HMAC-SHA256 over id, \
                 timestamp and body, joined by dots"),
        ],
        "requestBody": { "required": true, "content": { "application/json": { "schema": {
            "type": "object",
            "required": ["id", "type", "created_at", "account_id", "data"],
            "properties": {
                "id": { "type": "string" },
                "type": { "const": kind.as_str() },
                "created_at": reference("Timestamp"),
                "account_id": reference("AccountId"),
                "data": reference(&data),
            }
        } } } },
        "responses": {
            "2XX": { "description": "Taken" },
            "default": { "description": "Sent again with back-off, for three days; redirects are not followed" }
        }
    })
}

fn header(name: &str, schema: &Value, description: &str) -> Value {
    json!({
        "name": name, "in": "header", "required": true, "schema": schema, "description": description
    })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}
