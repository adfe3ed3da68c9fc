//! The operator's desk: accounts found and taken along, one explained, and how it all goes.

use coinslot::sandbox::DeliveryMode;
use serde_json::json;

use crate::shop::{DAY, HOUR, PASSWORD, Shop};

#[rocket::async_test]
async fn accounts_are_filtered_by_state_and_the_pages_keep_the_filter() {
    let shop = Shop::open().await;
    let (api, root) = (shop.api("admin").await, shop.admin().await);
    for number in 0..27 {
        let account = api.account(&format!("free-{number}")).await;
        shop.advance(1).await;
        if number < 26 {
            let exemption = json!({ "reason": "a friend" });
            api.put(&format!("/accounts/{account}/exemption"), exemption).await.is(200);
        }
    }
    let ada = shop.visitor("ada").await;
    ada.buys("starter").await;
    shop.settle().await;

    let page = root.get("/admin/accounts?state=exempt").await.is(200);
    let page = page.has("26 accounts found").has("Page 1 of 2").has("free-25").has_not("free-26@");
    page.has("/admin/accounts?state=exempt&#38;page=2")
        .has("/admin/accounts.csv?state=exempt")
        .has("name=\"state\" value=\"exempt\"");
    let last = root.get("/admin/accounts?state=exempt&page=2").await.is(200);
    last.has("free-0@").has_not("free-1@").has("Page 2 of 2");
    let both = root.get("/admin/accounts?q=free-1&state=exempt").await.is(200);
    both.has("11 accounts found").has("“free-1”").has_not("Page 1");
    root.get("/admin/accounts?state=none").await.is(200).has("free-26@").has_not("free-25@");
    root.get("/admin/accounts?state=active").await.has("1 account found").has("ada@example.com");
    root.get("/admin/accounts?state=unpaid").await.has("0 accounts found");
    root.get("/admin/accounts?state=rich").await.is(422).has("`rich` is none of none, trialing");
}

#[rocket::async_test]
async fn the_export_holds_every_account_of_the_list_and_no_formula() {
    let shop = Shop::open().await;
    let (api, root) = (shop.api("panel").await, shop.admin().await);
    let body = json!({ "email": "eve@example.com", "name": "=1+1,\"x\"" });
    api.put("/accounts/eve", body).await.is(201);
    for number in 0..30 {
        api.account(&format!("free-{number}")).await;
    }
    let ada = shop.visitor("ada").await;
    ada.buys("starter").await;
    shop.settle().await;
    ada.creates_server("one").await.is(303);

    let file = root.get("/admin/accounts.csv").await.is(200);
    assert!(file.header("content-type").starts_with("text/csv"));
    let name = "attachment; filename=\"accounts-2026-01-15.csv\"";
    assert_eq!(file.header("content-disposition"), name);
    // The heading, thirty, eve, ada and the admin.
    assert_eq!(file.text.lines().count(), 34, "{}", file.text);
    let file = file.has("\"'=1+1,\"\"x\"\"\"");
    let found = root.get("/admin/accounts.csv?state=active").await.is(200);
    let line = found.text.lines().nth(1).expect("ada").to_owned();
    assert_eq!(found.text.lines().count(), 2, "{}", found.text);
    for cell in
        ["\"ada@example.com\"", "\"active\"", "\"subscription\"", "\"starter\"", "\"month\""]
    {
        assert!(line.contains(cell), "{cell} is not in {line}");
    }
    assert!(line.contains("\"1\",\"3\",\"true\""), "used, limit and whether one more: {line}");
    assert!(file.text.contains(&line), "{line}");
    root.get("/admin/accounts.csv?state=rich").await.is(422);
    ada.get("/admin/accounts.csv").await.is(403);
}

