use rocket::http::Status;
use rocket::request::FromRequest as _;

use super::super::sessions::{self, Browser};
use super::super::sign_in;
use super::{House, PASSWORD};
use crate::store::{self, panel};

#[rocket::async_test]
async fn signed_out_every_page_leads_to_the_door_and_back() {
    let house = House::open().await;
    let guest = house.guest();
    guest.get("/").await.leads_to("/login");
    guest.get("/servers").await.leads_to("/login?next=%2Fservers");
    guest
        .get("/billing/plans?interval=year")
        .await
        .leads_to("/login?next=%2Fbilling%2Fplans%3Finterval%3Dyear");
    guest.get("/admin").await.leads_to("/login?next=%2Fadmin");
    guest.get("/login").await.is(Status::Ok).says("Sign in");
    guest.get("/register").await.is(Status::Ok).says("12 to 128");
}

#[rocket::async_test]
async fn signing_in_leads_on_within_the_site_only() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    ada.get("/").await.leads_to("/servers");
    ada.get("/login?next=/billing").await.leads_to("/billing");
    for (next, leads_to) in [("/billing", "/billing"), ("//evil.test", "/servers")] {
        let form = format!("email=ADA@example.com&password={PASSWORD}&next={next}");
        house.guest().post("/login", &form).await.leads_to(leads_to);
    }
}

#[rocket::async_test]
async fn a_wrong_password_and_an_unknown_e_mail_read_the_same() {
    let house = House::open().await;
    house.visitor("ada").await;
    let wrong = house.guest().post("/login", "email=ada@example.com&password=wrong").await;
    let unknown = house.guest().post("/login", "email=eve@example.com&password=wrong").await;
    let wrong = wrong.is(Status::UnprocessableEntity).says("do not belong together");
    assert_eq!(wrong.html.replace("ada@", "eve@"), unknown.html);
    assert!(!wrong.html.contains("value=\"wrong\""));
}

#[rocket::async_test]
async fn too_many_attempts_are_told_when_to_come_back() {
    let house = House::open_with(&[("billing.limits.sign_in", "1/1h")]).await;
    let form = "email=eve@example.com&password=wrong";
    house.guest().post("/login", form).await.is(Status::UnprocessableEntity);
    let refused = house.guest().post("/login", form).await.is(Status::TooManyRequests);
    refused.says("eve@example.com").says("Too many requests");
}

#[rocket::async_test]
async fn a_session_ends_when_its_owner_leaves() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    ada.post("/logout", "").await.leads_to("/login");
    ada.get("/servers").await.leads_to("/login?next=%2Fservers");
    house.guest().post("/logout", "").await.leads_to("/login");
}

#[rocket::async_test]
async fn a_new_sign_in_is_a_new_session_and_ends_the_one_presented() {
    let house = House::open().await;
    let before = house.visitor("ada").await;
    let form = format!("email=ada@example.com&password={PASSWORD}");
    let after = before.post("/login", &form).await;
    assert_ne!(after.session, before.session);
    before.get("/servers").await.is(Status::SeeOther);
}

#[rocket::async_test]
async fn a_bad_registration_keeps_what_was_typed_but_the_password() {
    let house = House::open().await;
    house.visitor("ada").await;
    let table = [
        ("email=nobody&name=Eve&password=long enough password", "Write an e-mail address"),
        (
            "email=eve@example.com&name=Eve&password=short",
            "The password needs 12 to 128 characters.",
        ),
        (
            "email=Ada@example.com&name=Eve&password=long enough password",
            "with this e-mail already",
        ),
    ];
    for (form, text) in table {
        let page = house.guest().post("/register", form).await.is(Status::UnprocessableEntity);
        page.says(text).says("value=\"Eve\"").says("role=\"alert\"").hides("long enough");
    }
    let everything = house.guest().post("/register", "").await.is(Status::UnprocessableEntity);
    everything.says("id=\"email-error\"").says("id=\"password-error\"");
}

