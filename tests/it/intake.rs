//! What is taken from the webhook, and what is not.

use std::collections::BTreeSet;
use std::path::PathBuf;

use futures::future::join_all;
use serde_json::{Value, json};

use crate::shop::{SECRET, START, Shop};
use crate::signing::{header, sign};

fn event(id: &str, kind: &str, object: &Value) -> Value {
    json!({
        "id": id, "object": "event", "type": kind, "created": START, "livemode": false,
        "api_version": "2026-09-30.endive", "data": { "object": object }
    })
}

/// An event of a type that is handled, about nobody here.
fn plain(id: &str) -> Vec<u8> {
    event(
        id,
        "invoice.paid",
        &json!({ "id": "in_1", "object": "invoice", "customer": "cus_nobody" }),
    )
    .to_string()
    .into_bytes()
}

async fn stored(shop: &Shop) -> Vec<Value> {
    let api = shop.api("admin").await;
    api.get("/events?limit=100").await.is(200).json()["data"].as_array().expect("a list").clone()
}

#[rocket::async_test]
async fn a_signature_holds_with_ours_first_or_last_and_within_300_seconds() {
    let shop = Shop::open().await;
    let body = plain("evt_sig");
    let ours = sign(SECRET, START, &body);
    let other = sign("whsec_another", START, &body);
    let table = [
        (format!("t={START},v1={ours},v1={other}"), 200),
        (format!("t={START},v1={other},v1={ours}"), 200),
        (format!("t={START},v1={other}"), 400),
        (format!("t={START}"), 400),
        ("nonsense".to_owned(), 400),
        (header(SECRET, START - 299, &body), 200),
        (header(SECRET, START - 301, &body), 400),
        (header(SECRET, START + 299, &body), 200),
        (header(SECRET, START + 301, &body), 400),
    ];
    for (signature, status) in table {
        let answer = shop.deliver_raw(&signature, body.clone()).await;
        assert_eq!(answer.status, status, "{signature}: {}", answer.text);
    }
    assert_eq!(stored(&shop).await.len(), 1);
}

#[rocket::async_test]
async fn any_of_several_secrets_will_do_while_they_are_rotated() {
    let shop = Shop::with("").await;
    let body = plain("evt_rotation");
    shop.deliver_raw(&header("whsec_new", START, &body), body.clone()).await.is(400);
    let key = shop.keyed("webhook_secrets = [\"whsec_new\", \"whsec_old\"]").await;
    for secret in ["whsec_new", "whsec_old"] {
        let body = plain(&format!("evt_{secret}"));
        key.deliver_raw(&header(secret, START, &body), body.clone()).await.is(200);
    }
}

#[rocket::async_test]
async fn a_body_that_was_written_again_is_refused() {
    let shop = Shop::open().await;
    let body = plain("evt_rewritten");
    let value: Value = serde_json::from_slice(&body).expect("JSON");
    let again = serde_json::to_vec_pretty(&value).expect("JSON");
    shop.deliver_raw(&header(SECRET, START, &body), again).await.is(400);
    assert!(stored(&shop).await.is_empty());
}

#[rocket::async_test]
async fn a_body_over_a_mebibyte_is_refused_before_it_is_read() {
    let shop = Shop::open().await;
    let body = vec![b' '; 2 * 1024 * 1024];
    shop.deliver_raw(&header(SECRET, START, &body), body.clone()).await.is(413);
}

#[rocket::async_test]
async fn what_is_signed_but_no_event_is_refused() {
    let shop = Shop::open().await;
    for body in ["", "hello", "null", "[]", "{}", r#"{"id":"evt_1","type":"invoice.paid"}"#] {
        let body = body.as_bytes().to_vec();
        let answer = shop.deliver_raw(&header(SECRET, START, &body), body.clone()).await;
        assert_eq!(answer.status, 400, "{}", String::from_utf8_lossy(&body));
    }
    assert!(stored(&shop).await.is_empty());
}

#[rocket::async_test]
async fn the_other_mode_and_connected_accounts_are_recorded_as_ignored() {
    let shop = Shop::open().await;
    let mut live = event("evt_live", "invoice.paid", &json!({ "id": "in_1" }));
    live["livemode"] = json!(true);
    let mut connect = event("evt_connect", "invoice.paid", &json!({ "id": "in_1" }));
    connect["account"] = json!("acct_1");
    for event in [&live, &connect] {
        shop.deliver(event).await.is(200);
    }
    shop.work().await;
    let reasons: Vec<Value> =
        stored(&shop).await.iter().map(|e| e["ignored_reason"].clone()).collect();
    assert_eq!(reasons, ["connect", "livemode"]);
}

#[rocket::async_test]
async fn an_unknown_type_is_answered_and_not_stored() {
    let shop = Shop::open().await;
    let unknown = event("evt_unknown", "treasury.something.new", &json!({ "id": "x_1" }));
    let answer = shop.deliver(&unknown).await.is(200);
    assert_eq!(answer.json(), json!({ "received": true }));
    assert!(stored(&shop).await.is_empty());
}

#[rocket::async_test]
async fn a_foreign_object_is_recorded_as_ignored() {
    let shop = Shop::open().await;
    let body = plain("evt_foreign");
    shop.deliver_raw(&header(SECRET, START, &body), body.clone()).await.is(200);
    shop.work().await;
    let events = stored(&shop).await;
    assert_eq!(events[0]["status"], "ignored");
    assert_eq!(events[0]["ignored_reason"], "foreign");
}

