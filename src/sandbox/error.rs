//! Stripe's refusals: a status, a type, and usually a code and the parameter at fault.

use serde_json::{Value, json};

/// A refusal in Stripe's form.
#[derive(Debug, Clone)]
pub(super) struct ApiError {
    pub(super) status: u16,
    body: Value,
}

impl ApiError {
    fn new(status: u16, kind: &str, message: impl Into<String>) -> Self {
        let body = json!({"type": kind, "message": message.into()});
        ApiError { status, body }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", message)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "invalid_request_error", message)
    }

    pub(super) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(401, "invalid_request_error", message)
    }

    pub(super) fn injected(status: u16) -> Self {
        let kind = match status {
            400..=499 => "invalid_request_error",
            _ => "api_error",
        };
        let error = Self::new(status, kind, "A failure ordered from the sandbox.");
        match status {
            429 => error.code("rate_limit"),
            _ => error,
        }
    }

    /// An id in the path that names nothing.
    pub(super) fn missing(kind: &str, id: &str) -> Self {
        Self::not_found(format!("No such {kind}: '{id}'")).code("resource_missing").param("id")
    }

    /// An id among the parameters that names nothing.
    pub(super) fn missing_param(kind: &str, id: &str, param: &str) -> Self {
        Self::invalid(format!("No such {kind}: '{id}'")).code("resource_missing").param(param)
    }

    pub(super) fn required(param: &str) -> Self {
        Self::invalid(format!("Missing required param: {param}."))
            .code("parameter_missing")
            .param(param)
    }

    pub(super) fn unknown_param(param: &str) -> Self {
        Self::invalid(format!("Received unknown parameter: {param}"))
            .code("parameter_unknown")
            .param(param)
    }

    /// A parameter that Stripe has and the sandbox does not play.
    pub(super) fn unplayed(param: &str) -> Self {
        Self::invalid(format!("The sandbox does not play the parameter `{param}`.")).param(param)
    }

    pub(super) fn unknown_route(method: &str, path: &str) -> Self {
        Self::not_found(format!(
            "Unrecognized request URL ({method}: {path}). The sandbox does not serve it."
        ))
    }

    pub(super) fn key_reused(key: &str) -> Self {
        Self::new(
            400,
            "idempotency_error",
            format!(
                "Keys for idempotent requests can only be used with the same parameters they \
                 were first used with. Try using a key other than '{key}' if you meant to \
                 execute a different request."
            ),
        )
    }

    pub(super) fn card(code: &str, message: &str) -> Self {
        Self::new(402, "card_error", message).code(code)
    }

    pub(super) fn code(mut self, code: &str) -> Self {
        self.body["code"] = json!(code);
        self
    }

    pub(super) fn param(mut self, param: &str) -> Self {
        self.body["param"] = json!(param);
        self
    }

    pub(super) fn with(mut self, name: &str, value: Value) -> Self {
        self.body[name] = value;
        self
    }

    pub(super) fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }

    pub(super) fn body(&self) -> Value {
        json!({"error": self.body})
    }
}
