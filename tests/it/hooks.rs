//! What a panel next door is told: signed, in order, until it takes it.

use std::collections::BTreeSet;

use coinslot::Timestamp;
use coinslot::sandbox::{DisputeStage, DisputeVerdict};
use serde_json::{Value, json};

use crate::next_door::{self, Got, Next};
use crate::shop::{DAY, HOUR, START, Shop};

fn kinds(got: &[Got]) -> Vec<String> {
    got.iter().map(|got| got.json()["type"].as_str().expect("a type").to_owned()).collect()
}

async fn exempts(shop: &Shop, account: &str) {
    let api = shop.api("admin").await;
    let path = format!("/accounts/{account}/exemption");
    api.put(&path, json!({ "reason": "a friend" })).await.is(200);
}

async fn ends(shop: &Shop, account: &str) {
    shop.api("admin").await.delete(&format!("/accounts/{account}/exemption")).await.is(200);
}

#[rocket::async_test]
async fn a_change_of_access_is_told_once_and_signed_by_every_secret() {
    let next = Next::door().await;
    let shop = Shop::with(&next.hook("")).await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    api.buys(&shop, &account, "starter", "month").await;
    shop.settle().await;
    shop.billing.send_hooks().await;
    let got = next.got();
    assert_eq!(kinds(&got), ["account.access_changed"]);
    let (message, body) = (&got[0], got[0].json());
    assert!(message.is_signed_with(&[1; 32]) && message.is_signed_with(&[2; 32]));
    assert!(!message.is_signed_with(&[3; 32]));
    assert_eq!((&body["id"], &body["account_id"]), (&json!(message.id), &json!("ada")));
    assert_eq!(message.at, START.to_string());
    assert_eq!(body["created_at"], "2026-01-15T12:00:00Z");
    assert_eq!(body["data"]["before"]["limit"], 1);
    let now = &body["data"]["now"];
    assert_eq!((&now["limit"], &now["reason"]), (&json!(3), &json!("subscription")));

    api.get("/accounts/ada/subscription").await.is(200);
    shop.api("admin").await.post("/accounts/ada/sync", json!({})).await.is(200);
    shop.billing.send_hooks().await;
    assert!(next.got().is_empty(), "nothing changed");
}

#[rocket::async_test]
async fn who_is_over_the_limit_is_told_of_and_only_the_events_asked_for_are_sent() {
    let next = Next::door().await;
    let shop = Shop::with(&next.hook("events = [\"account.over_quota\"]")).await;
    let api = shop.api("panel").await;
    api.account("ada").await;
    exempts(&shop, "ada").await;
    let servers = json!({ "servers": [{ "id": "s1" }, { "id": "s2" }] });
    api.put("/accounts/ada/servers", servers).await.is(200);
    ends(&shop, "ada").await;
    shop.billing.send_hooks().await;
    let got = next.got();
    assert_eq!(kinds(&got), ["account.over_quota"]);
    let data = &got[0].json()["data"];
    assert_eq!((&data["limit"], &data["over_by"]), (&json!(1), &json!(1)));
}

#[rocket::async_test]
async fn a_list_of_more_servers_than_allowed_is_told_once() {
    let next = Next::door().await;
    let shop = Shop::with(&next.hook("")).await;
    let api = shop.api("panel").await;
    api.account("ada").await;
    for (list, told) in [(&["s1"][..], 0), (&["s1", "s2"], 1), (&["s1", "s2", "s3"], 0)] {
        let servers: Vec<Value> = list.iter().map(|id| json!({ "id": id })).collect();
        api.put("/accounts/ada/servers", json!({ "servers": servers })).await.is(200);
        shop.billing.send_hooks().await;
        assert_eq!(kinds(&next.got()), vec!["account.over_quota"; told], "{list:?}");
    }
}

#[rocket::async_test]
async fn what_time_alone_changes_is_told_at_the_next_sync() {
    let next = Next::door().await;
    let shop = Shop::with(&next.hook("")).await;
    let admin = shop.api("admin").await;
    admin.account("ada").await;
    let until = Timestamp(START + DAY).to_string();
    let exemption = json!({ "reason": "a guest", "until": until });
    admin.put("/accounts/ada/exemption", exemption).await.is(200);
    let servers = json!({ "servers": [{ "id": "s1" }, { "id": "s2" }] });
    admin.put("/accounts/ada/servers", servers).await.is(200);
    shop.billing.send_hooks().await;
    assert_eq!(kinds(&next.got()), ["account.access_changed"]);

    shop.advance(DAY).await;
    for told in [&["account.access_changed", "account.over_quota"][..], &[]] {
        admin.post("/accounts/ada/sync", json!({})).await.is(200);
        shop.billing.send_hooks().await;
        let got = next.got();
        assert_eq!(kinds(&got), told);
        let Some(first) = got.first() else { continue };
        let data = &first.json()["data"];
        let reasons = (&data["before"]["reason"], &data["now"]["reason"]);
        assert_eq!(reasons, (&json!("exempt"), &json!("free")));
    }
}

