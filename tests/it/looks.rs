//! Every page as people with other eyes, hands and screens meet it: in a real browser, light and dark,
//! at 320 px, and by keyboard alone.
//!
//! `COINSLOT_CHROMEDRIVER` names the driver; `COINSLOT_AXE` the script of the npm package `axe-core`.

use std::path::Path;

use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::browser::Window;
use crate::members::{invites, joins};
use crate::shop::{DAY, PASSWORD, Shop};

const FAILS_AT_RENEWAL: &str = "4000 0000 0000 0341";

const OUT: [&str; 4] = ["/login", "/register", "/billing/static/none", "/styleguide"];
const OWN: [&str; 9] = [
    "/servers",
    "/account",
    "/billing",
    "/billing/plans",
    "/billing/change?plan=growth&interval=month",
    "/billing/cancel",
    "/billing/invoices",
    "/billing/servers",
    "/nowhere",
];
const ADMIN: [&str; 10] = [
    "/admin",
    "/admin/accounts",
    "/admin/accounts?q=-",
    "/admin/accounts?state=exempt",
    "/admin/accounts?alert=exempt_but_paying",
    "/admin/events",
    "/admin/events?status=dead",
    "/admin/plans",
    "/admin/hooks",
    "/admin/audit",
];
/// Somebody who shares the account of another; they are refused the last page.
const MEMBER: &str = "guest@example.com";
const SHARED: [&str; 5] = ["/servers", "/account", "/billing", "/billing/plans", "/billing/cancel"];

/// Everybody there is to look, with the pages they have; nobody is signed out.
pub async fn people(shop: &Shop) -> Vec<(Option<&'static str>, Vec<String>)> {
    shop.admin().await;
    for name in ["free", "late", "exempt"] {
        shop.visitor(name).await.creates_server("Survival").await.is(303);
    }
    let late = shop.stranger();
    late.post("/login", &[("email", "late@example.com"), ("password", PASSWORD)]).await.is(303);
    let checkout = late.begins("starter", "month").await;
    late.pays(&checkout, FAILS_AT_RENEWAL).await.is(303);
    shop.live_through(32 * DAY).await;
    let account = shop.account_of("exempt").await;
    let api = shop.api("admin").await;
    let exemption = json!({ "reason": "hosts the club" });
    api.put(&format!("/accounts/{account}/exemption"), exemption).await.is(200);
    let late_account = shop.account_of("late").await;
    assert_eq!(api.subscription(&late_account).await["state"], "past_due");

    let owner = shop.stranger();
    owner.post("/login", &[("email", "free@example.com"), ("password", PASSWORD)]).await.is(303);
    joins(&owner, &shop.visitor("guest").await).await.is(303);
    let join = vec![format!("/join?token={}", invites(&owner).await)];
    untold(shop).await;

    let mut admin = [own(), ADMIN.map(str::to_owned).to_vec()].concat();
    for account in [account, late_account] {
        admin.push(format!("/admin/accounts/{account}"));
    }
    if let Some(event) = shop.events("done").await.first() {
        admin.push(format!("/admin/events/{}", event["id"].as_str().expect("an id")));
    }
    vec![
        (None, [OUT.map(str::to_owned).to_vec(), join.clone()].concat()),
        (Some("free@example.com"), own()),
        (Some(MEMBER), SHARED.map(str::to_owned).to_vec()),
        (Some("late@example.com"), own()),
        (Some("exempt@example.com"), [own(), join].concat()),
        (Some("admin@example.com"), admin),
    ]
}

fn own() -> Vec<String> {
    OWN.map(str::to_owned).to_vec()
}

/// A message that a panel next door did not take for three days, and one that it may take yet.
async fn untold(shop: &Shop) {
    let mut conn = shop.database().await;
    for (id, status) in [("msg_1", "dead"), ("msg_2", "waiting")] {
        sqlx::query(
            "INSERT INTO hooks_outbox (message_id, url, account_id, kind, body, created_at, status,
                attempts, next_attempt_at, last_error)
             SELECT ?, 'https://panel.example/hook', id, 'account.access_changed', '{}', created_at,
                ?, 17, 0, 'it answered 500 Internal Server Error' FROM accounts LIMIT 1",
        )
        .bind(id)
        .bind(status)
        .execute(&mut conn)
        .await
        .expect("a message");
    }
}