#[rocket::async_test]
async fn another_sites_form_does_nothing() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let form = format!("email=eve@example.com&password={PASSWORD}");
    for (path, form) in [
        ("/servers", "name=a&game=b"),
        ("/logout", ""),
        ("/register", &form),
        ("/login", &form),
        ("/billing/portal", "flow="),
        ("/billing/checkout", "plan=starter&interval=month"),
    ] {
        ada.post_from("cross-site", path, form).await.is(Status::Forbidden);
    }
    ada.get("/servers").await.is(Status::Ok).says("0 of 1 server");
}

#[rocket::async_test]
async fn the_session_cookie_is_kept_from_scripts_and_other_sites() {
    let house = House::open().await;
    let form = format!("email=ada@example.com&password={PASSWORD}");
    let request = house.client.post("/register").header(rocket::http::ContentType::Form);
    let response = request.body(form).dispatch().await;
    let cookie = response.headers().get_one("Set-Cookie").expect("a cookie").to_owned();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"] {
        assert!(cookie.contains(part), "{part} is not in {cookie}");
    }
    assert!(!cookie.contains("Secure"), "public_url is http: {cookie}");
}

#[rocket::async_test]
async fn a_message_is_shown_once_and_its_cookie_is_kept_from_scripts_too() {
    let house = House::open_with(&[("billing.public_url", "https://panel.test")]).await;
    let ada = house.visitor("ada").await;
    let session = ("coinslot_session", ada.session.clone().expect("a session"));
    let request = house.client.post("/servers").header(rocket::http::ContentType::Form);
    let request = request.body("name=Survival&game=Minecraft").cookie(session.clone());
    let response = request.dispatch().await;
    let cookie = response.headers().get_one("Set-Cookie").expect("a cookie").to_owned();
    for part in ["_flash=", "HttpOnly", "SameSite=Lax", "Secure"] {
        assert!(cookie.contains(part), "{part} is not in {cookie}");
    }
    let flash = response.cookies().get("_flash").expect("a message").clone();
    let next = house.client.get("/servers").cookie(session).cookie(flash).dispatch().await;
    let cleared = next.cookies().get("_flash").is_some_and(|it| it.value().is_empty());
    assert!(cleared, "the message is not shown twice");
    assert!(next.into_string().await.is_some_and(|html| html.contains("Survival is created.")));
}

#[rocket::async_test]
async fn passwords_cannot_be_tried_without_end_by_whoever_holds_a_session() {
    let house = House::open_with(&[("billing.limits.sign_in", "2/1h")]).await;
    let ada = house.visitor("ada").await;
    let guess = "current=not+this+one+either&new=staple+battery+horse";
    for _ in 0..2 {
        let page = ada.post("/account/password", guess).await.is(Status::UnprocessableEntity);
        page.says("This is not your password.");
    }
    ada.post("/account/password", guess).await.is(Status::TooManyRequests).says("Try again in");
}

#[rocket::async_test]
async fn a_sign_in_that_was_under_way_ends_with_the_password_it_was_made_with() {
    let house = House::open().await;
    house.visitor("ada").await;
    let (billing, email) = (house.billing(), "ada@example.com");
    let proven = sign_in::prove(billing, email, PASSWORD).await.expect("a look");
    let user = proven.expect("it is the password");
    let mut tx = billing.store.write().await.expect("a transaction");
    panel::set_password(&mut tx, &user.id, &user.password_hash, "another").await.expect("a change");
    store::commit(tx).await.expect("a commit");
    let request = house.client.get("/login");
    let browser = Browser::from_request(request.inner()).await.expect("there is always one");
    assert!(!sessions::begin(billing, &browser, &user).await.expect("an answer"));
    let mut conn = billing.store.read().await.expect("a connection");
    let sessions = panel::sessions(&mut conn, &user.id, billing.now(), 9).await.expect("a list");
    assert_eq!(sessions.len(), 1, "the one from the registration");
}