#[rocket::async_test]
async fn without_a_secret_stripe_is_told_to_come_back() {
    let shop = Shop::open().await;
    let key = shop.keyed("").await;
    let body = plain("evt_early");
    let answer = key.deliver_raw(&header(SECRET, START, &body), body.clone()).await.is(503);
    answer.header("retry-after");
    let admin = key.admin().await;
    admin.get("/admin/accounts").await.is(200).has("STRIPE_WEBHOOK_SECRET");
}

#[rocket::async_test]
async fn a_locked_database_answers_503_and_stores_nothing_by_half() {
    let shop = Shop::open().await;
    let lock = shop.lock_database().await;
    let body = plain("evt_locked");
    let answer = shop.deliver_raw(&header(SECRET, START, &body), body.clone()).await.is(503);
    answer.header("retry-after");
    drop(lock);
    assert!(stored(&shop).await.is_empty());
    shop.deliver_raw(&header(SECRET, START, &body), body.clone()).await.is(200);
    assert_eq!(stored(&shop).await.len(), 1);
}

/// As of a full disk, but of one event, whose commits fail with all that is in them.
const FAULT: &str = "CREATE TRIGGER fault BEFORE INSERT ON inbox_events
    WHEN NEW.event_id = 'evt_poison' BEGIN SELECT RAISE(ABORT, 'no room'); END";

#[rocket::async_test]
async fn of_deliveries_at_once_those_answered_200_are_stored_and_no_others() {
    let shop = Shop::open().await;
    let mut lock = shop.lock_database().await;
    sqlx::query(FAULT).execute(&mut lock).await.expect("a trigger");
    let mut ids: Vec<String> = (0..30).map(|number| format!("evt_{}", number % 20)).collect();
    ids.insert(15, "evt_poison".to_owned());
    let deliveries = join_all(ids.iter().map(async |id| {
        let body = plain(id);
        shop.deliver_raw(&header(SECRET, START, &body), body).await
    }));
    let unlock = sqlx::query("COMMIT").execute(&mut lock);
    let (answers, unlocked) = futures::join!(deliveries, unlock);
    unlocked.expect("a commit");

    let mut taken = BTreeSet::new();
    for (id, answer) in ids.iter().zip(answers) {
        if answer.status == 200 {
            taken.insert(id.as_str());
        } else {
            answer.is(503).header("retry-after");
        }
    }
    assert!(!taken.contains("evt_poison"));
    let stored = stored(&shop).await;
    let rows: Vec<&str> = stored.iter().filter_map(|event| event["id"].as_str()).collect();
    assert_eq!(rows.len(), taken.len(), "one row for each event");
    assert_eq!(rows.into_iter().collect::<BTreeSet<_>>(), taken);
}

#[rocket::async_test]
async fn refused_deliveries_are_limited_by_address_and_good_ones_are_not_hurt() {
    let shop = Shop::with("billing.limits.webhook_invalid = \"3/1h\"").await;
    let body = plain("evt_limited");
    for _ in 0..3 {
        shop.deliver_raw("t=1,v1=00", body.clone()).await.is(400);
    }
    let answer = shop.deliver_raw("t=1,v1=00", body.clone()).await.is(429);
    answer.header("retry-after");
    assert_eq!(answer.header("ratelimit-policy"), "\"webhook_invalid\";q=3;w=3600");
    assert!(answer.header("ratelimit").starts_with("\"webhook_invalid\";r=0;t="));
    shop.deliver_raw(&header(SECRET, START, &body), body.clone()).await.is(200);
}

/// Every payload that others published, signed: 200, no retry for ever, nobody's access changed.
#[rocket::async_test]
async fn real_payloads_of_every_age_are_taken() {
    let Some(folder) = std::env::var_os("COINSLOT_STRIPE_DESCRIPTION") else {
        println!("skipped: COINSLOT_STRIPE_DESCRIPTION is not set");
        return;
    };
    let shop = Shop::open().await;
    let api = shop.api("admin").await;
    let account = api.account("bystander").await;
    let before = api.get(&format!("/accounts/{account}")).await.is(200).text;
    let mut taken = 0;
    for file in json_files(PathBuf::from(folder).join("payloads")) {
        let body = std::fs::read(&file).expect("a payload");
        let value: Value = serde_json::from_slice(&body).expect("JSON");
        if value["data"]["object"].is_null() {
            continue;
        }
        let answer = shop.deliver_raw(&header(SECRET, START, &body), body).await;
        assert_eq!(answer.status, 200, "{}: {}", file.display(), answer.text);
        taken += 1;
    }
    assert!(taken > 100, "only {taken} payloads were found");
    shop.work().await;
    for status in ["received", "processing", "failed", "dead"] {
        let left = api.get(&format!("/events?status={status}")).await.is(200).json();
        assert_eq!(left["data"], json!([]), "{status}");
    }
    assert_eq!(api.get(&format!("/accounts/{account}")).await.is(200).text, before);
}

fn json_files(folder: PathBuf) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".json") && name != "INDEX.json" && name != "vector.json" {
                files.push(path);
            }
        }
    }
    files
}
