//! Every page of the operator in every state there is: whole, in plain words, and well counted.

use rocket::http::Status;

use super::super::Standalone;
use super::House;
use super::standings::{fill, names};
use super::states::{sell, wrong};
use crate::domain::drift::Drift;
use crate::domain::ids::Mode;
use crate::domain::testing::{account, at};
use crate::{Clock, stage, store};

/// Each status an event may have, with what goes with it.
const EVENTS: [(&str, &str, Option<&str>, Option<&str>); 8] = [
    ("waits", "received", None, None),
    ("works", "processing", None, None),
    ("done", "done", None, None),
    ("failed", "failed", None, Some("Stripe answered 500")),
    ("dead", "dead", None, Some("out of luck")),
    ("other", "ignored", Some("livemode"), None),
    ("foreign", "ignored", Some("foreign"), None),
    ("connect", "ignored", Some("connect"), None),
];

const PAGES: [&str; 12] = [
    "/admin",
    "/admin/accounts",
    "/admin/accounts?q=nobody",
    "/admin/accounts?state=trialing",
    "/admin/accounts?alert=disputed",
    "/admin/events",
    "/admin/events?status=dead",
    "/admin/events?status=failed",
    "/admin/events?status=processing",
    "/admin/hooks",
    "/admin/plans",
    "/admin/audit",
];

#[rocket::async_test]
async fn a_page_of_the_desk_in_any_state_is_whole_and_says_no_raw_word() {
    for (over_quota, full) in [("freeze", true), ("suspend_excess", true), ("freeze", false)] {
        let settings = [
            ("billing.over_quota", over_quota),
            ("billing.stripe.secret_key", "sk_test_1"),
            ("billing.stripe.api_base", "http://127.0.0.1:1"),
        ];
        let clock = Clock::frozen(at(0));
        let house = House::build(&settings, stage(Standalone::default()).clock(clock)).await;
        let mut pages = PAGES.map(str::to_owned).to_vec();
        if full {
            fill(&house).await;
            sell(&house).await;
            happen(&house).await;
            pages.extend(names().map(|who| format!("/admin/accounts/{}", account(who))));
            pages.extend(EVENTS.map(|(id, ..)| format!("/admin/events/evt_{id}")));
        }
        let root = house.admin().await;
        for page in &pages {
            for language in ["en", "de"] {
                let html = root.get_in(language, page).await.is(Status::Ok).html;
                let wrong = wrong(&html);
                assert!(wrong.is_empty(), "{page} in {language} has {wrong:?}:\n{html}");
            }
        }
    }
}

/// An event in each status, a message of each kind that did not arrive, and a difference.
async fn happen(house: &House) {
    let mut tx = house.billing().store.write().await.expect("a transaction");
    for (id, status, ignored, error) in EVENTS {
        sqlx::query(
            "INSERT INTO inbox_events (event_id, mode, kind, created_at, received_at, status,
                ignored_reason, attempts, next_attempt_at, lease_until, last_error, account_id,
                payload)
             VALUES ('evt_' || ?1, 'test', 'invoice.paid', ?5, ?5, ?2, ?3, 1,
                iif(?2 IN ('received', 'failed'), ?5 + 3600, NULL),
                iif(?2 = 'processing', ?5 + 60, NULL),
                ?4, 'active', x'7b7d')",
        )
        .bind(id)
        .bind(status)
        .bind(ignored)
        .bind(error)
        .bind(at(0).0)
        .execute(&mut *tx)
        .await
        .expect("an event");
    }
    for (id, status) in [("msg_1", "dead"), ("msg_2", "waiting")] {
        sqlx::query(
            "INSERT INTO hooks_outbox (message_id, url, account_id, kind, body, created_at, status,
                attempts, next_attempt_at, last_error)
             VALUES (?, 'https://panel.example/hook', 'active', 'account.access_changed', '{}', 0,
                ?, 1, 0, 'it answered 500 Internal Server Error')",
        )
        .bind(id)
        .bind(status)
        .execute(&mut *tx)
        .await
        .expect("a message");
    }
    let drift = [Drift::Status, Drift::Period];
    let noted = store::drifts::note(&mut tx, &account("active"), Mode::Test, &drift, at(0)).await;
    noted.expect("a note");
    store::commit(tx).await.expect("a commit");
}
