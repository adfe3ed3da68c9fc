//! A key that Stripe refuses is not tried over and over.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::failure::StripeFailed;

/// Lets calls through until Stripe refuses the key, then one probe at a time.
pub(super) struct Circuit {
    hold: Duration,
    /// When the next probe may pass; `None` while the key is good.
    next_probe: Mutex<Option<Instant>>,
}

/// What a call was let through as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    Regular,
    Probe,
}

impl Circuit {
    pub(super) fn new(hold: Duration) -> Self {
        Self { hold, next_probe: Mutex::new(None) }
    }

    /// Asks to call. A probe that never reports back costs one more `hold`, nothing else.
    pub(super) fn admit(&self) -> Result<Pass, StripeFailed> {
        let mut next_probe = self.lock();
        let now = Instant::now();
        match *next_probe {
            None => Ok(Pass::Regular),
            Some(at) if now < at => Err(StripeFailed::Unauthorized),
            Some(_) => {
                *next_probe = Some(now + self.hold);
                Ok(Pass::Probe)
            }
        }
    }

    /// Stripe answered 401 or 403.
    pub(super) fn refused(&self) {
        let mut next_probe = self.lock();
        if next_probe.is_none() {
            tracing::error!(
                "Stripe refuses the secret key: nothing is sent until a probe succeeds"
            );
        }
        *next_probe = Some(Instant::now() + self.hold);
    }

    /// Stripe took the key. Only a probe closes the circuit: a regular call that ends now was sent
    /// before the key was refused.
    pub(super) fn accepted(&self, pass: Pass) {
        if pass == Pass::Probe && self.lock().take().is_some() {
            tracing::info!("Stripe accepts the secret key again");
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.lock().is_some()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Instant>> {
        self.next_probe.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
