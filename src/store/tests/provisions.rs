use crate::domain::ids::{AccountId, ServerId};
use crate::domain::timestamp::Timestamp;
use crate::store::provisions::{self, Order, State, Step};
use crate::store::testing::{fresh, run};
use crate::store::{self, Store, made, panel_users};

const ORDER: Order<'_> = Order { external: "cs-1", template: "paper", name: "Survival" };

fn ids() -> (AccountId, ServerId) {
    (AccountId::new("ada").expect("an id"), ServerId::new("one").expect("an id"))
}

/// One account with an order that is due at 10.
async fn ordered() -> (Store, tempfile::TempDir) {
    let (store, folder) = fresh().await;
    let (account, server) = ids();
    let mut tx = store.write().await.expect("a transaction");
    run(&mut tx, "INSERT INTO accounts (id, email, created_at) VALUES ('ada', 'a@b', 0)").await;
    provisions::put(&mut tx, &account, &server, ORDER, Timestamp(10)).await.expect("an order");
    store::commit(tx).await.expect("a commit");
    (store, folder)
}

#[rocket::async_test]
async fn an_order_is_taken_by_one_at_a_time_and_an_overtaken_attempt_changes_nothing() {
    let (store, _folder) = ordered().await;
    let (account, server) = ids();
    let mut tx = store.write().await.expect("a transaction");
    let mut take = async |now, until| {
        provisions::take(&mut tx, None, Timestamp(now), Timestamp(until)).await.expect("a look")
    };
    assert_eq!(take(9, 99).await, None, "it is not due");
    let first = take(10, 20).await.expect("the order");
    assert_eq!((first.state, first.attempts), (State::Wanted, 1));
    assert_eq!(take(19, 99).await, None, "somebody is at it");
    let second = take(20, 30).await.expect("the order");
    let made = Step::Made { remote: 7 };
    assert!(!provisions::advance(&mut tx, &first, made).await.expect("a step"));
    assert!(provisions::advance(&mut tx, &second, Step::Asking).await.expect("a step"));
    assert!(provisions::advance(&mut tx, &second, made).await.expect("a step"));
    let failed = Step::Failed { error: "late" };
    assert!(!provisions::advance(&mut tx, &second, failed).await.expect("a step"));
    let known = provisions::get(&mut tx, &account, &server).await.expect("a look").expect("it");
    assert_eq!((known.state, known.remote, known.error), (State::Made, Some(7), None));
    assert!(!provisions::give_up(&mut tx, &account, &server).await.expect("a try"));
    assert!(!provisions::remove(&mut tx, &account, &server, 8).await.expect("a try"));
    assert!(provisions::remove(&mut tx, &account, &server, 7).await.expect("a removal"));
}

#[rocket::async_test]
async fn a_failed_order_is_told_of_until_it_is_old_and_can_be_made_anew() {
    let (store, _folder) = ordered().await;
    let (account, server) = ids();
    let mut tx = store.write().await.expect("a transaction");
    for _ in 0..2 {
        let taken =
            provisions::take(&mut tx, Some((&account, &server)), Timestamp(10), Timestamp(20))
                .await
                .expect("a look")
                .expect("the order");
        let failed = Step::Failed { error: "no port" };
        assert!(provisions::advance(&mut tx, &taken, failed).await.expect("a step"));
        let known = provisions::get(&mut tx, &account, &server).await.expect("a look");
        assert_eq!(known.and_then(|it| it.error).as_deref(), Some("no port"));
        provisions::put(&mut tx, &account, &server, ORDER, Timestamp(10)).await.expect("an order");
    }
    provisions::forget_failed(&mut tx, Timestamp(99)).await.expect("a sweep");
    assert_eq!(provisions::of_account(&mut tx, &account).await.expect("a list").len(), 1);
}

#[rocket::async_test]
async fn a_user_of_the_panel_is_one_accounts_alone() {
    let (store, _folder) = ordered().await;
    let (ada, _) = ids();
    let bob = AccountId::new("bob").expect("an id");
    let mut tx = store.write().await.expect("a transaction");
    run(&mut tx, "INSERT INTO accounts (id, email, created_at) VALUES ('bob', 'c@d', 0)").await;
    for (account, user, linked) in
        [(&ada, 5, true), (&bob, 5, false), (&ada, 6, false), (&ada, 5, true)]
    {
        let link = panel_users::link(&mut tx, account, user, Timestamp(1)).await;
        assert_eq!(link.expect("a link"), linked, "{account} {user}");
    }
    let due = panel_users::due(&mut tx, Timestamp(1), 9).await.expect("a list");
    assert_eq!(due, [(ada.clone(), 5)]);
    panel_users::look_again(&mut tx, &ada, Timestamp(50)).await.expect("a date");
    assert!(panel_users::due(&mut tx, Timestamp(49), 9).await.expect("a list").is_empty());
    for (user, is_free) in [(6, false), (5, true)] {
        panel_users::unlink(&mut tx, &ada, user).await.expect("a change");
        let link = panel_users::link(&mut tx, &bob, 5, Timestamp(1)).await;
        assert_eq!(link.expect("a link"), is_free, "{user}");
    }
}

#[rocket::async_test]
async fn what_stands_and_what_failed_are_read_a_few_at_a_time_with_their_number() {
    let (store, _folder) = ordered().await;
    let (ada, _) = ids();
    let mut tx = store.write().await.expect("a transaction");
    run(
        &mut tx,
        "INSERT INTO provisions (account_id, server_id, name, state, remote_id, error, ordered_at)
         VALUES ('ada', 'b', 'b', 'made', 2, NULL, 3), ('ada', 'a', 'a', 'made', 1, NULL, 3),
            ('ada', 'no_slot', 'n', 'made', 3, NULL, 4), ('ada', 'lapsed', 'l', 'made', 4, NULL, 4),
            ('ada', 'old', 'o', 'failed', NULL, 'no', 5), ('ada', 'new', 'w', 'failed', NULL, 'no', 6)",
    )
    .await;
    run(
        &mut tx,
        "INSERT INTO servers (account_id, id, created_at, reserved_until, suspended_at)
         VALUES ('ada', 'a', 0, NULL, 8), ('ada', 'b', 0, NULL, NULL), ('ada', 'lapsed', 0, 20, NULL),
            ('ada', 'one', 0, 21, NULL), ('ada', 'new', 0, NULL, NULL)",
    )
    .await;
    for (offset, ids, in_all) in [
        (0, vec![("a", Some(8)), ("b", None)], Some(3)),
        (2, vec![("one", None)], Some(3)),
        (3, vec![], None),
    ] {
        let (found, count) =
            made::standing(&mut tx, &ada, Timestamp(20), offset, 2).await.expect("a page");
        let found: Vec<_> = found
            .iter()
            .map(|it| (it.provision.server.as_str(), it.suspended_at.map(|at| at.0)))
            .collect();
        assert_eq!((found, count), (ids, in_all), "from {offset}");
    }
    for (since, limit, ids, in_all) in
        [(4, 9, vec!["new", "old"], 2), (4, 1, vec!["new"], 2), (5, 9, vec!["new"], 1)]
    {
        let (found, count) =
            made::failed(&mut tx, &ada, Timestamp(since), limit).await.expect("a list");
        let found: Vec<_> = found.iter().map(|it| it.server.as_str()).collect();
        assert_eq!((found, count), (ids, in_all), "since {since}, {limit} of them");
    }
}
