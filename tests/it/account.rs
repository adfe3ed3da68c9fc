//! The account page: what users change about themselves, and the sessions they end.

use coinslot::Timestamp;

use crate::shop::{HOUR, PASSWORD, START, Shop, Visitor};

const NEW: &str = "staple battery horse";

async fn signs_in(shop: &Shop, email: &str, password: &str) -> Result<Visitor, String> {
    let visitor = shop.stranger();
    let answer = visitor.post("/login", &[("email", email), ("password", password)]).await;
    if answer.status == 303 { Ok(visitor) } else { Err(answer.is(422).text) }
}

/// The addresses that end one session each, as the page lists them.
async fn ends(visitor: &Visitor) -> Vec<String> {
    let page = visitor.get("/account").await.is(200).text;
    let addresses = page.split("action=\"").skip(1).filter_map(|rest| rest.split('"').next());
    addresses.filter(|address| address.ends_with("/end")).map(str::to_owned).collect()
}

#[rocket::async_test]
async fn a_new_name_is_used_everywhere_and_told_of_once() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    ada.get("/servers").await.is(200).has("href=\"/account\"");
    ada.post("/account/name", &[("name", " Countess ")]).await.is(303);
    ada.get("/account").await.is(200).has("Your name is changed.").has("<span>Countess</span>");
    ada.get("/account").await.is(200).has_not("Your name is changed.");
    let account = shop.account_of("ada").await;
    let api = shop.api("panel").await;
    assert_eq!(api.get(&format!("/accounts/{account}")).await.json()["name"], "Countess");
    for bad in [String::new(), "  ".to_owned(), "x".repeat(61), "a\nb".to_owned()] {
        let page = ada.post("/account/name", &[("name", &bad)]).await.is(422);
        page.has("role=\"alert\" tabindex=\"-1\" autofocus").has("href=\"#name\"");
    }
    let long = "y".repeat(61);
    ada.post("/account/name", &[("name", &long)]).await.is(422).has(&format!("value=\"{long}\""));
    ada.get("/account").await.has("<span>Countess</span>");
}

#[rocket::async_test]
async fn a_new_email_needs_the_password_and_signs_in_from_then_on() {
    let shop = Shop::open().await;
    let (ada, _bob) = (shop.visitor("ada").await, shop.visitor("bob").await);
    let wants = |email: &str, password: &str| {
        vec![("email", email.to_owned()), ("password", password.to_owned())]
    };
    for (form, words) in [
        (wants("nowhere", PASSWORD), "Write an e-mail address"),
        (wants("new@example.com", ""), "This is not your password."),
        (wants("new@example.com", NEW), "This is not your password."),
        (wants("BOB@example.com", PASSWORD), "Somebody else signs in with this e-mail."),
    ] {
        let page = ada.post("/account/email", &form).await.is(422).has(words).has_not(PASSWORD);
        page.has(&format!("value=\"{}\"", form[0].1));
    }
    ada.post("/account/email", &wants("new@example.com", PASSWORD)).await.is(303);
    ada.get("/account").await.is(200).has("value=\"new@example.com\"");
    assert!(signs_in(&shop, "ada@example.com", PASSWORD).await.is_err());
    let again = signs_in(&shop, "new@example.com", PASSWORD).await.expect("signed in");
    again.post("/account/email", &wants("New@example.com", PASSWORD)).await.is(303);
    shop.account_of("bob").await;
    let admin = shop.admin().await;
    admin.get("/admin/accounts?q=New@example.com").await.is(200).has("New@example.com");
}

#[rocket::async_test]
async fn a_new_password_needs_the_old_one_and_ends_every_other_session() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    let elsewhere = signs_in(&shop, "ada@example.com", PASSWORD).await.expect("signed in");
    for (current, new, field) in
        [(NEW, NEW, "current"), ("", NEW, "current"), (PASSWORD, "short", "new")]
    {
        let page = ada.post("/account/password", &[("current", current), ("new", new)]).await;
        page.is(422).has(&format!("href=\"#{field}\"")).has_not(NEW).has_not(PASSWORD);
    }
    elsewhere.get("/servers").await.is(200);
    ada.post("/account/password", &[("current", PASSWORD), ("new", NEW)]).await.is(303);
    ada.get("/account").await.is(200).has("signed out everywhere else");
    elsewhere.get("/servers").await.is(303);
    assert!(signs_in(&shop, "ada@example.com", PASSWORD).await.is_err());
    assert!(signs_in(&shop, "ada@example.com", NEW).await.is_ok());
}

#[rocket::async_test]
async fn sessions_are_listed_with_their_times_and_end_one_by_one_or_together() {
    let shop = Shop::open().await;
    let (ada, eve) = (shop.visitor("ada").await, shop.visitor("eve").await);
    shop.clock.set(Timestamp(START + HOUR));
    let phone = signs_in(&shop, "ada@example.com", PASSWORD).await.expect("signed in");
    let desk = signs_in(&shop, "ada@example.com", PASSWORD).await.expect("signed in");
    shop.clock.set(Timestamp(START + 2 * HOUR));
    let page = ada.get("/account").await.is(200);
    let page = page.has("15 Jan 2026, 12:00 UTC").has("15 Jan 2026, 13:00 UTC");
    page.has("15 Jan 2026, 14:00 UTC").has("This one");

    let [own, _, _] = &ends(&ada).await[..] else { panic!("three sessions") };
    let of_eve = &ends(&eve).await[0];
    ada.post::<&str>(of_eve, &[]).await.is(303);
    eve.get("/servers").await.is(200);
    for address in ["/account/sessions/no-such-id/end", "/account/sessions//end"] {
        assert!(ada.post::<&str>(address, &[]).await.status < 500, "{address}");
    }
    let of_phone = ends(&phone).await;
    let [phones_own] = &of_phone.iter().filter(|it| *it != own).collect::<Vec<_>>()[..1] else {
        panic!("one of them")
    };
    phone.post::<&str>(phones_own, &[]).await.is(303);
    let gone = [phone.get("/servers").await.status, desk.get("/servers").await.status];
    assert!(gone == [303, 200] || gone == [200, 303], "one of them ended: {gone:?}");

    ada.post::<&str>("/account/sessions/end-others", &[]).await.is(303);
    phone.get("/servers").await.is(303);
    desk.get("/servers").await.is(303);
    let page = ada.get("/account").await.is(200).has("signed out everywhere else");
    page.has_not("Sign out of all others");
    let way = ada.post::<&str>(own, &[]).await.is(303).location();
    assert_eq!(way, "/login");
    ada.get("/servers").await.is(303);
}

#[rocket::async_test]
async fn a_session_says_which_browser_it_is() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    ada.get("/account").await.is(200).has("A device we do not know");
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let form = format!("email=ada%40example.com&password={}", PASSWORD.replace(' ', "+"));
    let visitor = shop.stranger();
    visitor.submits("/login", &[("User-Agent", firefox)], &form).await.is(303);
    visitor.get("/account").await.is(200).has("Firefox on Linux");
}
