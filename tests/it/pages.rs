//! What every page has beside its words: where its time went, and a stylesheet that is kept.

use crate::client::Visitor;
use crate::looks::people;
use crate::members::joins;
use crate::over_quota::{NOTICE, SUSPENDS, over_the_limit, wait};
use crate::shop::{PASSWORD, Shop};
use crate::words::wrong;

const PAGES: [&str; 4] = ["/servers", "/account", "/billing", "/billing/plans"];

/// What `Server-Timing` says, in milliseconds.
fn timing(header: &str, part: &str) -> f64 {
    let entry =
        header.split(", ").find_map(|entry| entry.strip_prefix(part)?.strip_prefix(";dur="));
    let entry = entry.unwrap_or_else(|| panic!("no `{part}` in {header}"));
    entry.parse().expect("a number")
}

#[rocket::async_test]
async fn a_page_says_where_its_time_went() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    for (number, path) in PAGES.into_iter().enumerate() {
        // Who has just come makes every page read anew.
        let guest = shop.visitor(&format!("guest-{number}")).await;
        let answer = guest.get(path).await.is(200);
        let header = answer.header("server-timing").to_owned();
        let of = |part| timing(&header, part);
        assert!(of("total") > 0.0 && of("db") > 0.0, "{path}: {header}");
        assert!(of("total") >= of("db") && of("total") >= of("render"), "{path}: {header}");
        assert!(of("stripe") == 0.0, "{path}: {header}");
        assert!(of("render") > 0.0, "{path}: {header}");
    }
    let checkout = ada.begins("starter", "month").await;
    let back = ada.pays(&checkout, "4242 4242 4242 4242").await.is(303).location();
    let answer = ada.get(&back).await.is(200);
    let header = answer.header("server-timing");
    assert!(timing(header, "stripe") > 0.0, "the return page asks Stripe: {header}");
    shop.stranger().get("/login").await.is(200).header("server-timing");
    assert!(!ada.get("/healthz").await.headers.contains_key("server-timing"));
}

#[rocket::async_test]
async fn the_stylesheet_is_kept_for_ever_under_a_name_that_changes_with_it() {
    let shop = Shop::open().await;
    let page = shop.stranger().get("/login").await.is(200).text;
    let (_, rest) = page.split_once("rel=\"stylesheet\" href=\"").expect("a stylesheet");
    let address = rest.split('"').next().expect("its end");
    let sheet = shop.stranger().get(address).await.is(200);
    assert!(sheet.header("cache-control").contains("max-age=31536000"));
    assert!(sheet.header("cache-control").contains("immutable"));
    assert!(sheet.header("content-type").starts_with("text/css"));
    let other = address.replace(".css", "0.css");
    shop.stranger().get(&other).await.is(404);
    assert_eq!(shop.stranger().get("/login").await.header("cache-control"), "no-store");
}

/// What each of the four has around an error page, in this order: nobody, a user, a member, an admin.
const AROUND: [(&str, [bool; 4]); 6] = [
    ("href=\"/servers\"", [false, true, true, true]),
    ("href=\"/billing/plans\"", [false, true, true, true]),
    ("action=\"/logout\"", [false, true, true, true]),
    ("<span>for ada</span>", [false, false, true, false]),
    ("href=\"/admin/accounts\"", [false, false, false, true]),
    ("aria-label=\"Language\"", [true, true, true, true]),
];

async fn four(shop: &Shop) -> [Visitor; 4] {
    let (ada, bob) = (shop.visitor("ada").await, shop.visitor("bob").await);
    joins(&ada, &bob).await.is(303);
    bob.get("/servers").await.is(200).has("You belong to this account now");
    [shop.stranger(), ada, bob, shop.admin().await]
}

