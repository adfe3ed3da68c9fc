use futures::future::join_all;

use super::*;
use crate::domain::delivery::Envelope;
use crate::domain::ids::Mode;
use crate::domain::testing::at;
use crate::store::testing::fresh;
use crate::store::{self, inbox};

type Answer = oneshot::Receiver<Result<bool, NotFiled>>;

fn filing(id: &str) -> Filing {
    let payload = format!(
        r#"{{"id":"{id}","type":"invoice.paid","created":1,"livemode":false,
            "data":{{"object":{{"id":"in_1","object":"invoice","customer":"cus_1"}}}}}}"#
    );
    let envelope = Envelope::read(payload.as_bytes()).expect("an event");
    let delivery = Delivery { envelope, payload: payload.into_bytes() };
    Filing { delivery, ignored: None, received_at: at(0) }
}

/// Hands in a first filing, which keeps the writer busy, and `together` behind it.
async fn batch(store: &Store, together: &[&str]) -> (Answer, Vec<Answer>) {
    let intake = Arc::new(Intake::new(store.clone()));
    let first = intake.hand_in(filing("evt_first")).expect("there is room");
    while !intake.queue.lock().expect("nobody panicked").waiting.is_empty() {
        tokio::task::yield_now().await;
    }
    let hand_in = |id: &&str| intake.hand_in(filing(id)).expect("there is room");
    (first, together.iter().map(hand_in).collect())
}

async fn stored(store: &Store) -> Vec<String> {
    let mut conn = store.read().await.expect("a reader");
    let events = inbox::page(&mut conn, None, None, 10).await.expect("events");
    events.into_iter().rev().map(|event| event.id).collect()
}

/// Refuses `evt_poison`, as a full disk would refuse anything.
async fn break_table(store: &Store) {
    let mut tx = store.write().await.expect("the writer");
    store::testing::run(
        &mut tx,
        "CREATE TRIGGER broken BEFORE INSERT ON inbox_events WHEN NEW.event_id = 'evt_poison'
         BEGIN SELECT RAISE(ABORT, 'no room'); END",
    )
    .await;
    store::commit(tx).await.expect("a commit");
}

#[tokio::test]
async fn a_commit_that_fails_fails_for_all_in_it_and_stores_none() {
    let (store, _folder) = fresh().await;
    break_table(&store).await;
    let busy = store.write().await.expect("the writer");
    let (first, together) = batch(&store, &["evt_2", "evt_poison", "evt_3"]).await;
    drop(busy);
    assert!(matches!(first.await, Ok(Ok(true))), "the first is committed alone");
    for answer in join_all(together).await {
        let Ok(Err(NotFiled::Commit(error))) = answer else { panic!("{answer:?}") };
        assert!(error.to_string().contains("no room"), "{error}");
    }
    assert_eq!(stored(&store).await, ["evt_first"]);
}

#[tokio::test]
async fn duplicates_in_one_batch_are_one_row() {
    let (store, _folder) = fresh().await;
    let busy = store.write().await.expect("the writer");
    let (_first, together) = batch(&store, &["evt_2", "evt_first", "evt_2", "evt_3"]).await;
    drop(busy);
    let new: Vec<bool> = join_all(together)
        .await
        .into_iter()
        .map(|answer| answer.expect("an answer").expect("a commit"))
        .collect();
    assert_eq!(new, [true, false, false, true]);
    assert_eq!(stored(&store).await, ["evt_first", "evt_2", "evt_3"]);
}

#[tokio::test]
async fn who_hangs_up_takes_nobody_along() {
    let (store, _folder) = fresh().await;
    let busy = store.write().await.expect("the writer");
    let (first, mut together) = batch(&store, &["evt_2", "evt_3"]).await;
    drop(first);
    drop(together.remove(0));
    drop(busy);
    let last = together.remove(0);
    assert!(matches!(last.await, Ok(Ok(true))));
    assert_eq!(stored(&store).await, ["evt_first", "evt_2", "evt_3"]);
}

#[tokio::test]
async fn a_full_queue_refuses_at_once_and_keeps_its_word_to_the_rest() {
    let (store, _folder) = fresh().await;
    let busy = store.write().await.expect("the writer");
    let intake = Arc::new(Intake::new(store.clone()));
    let waiting: Vec<Answer> = (0..MOST_WAITING)
        .map(|number| intake.hand_in(filing(&format!("evt_{number}"))).expect("there is room"))
        .collect();
    let refused = intake.hand_in(filing("evt_late"));
    assert!(matches!(refused, Err(NotFiled::Full)));
    drop(busy);
    for answer in join_all(waiting).await {
        assert!(matches!(answer, Ok(Ok(true))), "{answer:?}");
    }
    let mut conn = store.read().await.expect("a reader");
    let late = inbox::get(&mut conn, "evt_late", Mode::Test).await.expect("a look");
    assert_eq!(late, None);
    assert_eq!(inbox::pending(&mut conn).await.expect("a count").0 as usize, MOST_WAITING);
}

#[tokio::test]
async fn background_work_gives_way_for_a_while_only() {
    let (store, _folder) = fresh().await;
    let intake = Arc::new(Intake::new(store));
    let waits_after = async |last: Option<Instant>| {
        intake.queue.lock().expect("nobody panicked").last = last;
        let began = Instant::now();
        intake.give_way().await;
        began.elapsed() >= MOST_PATIENCE
    };
    let flood = Instant::now() + Duration::from_hours(1);
    assert!(!waits_after(None).await, "nothing was ever delivered");
    assert!(waits_after(Some(flood)).await);
    assert!(!waits_after(Some(Instant::now() - LULL)).await, "it is quiet");
}
