//! Failures that are ordered in advance.

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use tokio::sync::Semaphore;

/// A failure that the next matching calls meet.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The method it is for; any when missing.
    pub method: Option<String>,
    /// How the path begins; what follows a `?` must be among the encoded parameters.
    pub path_prefix: String,
    /// For how many calls it lasts.
    pub times: u32,
    /// What happens.
    pub kind: FaultKind,
}

/// What happens to a call that meets a fault.
#[derive(Debug, Clone)]
pub enum FaultKind {
    /// Nothing is done and this status answers, with this body or one of Stripe's form.
    ///
    /// A 500 is remembered under the call's idempotency key, as at Stripe; others are not.
    Status(u16, Option<Value>),
    /// The call is served after this time.
    Delay(Duration),
    /// Nothing is done and the connection closes without an answer.
    DropBefore,
    /// The call takes effect and the connection closes without an answer.
    DropAfter,
    /// The call is served at once; its answer, by then perhaps out of date, leaves after this time.
    DelayAnswer(Duration),
    /// The call is served at once and its answer leaves when the gate lets it.
    HoldAnswer(AnswerGate),
}

/// Holds answers back until they are let through; clones share it.
#[derive(Debug, Clone)]
pub struct AnswerGate(Arc<Passage>);

#[derive(Debug)]
struct Passage {
    held: Semaphore,
    free: Semaphore,
}

impl AnswerGate {
    /// A gate that lets nothing through yet.
    pub fn closed() -> AnswerGate {
        AnswerGate(Arc::new(Passage { held: Semaphore::new(0), free: Semaphore::new(0) }))
    }

    /// Returns when an answer is ready behind the gate; each answer is told of once.
    pub async fn holds_one(&self) {
        take_one(&self.0.held).await;
    }

    /// Lets one answer through, also one that is yet to come.
    pub fn let_one_through(&self) {
        self.0.free.add_permits(1);
    }

    pub(super) async fn pass(&self) {
        self.0.held.add_permits(1);
        take_one(&self.0.free).await;
    }
}

async fn take_one(semaphore: &Semaphore) {
    semaphore.acquire().await.expect("the gate never closes its semaphores").forget();
}

/// The fault that this call meets, used up once.
pub(super) fn take(
    faults: &mut Vec<Fault>,
    method: &str,
    path: &str,
    encoded: &str,
) -> Option<FaultKind> {
    let at = faults.iter().position(|fault| {
        let (prefix, parameter) =
            fault.path_prefix.split_once('?').unwrap_or((&fault.path_prefix, ""));
        fault.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && path.starts_with(prefix)
            && encoded.contains(parameter)
    })?;
    let fault = &mut faults[at];
    let kind = fault.kind.clone();
    fault.times = fault.times.saturating_sub(1);
    if fault.times == 0 {
        faults.remove(at);
    }
    Some(kind)
}
