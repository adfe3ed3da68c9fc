//! What a schedule keeps when a change is put off, and what it is read as.

use serde_json::{Value, json};

use super::fake::{Fake, ok};
use super::{Patience, PutOff};
use crate::domain::ids::{AccountId, PlanId, PriceId, ScheduleId};
use crate::domain::plan::Interval;
use crate::domain::steering::{FetchedPhase, FetchedSchedule, Maker};
use crate::domain::timestamp::Timestamp;

const PAGE: Patience = Patience::Page;

fn id() -> ScheduleId {
    ScheduleId::new("sub_sched_1").unwrap()
}

/// A phase with everything that a subscription may carry, as Stripe shows it.
fn rich_phase() -> Value {
    json!({
        "add_invoice_items": [],
        "application_fee_percent": null,
        "automatic_tax": {
            "disabled_reason": null,
            "enabled": true,
            "liability": { "type": "self", "account": null },
        },
        "billing_cycle_anchor": null,
        "billing_thresholds": null,
        "collection_method": "send_invoice",
        "currency": "eur",
        "default_payment_method": { "id": "pm_1", "object": "payment_method" },
        "default_tax_rates": [{ "id": "txr_1", "object": "tax_rate" }],
        "description": "Servers",
        "discounts": [
            { "coupon": "co_1", "discount": "di_1", "promotion_code": null },
            { "coupon": "co_2", "discount": null, "promotion_code": "promo_2" },
            { "coupon": "co_3", "discount": null, "promotion_code": null },
        ],
        "end_date": 2000,
        "invoice_settings": {
            "account_tax_ids": null,
            "days_until_due": 30,
            "issuer": { "type": "self" },
        },
        "items": [
            {
                "billing_thresholds": null,
                "discounts": [{ "coupon": "co_4", "discount": null, "promotion_code": null }],
                "metadata": {},
                "plan": "price_a",
                "price": "price_a",
                "quantity": 2,
                "tax_rates": [{ "id": "txr_2", "object": "tax_rate" }],
            },
            { "discounts": [], "metadata": {}, "price": "price_addon", "quantity": 1 },
        ],
        "metadata": { "account_id": "acc_1" },
        "on_behalf_of": null,
        "proration_behavior": "create_prorations",
        "start_date": 1000,
        "transfer_data": null,
        "trial_end": 2000,
    })
}

pub(super) fn rich_schedule() -> String {
    schedule(&json!({}), Some(1000), &[rich_phase()])
}

fn schedule(metadata: &Value, current: Option<i64>, phases: &[Value]) -> String {
    json!({
        "id": "sub_sched_1",
        "current_phase": current.map(|start| json!({ "start_date": start, "end_date": 0 })),
        "metadata": metadata,
        "phases": phases,
    })
    .to_string()
}

#[tokio::test]
async fn a_change_that_is_put_off_keeps_everything_else() {
    let fake = Fake::playing([ok(&rich_schedule()), ok("{}")]);
    let change = PutOff {
        account: &AccountId::new("acc_1").unwrap(),
        plan: &PlanId::new("starter").unwrap(),
        from: &PriceId::new("price_a").unwrap(),
        to: &PriceId::new("price_b").unwrap(),
        interval: Interval::Month,
        at: Timestamp(2000),
    };
    fake.stripe().put_off(&id(), &change, "a-key", PAGE).await.unwrap();
    let heard = &fake.heard()[1];
    assert_eq!(heard.line, "POST /fake/v1/subscription_schedules/sub_sched_1");
    assert_eq!(heard.header("idempotency-key"), Some("a-key"));
    let of_both = [
        ("[automatic_tax][enabled]", "true"),
        ("[automatic_tax][liability][type]", "self"),
        ("[collection_method]", "send_invoice"),
        ("[currency]", "eur"),
        ("[default_payment_method]", "pm_1"),
        ("[default_tax_rates][0]", "txr_1"),
        ("[description]", "Servers"),
        ("[discounts][0][discount]", "di_1"),
        ("[discounts][1][promotion_code]", "promo_2"),
        ("[discounts][2][coupon]", "co_3"),
        ("[invoice_settings][days_until_due]", "30"),
        ("[items][0][quantity]", "2"),
        ("[items][0][discounts][0][coupon]", "co_4"),
        ("[items][0][tax_rates][0]", "txr_2"),
        ("[items][1][price]", "price_addon"),
        ("[metadata][account_id]", "acc_1"),
    ];
    for (name, value) in of_both {
        for phase in ["phases[0]", "phases[1]"] {
            assert!(heard.has((&format!("{phase}{name}"), value)), "{phase}{name}: {}", heard.body);
        }
    }
    let of_one = [
        ("phases[0][items][0][price]", "price_a"),
        ("phases[0][start_date]", "1000"),
        ("phases[0][end_date]", "2000"),
        ("phases[0][trial_end]", "2000"),
        ("phases[1][items][0][price]", "price_b"),
        ("phases[1][duration][interval]", "month"),
        ("phases[1][proration_behavior]", "none"),
        ("end_behavior", "release"),
        ("metadata[managed_by]", "coinslot"),
        ("metadata[plan]", "starter"),
    ];
    for pair in of_one {
        assert!(heard.has(pair), "{pair:?}: {}", heard.body);
    }
    for absent in
        ["coupon%5D=co_1", "coupon]=co_1", "phases[1][trial_end]", "phases[1][start_date]"]
    {
        assert!(!heard.body.contains(absent), "{absent}: {}", heard.body);
    }
}

#[tokio::test]
async fn a_schedule_is_read_as_who_made_it_and_what_comes_next() {
    let phase =
        |start: i64, price: &str| json!({ "start_date": start, "items": [{ "price": price }] });
    let phases = [phase(10, "price_a"), phase(20, "price_b"), phase(30, "price_c")];
    let next = |starts_at, price: &str| {
        Some(FetchedPhase {
            starts_at: Timestamp(starts_at),
            prices: vec![PriceId::new(price).unwrap()],
        })
    };
    let ours = json!({ "managed_by": "coinslot" });
    let table = [
        (ours.clone(), Some(10), Maker::Us, next(20, "price_b")),
        (ours, Some(30), Maker::Us, None),
        (json!({}), Some(20), Maker::SomebodyElse, next(30, "price_c")),
        (json!({ "managed_by": "another" }), None, Maker::SomebodyElse, next(10, "price_a")),
        (Value::Null, Some(30), Maker::SomebodyElse, None),
    ];
    for (metadata, current, maker, next) in table {
        let fake = Fake::playing([ok(&schedule(&metadata, current, &phases))]);
        let found = fake.stripe().schedule(&id(), PAGE).await.unwrap();
        let expected = FetchedSchedule { id: id(), maker, next };
        assert_eq!(found, Some(expected), "{metadata} {current:?}");
    }
}
