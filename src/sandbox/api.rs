//! `/v1`: one call in, Stripe's answer out.

use serde_json::Value;

use super::{
    catalogue, charges, checkout, checkout_create, checkout_totals, coupons, customers, disputes,
    endpoints,
    error::ApiError,
    events,
    faults::{self, FaultKind},
    form::Params,
    idempotency, invoice_calls,
    ledger::{Cause, Ledger, VERSION, fresh},
    list, operator, payment_methods, payments, portal, previews, refunds, schedules,
    state::{Inner, RecordedRequest, lock},
    subscription_calls as subscriptions, subscription_update,
};

/// A call as it arrived.
pub(super) struct Call {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) encoded: Vec<u8>,
    pub(super) authorization: Option<String>,
    pub(super) idempotency_key: Option<String>,
    pub(super) version: Option<String>,
}

/// What goes back.
pub(super) enum Answer {
    Json {
        status: u16,
        body: Value,
        request_id: String,
        version: String,
        replayed: bool,
    },
    /// The connection closes without a word.
    HangUp,
}

/// Serves a call, with the faults that were ordered for it.
pub(super) async fn answer(inner: &Inner, call: Call) -> Answer {
    let encoded = String::from_utf8_lossy(&call.encoded);
    let fault = faults::take(&mut lock(&inner.faults), call.method, &call.path, &encoded);
    let params = Params::parse(&call.encoded);
    let form = params.as_ref().map(|params| params.0.clone()).unwrap_or_default();
    let request_id = fresh("req_");
    let served = match &fault {
        Some(FaultKind::DropBefore) => None,
        Some(FaultKind::Status(status, body)) => Some(refuse(inner, &call, *status, body.clone())),
        Some(FaultKind::Delay(time)) => {
            tokio::time::sleep(*time).await;
            Some(serve(inner, &call, params, &request_id))
        }
        Some(FaultKind::DropAfter) => {
            serve(inner, &call, params, &request_id);
            None
        }
        Some(FaultKind::DelayAnswer(_) | FaultKind::HoldAnswer(_)) | None => {
            Some(serve(inner, &call, params, &request_id))
        }
    };
    inner.record(RecordedRequest {
        method: call.method.to_owned(),
        path: call.path,
        form,
        idempotency_key: call.idempotency_key,
        stripe_version: call.version.clone(),
        status: served.as_ref().map_or(0, |(status, ..)| *status),
    });
    match fault {
        Some(FaultKind::DelayAnswer(time)) => tokio::time::sleep(time).await,
        Some(FaultKind::HoldAnswer(gate)) => gate.pass().await,
        _ => {}
    }
    match served {
        None => Answer::HangUp,
        Some((status, body, replayed)) => {
            let version = call.version.unwrap_or_else(|| VERSION.to_owned());
            Answer::Json { status, body, request_id, version, replayed }
        }
    }
}

type Served = (u16, Value, bool);

fn refuse(inner: &Inner, call: &Call, status: u16, body: Option<Value>) -> Served {
    let body = body.unwrap_or_else(|| ApiError::injected(status).body());
    if let ("POST", 500, Some(key)) = (call.method, status, &call.idempotency_key) {
        inner.change(|ledger| {
            idempotency::keep(ledger, key, fingerprint(call), status, &body);
        });
    }
    (status, body, false)
}

