//! `/billing/invoices`: every invoice there is, in words and with its documents.

use coinslot::sandbox::{Fault, FaultKind};

use crate::shop::{Answer, DAY, HOUR, PASSWORD, Shop, Visitor};

async fn passes(shop: &Shop, ada: &Visitor, seconds: i64) {
    shop.live_through(seconds).await;
    let form = [("email", "ada@example.com"), ("password", PASSWORD)];
    ada.post("/login", &form).await.is(303);
}

/// Where the link with `rel` leads.
fn link(page: &Answer, rel: &str) -> Option<String> {
    let rest = page.text.split(&format!("rel=\"{rel}\" href=\"")).nth(1)?;
    Some(rest.split('"').next().expect("a quote").to_owned())
}

/// Status badges in their order.
fn badges(page: &Answer) -> Vec<String> {
    let rows = page.text.split("data-label=\"Status\"").skip(1);
    let word = |row: &str| {
        let cell = row.split("</td>").next().expect("a cell");
        let text = cell.rsplit("</span>").nth(1).expect("a badge");
        text.trim().to_owned()
    };
    rows.map(word).collect()
}

#[rocket::async_test]
async fn an_account_without_invoices_is_told_so_without_a_call_to_stripe() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    shop.sandbox.clear_requests();
    ada.get("/billing/invoices").await.is(200).has("There are no invoices yet");
    assert!(shop.sandbox.requests().is_empty());
}

#[rocket::async_test]
async fn each_invoice_has_its_number_date_amount_status_and_documents() {
    let shop = Shop::with("billing.grace_period = \"60d\"").await;
    let ada = shop.visitor("ada").await;
    let checkout = ada.begins("starter", "month").await;
    ada.pays(&checkout, "4000 0000 0000 0341").await.is(303);
    passes(&shop, &ada, 31 * DAY + HOUR).await;
    let page = ada.get("/billing/invoices").await.is(200);
    assert_eq!(badges(&page), ["Overdue", "Paid"]);
    let page = page.has("€5.00").has("15 Jan 2026").has("15 Feb 2026");
    let newest = shop.sandbox.ids("invoice").pop().expect("an invoice");
    let newest = shop.sandbox.object(&newest).expect("it is there");
    for field in ["number", "hosted_invoice_url", "invoice_pdf"] {
        assert!(page.text.contains(newest[field].as_str().expect("text")), "{field}");
    }
    assert_eq!((link(&page, "next"), link(&page, "prev")), (None, None));

    let first = shop.sandbox.ids("invoice").remove(0);
    shop.sandbox.refund(&first, Some(100)).expect("a refund");
    shop.settle().await;
    let page = ada.get("/billing/invoices").await;
    assert_eq!(badges(&page), ["Overdue", "Partly refunded"]);
    shop.sandbox.refund(&first, None).expect("the rest");
    shop.settle().await;
    let page = ada.get("/billing/invoices").await;
    assert_eq!(badges(&page), ["Overdue", "Refunded"]);
}

#[rocket::async_test]
async fn a_long_list_is_walked_to_its_end_and_back() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    ada.buys("starter").await;
    for _ in 0..44 {
        shop.advance(31 * DAY).await;
    }
    passes(&shop, &ada, HOUR).await;
    let all = shop.sandbox.ids("invoice").len();
    assert!(all > 40, "{all}");
    let mut pages = vec![ada.get("/billing/invoices").await.is(200)];
    while let Some(next) = link(pages.last().expect("one"), "next") {
        pages.push(ada.get(&next).await.is(200));
    }
    assert_eq!(pages.len(), 3);
    assert_eq!(pages.iter().map(|page| badges(page).len()).sum::<usize>(), all);
    let back = link(&pages[2], "prev").expect("a way back");
    let back = ada.get(&back).await.is(200);
    let numbers = |page: &Answer| page.text.matches("aria-label=\"View invoice").count();
    assert_eq!(numbers(&back), 20);
    let start = ada.get(&link(&back, "prev").expect("a way back")).await;
    assert_eq!(link(&start, "prev"), None);
    ada.get("/billing/invoices?older_than=garbage").await.is(422);
    ada.get("/billing/invoices?older_than=in_1&newer_than=in_2").await.is(422);
    ada.get("/billing/invoices?older_than=in_of_nobody").await.is(200);
}

#[rocket::async_test]
async fn without_stripe_the_page_says_what_to_do() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    ada.buys("starter").await;
    shop.sandbox.fail_next(Fault {
        method: Some("GET".to_owned()),
        path_prefix: "/v1/invoices".to_owned(),
        times: u32::MAX,
        kind: FaultKind::Status(503, None),
    });
    let page = ada.get("/billing/invoices").await.is(503);
    page.header("retry-after");
    page.has("The payment provider does not answer").has("cannot be shown now").has("Try again");
    shop.sandbox.clear_faults();
    ada.get("/billing/invoices").await.is(200).has("Paid");
}