#[rocket::async_test]
async fn whoever_meets_an_error_keeps_the_way_on_that_they_have() {
    let shop = Shop::open().await;
    let four = four(&shop).await;
    for path in ["/nowhere", "/billing/nowhere", "/admin/nowhere", "/billing/enter?token=none"] {
        for (who, visitor) in four.iter().enumerate() {
            let page = visitor.get(path).await;
            let door = path.contains("enter") && who > 0;
            assert_eq!(page.status, if door { 409 } else { 404 }, "{path}");
            for (part, there) in AROUND {
                let has = page.text.contains(part);
                assert_eq!(has, there[who], "{part} on {path} for {who}:\n{}", page.text);
            }
        }
    }
    let [_, ada, ..] = &four;
    let way_on = "action=\"/logout\"";
    ada.get("/admin").await.is(403).has(way_on);
    ada.post("/billing/language", &[("language", "tlh")]).await.is(422).has(way_on);
    ada.post("/servers", &[("name", "x".repeat(3 << 20))]).await.is(413).has(way_on);
    ada.submits("/billing/portal", &[], "flow=%FF").await.is(422).has(way_on);
    let elsewhere = [("Sec-Fetch-Site", "cross-site")];
    ada.send("POST", "/nowhere", &elsewhere).await.is(404).has_not(way_on);
    let json = [("Accept", "application/json")];
    ada.send("GET", "/nowhere", &json).await.is(404).code("not_found");
}

#[rocket::async_test]
async fn no_page_says_a_raw_word_or_counts_wrongly() {
    let shop = Shop::open().await;
    for (who, pages) in people(&shop).await {
        let visitor = shop.stranger();
        if let Some(email) = who {
            visitor.post("/login", &[("email", email), ("password", PASSWORD)]).await.is(303);
        }
        for page in &pages {
            let seen = visitor.get(page).await;
            let wrong = wrong(&seen.text);
            assert!(wrong.is_empty(), "{page} as {who:?} has {wrong:?}:\n{}", seen.text);
        }
    }
}

#[rocket::async_test]
async fn a_member_sees_their_own_address_beside_the_owners() {
    let shop = Shop::open().await;
    let [_, ada, bob, _] = four(&shop).await;
    joins(&ada, &shop.visitor("eve").await).await.is(303);
    let page = bob.get("/account").await.is(200);
    assert_eq!(page.text.matches(">not shown<").count(), 1, "eve's: {}", page.text);
    page.has(">ada@example.com<").has(">bob@example.com<").has_not("eve@example.com");
}

#[rocket::async_test]
async fn no_page_leads_to_itself_heads_an_empty_column_or_calls_paid_what_is_not() {
    let shop = Shop::open().await;
    people(&shop).await;
    let signed_in = async |name: &str| {
        let visitor = shop.stranger();
        let email = format!("{name}@example.com");
        visitor.post("/login", &[("email", email.as_str()), ("password", PASSWORD)]).await.is(303);
        visitor
    };
    let root = signed_in("admin").await;
    root.get("/admin").await.is(200).has("1 change was not told").has("Show them");
    root.get("/admin/hooks").await.is(200).has("1 change was not told").has_not("Show them");
    let change = "<th scope=\"col\">Change</th>";
    signed_in("free").await.get("/account").await.is(200).has(change);
    let late = signed_in("late").await;
    late.get("/account").await.is(200).has_not(change);
    let ends = late.get("/billing/cancel").await.is(200).has("The open payment stays due");
    ends.has("It is not renewed").has("depends on the open payment").has_not("is paid until");
}

#[rocket::async_test]
async fn whoever_has_too_many_servers_reads_no_raw_word_and_no_wrong_count() {
    let shop = Shop::with(SUSPENDS).await;
    let (ada, _) = over_the_limit(&shop).await;
    for waits in [false, true] {
        if waits {
            wait(&shop, NOTICE).await;
        }
        for page in ["/servers", "/billing", "/billing/servers", "/billing/plans"] {
            for language in ["en", "de"] {
                let seen = ada.send("GET", page, &[("Accept-Language", language)]).await.is(200);
                let wrong = wrong(&seen.text);
                assert!(wrong.is_empty(), "{page} in {language} has {wrong:?}:\n{}", seen.text);
            }
        }
    }
    ada.get("/billing/servers").await.has("Choose 1 server to run on");
}
