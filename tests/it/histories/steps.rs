//! What may happen, and how often.

use proptest::prelude::*;
use proptest::sample::select;

/// The accounts of a history.
pub const ACCOUNTS: [&str; 2] = ["ada", "bob"];

/// Two accounts' life with Stripe.
#[derive(Debug, Clone)]
pub struct History {
    pub with_trial: bool,
    pub steps: Vec<Step>,
}

/// One thing that happens.
#[derive(Debug, Clone)]
pub enum Step {
    /// Somebody visits the panel.
    Visit(&'static str, Visit),
    /// The same, and the process dies after so many turns.
    DieInVisit(&'static str, Visit, usize),
    /// The truth changes.
    Change(&'static str, Change),
    /// The truth changes, and is told, while the inbox is at work for so many turns.
    ChangeMeanwhile(&'static str, Change, usize),
    /// The account is synced, and the truth changes, and is told, while the answer is on its way.
    SyncOvertaken(&'static str, Change),
    Wire(Wire),
    /// So many of the next calls to Stripe fail.
    Trouble(Trouble, u32),
    /// The inbox is worked off.
    Work,
    /// The process dies after so many turns of work, and another one opens the same file.
    DieAtWork(usize),
    /// Minutes go by.
    Pass(i64),
}

/// What somebody does at the panel.
#[derive(Debug, Clone)]
pub enum Visit {
    Begin(&'static str, &'static str),
    Return,
    Sync,
}

/// What happens at Stripe.
#[derive(Debug, Clone)]
pub enum Change {
    Pay(&'static str),
    Confirm(bool),
    CancelNow,
    CancelAtEnd,
    Resume,
    Card(&'static str),
    PayInvoice,
    Pause(Option<&'static str>),
    /// Another plan, how many of it, and whether something else is bought with it.
    Items(&'static str, i64, bool),
    Archive(&'static str),
    DeleteCustomer,
    GiveUp(bool),
}

/// What the network does with what Stripe has to say.
#[derive(Debug, Clone)]
pub enum Wire {
    InOrder,
    Reversed,
    /// One of what waits comes now, chosen by a number; perhaps not for the last time.
    One(usize, bool),
    Lose(usize),
}

#[derive(Debug, Clone)]
pub enum Trouble {
    Refused(&'static str),
    Failing(&'static str),
    CutBefore(&'static str),
    CutAfter(&'static str),
}

pub fn histories() -> impl Strategy<Value = History> {
    (prop::bool::weighted(0.2), prop::collection::vec(step(), 6..32))
        .prop_map(|(with_trial, steps)| History { with_trial, steps })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (account(), visit()).prop_map(|(who, visit)| Step::Visit(who, visit)),
        1 => (account(), visit(), 0..60_usize)
            .prop_map(|(who, visit, turns)| Step::DieInVisit(who, visit, turns)),
        14 => (account(), change()).prop_map(|(who, change)| Step::Change(who, change)),
        3 => (account(), change(), 0..60_usize)
            .prop_map(|(who, change, turns)| Step::ChangeMeanwhile(who, change, turns)),
        2 => (account(), change()).prop_map(|(who, change)| Step::SyncOvertaken(who, change)),
        6 => wire().prop_map(Step::Wire),
        2 => trouble().prop_map(|(trouble, times)| Step::Trouble(trouble, times)),
        4 => Just(Step::Work),
        2 => (0..80_usize).prop_map(Step::DieAtWork),
        6 => minutes().prop_map(Step::Pass),
    ]
}

fn account() -> impl Strategy<Value = &'static str> {
    // Most of a history is one account's, so that its steps have something to do with each other.
    prop_oneof![4 => Just(ACCOUNTS[0]), 1 => Just(ACCOUNTS[1])]
}

fn visit() -> impl Strategy<Value = Visit> {
    let wishes = vec![
        ("starter", "month"),
        ("starter", "month"),
        ("growth", "month"),
        ("growth", "year"),
        ("network", "month"),
        ("lifetime", "once"),
    ];
    prop_oneof![
        4 => select(wishes).prop_map(|(plan, interval)| Visit::Begin(plan, interval)),
        1 => Just(Visit::Return),
        1 => Just(Visit::Sync),
    ]
}

const PAYS: &str = "4242424242424242";
const FAILS_LATER: &str = "4000000000000341";

fn change() -> impl Strategy<Value = Change> {
    let pauses = vec![None, Some("void"), Some("keep_as_draft"), Some("mark_uncollectible")];
    prop_oneof![
        10 => select(vec![PAYS, PAYS, FAILS_LATER, "4000002500003155"]).prop_map(Change::Pay),
        2 => any::<bool>().prop_map(Change::Confirm),
        1 => Just(Change::CancelNow),
        2 => Just(Change::CancelAtEnd),
        2 => Just(Change::Resume),
        2 => select(vec![PAYS, FAILS_LATER, "4000000000000002"]).prop_map(Change::Card),
        2 => Just(Change::PayInvoice),
        3 => select(pauses).prop_map(Change::Pause),
        2 => (select(vec!["starter", "growth", "network"]), 1..3_i64, any::<bool>())
            .prop_map(|(plan, quantity, more)| Change::Items(plan, quantity, more)),
        1 => select(vec!["price_starter_monthly", "price_growth_monthly", "price_lifetime_once"])
            .prop_map(Change::Archive),
        1 => Just(Change::DeleteCustomer),
        1 => any::<bool>().prop_map(Change::GiveUp),
    ]
}

fn wire() -> impl Strategy<Value = Wire> {
    prop_oneof![
        4 => Just(Wire::InOrder),
        2 => Just(Wire::Reversed),
        4 => (0..50_usize, any::<bool>()).prop_map(|(which, again)| Wire::One(which, again)),
        1 => (0..50_usize).prop_map(Wire::Lose),
    ]
}

fn trouble() -> impl Strategy<Value = (Trouble, u32)> {
    let calls = ["/v1/subscriptions", "/v1/customers", "/v1/checkout/sessions", "/v1/invoices"];
    let call = || select(calls.to_vec());
    prop_oneof![
        5 => (call(), 1..12_u32).prop_map(|(path, times)| (Trouble::Refused(path), times)),
        // Each is tried again, which takes its time.
        1 => call().prop_map(|path| (Trouble::Failing(path), 1)),
        1 => call().prop_map(|path| (Trouble::CutBefore(path), 1)),
        1 => call().prop_map(|path| (Trouble::CutAfter(path), 1)),
    ]
}

fn minutes() -> impl Strategy<Value = i64> {
    const DAY: i64 = 24 * 60;
    prop_oneof![1..90_i64, 1..3 * DAY, 3 * DAY..20 * DAY, 25 * DAY..100 * DAY]
}
