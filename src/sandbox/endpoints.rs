//! Webhook endpoints: the one the sandbox was started with, and those made through the API.

use serde_json::{Value, json};

use super::{
    api::Call,
    error::ApiError,
    form::{self, Params},
    ledger::{Fields, Hidden, Ledger, VERSION, fresh},
    list,
    state::Webhook,
};

/// The endpoint that the sandbox was started with.
const OWN: &str = "we_1sandbox";
/// As many as Stripe allows: <https://docs.stripe.com/webhooks>.
const MOST: usize = 16;
const KIND: &str = "webhook_endpoint";

/// Serves what is below `/v1/webhook_endpoints`.
pub(super) fn route(
    ledger: &mut Ledger,
    call: &Call,
    rest: &[&str],
    params: &Params,
    own_url: Option<&str>,
) -> Result<Value, ApiError> {
    show_own(ledger, own_url);
    match (call.method, rest) {
        ("POST", []) => create(ledger, params),
        ("GET", []) => {
            params.only(&["limit", "starting_after", "ending_before"])?;
            let standing = ledger.all(KIND).filter(|endpoint| !endpoint.truth("deleted"));
            list::page(standing, params, "/v1/webhook_endpoints")
        }
        ("GET", [id]) => ledger.named(KIND, id).cloned(),
        ("POST", [id]) => update(ledger, id, params),
        ("DELETE", [id]) => {
            ledger.named(KIND, id)?;
            let gone = json!({"id": id, "object": KIND, "deleted": true});
            ledger.quietly(id, |endpoint| *endpoint = gone.clone());
            Ok(gone)
        }
        (method, _) => Err(ApiError::unknown_route(method, &call.path)),
    }
}

/// Where an event of this type goes, and what signs it there.
pub(super) fn targets(ledger: &Ledger, own: &Webhook, kind: &str) -> Vec<(String, String)> {
    let listens = |endpoint: &Value| {
        let wanted = endpoint["enabled_events"].as_array();
        let named = |wanted: &Value| wanted == "*" || wanted == kind;
        endpoint.text("status") == "enabled" && wanted.is_some_and(|all| all.iter().any(named))
    };
    let mut targets = Vec::new();
    if let Some(url) = &own.url
        && ledger.get(OWN).is_none_or(listens)
    {
        targets.push((url.clone(), own.secret.clone()));
    }
    let made = ledger.all(KIND).filter(|endpoint| endpoint.text("id") != OWN && listens(endpoint));
    targets.extend(made.map(|endpoint| {
        let secret = ledger.hidden(endpoint.text("id")).secret;
        (endpoint.text("url").to_owned(), secret.unwrap_or_default())
    }));
    targets
}

/// Shows the sandbox's own endpoint where it is now; one that was deleted stays so.
fn show_own(ledger: &mut Ledger, url: Option<&str>) {
    let Some(url) = url else { return };
    if ledger.get(OWN).is_none() {
        let mut own = shape(OWN, ledger.now);
        own["description"] = json!("The sandbox's own endpoint");
        ledger.insert(own, Hidden::default());
    }
    if ledger.find(KIND, OWN).is_some() {
        ledger.quietly(OWN, |own| own["url"] = json!(url));
    }
}

/// Only this answer shows the secret.
fn create(ledger: &mut Ledger, params: &Params) -> Result<Value, ApiError> {
    params.only(&["url", "enabled_events", "api_version", "connect", "description", "metadata"])?;
    params.boolean("connect")?;
    params.required("url")?;
    if params.0.get("enabled_events").is_none() {
        return Err(ApiError::required("enabled_events"));
    }
    if ledger.all(KIND).filter(|endpoint| !endpoint.truth("deleted")).count() >= MOST {
        return Err(ApiError::invalid(format!(
            "You have reached the maximum of {MOST} test webhook endpoints."
        )));
    }
    let mut endpoint = shape(&fresh("we_1"), ledger.now);
    endpoint["api_version"] = match params.text("api_version") {
        None => Value::Null,
        Some(version) if is_version(version) => json!(version),
        Some(version) => {
            let message = format!("Invalid API version: {version}");
            return Err(ApiError::invalid(message).param("api_version"));
        }
    };
    write(&mut endpoint, params)?;
    let secret = fresh("whsec_");
    let hidden = Hidden { secret: Some(secret.clone()), ..Hidden::default() };
    let id = ledger.insert(endpoint, hidden);
    let mut answer = ledger.read(&id).clone();
    answer["secret"] = json!(secret);
    Ok(answer)
}

fn update(ledger: &mut Ledger, id: &str, params: &Params) -> Result<Value, ApiError> {
    params.only(&["url", "enabled_events", "disabled", "description", "metadata"])?;
    let mut endpoint = ledger.named(KIND, id)?.clone();
    if id == OWN && params.text("url").is_some_and(|url| url != endpoint.text("url")) {
        let message = "The sandbox's own endpoint stays where it was configured.";
        return Err(ApiError::invalid(message).param("url"));
    }
    if let Some(disabled) = params.boolean("disabled")? {
        endpoint["status"] = json!(if disabled { "disabled" } else { "enabled" });
    }
    write(&mut endpoint, params)?;
    ledger.quietly(id, |stored| *stored = endpoint.clone());
    Ok(endpoint)
}

fn write(endpoint: &mut Value, params: &Params) -> Result<(), ApiError> {
    if let Some(url) = params.text("url") {
        if !form::is_web_link(url) {
            let message =
                "Invalid URL: An explicit scheme (such as https) must be provided.".to_owned();
            return Err(ApiError::invalid(message).code("url_invalid").param("url"));
        }
        endpoint["url"] = json!(url);
    }
    if params.0.get("enabled_events").is_some() {
        let wanted = params.texts("enabled_events");
        if wanted.is_empty() {
            return Err(
                ApiError::invalid("You must enable at least one event.").param("enabled_events")
            );
        }
        if let Some(at) = wanted.iter().position(|kind| *kind != "*" && !kind.contains('.')) {
            let param = format!("enabled_events[{at}]");
            let message = format!("Invalid {param}: must be the type of an event");
            return Err(ApiError::invalid(message).param(&param));
        }
        endpoint["enabled_events"] = json!(wanted);
    }
    if params.clears("description") {
        endpoint["description"] = Value::Null;
    } else if let Some(description) = params.text("description") {
        endpoint["description"] = json!(description);
    }
    params.merge_metadata(&mut endpoint["metadata"]);
    Ok(())
}

/// A date, and since 2024 a name behind it.
fn is_version(text: &str) -> bool {
    let (date, name) = text.split_once('.').unwrap_or((text, "named"));
    let digits = date.bytes().filter(u8::is_ascii_digit).count();
    date.len() == 10 && digits == 8 && name.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn shape(id: &str, now: i64) -> Value {
    json!({
        "id": id,
        "object": KIND,
        "api_version": VERSION,
        "application": null,
        "created": now,
        "description": null,
        "enabled_events": ["*"],
        "livemode": false,
        "metadata": {},
        "status": "enabled",
        "url": null,
    })
}
