//! The commands of the real binary, on the books of a shop that goes on serving.

use coinslot::Timestamp;
use coinslot::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

use crate::more::{Books, customer, events, session, text};
use crate::shop::{Answer, DAY, KEY, START, Shop, answer_of, client};

async fn plans_by(shop: &Shop, token: &str) -> Answer {
    answer_of(client().get(format!("{}/api/v1/plans", shop.base)).bearer_auth(token)).await
}

#[rocket::async_test]
async fn a_token_works_from_its_making_to_its_revocation_and_is_told_once() {
    let shop = Shop::open().await;
    let books = Books::keyed(&shop);
    let create = ["token", "create", "--name", "next door", "--scope", "panel", "--json"];
    let made = books.json(&create).await;
    let (id, secret) = (text(&made["id"]), text(&made["token"]));
    assert!(secret.starts_with("cst_"), "{made}");
    assert_eq!((&made["name"], &made["scope"]), (&json!("next door"), &json!("panel")));

    let listed = books.json(&["token", "list", "--json"]).await;
    let tokens = listed["data"].as_array().expect("a list");
    assert_eq!(tokens.len(), 1);
    let mut names: Vec<&String> = tokens[0].as_object().expect("an object").keys().collect();
    names.sort();
    assert_eq!(names, ["created_at", "id", "last_used_at", "name", "scope"]);
    assert_eq!(tokens[0]["last_used_at"], Value::Null);
    assert!(!listed.to_string().contains(&secret[4..]), "the secret is told once");
    for file in ["coinslot.db", "coinslot.db-wal"] {
        let bytes = std::fs::read(shop.folder.path().join(file)).unwrap_or_default();
        assert!(!bytes.windows(secret.len()).any(|found| found == secret.as_bytes()), "{file}");
    }

    plans_by(&shop, &secret).await.is(200);
    let listed = books.json(&["token", "list", "--json"]).await;
    assert_eq!(listed["data"][0]["last_used_at"], json!(Timestamp(START).to_string()));
    books.run(&["token", "revoke", &id]).await.exits(0);
    plans_by(&shop, &secret).await.is(401).code("unauthorized");
    assert_eq!(books.json(&["token", "list", "--json"]).await, json!({ "data": [] }));
    books.run(&["token", "revoke", &id]).await.exits(1);
}

#[rocket::async_test]
async fn an_exemption_by_hand_counts_at_once_until_it_is_taken_back() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    api.account("ada").await;
    let books = Books::on_the_sandbox_clock(&shop, shop.folder.path());
    books.run(&["exempt", "ada", "--reason", "sponsor"]).await.exits(0);
    let quota = api.quota("ada").await;
    assert_eq!((&quota["basis"], &quota["limit"]), (&json!("exempt"), &Value::Null));
    books.run(&["exempt", "ada", "--revoke"]).await.exits(0);
    books.run(&["exempt", "ada", "--revoke"]).await.exits(0);
    assert_eq!(api.quota("ada").await["basis"], "free");

    let until = Timestamp(START + DAY).to_string();
    books.run(&["exempt", "ada", "--reason", "a day", "--until", &until]).await.exits(0);
    assert_eq!(api.quota("ada").await["until"], json!(until));
    shop.clock.set(Timestamp(START + DAY));
    assert_eq!(api.quota("ada").await["basis"], "free");

    let audit = shop.admin().await.get("/admin/audit").await.is(200);
    audit.has("sponsor").has("a day").has("cli");
    books.run(&["exempt", "nobody", "--reason", "x"]).await.exits(1);
    books.run(&["exempt", "ada"]).await.exits(2);
    books.run(&["exempt", "ada", "--revoke", "--until", &until]).await.exits(2);
}

#[rocket::async_test]
async fn an_account_is_told_as_the_api_tells_it() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    for account in ["ada", "bob"] {
        api.account(account).await;
    }
    api.buys(&shop, "ada", "starter", "month").await;
    shop.settle().await;
    for server in ["one", "two"] {
        api.put(&format!("/accounts/ada/servers/{server}"), json!({})).await.is(201);
    }
    let books = Books::on_the_sandbox_clock(&shop, shop.folder.path());
    for account in ["ada", "bob"] {
        let told = books.json(&["account", account, "--json"]).await;
        let answer = api.get(&format!("/accounts/{account}")).await.is(200).json();
        assert_eq!(told, answer, "{account}");
    }
    let words = books.run(&["account", "ada"]).await.exits(0);
    for word in ["ada@example.com", "starter", "one", "two", "3 servers"] {
        assert!(words.out.contains(word), "no `{word}` in {}", words.out);
    }
    let nobody = books.run(&["account", "nobody", "--json"]).await.exits(1);
    assert_eq!((nobody.out.as_str(), nobody.err.lines().count()), ("", 1), "{}", nobody.err);
}

#[rocket::async_test]
async fn the_catalogue_says_why_a_price_is_hidden() {
    let shop = Shop::open().await;
    let books = Books::keyed(&shop);
    let told = books.json(&["plans", "--json"]).await;
    let api = shop.api("panel").await;
    let mut without_hidden = told.clone();
    for plan in without_hidden["data"].as_array_mut().expect("a list") {
        let hidden = plan.as_object_mut().expect("an object").remove("hidden");
        assert_eq!(hidden, Some(json!([])));
    }
    assert_eq!(without_hidden, api.get("/plans").await.is(200).json());

    shop.sandbox.archive_price("price_growth_yearly");
    let told = books.json(&["plans", "--json"]).await;
    let growth = &told["data"][1];
    assert_eq!(
        (&growth["id"], &growth["hidden"][0]["interval"]),
        (&json!("growth"), &json!("year"))
    );
    let reason = text(&growth["hidden"][0]["reason"]);
    assert!(!reason.is_empty());
    assert_eq!(growth["prices"].as_array().map(Vec::len), Some(1));
    let words = books.run(&["plans"]).await.exits(0);
    assert!(words.out.contains(&reason), "{}", words.out);
    let checked = books.run(&["check", "--stripe", "--json"]).await.exits(1).json();
    let problems = checked["problems"].as_array().expect("a list");
    assert_eq!(problems.len(), 1, "{checked}");
    assert_eq!(
        (&problems[0]["key"], &problems[0]["reason"]),
        (&json!("billing.plans"), &json!(reason))
    );
    books.run(&["check"]).await.exits(0);
}

