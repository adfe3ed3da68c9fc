//! How often the panel is asked: its key takes so many calls a minute, and orders come first.

use crate::fake_panel::{BOTH, FakePanel, Faults, Kind, exempts, orders};
use crate::shop::{HOUR, Shop};

/// How many lists were read.
fn lists(panel: &FakePanel) -> usize {
    let state = panel.state();
    state.calls.iter().filter(|call| call.query.contains("include=servers")).count()
}

#[rocket::async_test]
async fn lists_are_read_a_few_at_a_time_and_all_of_them_in_turn() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        let shop = Shop::with(&panel.configuration("")).await;
        let api = shop.api("panel").await;
        let mut conn = shop.database().await;
        for number in 0..30 {
            let account = api.account(&format!("a{number}")).await;
            sqlx::query("INSERT INTO panel_users (account_id, user_id, look_at) VALUES (?, ?, 0)")
                .bind(&account)
                .bind(panel.user(&format!("{account}@example.com")))
                .execute(&mut conn)
                .await
                .unwrap();
        }
        shop.billing.reconcile().await;
        assert_eq!(lists(&panel), 10, "{kind:?}: all at once would spend what the key may call");
        shop.work().await;
        assert_eq!(lists(&panel), 10, "{kind:?}: time has to pass");
        for read in [20, 30, 30] {
            shop.advance(5).await;
            shop.work().await;
            assert_eq!(lists(&panel), read, "{kind:?}");
        }
        let users: std::collections::BTreeSet<String> =
            panel.state().calls.iter().map(|call| call.path.clone()).collect();
        assert_eq!(users.len(), 30, "{kind:?}: nobody was read twice");
    }
}

#[rocket::async_test]
async fn a_panel_that_takes_no_calls_costs_an_order_no_attempt() {
    for kind in BOTH {
        let panel = FakePanel::open(kind).await;
        let (shop, api) = panel.with_ada().await;
        exempts(&api, "ada").await;
        panel.break_with(Faults { busy: u32::MAX, ..Faults::default() });
        orders(&api, "ada", "one").await.is(201);
        for _ in 0..20 {
            shop.advance(30).await;
            shop.work().await;
        }
        panel.mend();
        shop.advance(30).await;
        shop.work().await;
        assert_eq!(panel.names(), ["one"], "{kind:?}");
    }
}

#[rocket::async_test]
async fn orders_at_a_panel_that_fails_leave_the_worker_time_for_other_work() {
    let looked_up = |panel: &FakePanel| {
        let state = panel.state();
        state.calls.iter().filter(|call| call.path.contains("/external/")).count()
    };
    // One that answers is asked for 20, one that does not for one only.
    for (silent, first, second) in [(false, 20, 25), (true, 1, 2)] {
        let panel = FakePanel::open(Kind::Pelican).await;
        let (shop, api) = panel.with_ada().await;
        exempts(&api, "ada").await;
        let instead = (!silent).then_some((500, "broken"));
        panel.break_with(Faults { silent, instead, ..Faults::default() });
        for number in 0..25 {
            orders(&api, "ada", &format!("s{number}")).await.is(201);
        }
        shop.advance(HOUR).await;
        panel.state().calls.clear();
        for looked in [first, second] {
            shop.work().await;
            assert_eq!(looked_up(&panel), looked, "silent: {silent}");
        }
    }
}

/// A shop in front of `panel`, whose three accounts have a server each and whose lists are due.
async fn with_three(panel: &FakePanel) -> Shop {
    let shop = Shop::with(&panel.configuration("users = \"create\"")).await;
    let api = shop.api("panel").await;
    for account in ["ada", "bob", "cyd"] {
        api.account(account).await;
        orders(&api, account, "one").await.is(201);
    }
    shop.advance(HOUR).await;
    shop
}

#[rocket::async_test]
async fn lists_wait_for_a_panel_that_refuses_connections() {
    let panel = FakePanel::open(Kind::Pelican).await;
    let shop = with_three(&panel).await;
    panel.close().await;
    shop.work().await;
    panel.reopen().await;
    shop.work().await;
    assert_eq!(lists(&panel), 2, "only the first was tried, and waits for its next turn");
}

#[rocket::async_test]
async fn a_silent_panel_is_not_asked_for_one_list_after_the_other() {
    let panel = FakePanel::open(Kind::Pterodactyl).await;
    let shop = with_three(&panel).await;
    panel.break_with(Faults { silent: true, ..Faults::default() });
    for asked in 1..=3 {
        shop.work().await;
        assert_eq!(lists(&panel), asked);
    }
}