#[rocket::async_test]
async fn the_catalogue_tells_why_a_price_is_hidden() {
    let shop = Shop::open().await;
    let root = shop.admin().await;
    let page = root.get("/admin/plans").await.is(200).has("Starter").has("3 servers in all");
    page.has("starter_monthly").has("€5.00").has("For sale").has_not("Hidden");
    shop.sandbox.archive_price("price_starter_yearly");
    shop.billing.refresh_catalogue().await;
    let page = root.get("/admin/plans").await.is(200).has("Hidden").has("is archived at Stripe");
    page.has("starter_yearly");
}

#[rocket::async_test]
async fn the_overview_counts_states_servers_revenue_trials_and_messages() {
    let shop = Shop::open().await;
    let (api, root) = (shop.api("admin").await, shop.admin().await);
    root.get("/admin")
        .await
        .is(200)
        .has("No account needs you")
        .has("0 events in the last 24 hours");
    for (account, plan, interval) in
        [("one", "starter", "month"), ("two", "starter", "year"), ("three", "growth", "month")]
    {
        api.account(account).await;
        api.buys(&shop, account, plan, interval).await;
    }
    api.account("free").await;
    shop.settle().await;
    for (account, server) in [("one", "s1"), ("one", "s2"), ("free", "s3")] {
        api.put(&format!("/accounts/{account}/servers/{server}"), json!({})).await.is(201);
    }
    let page = root.get("/admin").await.is(200);
    // €5.00 and €12.00, and a twelfth of €50.00; the admin has an account too.
    let page = page.has("€21.17 per month").has("3 subscriptions pay").has("3 in use");
    let page = page.has("5 accounts").has("<a href=\"/admin/accounts?state=active\">3</a>");
    let page = page.has("<a href=\"/admin/accounts?state=none\">2</a>").has("0 trials run");
    let page =
        page.has("No event waits").has("Stripe&#39;s messages arrive").has("<svg").has("<rect");
    page.has("The same as a table").has("15 Jan 2026, 12:00 UTC").has_not("style=");
}

#[rocket::async_test]
async fn the_overview_tells_how_unpaid_renewals_ended_and_how_long_it_took() {
    let shop = Shop::open().await;
    let (api, root) = (shop.api("admin").await, shop.admin().await);
    for account in ["one", "two"] {
        api.account(account).await;
        let body = json!({ "plan": "starter", "interval": "month" });
        let path = format!("/accounts/{account}/checkout");
        let session = api.post(&path, body).await.is(201).json()["session_id"].clone();
        let session = session.as_str().expect("a session").to_owned();
        shop.sandbox.pay_checkout(&session, "4000 0000 0000 0341").await.expect("it pays");
    }
    shop.settle().await;
    shop.live_through(31 * DAY + HOUR).await;
    let sign_in = [("email", "admin@example.com"), ("password", PASSWORD)];
    root.post("/login", &sign_in).await.is(303);
    let row = |entered, recovered, lost, rate: &str, median: &str| {
        format!(
            "<td data-label=\"Entered\">{entered}</td>\n        \
             <td data-label=\"Recovered\">{recovered}</td>\n        \
             <td data-label=\"Lost\">{lost}</td>\n        \
             <td data-label=\"Recovered of ended\">{rate}</td>\n        \
             <td data-label=\"Median time to recover\">{median}</td>"
        )
    };
    let page = root.get("/admin").await.is(200).has(&row(2, 0, 0, "none has ended", "none yet"));
    page.has("€10.00 per month").has("<a href=\"/admin/accounts?state=past_due\">2</a>");

    let invoice = shop.sandbox.ids("invoice").pop().expect("an invoice");
    let customer = shop.sandbox.object(&invoice).expect("it is there")["customer"].clone();
    let customer = customer.as_str().expect("a customer").to_owned();
    shop.sandbox.set_default_card(&customer, "4242424242424242").expect("a card");
    shop.advance(DAY).await;
    shop.sandbox.pay_invoice(&invoice).expect("it is paid");
    shop.settle().await;
    let page = root.get("/admin").await.is(200).has(&row(2, 1, 0, "100% of 1", "1 day 1 hour"));
    page.has("<a href=\"/admin/accounts?state=past_due\">1</a>");
}

