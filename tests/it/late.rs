//! A panel that takes its time over saying which servers an account has.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rocket::tokio::sync::Notify;

use crate::host::Host;

/// Keeps one answer back until the test lets it go.
#[derive(Clone, Default)]
pub struct Late {
    next: Arc<AtomicBool>,
    asked: Arc<Notify>,
    goes_on: Arc<Notify>,
}

impl Late {
    pub async fn wait(&self) {
        if self.next.swap(false, Ordering::SeqCst) {
            self.asked.notify_one();
            self.goes_on.notified().await;
        }
    }
}

#[rocket::async_test]
async fn a_slot_that_is_taken_anew_while_the_panel_is_asked_stays_taken() {
    let host = Host::open().await;
    host.create("one", "silence").await.is(504);
    host.pass(16 * 60);
    let late = host.panel.late.clone();
    late.next.store(true, Ordering::SeqCst);
    let anew = async {
        late.asked.notified().await;
        host.create("one", "silence").await.is(504);
        late.goes_on.notify_one();
    };
    let (two, ()) = rocket::tokio::join!(host.create("two", "works"), anew);
    two.is(402);
    let quota = host.api("GET", "/accounts/ada/quota", None).await.is(200).json();
    assert_eq!(quota["used"], 1, "there is one slot, and it is taken");
}
