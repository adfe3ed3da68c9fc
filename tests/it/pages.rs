//! What every page has beside its words: where its time went, and a stylesheet that is kept.

use crate::looks::people;
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