#[rocket::async_test]
async fn a_warning_stays_with_its_account_until_it_is_solved() {
    let shop = Shop::open().await;
    let (api, root) = (shop.api("admin").await, shop.admin().await);
    for number in 0..7 {
        let account = api.account(&format!("payer-{number}")).await;
        api.buys(&shop, &account, "starter", "month").await;
        let exemption = json!({ "reason": "a friend" });
        api.put(&format!("/accounts/{account}/exemption"), exemption).await.is(200);
    }
    shop.settle().await;
    let page = root.get("/admin").await.is(200).has("exempt, yet a subscription is still paid");
    let page = page.has("2 more accounts").has("/admin/accounts?alert=exempt_but_paying");
    assert_eq!(page.text.matches("<a href=\"/admin/accounts/payer-").count(), 5);
    let list = root.get("/admin/accounts?alert=exempt_but_paying").await.is(200);
    list.has("7 accounts found").has("The account is exempt, yet");
    for number in 0..7 {
        api.delete(&format!("/accounts/payer-{number}/exemption")).await.is(200);
    }
    root.get("/admin").await.has("No account needs you").has_not("exempt, yet");
}

#[rocket::async_test]
async fn what_the_reconciler_mended_is_shown_with_its_account() {
    let shop = Shop::open().await;
    let (api, root) = (shop.api("admin").await, shop.admin().await);
    root.get("/admin").await.has("were not compared with Stripe yet").has("No difference");
    shop.sandbox.set_delivery_mode(DeliveryMode::Dropped);
    api.account("one").await;
    api.buys(&shop, "one", "starter", "month").await;
    shop.billing.reconcile().await;
    let page = root.get("/admin").await.is(200).has("1 difference from Stripe found and mended");
    page.has("last compared with Stripe on").has("missing").has("/admin/accounts/one");
    shop.advance(8 * DAY).await;
    root.get("/admin").await.is(200).has("No difference from Stripe was found");
}

#[rocket::async_test]
async fn one_account_is_a_timeline_with_its_decision_in_words() {
    let shop = Shop::open().await;
    let (api, root) = (shop.api("admin").await, shop.admin().await);
    api.account("one").await;
    let page = "/admin/accounts/one";
    root.get(page).await.is(200).has("It may create a server: 0 servers are in use, and 1 may be.");
    api.put("/accounts/one/servers/s1", json!({ "name": "Lobby" })).await.is(201);
    root.get(page).await.has("It may not create a server: 1 server is in use").has("needs a plan");

    shop.advance(HOUR).await;
    api.buys(&shop, "one", "growth", "month").await;
    shop.settle().await;
    let bought = root.get(page).await.is(200).has("1 server is in use, and 10 may be");
    let bought =
        bought.has("Next payment: €12.00 on").has("Lobby created").has("invoice.paid: €12.00");
    bought.has("Subscription</td>").has("begun").has("Account</td>").has("/admin/events/evt_");

    shop.advance(HOUR).await;
    let until = json!({ "reason": "helps us", "until": "2026-01-20T00:00:00Z" });
    api.put("/accounts/one/exemption", until).await.is(200);
    let exempt = root.get(page).await.is(200).has("exemption.granted").has("helps us");
    let exempt = exempt.has("there is no limit").has("If nothing else happens");
    let exempt = exempt.has("the limit changes from unlimited to 10 on");
    // Newest first: the exemption, the purchase, the server.
    let at = |words: &str| exempt.text.rfind(words).unwrap_or_else(|| panic!("no {words}"));
    assert!(
        at("exemption.granted") < at("invoice.paid") && at("invoice.paid") < at("Lobby created")
    );
    shop.advance(6 * DAY).await;
    root.get(page).await.has("ended: helps us").has("1 server is in use, and 10 may be");
}
