//! Subscription Schedules: phases that take effect by the clock, and changes while they run.

use super::*;

pub(super) const PATH: &str = "/v1/subscription_schedules";
pub(super) const MONTH: i64 = 31 * DAY;

pub(super) type Form<'a> = [(&'a str, &'a str)];

pub(super) fn get(bench: &Bench, id: &str) -> Value {
    bench.sandbox.object(id).expect("is there")
}

pub(super) fn prices(bench: &Bench, subscription: &str) -> Vec<String> {
    let object = get(bench, subscription);
    let items = object["items"]["data"].as_array().unwrap().iter();
    items.map(|item| text(&item["price"], "id").to_owned()).collect()
}

pub(super) fn latest(bench: &Bench, subscription: &str) -> Value {
    get(bench, text(&get(bench, subscription), "latest_invoice"))
}

pub(super) fn spans(schedule: &Value) -> Vec<(i64, i64)> {
    let phases = schedule["phases"].as_array().unwrap().iter();
    let number = |phase: &Value, name: &str| phase[name].as_i64().unwrap();
    phases.map(|phase| (number(phase, "start_date"), number(phase, "end_date"))).collect()
}

/// Puts a subscription under a schedule.
pub(super) async fn attached(bench: &Bench, subscription: &str) -> Value {
    let (status, schedule) = bench.post(PATH, &[("from_subscription", subscription)]).await;
    assert_eq!(status, 200, "{schedule}");
    schedule
}

/// The running phase as it is, for an update; `more` comes after it.
pub(super) async fn continued(bench: &Bench, schedule: &Value, more: &Form<'_>) -> (u16, Value) {
    let phase = &schedule["phases"][0];
    let (start, end) = (phase["start_date"].to_string(), phase["end_date"].to_string());
    let item = &phase["items"][0];
    let quantity = item["quantity"].to_string();
    let mut form = vec![
        ("phases[0][start_date]", start.as_str()),
        ("phases[0][end_date]", end.as_str()),
        ("phases[0][items][0][price]", text(item, "price")),
        ("phases[0][items][0][quantity]", quantity.as_str()),
        ("phases[0][default_payment_method]", text(phase, "default_payment_method")),
        ("default_settings[default_payment_method]", text(phase, "default_payment_method")),
    ];
    form.extend_from_slice(more);
    bench.post(&format!("{PATH}/{}", text(schedule, "id")), &form).await
}

/// A subscription that passes to another price when its period ends.
pub(super) async fn put_off(
    bench: &Bench,
    subscription: &str,
    price: &str,
    more: &Form<'_>,
) -> String {
    let schedule = attached(bench, subscription).await;
    let mut form = vec![
        ("phases[1][items][0][price]", price),
        ("phases[1][duration][interval]", "month"),
        ("phases[1][proration_behavior]", "none"),
    ];
    form.extend_from_slice(more);
    let (status, answer) = continued(bench, &schedule, &form).await;
    assert_eq!(status, 200, "{answer}");
    text(&schedule, "id").to_owned()
}

pub(super) async fn price(bench: &Bench, currency: &str, amount: &str, interval: &str) -> String {
    let form = [
        ("currency", currency),
        ("product_data[name]", "Thing"),
        ("unit_amount", amount),
        ("recurring[interval]", interval),
    ];
    let (status, price) = bench.post("/v1/prices", &form).await;
    assert_eq!(status, 200, "{price}");
    text(&price, "id").to_owned()
}

