//! Money that comes late, goes back, or is disputed.

use coinslot::sandbox::{DisputeStage, DisputeVerdict};

use super::*;

const BANK_PAYS: &str = "000123456789";
const BANK_FAILS: &str = "000222222227";
const SEPA: &str = "DE89 3704 0044 0532 0130 00";
const REFUND_WAITS: &str = "4000 0000 0000 7726";
const REFUND_FAILS: &str = "4000 0000 0000 5126";
const DISPUTED: &str = "4000 0000 0000 0259";
const INQUIRED: &str = "4000 0000 0000 1976";

impl Bench {
    /// A lifetime purchase with this card; the session.
    async fn purchase(&self, card: &str) -> Value {
        let customer = self.customer().await;
        let session = self.session(&customer, "price_lifetime", &[]).await;
        let (status, to, _) =
            self.submit(&path_of(text(&session, "url")), &[("cardNumber", card)]).await;
        assert_eq!(status, 303, "{to}");
        self.sandbox.object(text(&session, "id")).unwrap()
    }

    /// The charge behind a session, through its payment intent.
    async fn charge_of(&self, session: &Value) -> Value {
        let intent = text(session, "payment_intent");
        let path = format!("/v1/payment_intents/{intent}?expand[]=latest_charge");
        self.get(&path).await.1["latest_charge"].clone()
    }
}

#[tokio::test]
async fn a_bank_debit_is_complete_at_once_and_paid_or_not_days_later() {
    for (account, paid, kinds) in [
        (
            BANK_PAYS,
            "paid",
            [
                "charge.succeeded",
                "payment_intent.succeeded",
                "checkout.session.async_payment_succeeded",
            ],
        ),
        (
            BANK_FAILS,
            "unpaid",
            [
                "charge.failed",
                "payment_intent.payment_failed",
                "checkout.session.async_payment_failed",
            ],
        ),
    ] {
        let bench = Bench::new().await;
        let session = bench.purchase(account).await;
        assert_eq!(
            (text(&session, "status"), text(&session, "payment_status")),
            ("complete", "unpaid")
        );
        let charge = bench.charge_of(&session).await;
        assert_eq!(text(&charge, "status"), "pending");
        assert_eq!(bench.status(text(&session, "payment_intent")), "processing");

        let before = bench.sandbox.events().len();
        bench.sandbox.advance_by(5 * DAY - 1).await;
        assert_eq!(bench.sandbox.events().len(), before);
        bench.sandbox.advance_by(1).await;
        assert_eq!(bench.event_types(before), kinds);
        let session = bench.sandbox.object(text(&session, "id")).unwrap();
        assert_eq!(text(&session, "payment_status"), paid);
        let charge = bench.charge_of(&session).await;
        assert_eq!(charge["paid"], paid == "paid");
    }
}