#[rocket::async_test]
async fn what_is_suspended_and_what_comes_back_is_told_for_each_server() {
    let next = Next::door().await;
    let suspends = "billing.over_quota = \"suspend_excess\"\nbilling.suspend_after = \"3d\"";
    let events = "events = [\"server.suspend\", \"server.unsuspend\"]";
    let shop = Shop::with(&format!("{suspends}\n{}", next.hook(events))).await;
    let api = shop.api("panel").await;
    api.account("ada").await;
    let list = json!({ "servers": [{ "id": "a" }, { "id": "b", "name": "Bravo" }, { "id": "c" }] });
    api.put("/accounts/ada/servers", list).await.is(200);
    shop.advance(3 * DAY - 1).await;
    shop.work().await;
    shop.billing.send_hooks().await;
    assert!(next.got().is_empty(), "the notice is not over");
    shop.advance(1).await;
    shop.work().await;
    shop.work().await;
    shop.billing.send_hooks().await;
    let got = next.got();
    assert_eq!(kinds(&got), ["server.suspend"; 2]);
    let data = &got[0].json()["data"];
    assert_eq!(data["server"], json!({ "id": "b", "name": "Bravo" }));
    assert_eq!((&data["keep"], &data["now"]["over_by"]), (&json!(1), &json!(2)));
    let way_out = data["action_url"].as_str().expect("a way out");
    assert!(way_out.ends_with("/billing/plans"), "{way_out}");
    assert_eq!(got[1].json()["data"]["server"]["id"], "c");

    exempts(&shop, "ada").await;
    exempts(&shop, "ada").await;
    shop.billing.send_hooks().await;
    let got = next.got();
    assert_eq!(kinds(&got), ["server.unsuspend"; 2]);
    let data = &got[0].json()["data"];
    assert_eq!((&data["server"]["id"], &data["now"]["reason"]), (&json!("b"), &json!("exempt")));
}

#[rocket::async_test]
async fn a_dispute_is_told_when_it_opens_and_how_it_ends() {
    for (verdict, word, reason) in
        [(DisputeVerdict::Won, "won", "lifetime"), (DisputeVerdict::Lost, "lost", "free")]
    {
        let next = Next::door().await;
        let shop = Shop::with(&next.hook("events = [\"account.dispute\"]")).await;
        let api = shop.api("panel").await;
        let account = api.account("ada").await;
        let session = api.buys(&shop, &account, "lifetime", "once").await;
        shop.settle().await;
        let dispute = shop.sandbox.open_dispute(&session, DisputeStage::Inquiry).expect("one");
        shop.settle().await;
        shop.billing.send_hooks().await;
        assert!(next.got().is_empty(), "a bank that only asks takes nothing");
        shop.sandbox.escalate_inquiry(&dispute).expect("it is an inquiry");
        shop.settle().await;
        shop.billing.reconcile().await;
        shop.billing.send_hooks().await;
        let got = next.got();
        assert_eq!(kinds(&got), ["account.dispute"]);
        let data = &got[0].json()["data"];
        assert_eq!(
            (&data["dispute"], &data["status"], &data["open"], &data["now"]["reason"]),
            (&json!(dispute), &json!("needs_response"), &json!(true), &json!("disputed"))
        );
        assert_eq!((&data["amount"], &data["currency"]), (&json!(6_000), &json!("eur")));

        shop.sandbox.close_dispute(&dispute, verdict).expect("it is open");
        shop.settle().await;
        shop.billing.reconcile().await;
        shop.billing.send_hooks().await;
        let got = next.got();
        assert_eq!(kinds(&got), ["account.dispute"], "{word}");
        let data = &got[0].json()["data"];
        assert_eq!(
            (&data["status"], &data["open"], &data["now"]["reason"]),
            (&json!(word), &json!(false), &json!(reason))
        );
    }
}