/// The price before and after, and when the first month or year, and then the next, are over.
#[tokio::test]
async fn the_renewal_of_the_same_second_has_the_price_of_the_new_phase() {
    let (month, year, day) = ("month", "year", DAY);
    let table = [
        ("usd", ("1500", month), ("500", month), 31 * day, 59 * day),
        ("jpy", ("2001", month), ("777", month), 31 * day, 59 * day),
        ("usd", ("500", month), ("5000", year), 31 * day, (31 + 365) * day),
        ("jpy", ("9000", year), ("777", month), 365 * day, (365 + 31) * day),
        ("usd", ("15000", year), ("5000", year), 365 * day, 2 * 365 * day),
    ];
    for (currency, (before, interval), (after, next), boundary, then) in table {
        let bench = Bench::new().await;
        let old = price(&bench, currency, before, interval).await;
        let new = price(&bench, currency, after, next).await;
        let customer = bench.customer().await;
        let subscription = bench.sandbox.create_subscription(&customer, &old, PAYS).unwrap();
        bench.sandbox.advance_by(10 * DAY).await;
        let schedule =
            put_off(&bench, &subscription, &new, &[("phases[1][duration][interval]", next)]).await;
        let story = format!("{before} a {interval} to {after} a {next}, {currency}");
        bench.sandbox.advance_to(START + boundary - 1).await;
        assert_eq!(prices(&bench, &subscription), [old.as_str()], "{story}");
        assert_eq!(bench.sandbox.ids("invoice").len(), 1, "{story}");

        bench.sandbox.advance_to(START + boundary).await;
        assert_eq!(prices(&bench, &subscription), [new.as_str()], "{story}");
        let invoice = latest(&bench, &subscription);
        assert_eq!(bench.sandbox.ids("invoice").len(), 2, "{story}");
        assert_eq!(invoice["amount_paid"].to_string(), after, "{story}");
        assert_eq!(invoice["lines"]["data"].as_array().unwrap().len(), 1, "{story}");
        let item = get(&bench, &subscription)["items"]["data"][0].clone();
        assert_eq!(item["current_period_start"], START + boundary, "{story}");
        assert_eq!(item["current_period_end"], START + then, "{story}");
        assert_eq!(bench.status(&schedule), "active", "{story}");

        bench.sandbox.advance_to(START + then).await;
        let object = get(&bench, &subscription);
        assert!(object["schedule"].is_null(), "{story}");
        assert_eq!(latest(&bench, &subscription)["amount_paid"].to_string(), after, "{story}");
        let released = get(&bench, &schedule);
        assert_eq!(text(&released, "status"), "released", "{story}");
        assert_eq!(text(&released, "released_subscription"), subscription, "{story}");
        assert_eq!(released["released_at"], START + then, "{story}");
        assert!(released["subscription"].is_null() && released["current_phase"].is_null());
    }
}

#[tokio::test]
async fn a_shut_down_over_several_phases_plays_each_at_its_second() {
    let bench = Bench::new().await;
    let (_, subscription) = bench.subscriber(PAYS).await;
    let more = [
        ("phases[2][items][0][price]", "price_starter_monthly"),
        ("phases[2][items][0][quantity]", "2"),
        ("phases[2][duration][interval]", "month"),
        ("phases[2][duration][interval_count]", "2"),
    ];
    put_off(&bench, &subscription, "price_growth_monthly", &more).await;
    let skip = bench.sandbox.events().len();
    bench.sandbox.advance_by(200 * DAY).await;
    let invoices = bench.sandbox.ids("invoice");
    let paid: Vec<i64> =
        invoices.iter().map(|id| get(&bench, id)["amount_paid"].as_i64().unwrap()).collect();
    assert_eq!(paid, [500, 1_500, 1_000, 1_000, 1_000, 1_000, 1_000]);
    let events = bench.event_types(skip);
    let told: Vec<&str> =
        events.iter().filter_map(|kind| kind.strip_prefix("subscription_schedule.")).collect();
    assert_eq!(told, ["updated", "updated", "expiring", "released"]);
}