#[tokio::test]
async fn an_account_is_taken_only_in_its_currency_and_where_it_is_allowed() {
    let bench = Bench::new().await;
    let customer = bench.customer().await;
    let dollars = bench.session(&customer, "price_lifetime", &[]).await;
    assert_eq!(dollars["payment_method_types"], serde_json::json!(["card", "us_bank_account"]));
    let page = path_of(text(&dollars, "url"));
    let (status, _, html) = bench.submit(&page, &[("cardNumber", SEPA)]).await;
    assert_eq!(status, 402);
    assert!(html.contains("not in this currency"), "{html}");
    let cards = [("payment_method_types[0]", "card")];
    let cards = bench.session(&customer, "price_lifetime", &cards).await;
    let refused = bench.sandbox.pay_checkout(text(&cards, "id"), BANK_PAYS).await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn a_subscription_paid_by_bank_runs_and_falls_behind_when_the_bank_says_no() {
    for (paid, status, invoice_status) in [(true, "active", "paid"), (false, "past_due", "open")] {
        let bench = Bench::new().await;
        let customer = bench.customer().await;
        let session = bench.session(&customer, "price_starter_monthly", &[]).await;
        let id = text(&session, "id");
        assert!(bench.sandbox.pay_checkout(id, BANK_PAYS).await.unwrap());
        let session = bench.sandbox.object(id).unwrap();
        let (subscription, invoice) = (text(&session, "subscription"), text(&session, "invoice"));
        assert_eq!(text(&session, "payment_status"), "unpaid");
        assert_eq!(
            (bench.status(subscription), bench.status(invoice)),
            ("active".into(), "open".into())
        );
        bench.sandbox.bank_answers(id, paid).unwrap();
        assert_eq!(
            (bench.status(subscription), bench.status(invoice)),
            (status.into(), invoice_status.into())
        );
        let again = bench.sandbox.bank_answers(id, paid);
        assert!(again.unwrap_err().to_string().contains("no bank is asked"));
        if paid {
            bench.sandbox.advance_by(31 * DAY).await;
            let object = bench.sandbox.object(subscription).unwrap();
            let renewal = bench.sandbox.object(text(&object, "latest_invoice")).unwrap();
            assert_eq!((text(&object, "status"), text(&renewal, "status")), ("active", "open"));
            assert!(renewal["next_payment_attempt"].is_null());
            bench.sandbox.advance_by(5 * DAY).await;
            assert_eq!(bench.status(text(&renewal, "id")), "paid");
        }
    }
}

#[tokio::test]
async fn refunds_add_up_and_never_exceed_the_charge() {
    let bench = Bench::new().await;
    let session = bench.purchase(PAYS).await;
    let intent = text(&session, "payment_intent");
    let refund = |amount: &'static str| {
        let form = [("payment_intent", intent), ("amount", amount), ("metadata[why]", "asked")];
        let bench = &bench;
        async move { bench.post("/v1/refunds", &form).await }
    };
    let before = bench.sandbox.events().len();
    let (status, part) = refund("4000").await;
    assert_eq!((status, text(&part, "status")), (200, "succeeded"));
    assert_eq!(text(&part["metadata"], "why"), "asked");
    assert_eq!(bench.event_types(before), ["refund.created", "charge.refunded"]);
    let charge = bench.charge_of(&session).await;
    assert_eq!((&charge["amount_refunded"], &charge["refunded"]), (&4_000.into(), &false.into()));

    for (amount, words) in [("5901", "greater than unrefunded"), ("0", "greater than or equal")] {
        let (status, answer) = refund(amount).await;
        assert_eq!(status, 400);
        assert!(text(&answer["error"], "message").contains(words), "{answer}");
        assert_eq!(text(&answer["error"], "param"), "amount");
    }
    let (status, rest) = bench.post("/v1/refunds", &[("charge", text(&charge, "id"))]).await;
    assert_eq!((status, &rest["amount"]), (200, &5_900.into()));
    let charge = bench.charge_of(&session).await;
    assert_eq!((&charge["amount_refunded"], &charge["refunded"]), (&9_900.into(), &true.into()));
    let (status, answer) = refund("1").await;
    assert_eq!((status, text(&answer["error"], "code")), (400, "charge_already_refunded"));

    for query in [format!("payment_intent={intent}"), format!("charge={}", text(&charge, "id"))] {
        let (_, list) = bench.get(&format!("/v1/refunds?{query}")).await;
        assert_eq!(list["data"].as_array().unwrap().len(), 2);
        assert_eq!(list["data"][0]["id"], rest["id"]);
    }
    let (_, none) = bench.get("/v1/refunds?payment_intent=pi_none").await;
    assert_eq!(none["data"].as_array().unwrap().len(), 0);
    let path = format!("/v1/refunds/{}?expand[]=charge", text(&part, "id"));
    assert_eq!(bench.get(&path).await.1["charge"]["id"], charge["id"]);
    let (_, charges) = bench.get(&format!("/v1/charges?payment_intent={intent}")).await;
    assert_eq!(charges["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_refunded_is_refused() {
    let bench = Bench::new().await;
    let table = [
        ("payment_intent", "pi_none", "resource_missing"),
        ("charge", "ch_none", "resource_missing"),
        ("bogus", "1", "parameter_unknown"),
        ("amount", "1", "parameter_missing"),
    ];
    for (name, value, code) in table {
        let (status, answer) = bench.post("/v1/refunds", &[(name, value)]).await;
        assert_eq!((status, text(&answer["error"], "code")), (400, code), "{answer}");
    }
    let waiting = bench.purchase(BANK_PAYS).await;
    let form = [("payment_intent", text(&waiting, "payment_intent"))];
    assert_eq!(bench.post("/v1/refunds", &form).await.0, 400);
    let disputed = bench.purchase(DISPUTED).await;
    let form = [("payment_intent", text(&disputed, "payment_intent"))];
    let (status, answer) = bench.post("/v1/refunds", &form).await;
    assert_eq!((status, text(&answer["error"], "code")), (400, "charge_disputed"));
}

#[tokio::test]
async fn a_refund_can_wait_and_can_fail_after_it_succeeded() {
    for (card, first, last, refunded, kinds) in [
        (
            REFUND_WAITS,
            "pending",
            "succeeded",
            true,
            vec!["refund.updated", "charge.refund.updated"],
        ),
        (
            REFUND_FAILS,
            "succeeded",
            "failed",
            false,
            vec!["refund.updated", "charge.refund.updated", "refund.failed", "charge.updated"],
        ),
    ] {
        let bench = Bench::new().await;
        let session = bench.purchase(card).await;
        let refund = bench.sandbox.refund(text(&session, "id"), None).unwrap();
        assert_eq!(bench.status(&refund), first);
        assert_eq!(bench.charge_of(&session).await["refunded"], true);
        let before = bench.sandbox.events().len();
        bench.sandbox.advance_by(DAY).await;
        assert_eq!(bench.event_types(before), kinds);
        assert_eq!(bench.status(&refund), last);
        assert_eq!(bench.charge_of(&session).await["refunded"], refunded);
        assert_eq!(bench.sandbox.refund(text(&session, "id"), None).is_ok(), !refunded);
    }
}

#[tokio::test]
async fn a_dispute_takes_the_money_and_gives_it_back_when_won() {
    for (verdict, status, kinds) in [
        (
            DisputeVerdict::Won,
            "won",
            vec!["charge.dispute.funds_reinstated", "charge.dispute.closed"],
        ),
        (DisputeVerdict::Lost, "lost", vec!["charge.dispute.closed"]),
    ] {
        let bench = Bench::new().await;
        let session = bench.purchase(DISPUTED).await;
        let intent = text(&session, "payment_intent");
        let kinds_so_far = bench.event_types(0);
        let created = kinds_so_far.iter().position(|kind| kind == "charge.dispute.created");
        let created = created.expect("a dispute is told of");
        assert_eq!(kinds_so_far[created + 1], "charge.dispute.funds_withdrawn");
        let (_, list) = bench.get(&format!("/v1/disputes?payment_intent={intent}")).await;
        let dispute = &list["data"][0];
        assert_eq!(text(dispute, "status"), "needs_response");
        assert_eq!(dispute["balance_transactions"][0]["amount"], -9_900);
        assert_eq!(bench.charge_of(&session).await["disputed"], true);

        let before = bench.sandbox.events().len();
        bench.sandbox.close_dispute(text(dispute, "id"), verdict).unwrap();
        assert_eq!(bench.event_types(before), kinds);
        let (_, dispute) = bench.get(&format!("/v1/disputes/{}", text(dispute, "id"))).await;
        assert_eq!(text(&dispute, "status"), status);
        let net: i64 = dispute["balance_transactions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|transaction| transaction["amount"].as_i64().unwrap())
            .sum();
        assert_eq!(net, if status == "won" { 0 } else { -9_900 });
        assert!(bench.sandbox.close_dispute(text(&dispute, "id"), verdict).is_err());
        let path = format!("/v1/disputes/{}/close", text(&dispute, "id"));
        assert_eq!(bench.post(&path, &[]).await.0, 400);
    }
}

#[tokio::test]
async fn an_inquiry_takes_nothing_until_it_is_escalated() {
    let bench = Bench::new().await;
    let session = bench.purchase(INQUIRED).await;
    let dispute = bench.sandbox.ids("dispute")[0].clone();
    assert_eq!(bench.status(&dispute), "warning_needs_response");
    assert!(bench.sandbox.close_dispute(&dispute, DisputeVerdict::Lost).is_err());
    assert!(!bench.event_types(0).contains(&"charge.dispute.funds_withdrawn".to_owned()));
    bench.sandbox.close_dispute(&dispute, DisputeVerdict::Won).unwrap();
    assert_eq!(bench.status(&dispute), "warning_closed");

    let second = bench.sandbox.open_dispute(text(&session, "id"), DisputeStage::Inquiry).unwrap();
    let before = bench.sandbox.events().len();
    bench.sandbox.escalate_inquiry(&second).unwrap();
    assert_eq!(
        bench.event_types(before),
        ["charge.dispute.updated", "charge.dispute.funds_withdrawn"]
    );
    bench.sandbox.close_dispute(&second, DisputeVerdict::Lost).unwrap();
    assert_eq!(bench.status(&second), "lost");
}

#[tokio::test]
async fn the_dashboard_has_a_button_for_each_story() {
    let bench = Bench::new().await;
    let intent = |session: &Value| text(session, "payment_intent").to_owned();
    let press = |kind: &'static str, id: String, action: &'static str| {
        let bench = &bench;
        async move {
            let path = format!("/sandbox/{kind}/{id}/{action}");
            let (_, html) = bench.page("/").await;
            let offered = html.contains(&format!("action=\"{path}\""));
            (offered, bench.submit(&path, &[]).await.0)
        }
    };
    let debit = bench.purchase(BANK_PAYS).await;
    assert_eq!(press("payments", intent(&debit), "refund").await, (false, 409));
    assert_eq!(press("payments", intent(&debit), "succeed").await, (true, 303));
    assert_eq!(bench.status(&intent(&debit)), "succeeded");
    let bounced = bench.purchase(BANK_PAYS).await;
    assert_eq!(press("payments", intent(&bounced), "fail").await, (true, 303));
    assert_eq!(bench.status(&intent(&bounced)), "requires_payment_method");

    assert_eq!(press("payments", intent(&debit), "refund-half").await, (true, 303));
    assert!(bench.page("/").await.1.contains("$49.50 refunded"));
    assert_eq!(press("payments", intent(&debit), "refund").await, (true, 303));
    let refund = bench.sandbox.ids("refund")[1].clone();
    assert_eq!(press("refunds", refund.clone(), "fail").await, (true, 303));
    assert_eq!(bench.status(&refund), "failed");

    for (open, end, status) in [
        ("dispute", "win", "won"),
        ("dispute", "lose", "lost"),
        ("inquire", "win", "warning_closed"),
        ("inquire", "escalate", "needs_response"),
    ] {
        let session = bench.purchase(PAYS).await;
        assert_eq!(press("payments", intent(&session), open).await, (true, 303));
        let dispute = bench.sandbox.ids("dispute").pop().unwrap();
        assert_eq!(press("disputes", dispute.clone(), end).await, (true, 303));
        assert_eq!(bench.status(&dispute), status);
    }
    assert_eq!(press("payments", "pi_none".to_owned(), "refund").await, (false, 404));
    assert_eq!(press("payments", intent(&debit), "bogus").await, (false, 404));
    let foreign =
        bench.http.post(bench.url(&format!("/sandbox/payments/{}/refund", intent(&debit))));
    let foreign = foreign.header("Sec-Fetch-Site", "cross-site").send().await.unwrap();
    assert_eq!(foreign.status(), 403);
}