#[rocket::async_test]
async fn what_no_webhook_told_is_found_by_sync_once() {
    let shop = Shop::open().await;
    let api = shop.api("panel").await;
    for account in ["ada", "bob"] {
        customer(&api, account).await;
    }
    api.account("without-customer").await;
    let bought = session(&api, "ada", "starter").await;
    shop.sandbox.pay_checkout(&bought, "4242424242424242").await.expect("it pays");
    shop.sandbox.reorder_pending(Vec::clear);
    assert_eq!(api.quota("ada").await["limit"], 1);

    let books = Books::keyed(&shop);
    let found = books.json(&["sync", "--json"]).await;
    let expected = json!([{ "id": "ada", "drift": ["missing"] }, { "id": "bob", "drift": [] }]);
    assert_eq!(found["accounts"], expected);
    assert_eq!(api.quota("ada").await["limit"], 3);
    let subscription = api.subscription("ada").await;
    shop.sandbox.cancel_at_period_end(&text(&subscription["stripe_subscription_id"]));
    let one = books.json(&["sync", "ada", "--json"]).await;
    assert_eq!(one, json!({ "accounts": [{ "id": "ada", "drift": ["cancellation"] }] }));
    let again = books.json(&["sync", "--json"]).await;
    let expected = json!([{ "id": "ada", "drift": [] }, { "id": "bob", "drift": [] }]);
    assert_eq!(again["accounts"], expected);
    books.run(&["sync", "nobody"]).await.exits(1);
}

#[rocket::async_test]
async fn an_event_that_was_given_up_is_listed_and_replayed() {
    let shop = Shop::with("billing.inbox_max_attempts = 1").await;
    let api = shop.api("panel").await;
    api.account("ada").await;
    api.buys(&shop, "ada", "starter", "month").await;
    shop.sandbox.reorder_pending(|pending| pending.retain(|event| event.kind == "invoice.paid"));
    shop.sandbox.fail_next(Fault {
        method: None,
        path_prefix: "/v1/".to_owned(),
        times: 100,
        kind: FaultKind::Status(400, None),
    });
    shop.sandbox.deliver().await;
    shop.work().await;
    shop.sandbox.clear_faults();

    let books = Books::on_the_sandbox_clock(&shop, shop.folder.path());
    let dead = books.json(&["events", "list", "--status", "dead", "--json"]).await;
    assert_eq!(dead["data"], json!(events(&shop, "dead").await));
    let id = text(&dead["data"][0]["id"]);
    books.run(&["events", "replay", &id]).await.exits(0);
    assert_eq!(events(&shop, "received").await[0]["id"], json!(id));
    shop.work().await;
    assert_eq!(api.quota("ada").await["limit"], 3);
    let dead = books.json(&["events", "list", "--status", "dead", "--json"]).await;
    assert_eq!(dead, json!({ "data": [] }));
    books.run(&["events", "replay", "evt_nobody"]).await.exits(1);
    books.run(&["events", "list", "--status", "lost"]).await.exits(2);
}

#[rocket::async_test]
async fn a_check_names_every_problem_with_key_value_and_reason_and_no_secret() {
    let shop = Shop::open().await;
    let books = Books::keyed(&shop)
        .and("COINSLOT_GRACE_PERIOD", "7 fortnights")
        .and("COINSLOT_FREE_SERVERS", "many")
        .and("STRIPE_SECRET_KEY", "hello_verysecret");
    let checked = books.run(&["check", "--json"]).await.exits(1);
    assert!(!format!("{}{}", checked.out, checked.err).contains("verysecret"));
    let checked = checked.json();
    let problems = checked["problems"].as_array().expect("a list");
    let keys: Vec<String> = problems.iter().map(|problem| text(&problem["key"])).collect();
    for key in ["billing.grace_period", "billing.free_servers", "billing.stripe.secret_key"] {
        assert_eq!(keys.iter().filter(|found| *found == key).count(), 1, "{key} in {keys:?}");
    }
    let grace = problems.iter().find(|it| it["key"] == "billing.grace_period").expect("one");
    assert_eq!(grace["value"], "7 fortnights");
    assert!(problems.iter().all(|problem| !text(&problem["reason"]).is_empty()));

    let sound = Books::keyed(&shop).json(&["check", "--stripe", "--json"]).await;
    assert_eq!(sound, json!({ "problems": [] }));
    let refused = Books::keyed(&shop).and("STRIPE_SECRET_KEY", "sk_test_of_somebody_else");
    let refused = refused.run(&["check", "--stripe", "--json"]).await.exits(1);
    assert_eq!(refused.json()["problems"][0]["key"], "billing.stripe.secret_key");
    assert!(!refused.out.contains("somebody_else") && !refused.out.contains(KEY));
    let down = Books::keyed(&shop).and("STRIPE_API_BASE", "http://127.0.0.1:9");
    let down = down.run(&["check", "--stripe", "--json"]).await.exits(1);
    assert_eq!(down.json()["problems"][0]["key"], "billing.stripe.api_base");
}