#[tokio::test]
async fn everything_that_a_phase_says_takes_effect_with_it() {
    let bench = Bench::new().await;
    let (customer, subscription) = bench.subscriber(PAYS).await;
    for (id, percent) in [("TEN", "10"), ("HALF", "50")] {
        let form = [("id", id), ("percent_off", percent), ("duration", "forever")];
        assert_eq!(bench.post("/v1/coupons", &form).await.0, 200);
    }
    bench.sandbox.set_default_card(&customer, NEEDS_3DS).unwrap();
    let second = get(&bench, &subscription)["default_payment_method"].as_str().unwrap().to_owned();
    bench.sandbox.set_default_card(&customer, PAYS).unwrap();
    let more = [
        ("phases[0][discounts][0][coupon]", "TEN"),
        ("phases[1][items][0][quantity]", "3"),
        ("phases[1][items][0][metadata][kind]", "main"),
        ("phases[1][discounts][0][coupon]", "HALF"),
        ("phases[1][automatic_tax][enabled]", "true"),
        ("phases[1][default_payment_method]", second.as_str()),
        ("phases[1][collection_method]", "send_invoice"),
        ("phases[1][invoice_settings][days_until_due]", "14"),
        ("phases[1][description]", "Servers"),
        ("phases[1][metadata][plan]", "growth"),
    ];
    let schedule = put_off(&bench, &subscription, "price_growth_monthly", &more).await;
    let coupon = |object: &Value| {
        let held = object["discounts"].as_array().unwrap();
        assert_eq!(held.len(), 1);
        text(&get(&bench, held[0].as_str().unwrap())["source"], "coupon").to_owned()
    };
    assert_eq!(
        coupon(&get(&bench, &subscription)),
        "TEN",
        "a change of the running phase is at once"
    );
    bench.sandbox.advance_by(MONTH).await;
    let object = get(&bench, &subscription);
    assert_eq!(coupon(&object), "HALF");
    assert_eq!(object["items"]["data"][0]["quantity"], 3);
    assert_eq!(text(&object["items"]["data"][0]["metadata"], "kind"), "main");
    assert_eq!(object["automatic_tax"]["enabled"], true);
    assert_eq!(text(&object, "default_payment_method"), second);
    assert_eq!(text(&object, "collection_method"), "send_invoice");
    assert_eq!(object["days_until_due"], 14);
    assert_eq!(text(&object, "description"), "Servers");
    assert_eq!(text(&object["metadata"], "plan"), "growth");
    let invoice = latest(&bench, &subscription);
    assert_eq!((&invoice["subtotal"], &invoice["total"]), (&4_500.into(), &2_250.into()));
    bench.sandbox.advance_by(MONTH).await;
    assert_eq!(bench.status(&schedule), "released");
    assert_eq!(coupon(&get(&bench, &subscription)), "HALF", "it goes on as the last phase left it");
}

#[tokio::test]
async fn what_an_update_leaves_out_of_a_phase_is_gone() {
    let bench = Bench::new().await;
    let (_, subscription) = bench.subscriber(PAYS).await;
    let own = get(&bench, &subscription)["default_payment_method"].clone();
    let schedule = attached(&bench, &subscription).await;
    let path = format!("{PATH}/{}", text(&schedule, "id"));
    let start = START.to_string();
    let bare = [
        ("phases[0][start_date]", start.as_str()),
        ("phases[0][items][0][price]", "price_starter_monthly"),
    ];
    assert_eq!(bench.post(&path, &bare).await.0, 200);
    assert!(own.is_string());
    assert!(get(&bench, &subscription)["default_payment_method"].is_null());
    let settings = ("default_settings[default_payment_method]", own.as_str().unwrap());
    assert_eq!(bench.post(&path, &[bare[0], bare[1], settings]).await.0, 200);
    assert_eq!(get(&bench, &subscription)["default_payment_method"], own, "the default holds");
}

