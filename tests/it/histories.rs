//! The law behind all scenarios: whatever happens at Stripe, on the way, and to us, what is stored
//! ends equal to the truth, and each effect happens once at most.
//!
//! `COINSLOT_HISTORIES` says how many histories are lived through (100), `COINSLOT_HISTORY` the
//! number of a single one. A number always gives the same steps; a failure names it and shrinks it.

mod process;
mod steps;
mod truth;
mod world;

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use self::steps::History;
use self::world::World;
use coinslot::sandbox::Sandbox;

#[test]
fn any_history_ends_in_the_truth_with_each_effect_once() {
    let numbers = numbers();
    let next = AtomicU32::new(numbers.start);
    let threads = std::thread::available_parallelism().map_or(2, usize::from).min(4);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .expect("a runtime");
                let sandbox = runtime.block_on(process::sandbox());
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= numbers.end {
                        break;
                    }
                    live_through(&runtime, &sandbox, number);
                }
            });
        }
    });
}

fn numbers() -> Range<u32> {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse().expect("a number"));
    match number("COINSLOT_HISTORY") {
        Some(one) => one..one + 1,
        None => 0..number("COINSLOT_HISTORIES").unwrap_or(100),
    }
}

fn live_through(runtime: &tokio::runtime::Runtime, sandbox: &Sandbox, number: u32) {
    let config = Config {
        cases: 1,
        max_shrink_iters: 300,
        max_shrink_time: 30_000,
        failure_persistence: None,
        ..Config::default()
    };
    let mut seed = [0; 32];
    seed[..4].copy_from_slice(&number.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let outcome = TestRunner::new_with_rng(config, rng).run(&steps::histories(), |history| {
        runtime.block_on(run(sandbox, &history)).map_err(TestCaseError::fail)
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(why, history)) => {
            panic!("COINSLOT_HISTORY={number} fails: {why}\nat its shortest: {history:#?}")
        }
        Err(TestError::Abort(why)) => panic!("history {number} was not lived: {why}"),
    }
}

async fn run(sandbox: &Sandbox, history: &History) -> Result<(), String> {
    let mut world = World::begin(sandbox, history.with_trial).await;
    for (at, step) in history.steps.iter().enumerate() {
        world.take(step).await.map_err(|why| format!("at step {at}: {why}"))?;
        world.nobody_pays_twice().map_err(|why| format!("after step {at}: {why}"))?;
    }
    world.quieten().await.map_err(|why| format!("the inbox: {why}"))?;
    if !world.something_was_lost {
        world.equals_the_truth().await.map_err(|why| format!("by events alone: {why}"))?;
    }
    world.reconcile().await;
    world.equals_the_truth().await.map_err(|why| format!("after a reconcile pass: {why}"))?;
    world.a_repetition_changes_nothing().await?;
    world.nobody_is_told_twice()
}
