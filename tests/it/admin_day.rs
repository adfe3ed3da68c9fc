//! The admin's day in a real browser: somebody may not create a server, an event was given up, and the
//! books want an export.
//!
//! `COINSLOT_CHROMEDRIVER` names the driver; `COINSLOT_SCREENSHOTS` a folder that keeps a picture of each page.

use std::path::Path;
use std::time::{Duration, Instant};

use coinslot::sandbox::{Fault, FaultKind};
use serde_json::json;

use crate::browser::Window;
use crate::shop::{DAY, PASSWORD, Shop};

const FAILS_AT_RENEWAL: &str = "4000 0000 0000 0341";
const PATIENCE: Duration = Duration::from_secs(20);

/// A shop with a customer whose renewal failed, one whose events were given up, and an admin.
pub async fn morning() -> Shop {
    let shop = Shop::with("billing.inbox_max_attempts = 1").await;
    shop.admin().await;
    let kim = shop.visitor("kim").await;
    kim.creates_server("Survival").await.is(303);
    let checkout = kim.begins("starter", "month").await;
    kim.pays(&checkout, FAILS_AT_RENEWAL).await.is(303);
    shop.live_through(32 * DAY).await;
    kim.post("/login", &[("email", "kim@example.com"), ("password", PASSWORD)]).await.is(303);
    kim.creates_server("Creative").await.is(402);

    let bob = shop.visitor("bob").await;
    let checkout = bob.begins("growth", "month").await;
    bob.pays(&checkout, "4242 4242 4242 4242").await.is(303);
    shop.sandbox.fail_next(Fault {
        method: None,
        path_prefix: "/v1/".to_owned(),
        times: 1_000,
        kind: FaultKind::Status(400, None),
    });
    shop.sandbox.deliver().await;
    shop.work().await;
    shop.sandbox.clear_faults();
    assert!(!shop.events("dead").await.is_empty());
    shop
}

#[rocket::async_test]
async fn an_account_is_found_explained_exempted_resynced_an_event_replayed_and_all_exported() {
    let Some(driver) = std::env::var_os("COINSLOT_CHROMEDRIVER") else {
        println!("skipped: COINSLOT_CHROMEDRIVER is not set");
        return;
    };
    let shop = morning().await;
    let window = Window::open(Path::new(&driver), &shop.base).await;
    window.signs_in("admin@example.com").await;
    window.goto("/admin").await;
    window.reads("given up").await;

    window.press("nav a[href='/admin/accounts']").await;
    window.reads("3 accounts").await;
    window.fill("[name=q]", "kim").await;
    window.press("form[action='/admin/accounts'] button").await;
    window.reads("1 account found").await;
    window.press("main th a[href^='/admin/accounts/acc']").await;
    window.reads("It may not create a server").await;
    window.reads("A payment failed and the grace period runs").await;
    assert!(!window.text().await.contains(".."), "a sentence has one end");

    window.fill("form[action$='/exemption'] [name=reason]", "hosts the club").await;
    window.press("form[action$='/exemption'] button").await;
    window.reads("It may create a server").await;
    window.reads("hosts the club").await;
    window.press("form[action$='/sync'] button").await;
    window.reads("account.synced").await;

    window.press("main a[href='/admin/events?status=dead']").await;
    window.reads("Replay all").await;
    let dead = shop.events("dead").await.len();
    window.press("main th a[href^='/admin/events/evt']").await;
    window.reads("Last error").await;
    window.press("form[action$='/replay'] button").await;
    window.reads("due again").await;
    shop.work().await;
    assert_eq!(shop.events("dead").await.len(), dead - 1, "it was replayed");
    window.goto("/admin/events?status=dead").await;
    window.press("form[action='/admin/events/replay'] button").await;
    window.reads("due again").await;
    shop.work().await;
    window.goto("/admin").await;
    window.picture("after the replay").await;
    assert!(shop.events("dead").await.is_empty());
    assert!(!window.text().await.contains("given up"));

    exports(&window).await;
    for page in ["/admin/plans", "/admin/hooks", "/admin/audit"] {
        window.goto(page).await;
        window.picture(page).await;
    }
    for act in ["exemption.granted", "account.synced", "event.replayed"] {
        window.reads(act).await;
    }
    window.web.clone().quit().await.expect("the browser closes");
}

/// Takes the list of who pays along as a file.
async fn exports(window: &Window) {
    let folder = tempfile::tempdir().expect("a folder");
    let into = json!({ "behavior": "allow", "downloadPath": folder.path() });
    window.web.cdp().send_raw("Page.setDownloadBehavior", into).await.expect("it obeys");
    window.goto("/admin/accounts?state=active").await;
    window.reads("1 account found").await;
    window.press("main a[download]").await;
    let deadline = Instant::now() + PATIENCE;
    let file = loop {
        let mut files = std::fs::read_dir(folder.path()).expect("it is there").flatten();
        match files.find(|file| file.path().extension().is_some_and(|it| it == "csv")) {
            Some(file) => break file.path(),
            None => assert!(Instant::now() < deadline, "nothing was downloaded"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let text = std::fs::read_to_string(file).expect("it can be read");
    assert!(text.contains("\"bob@example.com\"") && text.contains("\"growth\""), "{text}");
    assert!(!text.contains("kim@example.com"), "{text}");
}