#[tokio::test]
async fn a_change_of_the_running_phase_is_prorated_as_asked() {
    for (behavior, invoices, renewal) in
        [("none", 1, 1_500), ("create_prorations", 1, 1_500 + 500), ("always_invoice", 2, 1_500)]
    {
        let bench = Bench::new().await;
        let (_, subscription) = bench.subscriber(PAYS).await;
        bench.sandbox.advance_by(MONTH / 2).await;
        let schedule = attached(&bench, &subscription).await;
        let change = [
            ("phases[0][items][0][price]", "price_growth_monthly"),
            ("proration_behavior", behavior),
        ];
        let (status, answer) = continued(&bench, &schedule, &change).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(prices(&bench, &subscription), ["price_growth_monthly"], "{behavior}");
        assert_eq!(bench.sandbox.ids("invoice").len(), invoices, "{behavior}");
        bench.sandbox.advance_by(MONTH / 2).await;
        assert_eq!(latest(&bench, &subscription)["amount_paid"], renewal, "{behavior}");
    }
}

#[tokio::test]
async fn a_trial_lasts_while_a_phase_says_so() {
    for keeps in [true, false] {
        let bench = Bench::new().await;
        let customer = bench.customer().await;
        let trial = [("subscription_data[trial_period_days]", "14")];
        let session = bench.session(&customer, "price_growth_monthly", &trial).await;
        let id = text(&session, "id");
        assert!(bench.sandbox.pay_checkout(id, PAYS).await.unwrap());
        let subscription = text(&get(&bench, id), "subscription").to_owned();
        let schedule = attached(&bench, &subscription).await;
        let end = START + 14 * DAY;
        assert_eq!(schedule["phases"][0]["trial_end"], end);
        let until = end.to_string();
        let mut more = vec![
            ("phases[1][items][0][price]", "price_starter_monthly"),
            ("phases[1][duration][interval]", "month"),
        ];
        more.extend(keeps.then_some(("phases[0][trial_end]", until.as_str())));
        let (status, answer) = continued(&bench, &schedule, &more).await;
        assert_eq!(status, 200, "{answer}");
        let (state, due) = if keeps { ("trialing", 0) } else { ("active", 1_500) };
        assert_eq!(bench.status(&subscription), state);
        assert_eq!(latest(&bench, &subscription)["amount_due"], due);
        bench.sandbox.advance_to(end).await;
        assert_eq!(prices(&bench, &subscription), ["price_starter_monthly"]);
        assert_eq!(bench.status(&subscription), "active");
        if keeps {
            assert_eq!(latest(&bench, &subscription)["amount_paid"], 500);
        }
    }
}

#[tokio::test]
async fn a_direct_change_splits_the_running_phase_and_what_is_to_come_stays() {
    let bench = Bench::new().await;
    let (_, subscription) = bench.subscriber(PAYS).await;
    let schedule = put_off(&bench, &subscription, "price_starter_yearly", &[]).await;
    bench.sandbox.advance_by(10 * DAY).await;
    let now = bench.sandbox.now();
    let item = get(&bench, &subscription)["items"]["data"][0].clone();
    let form = [
        ("items[0][id]", text(&item, "id")),
        ("items[0][price]", "price_growth_monthly"),
        ("proration_behavior", "none"),
    ];
    assert_eq!(bench.post(&format!("/v1/subscriptions/{subscription}"), &form).await.0, 200);
    let object = get(&bench, &schedule);
    let end = START + MONTH;
    assert_eq!(spans(&object), [(START, now), (now, end), (end, end + 28 * DAY)]);
    assert_eq!(object["current_phase"]["start_date"], now);
    let of = |at: usize| text(&object["phases"][at]["items"][0], "price").to_owned();
    assert_eq!(
        [of(0), of(1), of(2)],
        ["price_starter_monthly", "price_growth_monthly", "price_starter_yearly"]
    );
    bench.sandbox.advance_to(end).await;
    assert_eq!(prices(&bench, &subscription), ["price_starter_yearly"]);
    assert_eq!(latest(&bench, &subscription)["amount_paid"], 5_000);
}
