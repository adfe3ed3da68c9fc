//! What a page costs: statements however long its lists are, and bytes on the wire.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{LazyLock, Mutex, PoisonError};

use flate2::Compression;
use flate2::write::GzEncoder;
use rocket::http::Status;
use tracing::Instrument as _;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

use super::billing::subscribe;
use super::{Guest, House};
use crate::domain::delivery::{Delivery, Envelope, Owner};
use crate::store::intake::Filing;
use crate::store::panel::PanelServer;
use crate::{AccountId, ServerId, Timestamp, store};

/// Pages with the most statements each may need.
const PAGES: [(&str, u32); 9] = [
    ("/servers", 3),
    // Sessions, accounts, people and invitations are a list each.
    ("/account", 6),
    ("/billing", 2),
    ("/billing/plans", 5),
    ("/billing/plans?interval=year", 5),
    ("/admin/accounts", 16),
    ("/admin/accounts?q=example", 16),
    ("/admin/events", 9),
    ("/admin/audit", 9),
];

#[rocket::async_test]
async fn a_page_asks_the_database_as_often_for_long_lists_as_for_short_ones() {
    let house = House::open().await;
    house.visitor("ada").await;
    subscribe(&house, "ada@example.com").await;
    let root = root_of(&house).await;
    fill(&house, 0..1).await;
    let few = costs(&house, &root).await;
    fill(&house, 1..40).await;
    let many = costs(&house, &root).await;
    for ((page, few), (_, many)) in few.iter().zip(&many) {
        assert!(*few >= 2, "{page}: statements are counted at all, not {few}");
        assert!(many <= few, "{page}: {few} statements became {many}");
    }
    let over: Vec<_> =
        many.iter().zip(PAGES).filter(|((_, many), (_, most))| many > most).collect();
    assert!(over.is_empty(), "more statements than there may be: {over:?}");
}

#[rocket::async_test]
async fn what_another_panel_made_costs_a_page_as_much_however_much_it_is() {
    let panel = [
        ("billing.panel.kind", "pelican"),
        ("billing.panel.url", "http://127.0.0.1:1"),
        ("billing.panel.key", "papp_of_a_test"),
        ("billing.panel.users", "email"),
    ];
    let house = House::open_with(&panel).await;
    let ada = house.visitor("ada").await;
    let account = house.account("ada@example.com").await;
    for (range, page, most) in
        [(0..1, "/servers", 5), (1..60, "/servers", 5), (60..61, "/servers?page=2", 5)]
    {
        let mut tx = house.billing().store.write().await.expect("a transaction");
        for number in range {
            let id = ServerId::new(format!("panel-{number}")).expect("an id");
            let at = Timestamp(number);
            store::provisions::found(&mut tx, &account, &id, number, "World", at)
                .await
                .expect("it");
            store::servers::confirm(&mut tx, &account, &id, None, at).await.expect("a slot");
        }
        store::commit(tx).await.expect("a commit");
        let (seen, statements) = counted(ada.get(page)).await;
        seen.is(Status::Ok);
        assert!(statements <= most, "{page}: {statements} statements");
    }
}

#[rocket::async_test]
async fn a_page_that_was_read_before_asks_nothing_until_somebody_writes() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    root_of(&house).await;
    for (page, number) in [("/servers", 0), ("/billing", 1)] {
        ada.get(page).await.is(Status::Ok);
        let (seen, statements) = counted(ada.get(page)).await;
        seen.is(Status::Ok);
        assert_eq!(statements, 0, "{page}");
        fill(&house, number..number + 1).await;
        let (seen, statements) = counted(ada.get(page)).await;
        seen.is(Status::Ok);
        assert!(statements > 0, "{page}: somebody wrote");
    }
}

#[rocket::async_test]
async fn who_has_no_session_costs_no_statement_where_there_is_nothing_to_show() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    for page in ["/nowhere", "/billing/nowhere", "/admin/nowhere", "/login"] {
        let (_, statements) = counted(house.guest().get(page)).await;
        assert_eq!(statements, 0, "{page}");
        ada.get(page).await;
        let (_, statements) = counted(ada.get(page)).await;
        assert_eq!(statements, 0, "{page}: it was read before");
    }
}

