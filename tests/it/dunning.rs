//! What a customer reads while a payment is open, and how the bad days end.

use coinslot::sandbox::AfterRetries;
use serde_json::json;

use crate::shop::{DAY, HOUR, PASSWORD, Shop, Visitor};

const PAYS: &str = "4242 4242 4242 4242";
const FAILS_AT_RENEWAL: &str = "4000 0000 0000 0341";
const ASKS_AT_RENEWAL: &str = "4000 0027 6000 3184";

/// A visitor on Starter whose card will not simply pay the first renewal; the clock is there.
async fn renewed(shop: &Shop, card: &str) -> Visitor {
    let ada = shop.visitor("ada").await;
    let checkout = ada.begins("starter", "month").await;
    let back = ada.pays(&checkout, card).await.is(303).location();
    if !back.contains("session_id") {
        ada.post(&format!("{checkout}/authentication"), &[("outcome", "complete")]).await.is(303);
    }
    shop.settle().await;
    ada.get("/billing").await.is(200).has("Starter is active").has_not("payment failed");
    passes(shop, &ada, 31 * DAY + HOUR).await;
    ada
}

/// Time in which the visitor's session ends, so that they sign in again.
async fn passes(shop: &Shop, ada: &Visitor, seconds: i64) {
    shop.live_through(seconds).await;
    let form = [("email", "ada@example.com"), ("password", PASSWORD)];
    ada.post("/login", &form).await.is(303);
}

fn invoice(shop: &Shop) -> (String, String) {
    let id = shop.sandbox.ids("invoice").pop().expect("an invoice");
    let object = shop.sandbox.object(&id).expect("it is there");
    (id, object["hosted_invoice_url"].as_str().expect("a page").to_owned())
}

#[rocket::async_test]
async fn a_failed_renewal_is_told_on_every_page_with_its_dates_and_the_way_to_pay() {
    let shop = Shop::open().await;
    let ada = renewed(&shop, FAILS_AT_RENEWAL).await;
    let (_, url) = invoice(&shop);
    for page in ["/billing", "/billing/plans", "/servers"] {
        ada.get(page)
            .await
            .is(200)
            .has("Your payment failed")
            .has("€5.00 could not be charged on")
            .has("15 Feb 2026")
            .has("It is tried again on")
            .has("18 Feb 2026")
            .has("Your servers keep running until")
            .has("22 Feb 2026, 12:00 UTC")
            .has("Nothing is deleted.")
            .has(&format!("href=\"{url}\""))
            .has("Pay the open invoice");
    }
    ada.pays(&url, PAYS).await.is(303);
    shop.settle().await;
    for page in ["/billing", "/billing/plans", "/servers"] {
        ada.get(page).await.is(200).has_not("Your payment failed");
    }
}

#[rocket::async_test]
async fn when_the_retries_are_over_nobody_is_told_to_wait_for_another() {
    for (choice, status) in [(AfterRetries::Unpaid, "unpaid"), (AfterRetries::PastDue, "past_due")]
    {
        let shop = Shop::with("billing.grace_period = \"20d\"").await;
        shop.sandbox.after_retries(choice);
        let ada = renewed(&shop, FAILS_AT_RENEWAL).await;
        let api = shop.api("panel").await;
        let account = shop.account_of("ada").await;
        passes(&shop, &ada, 15 * DAY + HOUR).await;
        let subscription = api.subscription(&account).await;
        assert_eq!(subscription["status"], status);
        let quota = api.quota(&account).await;
        assert_eq!((&quota["reason"], &quota["limit"]), (&json!("grace"), &json!(3)));
        ada.get("/billing")
            .await
            .has("No further automatic attempts are made.")
            .has("Pay the open invoice")
            .has_not("It is tried again");

        passes(&shop, &ada, 5 * DAY).await;
        let quota = api.quota(&account).await;
        assert_eq!((&quota["reason"], &quota["limit"]), (&json!("grace_expired"), &json!(1)));
        ada.get("/billing").await.has("A payment is overdue").has("The time to settle it is over");

        let (_, url) = invoice(&shop);
        ada.pays(&url, PAYS).await.is(303);
        shop.settle().await;
        assert_eq!(api.quota(&account).await["limit"], 3, "{status}");
        ada.get("/billing").await.has("Starter is active").has_not("overdue");
    }
}

#[rocket::async_test]
async fn a_renewal_that_needs_the_bank_asks_for_the_confirmation_first() {
    let shop = Shop::open().await;
    let ada = renewed(&shop, ASKS_AT_RENEWAL).await;
    let (id, url) = invoice(&shop);
    ada.get("/billing")
        .await
        .has("Confirm your payment")
        .has("Your bank wants you to confirm the payment of €5.00.")
        .has("22 Feb 2026, 12:00 UTC")
        .has(&format!("href=\"{url}\""))
        .has_not("Your payment failed");
    let api = shop.api("panel").await;
    let account = shop.account_of("ada").await;
    let waiting = api.subscription(&account).await;
    assert_eq!(
        (&waiting["state"], &waiting["payment_state"], &waiting["action_url"]),
        (&json!("requires_action"), &json!("requires_action"), &json!(url))
    );
    shop.sandbox.confirm_3ds(&id, true).await.expect("it waits");
    shop.settle().await;
    ada.get("/billing").await.has("Starter is active").has_not("Confirm your payment");
    assert_eq!(api.subscription(&account).await["payment_state"], "ok");
}

#[rocket::async_test]
async fn a_first_payment_that_is_missing_says_until_when_it_can_be_made() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    ada.begins("starter", "month").await;
    let customer = shop.sandbox.ids("customer").pop().expect("a customer");
    shop.sandbox
        .create_subscription(&customer, "price_starter_monthly", "4000002500003155")
        .expect("a subscription");
    shop.settle().await;
    ada.get("/servers").await.has("Confirm your payment").has("Confirm the payment");
    let (id, _) = invoice(&shop);
    shop.sandbox.confirm_3ds(&id, false).await.expect_err("the check fails");
    shop.settle().await;
    ada.get("/servers")
        .await
        .has("Your plan has not begun")
        .has("It can be made until")
        .has("16 Jan 2026, 11:00 UTC");
}

#[rocket::async_test]
async fn a_plan_lost_to_its_card_says_until_when_its_servers_run() {
    let shop = Shop::with("billing.grace_period = \"30d\"").await;
    let ada = renewed(&shop, FAILS_AT_RENEWAL).await;
    passes(&shop, &ada, 16 * DAY).await;
    ada.get("/servers")
        .await
        .has("Your plan ended because a payment failed")
        .has("Your servers keep running until")
        .has("17 Mar 2026, 12:00 UTC")
        .has("See the plans");
}
