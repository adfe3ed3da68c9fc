//! One sync at a time for each account, and none that a later one has made needless.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::Mutex as AsyncMutex;

use crate::domain::ids::AccountId;

/// Locks by account; an entry lives as long as somebody holds or awaits it.
#[derive(Default)]
pub(super) struct Locks {
    syncs: ByAccount<Turn>,
    checkouts: ByAccount<()>,
    moments: AtomicU64,
}

type ByAccount<T> = Mutex<HashMap<AccountId, Weak<AsyncMutex<T>>>>;

/// What the holder of a lock knows of its forerunner.
#[derive(Default)]
pub(super) struct Turn {
    /// When the last successful sync began.
    pub(super) covered: u64,
}

impl Locks {
    pub(super) fn of(&self, account: &AccountId) -> Arc<AsyncMutex<Turn>> {
        lock(&self.syncs, account)
    }

    /// Checkout is begun one at a time; it syncs on the way, so it has locks of its own.
    pub(super) fn of_checkout(&self, account: &AccountId) -> Arc<AsyncMutex<()>> {
        lock(&self.checkouts, account)
    }

    /// A moment later than every one handed out before.
    pub(super) fn moment(&self) -> u64 {
        self.moments.fetch_add(1, Ordering::SeqCst) + 1
    }
}

fn lock<T: Default>(entries: &ByAccount<T>, account: &AccountId) -> Arc<AsyncMutex<T>> {
    let mut entries = entries.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(lock) = entries.get(account).and_then(Weak::upgrade) {
        return lock;
    }
    entries.retain(|_, lock| lock.strong_count() > 0);
    let lock = Arc::new(AsyncMutex::new(T::default()));
    entries.insert(account.clone(), Arc::downgrade(&lock));
    lock
}