#[rocket::async_test]
async fn every_page_fits_320_px_and_breaks_no_rule_of_axe_in_light_and_dark() {
    let Some(driver) = std::env::var_os("COINSLOT_CHROMEDRIVER") else {
        println!("skipped: COINSLOT_CHROMEDRIVER is not set");
        return;
    };
    let axe = std::env::var_os("COINSLOT_AXE");
    let axe = axe.map(|file| std::fs::read_to_string(file).expect("COINSLOT_AXE can be read"));
    if axe.is_none() {
        println!("only the width is judged: COINSLOT_AXE is not set");
    }
    let shop = Shop::open().await;
    let people = people(&shop).await;
    let desk = people.iter().flat_map(|(_, pages)| pages);
    let desk: Vec<String> = desk.filter(|page| page.starts_with("/admin")).cloned().collect();
    let window = Window::open(Path::new(&driver), &shop.base).await;
    let mut wrong = Vec::new();
    for (who, pages) in people {
        match who {
            Some(email) => window.signs_in(email).await,
            None => window.web.delete_all_cookies().await.expect("no cookies"),
        }
        if who == Some(MEMBER) {
            window.goto("/account").await;
            window.press("form[action='/account/switch'] button").await;
            window.reads("You act for this account now.").await;
        }
        for page in pages {
            let seen = format!("{page} as {}", who.unwrap_or("nobody"));
            wide(&window, 1_280).await;
            window.goto(&page).await;
            wrong.extend(trouble(&window, axe.as_deref(), &seen).await);
        }
    }
    // A page that only a form leads to.
    window.signs_in("free@example.com").await;
    window.goto("/account").await;
    window.press("form[action='/account/invites'] button").await;
    window.reads("Copy this link").await;
    wrong.extend(trouble(&window, axe.as_deref(), "an invitation").await);
    // German words are longer.
    for (email, pages) in [("late@example.com", own()), ("admin@example.com", desk)] {
        window.signs_in(email).await;
        window.press("button[name='language'][value='de']").await;
        window.reads("Abrechnung").await;
        for page in pages {
            window.goto(&page).await;
            wrong.extend(trouble(&window, axe.as_deref(), &format!("{page} in German")).await);
        }
        window.goto("/account").await;
        window.press("button[name='language'][value='en']").await;
        window.reads("Billing").await;
    }
    window.web.clone().quit().await.expect("the browser closes");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What is wrong with the page in the window: in light and dark, and at 320 px.
async fn trouble(window: &Window, axe: Option<&str>, seen: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for scheme in ["light", "dark"] {
        emulate(window, scheme).await;
        pictures(window, &format!("{seen} {scheme}")).await;
        if let Some(axe) = axe {
            let found = violations(window, axe).await;
            wrong.extend(found.into_iter().map(|it| format!("{seen}, {scheme}: {it}")));
        }
    }
    wide(window, 320).await;
    window.picture(seen).await;
    let width = script(window, "return document.scrollingElement.scrollWidth").await;
    if width.as_u64().expect("a width") > 320 {
        wrong.push(format!("{seen}: scrolls sideways, {width} px"));
    }
    wrong
}

/// The whole page on a phone and on a desk, where pictures are kept.
async fn pictures(window: &Window, name: &str) {
    if !window.keeps_pictures() {
        return;
    }
    for width in [360, 1_280] {
        wide(window, width).await;
        let height = script(window, "return document.documentElement.scrollHeight").await;
        sized(window, width, height.as_u64().expect("a height").max(900)).await;
        window.picture(&format!("{name} {width}")).await;
    }
}

#[rocket::async_test]
async fn a_keyboard_alone_registers_creates_a_server_and_finds_the_plans() {
    let Some(driver) = std::env::var_os("COINSLOT_CHROMEDRIVER") else {
        println!("skipped: COINSLOT_CHROMEDRIVER is not set");
        return;
    };
    let shop = Shop::open().await;
    let window = Window::open(Path::new(&driver), &shop.base).await;
    window.goto("/login").await;
    types(&window, ".skip", Key::Enter + "").await;
    types(&window, "a[href='/register']", Key::Enter + "").await;
    window.find("form[action='/register']").await;
    types(&window, "[name=email]", "ada@example.com").await;
    types(&window, "[name=name]", "Ada").await;
    types(&window, "[name=password]", "short" + Key::Enter).await;
    window.reads("12 to 128 characters").await;
    let focused = script(&window, "return document.activeElement.getAttribute('role')").await;
    assert_eq!(focused, "alert", "what is wrong is where the keyboard is");
    types(&window, "[role=alert] a[href='#password']", Key::Enter + "").await;
    let field = script(&window, "return document.activeElement.name").await;
    assert_eq!(field, "password", "an error leads to its field");
    types(&window, "[name=password]", PASSWORD + Key::Enter).await;
    window.reads("0 of 1 server").await;
    for name in ["First world", "Second world"] {
        types(&window, "[name=name]", name).await;
        types(&window, "[name=game]", "Minecraft" + Key::Enter).await;
        window.reads("1 of 1 server").await;
    }
    window.reads("A subscription is needed").await;
    types(&window, "main a[href*='/billing/plans']", Key::Enter + "").await;
    window.find("form[action='/billing/checkout']").await;
    types(&window, "form[action='/billing/checkout'] button", Key::Enter + "").await;
    window.find("[name=cardNumber]").await;
    window.web.clone().quit().await.expect("the browser closes");
}

/// Goes on with Tab to what `css` names, sees that the focus shows, and types.
async fn types(window: &Window, css: &str, keys: impl Into<TypingData>) {
    let here = format!("return document.activeElement.matches({})", json!(css));
    for _ in 0..60 {
        if script(window, &here).await == true {
            let shows = "const it = getComputedStyle(document.activeElement);
                return it.outlineStyle !== 'none' && it.outlineWidth !== '0px'";
            assert_eq!(script(window, shows).await, true, "the focus shows on `{css}`");
            focused(window).await.send_keys(keys).await.expect("it takes keys");
            return;
        }
        focused(window).await.send_keys(Key::Tab).await.expect("it takes keys");
    }
    panic!("no way to `{css}` by Tab on {}", window.address().await);
}

async fn focused(window: &Window) -> WebElement {
    window.web.active_element().await.expect("something has the focus")
}

/// What axe has to say of the page.
async fn violations(window: &Window, axe: &str) -> Vec<String> {
    window.web.execute(axe, vec![]).await.expect("axe runs");
    let judge = "const done = arguments[arguments.length - 1];
        axe.run(document, { preload: false, resultTypes: ['violations'] })
            .then(found => done(found.violations), error => done([{ id: String(error), nodes: [] }]))";
    let found = window.web.execute_async(judge, vec![]).await.expect("axe answers");
    let found = found.json().as_array().expect("a list").clone();
    found.iter().map(|it| format!("{}: {}", it["id"], places(it))).collect()
}

fn places(violation: &Value) -> String {
    let nodes = violation["nodes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let place = |node: &Value| format!("{} {}", node["html"], node["failureSummary"]);
    nodes.iter().map(place).collect::<Vec<_>>().join("; ")
}

async fn script(window: &Window, script: &str) -> Value {
    window.web.execute(script, vec![]).await.expect("it runs").json().clone()
}

async fn emulate(window: &Window, scheme: &str) {
    // A colour on its way from one scheme to the other is neither.
    // Without motion a colour is at once what it will be.
    let features = json!({ "features": [
        { "name": "prefers-color-scheme", "value": scheme },
        { "name": "prefers-reduced-motion", "value": "reduce" },
    ] });
    tell(window, "Emulation.setEmulatedMedia", features).await;
}

async fn wide(window: &Window, width: u32) {
    sized(window, width, 900).await;
}

async fn sized(window: &Window, width: u32, height: u64) {
    let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
    tell(window, "Emulation.setDeviceMetricsOverride", size).await;
}

async fn tell(window: &Window, command: &str, parameters: Value) {
    window.web.cdp().send_raw(command, parameters).await.expect("the browser obeys");
}
