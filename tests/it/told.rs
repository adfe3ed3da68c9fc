//! What a host panel is told of suspensions: once for each, and again until it says that it is done.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use coinslot::{NotDone, Reason, ServerId, Suspension};

use crate::host::Host;
use crate::shop::DAY;

const NOTICE: i64 = 7 * DAY;

/// What the panel was told, in order, and whether it does it.
#[derive(Clone, Default)]
pub struct Told {
    heard: Arc<Mutex<Vec<String>>>,
    fails: Arc<AtomicBool>,
}

impl Told {
    pub async fn suspend(&self, server: &ServerId, why: &Suspension) -> Result<(), NotDone> {
        assert_eq!((why.reason, why.keep), (Reason::Ended, 1));
        assert!(why.action_url.ends_with("/billing/plans"), "{}", why.action_url);
        self.hear(format!("-{server}"))
    }

    pub async fn unsuspend(&self, server: &ServerId) -> Result<(), NotDone> {
        self.hear(format!("+{server}"))
    }

    fn hear(&self, words: String) -> Result<(), NotDone> {
        self.heard.lock().expect("nobody panicked").push(words);
        if self.fails.load(Ordering::SeqCst) {
            return Err(NotDone("the daemon does not answer".to_owned()));
        }
        Ok(())
    }

    /// What was said since the last time.
    fn lately(&self) -> Vec<String> {
        std::mem::take(&mut self.heard.lock().expect("nobody panicked"))
    }
}

/// An account with the servers `one` and `two` whose plan has ended, a second before `two` goes.
async fn nearly_suspended() -> Host {
    let host = Host::open().await;
    host.sells("starter").await;
    for server in ["one", "two"] {
        host.create(server, "works").await.is(201);
        host.pass(1);
    }
    let subscription = host.sandbox.ids("subscription").pop().expect("one");
    host.sandbox.cancel_now(&subscription);
    host.settle().await;
    host.pass(NOTICE - 1);
    host.billing.settle().await;
    assert!(host.panel.told.lately().is_empty());
    host.pass(1);
    host
}

async fn state(host: &Host, server: usize) -> String {
    let list = host.api("GET", "/accounts/ada/servers", None).await.is(200).json();
    list["data"][server]["state"].as_str().expect("a word").to_owned()
}

/// An admin exempts the account, or takes that back.
async fn exempt(host: &Host, exempt: bool) {
    let (method, body) = if exempt {
        ("PUT", Some(serde_json::json!({ "reason": "a friend" })))
    } else {
        ("DELETE", None)
    };
    host.api(method, "/accounts/ada/exemption", body).await.is(200);
    host.billing.settle().await;
}

#[rocket::async_test]
async fn each_suspension_and_each_end_is_told_once() {
    let host = nearly_suspended().await;
    for _ in 0..3 {
        host.billing.settle().await;
    }
    assert_eq!(host.panel.told.lately(), ["-two"]);
    assert_eq!(
        (state(&host, 0).await, state(&host, 1).await),
        ("active".into(), "suspended".into())
    );
    let host = host.restarted().await;
    host.billing.settle().await;
    assert!(host.panel.told.lately().is_empty(), "the panel knows");
    exempt(&host, true).await;
    host.billing.settle().await;
    assert_eq!(host.panel.told.lately(), ["+two"]);
    assert_eq!(state(&host, 1).await, "active");
}

#[rocket::async_test]
async fn a_panel_that_fails_is_told_again_later_and_over_a_restart() {
    let host = nearly_suspended().await;
    host.panel.told.fails.store(true, Ordering::SeqCst);
    for (seconds, told) in [(0, true), (9, false), (1, true), (19, false), (1, true)] {
        host.pass(seconds);
        host.billing.settle().await;
        assert_eq!(host.panel.told.lately(), vec!["-two"; usize::from(told)], "{seconds} s");
    }
    let host = host.restarted().await;
    host.panel.told.fails.store(false, Ordering::SeqCst);
    host.billing.settle().await;
    assert!(host.panel.told.lately().is_empty());
    host.pass(40);
    host.billing.settle().await;
    assert_eq!(host.panel.told.lately(), ["-two"]);
    host.pass(DAY);
    host.billing.settle().await;
    assert!(host.panel.told.lately().is_empty());
}

#[rocket::async_test]
async fn a_suspension_that_may_have_been_done_is_taken_back_and_one_never_told_is_not() {
    let host = nearly_suspended().await;
    host.panel.told.fails.store(true, Ordering::SeqCst);
    host.billing.settle().await;
    assert_eq!(host.panel.told.lately(), ["-two"]);
    host.panel.told.fails.store(false, Ordering::SeqCst);
    host.pass(10);
    exempt(&host, true).await;
    assert_eq!(host.panel.told.lately(), ["+two"], "it may have been suspended");

    exempt(&host, false).await;
    host.pass(NOTICE);
    exempt(&host, true).await;
    host.pass(DAY);
    host.billing.settle().await;
    assert!(host.panel.told.lately().is_empty(), "nobody had been told");
}