fn serve(inner: &Inner, call: &Call, params: Result<Params, ApiError>, request_id: &str) -> Served {
    let params = match authorize(inner, call).and(params) {
        Ok(params) => params,
        Err(error) => return (error.status, error.body(), false),
    };
    let key = call.idempotency_key.as_deref().filter(|_| call.method == "POST");
    inner.change(|ledger| {
        if let Some(key) = key {
            match idempotency::recall(ledger, key, &fingerprint(call)) {
                Ok(Some(kept)) => return (kept.status, kept.body, true),
                Ok(None) => {}
                Err(error) => return (error.status, error.body(), false),
            }
        }
        ledger.cause =
            Cause { request: Some(request_id.to_owned()), idempotency_key: key.map(str::to_owned) };
        let webhook_url = inner.webhook().url;
        let result = route(ledger, call, &params, webhook_url.as_deref()).and_then(|mut body| {
            list::expand(ledger, &mut body, &params)?;
            Ok(body)
        });
        ledger.cause = Cause::default();
        let (status, body) = match result {
            Ok(body) => (200, body),
            Err(error) => (error.status, error.body()),
        };
        if let Some(key) = key {
            idempotency::keep(ledger, key, fingerprint(call), status, &body);
        }
        (status, body, false)
    })
}

fn route(
    ledger: &mut Ledger,
    call: &Call,
    params: &Params,
    webhook_url: Option<&str>,
) -> Result<Value, ApiError> {
    let segments: Vec<&str> = call.path.trim_matches('/').split('/').skip(1).collect();
    match (call.method, segments.as_slice()) {
        ("GET", ["account"]) => Ok(events::account()),
        ("POST", ["customers"]) => customers::create(ledger, params),
        ("GET", ["customers"]) => customers::list(ledger, params),
        ("GET", ["customers", id]) => customers::retrieve(ledger, id),
        ("POST", ["customers", id]) => customers::update(ledger, id, params),
        ("DELETE", ["customers", id]) => customers::delete(ledger, id),
        ("GET", ["customers", id, "payment_methods"]) => {
            payment_methods::list_of(ledger, id, params)
        }
        ("GET", ["products"]) => catalogue::list_products(ledger, params),
        ("POST", ["products"]) => catalogue::create_product(ledger, params),
        ("GET", ["products", id]) => ledger.named("product", id).cloned(),
        ("GET", ["prices"]) => catalogue::list_prices(ledger, params),
        ("POST", ["prices"]) => catalogue::create_price(ledger, params),
        ("GET", ["prices", id]) => ledger.named("price", id).cloned(),
        ("POST", ["prices", id]) => catalogue::update_price(ledger, id, params),
        ("POST", ["checkout", "sessions"]) => checkout_create::create(ledger, params),
        ("GET", ["checkout", "sessions"]) => checkout::list(ledger, params),
        ("GET", ["checkout", "sessions", id]) => ledger.named("checkout.session", id).cloned(),
        ("POST", ["checkout", "sessions", id, "expire"]) => checkout::expire_now(ledger, id),
        ("GET", ["checkout", "sessions", id, "line_items"]) => {
            ledger.named("checkout.session", id)?;
            Ok(checkout_totals::line_items(ledger, id))
        }
        ("GET", ["subscriptions"]) => subscriptions::list(ledger, params),
        ("GET", ["subscriptions", id]) => ledger.named("subscription", id).cloned(),
        ("POST", ["subscriptions", id, "resume"]) => subscriptions::resume(ledger, id, params),
        ("POST", ["subscriptions", id]) => subscription_update::update(ledger, id, params),
        ("DELETE", ["subscriptions", id]) => subscriptions::cancel(ledger, id, params),
        ("POST", ["subscription_schedules"]) => schedules::create(ledger, params),
        ("GET", ["subscription_schedules", id]) => {
            ledger.named("subscription_schedule", id).cloned()
        }
        ("POST", ["subscription_schedules", id]) => schedules::update(ledger, id, params),
        ("POST", ["subscription_schedules", id, "release"]) => schedules::release(ledger, id),
        ("GET", ["invoices"]) => invoice_calls::list(ledger, params),
        ("POST", ["invoices", "create_preview"]) => previews::create(ledger, params),
        ("GET", ["invoices", id]) => ledger.named("invoice", id).cloned(),
        ("POST", ["invoices", id, "pay"]) => invoice_calls::pay_now(ledger, id, params),
        ("GET", ["invoices", id, "lines"]) => Ok(ledger.named("invoice", id)?["lines"].clone()),
        ("GET", ["invoice_payments"]) => invoice_calls::list_payments(ledger, params),
        ("GET", ["invoice_payments", id]) => ledger.named("invoice_payment", id).cloned(),
        ("GET", ["payment_intents", id]) => ledger.named("payment_intent", id).cloned(),
        ("GET", ["setup_intents", id]) => ledger.named("setup_intent", id).cloned(),
        ("GET", ["payment_methods", id]) => ledger.named("payment_method", id).cloned(),
        ("GET", ["payment_intents"]) => payments::list(ledger, params),
        ("GET", ["charges"]) => charges::list(ledger, params),
        ("GET", ["charges", id]) => ledger.named("charge", id).cloned(),
        ("POST", ["coupons"]) => coupons::create(ledger, params),
        ("GET", ["coupons"]) => coupons::list(ledger, params),
        ("GET", ["coupons", id]) => coupons::retrieve(ledger, id),
        ("DELETE", ["coupons", id]) => coupons::delete(ledger, id),
        ("POST", ["promotion_codes"]) => coupons::create_code(ledger, params),
        ("GET", ["promotion_codes"]) => coupons::list_codes(ledger, params),
        ("GET", ["promotion_codes", id]) => ledger.named("promotion_code", id).cloned(),
        ("POST", ["promotion_codes", id]) => coupons::update_code(ledger, id, params),
        ("POST", ["refunds"]) => refunds::create(ledger, params),
        ("GET", ["refunds"]) => refunds::list(ledger, params),
        ("GET", ["refunds", id]) => ledger.named("refund", id).cloned(),
        ("GET", ["disputes"]) => disputes::list(ledger, params),
        ("GET", ["disputes", id]) => ledger.named("dispute", id).cloned(),
        ("POST", ["disputes", id, "close"]) => disputes::give_in(ledger, id, params),
        ("POST", ["billing_portal", "sessions"]) => portal::create_session(ledger, params),
        ("GET", ["billing_portal", "configurations"]) => {
            portal::list_configurations(ledger, params)
        }
        ("GET", ["billing_portal", "configurations", id]) => {
            ledger.named("billing_portal.configuration", id).cloned()
        }
        ("GET", ["events"]) => events::list(ledger, params),
        ("GET", ["events", id]) => ledger.named("event", id).cloned(),
        ("GET", ["payment_method_domains"]) => operator::list_domains(ledger, params),
        ("POST", ["payment_method_domains"]) => operator::create_domain(ledger, params),
        ("GET", ["tax", "settings"]) => Ok(operator::tax_settings()),
        (_, ["webhook_endpoints", rest @ ..]) => {
            endpoints::route(ledger, call, rest, params, webhook_url)
        }
        (method, _) => Err(ApiError::unknown_route(method, &call.path)),
    }
}

fn authorize(inner: &Inner, call: &Call) -> Result<(), ApiError> {
    let key = call.authorization.as_deref().and_then(|value| value.strip_prefix("Bearer "));
    match key {
        None => Err(ApiError::unauthorized(
            "You did not provide an API key. Send it as `Authorization: Bearer YOUR_SECRET_KEY`.",
        )),
        Some(key) if key == inner.secret_key => Ok(()),
        Some(key) => {
            let end: String = key.chars().rev().take(4).collect();
            let end: String = end.chars().rev().collect();
            Err(ApiError::unauthorized(format!("Invalid API Key provided: ****{end}"))
                .code("api_key_invalid"))
        }
    }
}

/// What a key is tied to: the parameters, in whatever order they came.
fn fingerprint(call: &Call) -> String {
    let encoded = String::from_utf8_lossy(&call.encoded);
    let mut parameters: Vec<&str> = encoded.split('&').collect();
    parameters.sort_unstable();
    format!("{} {}", call.path, parameters.join("&"))
}
