//! Every page of a customer in every state there is: whole, in the words of hosting, and well counted.

use rocket::http::Status;

use super::standings::{fill, names};
use super::{Guest, House, PASSWORD};
use crate::domain::ids::Mode;
use crate::domain::plan::{Interval, Offer};
use crate::domain::testing::{account, at, plan, price};
use crate::store::panel::{Role, Session, User};
use crate::web::pages::tests_said;
use crate::{Clock, stage, store};

const PAGES: [&str; 7] = [
    "/servers",
    "/billing",
    "/billing/plans",
    "/billing/plans?interval=year",
    "/billing/cancel",
    "/billing/servers",
    "/account",
];

#[rocket::async_test]
async fn a_page_in_any_state_is_whole_and_says_no_raw_word() {
    for over_quota in ["freeze", "suspend_excess"] {
        let settings = [
            ("billing.over_quota", over_quota),
            ("billing.stripe.secret_key", "sk_test_1"),
            ("billing.stripe.api_base", "http://127.0.0.1:1"),
        ];
        let stage = stage(super::Standalone::default()).clock(Clock::frozen(at(0)));
        let house = House::build(&settings, stage).await;
        fill(&house).await;
        sell(&house).await;
        for who in names() {
            let guest = enter(&house, who).await;
            for page in PAGES {
                for language in ["en", "de"] {
                    let html = guest.get_in(language, page).await.is(Status::Ok).html;
                    let wrong = wrong(&html);
                    assert!(wrong.is_empty(), "{page} as {who} has {wrong:?}:\n{html}");
                }
            }
        }
    }
}

#[rocket::async_test]
async fn the_style_guide_is_there_while_the_sandbox_is_in_use_alone() {
    let sandbox = House::open_in_sandbox().await;
    let page = sandbox.guest().get("/styleguide").await.is(Status::Ok);
    page.says("5 of 3 servers: 2 over").says("12 servers, unlimited").says("Page 2 of 3");
    House::open().await.guest().get("/styleguide").await.is(Status::NotFound);
}

/// Puts every plan up for sale.
pub(super) async fn sell(house: &House) {
    let mut tx = house.billing().store.write().await.expect("a transaction");
    let prices = [
        ("starter", Interval::Month, 500),
        ("starter", Interval::Year, 5_000),
        ("growth", Interval::Month, 1_500),
        ("growth", Interval::Year, 15_000),
        ("lifetime", Interval::Once, 9_900),
    ];
    for (name, interval, amount_minor) in prices {
        let offer = Offer {
            plan: plan(name),
            interval,
            price: price(&format!("price_{name}_{interval}")),
            lookup_key: None,
            amount_minor,
            currency: "eur".to_owned(),
        };
        store::catalogue::put(&mut tx, Mode::Test, &offer, at(0)).await.expect("an offer");
    }
    store::commit(tx).await.expect("a commit");
}

/// Somebody who is signed in for the account.
async fn enter<'h>(house: &'h House, who: &str) -> Guest<'h> {
    let user = User {
        id: format!("usr_{who}"),
        email: format!("{who}@example.com"),
        name: "Kim".to_owned(),
        password_hash: PASSWORD.to_owned(),
        role: Role::User,
        account: account(who),
        created_at: at(0),
    };
    let session = Session {
        hash: super::super::sessions::hash(who).to_vec(),
        device: None,
        created_at: at(0),
        seen_at: at(0),
        expires_at: at(3_600),
    };
    let mut tx = house.billing().store.write().await.expect("a transaction");
    store::panel::put_user(&mut tx, &user).await.expect("a user");
    store::panel::put_session(&mut tx, &user.id, PASSWORD, &session).await.expect("a session");
    store::commit(tx).await.expect("a commit");
    Guest { house, session: Some(who.to_owned()) }
}

/// What stands on a page and may not; accounts and subscriptions are called by their states.
pub(super) fn wrong(html: &str) -> Vec<&'static str> {
    let mut html = html.to_owned();
    for who in names() {
        html = html.replace(&format!("{who}@example.com"), "").replace(&format!("sub_{who}"), "");
    }
    tests_said::wrong(&html)
}