#[rocket::async_test]
async fn an_error_is_told_when_the_database_fails_too() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    ada.get("/nowhere").await.is(Status::NotFound).says("There is nothing here").says("/logout");
    house.billing().store.close().await;
    ada.get("/nowhere").await.is(Status::NotFound).says("There is nothing here").hides("/logout");
    ada.get("/servers").await.leads_to("/login?next=%2Fservers");
}

#[rocket::async_test]
async fn a_full_page_has_at_most_15_kb_on_the_wire() {
    let house = House::open().await;
    let root = root_of(&house).await;
    fill(&house, 0..40).await;
    for (page, _) in PAGES {
        let html = root.get(page).await.is(Status::Ok).html;
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(html.as_bytes()).expect("it packs");
        let bytes = packed.finish().expect("it ends").len();
        assert!(bytes < 15_000, "{page}: {bytes} bytes");
    }
}

/// An admin with a list of servers of their own.
async fn root_of(house: &House) -> Guest<'_> {
    let root = house.admin().await;
    root.get("/servers").await.is(Status::Ok);
    root
}

/// One server, account and event for each of `numbers`.
async fn fill(house: &House, numbers: std::ops::Range<i64>) {
    let own = house.account("root@example.com").await;
    let mut tx = house.billing().store.write().await.expect("a transaction");
    for number in numbers {
        let id = ServerId::new(format!("srv_{number}")).expect("an id");
        let at = Timestamp(number);
        let server = PanelServer {
            id: id.clone(),
            account: own.clone(),
            name: format!("World {number}"),
            game: "Minecraft".to_owned(),
            created_at: at,
            suspended_at: None,
            created_by: None,
        };
        store::panel::put_server(&mut tx, &server).await.expect("a server");
        let other = AccountId::new(format!("acc_{number}")).expect("an id");
        let email = format!("u{number}@example.com");
        store::accounts::put(&mut tx, &other, &email, None, at).await.expect("an account");
        for account in [&own, &other] {
            store::servers::confirm(&mut tx, account, &id, None, at).await.expect("a slot");
        }
        let envelope = Envelope {
            id: format!("evt_{number}"),
            kind: "invoice.paid".to_owned(),
            created_at: at,
            livemode: false,
            connect_account: None,
            api_version: None,
            owner: Owner::default(),
        };
        let delivery = Delivery { envelope, payload: b"{}".to_vec() };
        let filing = Filing { delivery, ignored: None, received_at: at };
        store::intake::file_all(&mut tx, &[filing]).await.expect("a filing");
    }
    store::commit(tx).await.expect("a commit");
}

/// Statements for each page when somebody has just written, so that all is read anew.
async fn costs(house: &House, guest: &Guest<'_>) -> Vec<(&'static str, u32)> {
    let mut costs = Vec::new();
    for (page, _) in PAGES {
        let mut tx = house.billing().store.write().await.expect("a transaction");
        let own = house.account("root@example.com").await;
        let at = Timestamp(0);
        store::accounts::put(&mut tx, &own, "root@example.com", Some(page), at).await.expect("put");
        store::commit(tx).await.expect("a commit");
        let (seen, statements) = counted(guest.get(page)).await;
        seen.is(Status::Ok);
        costs.push((page, statements));
    }
    costs
}

/// Runs `work` and counts its statements, which the driver tells of at `trace`.
async fn counted<T>(work: impl Future<Output = T>) -> (T, u32) {
    static LISTENING: LazyLock<bool> = LazyLock::new(|| {
        let statements = Targets::new()
            .with_target("sqlx::query", tracing::Level::TRACE)
            .with_target(module_path!(), tracing::Level::TRACE);
        let layer = Statements.with_filter(statements);
        let listening = tracing_subscriber::registry().with(layer);
        tracing::subscriber::set_global_default(listening).is_ok()
    });
    assert!(*LISTENING, "no other test listens to the log");
    let span = tracing::trace_span!("counted");
    let id = span.id().expect("a span that is listened to").into_u64();
    let done = work.instrument(span).await;
    let seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    (done, seen.unwrap_or_default())
}

static SEEN: LazyLock<Mutex<HashMap<u64, u32>>> = LazyLock::new(Mutex::default);

/// Counts statements by the span in which they were asked for.
struct Statements;

impl<S: tracing::Subscriber + for<'l> LookupSpan<'l>> Layer<S> for Statements {
    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        let spans = context.event_scope(event).into_iter().flatten();
        for span in spans.filter(|span| span.name() == "counted") {
            let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
            *seen.entry(span.id().into_u64()).or_default() += 1;
        }
    }
}