#[rocket::async_test]
async fn messages_of_an_account_keep_their_order_and_hold_up_nobody_else() {
    let next = Next::door().await;
    let shop = Shop::with(&next.hook("")).await;
    let api = shop.api("panel").await;
    api.account("ada").await;
    api.account("bob").await;
    exempts(&shop, "ada").await;
    ends(&shop, "ada").await;
    exempts(&shop, "bob").await;
    next.will_answer(&[500]);
    shop.billing.send_hooks().await;
    let got = next.got();
    let accounts: Vec<Value> = got.iter().map(|got| got.json()["account_id"].clone()).collect();
    assert_eq!(accounts, [json!("ada"), json!("bob")], "the second of Ada's waits");
    let first = got[0].id.clone();
    shop.advance(4).await;
    shop.billing.send_hooks().await;
    assert!(next.got().is_empty(), "it is not time yet");
    shop.advance(1).await;
    shop.billing.send_hooks().await;
    let got = next.got();
    assert_eq!(got.len(), 2);
    assert_eq!(got[0].id, first, "the same message under the same id");
    assert!(got[0].is_signed_with(&[1; 32]), "signed for the time of this attempt");
    let reasons: Vec<Value> =
        got.iter().map(|got| got.json()["data"]["now"]["reason"].clone()).collect();
    assert_eq!(reasons, [json!("exempt"), json!("free")]);
}

#[rocket::async_test]
async fn what_nobody_takes_for_three_days_is_dead_and_can_be_sent_again() {
    let next = Next::door().await;
    let shop = Shop::with(&next.hook("")).await;
    shop.api("panel").await.account("ada").await;
    exempts(&shop, "ada").await;
    next.will_answer(&[500; 100]);
    let mut tries = 0;
    for _ in 0..80 {
        shop.billing.send_hooks().await;
        tries += next.got().len();
        shop.advance(HOUR).await;
    }
    assert!((10..40).contains(&tries), "{tries} attempts in three days");
    next.desk.answers.lock().unwrap().clear();
    shop.advance(DAY).await;
    shop.billing.send_hooks().await;
    assert!(next.got().is_empty(), "it is given up");

    let admin = shop.admin().await;
    admin.get("/admin/accounts").await.is(200).has("1 change was not told");
    let page = admin.get("/admin/hooks").await.is(200).has("account.access_changed");
    let page = page.has("it answered 500").has("127.0.0.1").has_not("/hook\"");
    let (_, rest) = page.text.split_once("action=\"/admin/hooks/").expect("a button");
    let number = rest.split('/').next().expect("a number");
    let replay = format!("/admin/hooks/{number}/replay");
    admin.post::<&str>(&replay, &[]).await.is(303);
    shop.billing.send_hooks().await;
    assert_eq!(next.got().len(), 1);
    admin.post::<&str>(&replay, &[]).await.is(404);
    admin.get("/admin/hooks").await.is(200).has("every message arrived");
    admin.get("/admin/audit").await.is(200).has("hook.replayed");
}

#[rocket::async_test]
async fn a_redirect_is_a_failure_and_is_not_followed() {
    let (next, other) = (Next::door().await, Next::door().await);
    let shop = Shop::with(&next.hook("")).await;
    shop.api("panel").await.account("ada").await;
    exempts(&shop, "ada").await;
    next.will_answer(&[307]);
    *next.desk.elsewhere.lock().unwrap() = other.url();
    shop.billing.send_hooks().await;
    assert_eq!((next.got().len(), other.got().len()), (1, 0));
    shop.advance(5).await;
    shop.billing.send_hooks().await;
    assert_eq!(next.got().len(), 1, "it is tried again");
}

#[rocket::async_test]
async fn what_waits_survives_a_restart() {
    let next = Next::door().await;
    let mut shop = Shop::with(&next.hook("")).await;
    shop.api("panel").await.account("ada").await;
    exempts(&shop, "ada").await;
    shop.restart().await;
    shop.billing.send_hooks().await;
    assert_eq!(kinds(&next.got()), ["account.access_changed"]);
}

#[rocket::async_test]
async fn every_kind_of_message_that_is_described_is_sent_as_it_is_described() {
    let next = Next::door().await;
    let suspends = "billing.over_quota = \"suspend_excess\"\nbilling.suspend_after = \"3d\"";
    let shop = Shop::with(&format!("{suspends}\n{}", next.hook(""))).await;
    let api = shop.api("panel").await;
    let account = api.account("ada").await;
    let list = json!({ "servers": [{ "id": "a" }, { "id": "b", "name": "Bravo" }] });
    api.put("/accounts/ada/servers", list).await.is(200);
    shop.live_through(3 * DAY).await;
    let session = api.buys(&shop, &account, "lifetime", "once").await;
    shop.settle().await;
    shop.sandbox.open_dispute(&session, DisputeStage::Dispute).expect("it was paid");
    shop.settle().await;
    shop.billing.reconcile().await;
    shop.billing.send_hooks().await;
    let sent = BTreeSet::from_iter(kinds(&next.got()));
    let described = next_door::described().document["webhooks"].as_object().expect("webhooks");
    assert_eq!(described.keys().cloned().collect::<BTreeSet<_>>(), sent);
}
