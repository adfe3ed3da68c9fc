use rocket::http::Status;

use super::billing::subscribe;
use super::{House, PASSWORD, make_admin};
use crate::domain::delivery::{Delivery, Envelope, Owner};
use crate::store::intake::Filing;
use crate::{Timestamp, store};

#[rocket::async_test]
async fn admin_pages_are_for_admins() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let pages =
        ["/admin", "/admin/accounts", "/admin/accounts/acc_1", "/admin/events", "/admin/audit"];
    for page in pages {
        ada.get(page).await.is(Status::Forbidden);
        assert_eq!(house.guest().get(page).await.status, Status::SeeOther, "{page}");
    }
    let account = house.account("ada@example.com").await;
    for act in ["exemption", "exemption/revoke", "sync"] {
        let path = format!("/admin/accounts/{account}/{act}");
        ada.post(&path, "reason=please").await.is(Status::Forbidden);
    }
    house.admin().await.get("/admin").await.is(Status::Ok).says("Overview");
}

#[rocket::async_test]
async fn an_admin_made_of_a_user_is_signed_out_and_in_again() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let billing = house.billing();
    let made = make_admin(billing, "Ada@example.com", PASSWORD).await;
    made.expect("an admin");
    ada.get("/servers").await.is(Status::SeeOther);
    house.sign_in("ada@example.com").await.get("/admin/accounts").await.is(Status::Ok);
    for (email, password) in [("nobody", PASSWORD), ("eve@example.com", "short")] {
        let refused = make_admin(billing, email, password).await;
        assert!(refused.is_err(), "{email} {password}");
    }
}

#[rocket::async_test]
async fn accounts_are_found_and_shown() {
    let house = House::open().await;
    house.visitor("ada").await;
    house.visitor("eve").await;
    subscribe(&house, "ada@example.com").await;
    let root = house.admin().await;
    root.get("/admin/accounts").await.says("3 accounts").says("ada@example.com").says("0 of 3");
    let found = root.get("/admin/accounts?q=ada%40").await.says("1 account found");
    found.says("Active").hides("eve@");
    root.get("/admin/accounts?q=%22%3E%3Cb%3E").await.says("0 accounts").hides("<b>");

    let account = house.account("ada@example.com").await;
    let page = root.get(&format!("/admin/accounts/{account}")).await.is(Status::Ok);
    page.says("sub_1").says("cus_1").says("A running subscription counts.");
    root.get("/admin/accounts/acc_unknown").await.is(Status::NotFound);
    root.get("/admin/accounts/a%20b").await.is(Status::UnprocessableEntity);
}

#[rocket::async_test]
async fn an_exemption_lifts_the_limit_and_taking_it_back_restores_it() {
    let house = House::open().await;
    let (ada, root) = (house.visitor("ada").await, house.admin().await);
    let account = house.account("ada@example.com").await;
    let path = format!("/admin/accounts/{account}");
    let grant = format!("{path}/exemption");
    root.post(&grant, "reason=Friend of the house&until=").await.leads_to(&path);
    for name in ["one", "two", "three"] {
        ada.post("/servers", &format!("name={name}&game=x")).await.leads_to("/servers");
    }
    ada.get("/servers").await.says("3 servers, unlimited");
    ada.get("/billing").await.says("exempt from billing");
    ada.get("/billing/plans").await.says("nothing to buy").hides("Choose");
    root.get(&path).await.says("Friend of the house").says("exemption.granted");

    root.post(&format!("{grant}/revoke"), "").await.leads_to(&path);
    ada.post("/servers", "name=four&game=x").await.is(Status::PaymentRequired);
    ada.get("/billing").await.says("2 servers are over your limit").says("3 of 1 server: 2 over");
    root.get("/admin/audit").await.says("exemption.revoked").says("admin:usr_");
}

#[rocket::async_test]
async fn a_bad_exemption_is_told_beside_its_fields() {
    let house = House::open().await;
    house.visitor("ada").await;
    let root = house.admin().await;
    let account = house.account("ada@example.com").await;
    let path = format!("/admin/accounts/{account}/exemption");
    for (form, field, kept) in [
        ("reason=&until=2099-12-31", "reason-error", "value=\"2099-12-31\""),
        ("reason=Friend&until=tomorrow", "until-error", "value=\"tomorrow\""),
        ("reason=Friend&until=2001-01-01", "until-error", "value=\"Friend\""),
        ("", "reason-error", "Billing exemption"),
    ] {
        let page = root.post(&path, form).await.is(Status::UnprocessableEntity);
        page.says(&format!("id=\"{field}\"")).says(kept).says("role=\"alert\"");
    }
    let unknown = "/admin/accounts/acc_unknown/exemption";
    root.post(unknown, "reason=Friend").await.is(Status::NotFound);
}

#[rocket::async_test]
async fn asking_stripe_again_is_audited_or_told_to_have_failed() {
    let house = House::open().await;
    house.visitor("ada").await;
    subscribe(&house, "ada@example.com").await;
    let root = house.admin().await;
    let path = format!("/admin/accounts/{}", house.account("ada@example.com").await);
    root.post(&format!("{path}/sync"), "").await.is(Status::ServiceUnavailable);
    let own = format!("/admin/accounts/{}", house.account("root@example.com").await);
    root.get("/servers").await.is(Status::Ok);
    root.post(&format!("{own}/sync"), "").await.leads_to(&own);
    root.get("/admin/audit").await.says("account.synced").says("nothing differed");
}

#[rocket::async_test]
async fn a_dead_event_is_announced_shown_without_secrets_and_replayed() {
    let house = House::open().await;
    let root = house.admin().await;
    bury(&house).await;
    let page = root.get("/admin/accounts").await.says("1 event was given up");
    page.says("No webhook secret is configured").says("/admin/events?status=dead");
    root.get("/admin/events?status=dead").await.says("evt_1").says("Given up");
    root.get("/admin/events?status=done").await.hides("evt_1");
    let page = root.get("/admin/events/evt_1").await.says("out of luck").says("cus_9");
    page.says("(not shown)").hides("sk_test_9").hides("4242");
    root.get("/admin/events/evt_unknown").await.is(Status::NotFound);
    root.post("/admin/events/evt_1/replay", "").await.leads_to("/admin/events/evt_1");
    root.get("/admin/audit").await.says("event.replayed");
    root.post("/admin/events/evt_unknown/replay", "").await.is(Status::NotFound);
}

async fn bury(house: &House) {
    let payload = r#"{"id":"evt_1","data":{"object":{"key":"sk_test_9","card":{"last4":"4242"}}}}"#;
    let delivery = Delivery {
        envelope: Envelope {
            id: "evt_1".to_owned(),
            kind: "invoice.paid".to_owned(),
            created_at: Timestamp(0),
            livemode: false,
            connect_account: None,
            api_version: None,
            owner: Owner { customer: Some("cus_9".to_owned()), ..Owner::default() },
        },
        payload: payload.as_bytes().to_vec(),
    };
    let now = house.billing().now();
    let mut tx = house.billing().store.write().await.expect("a transaction");
    let filing = Filing { delivery, ignored: None, received_at: now };
    store::intake::file_all(&mut tx, &[filing]).await.expect("a filing");
    let leased = store::leases::lease(&mut tx, now, now).await.expect("a lease").expect("an event");
    assert!(store::leases::fail(&mut tx, &leased, "out of luck", None).await.expect("a failure"));
    store::commit(tx).await.expect("a commit");
}
