//! The panel of a history: lived in one process, delivered to by hand, killed at any moment.

mod overtaken;

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use coinslot::sandbox::{AfterRetries, Fault, FaultKind, Sandbox};
use coinslot::{Clock, Timestamp, TokenScope};
use rocket::http::{ContentType, Header, Method};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::process::{Process, Told, folder, open, turns_of};
use super::steps::{ACCOUNTS, Change, Step, Trouble, Visit, Wire};
use super::truth::{self, Truth};
use crate::shop::{HOUR, START};

/// Everything of one history.
pub struct World {
    pub sandbox: Sandbox,
    pub something_was_lost: bool,
    clock: Clock,
    folder: TempDir,
    with_trial: bool,
    token: String,
    process: Arc<Process>,
    panel: Told,
    /// How many events of the sandbox were put on the wire.
    told_of: usize,
    wire: Vec<Value>,
    /// Where each account was sent to pay.
    tills: BTreeMap<&'static str, String>,
    /// Customers that an account may have had besides its first.
    replaced: BTreeMap<&'static str, usize>,
}

impl World {
    pub async fn begin(sandbox: &Sandbox, with_trial: bool) -> Self {
        sandbox.reset();
        sandbox.clear_faults();
        sandbox.clear_requests();
        let clock = Clock::frozen(Timestamp(START));
        let folder = folder();
        let panel = Told::default();
        let process = Arc::new(open(sandbox, &folder, &clock, &panel, with_trial).await);
        process.billing.refresh_catalogue().await;
        let token = process.billing.create_token("t", TokenScope::Admin).await.expect("a token");
        let world = Self {
            sandbox: sandbox.clone(),
            something_was_lost: false,
            clock,
            folder,
            with_trial,
            token,
            process,
            panel,
            told_of: 0,
            wire: Vec::new(),
            tills: BTreeMap::new(),
            replaced: BTreeMap::new(),
        };
        for (account, servers) in ACCOUNTS.into_iter().zip([2, 0]) {
            let body = json!({ "email": format!("{account}@example.com") });
            world.call(Method::Put, &format!("/accounts/{account}"), Some(body)).await;
            let servers: Vec<Value> =
                (0..servers).map(|id| json!({ "id": id.to_string() })).collect();
            let body = json!({ "servers": servers });
            world.call(Method::Put, &format!("/accounts/{account}/servers"), Some(body)).await;
        }
        world
    }

    /// # Errors
    ///
    /// What must hold after this very step and does not.
    pub async fn take(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Visit(account, visit) => {
                let answer = self.visit(account, visit).await;
                self.note_till(account, answer);
            }
            Step::DieInVisit(account, visit, turns) => {
                let done = turns_of(*turns, pin!(self.visit(account, visit))).await;
                if let Some(answer) = done {
                    self.note_till(account, answer);
                }
                // Stripe forgets a key after a day: what was made as we died may be made anew.
                *self.replaced.entry(account).or_default() += 1;
                self.reopen().await;
            }
            Step::Change(account, change) => {
                self.change(account, change).await;
                self.next_moment(2);
            }
            Step::ChangeMeanwhile(account, change, turns) => {
                let billing = Arc::clone(&self.process.billing);
                let mut work = pin!(billing.settle());
                let done = turns_of(*turns, work.as_mut()).await.is_some();
                self.next_moment(1);
                let rest = async {
                    if !done {
                        work.await;
                    }
                };
                let news = async {
                    self.change(account, change).await;
                    self.deliver_all(false).await;
                };
                futures::join!(news, rest);
                self.next_moment(1);
            }
            Step::SyncOvertaken(account, change) => {
                Box::pin(self.sync_overtaken(account, change)).await?;
            }
            Step::Wire(wire) => self.send(wire).await,
            Step::Trouble(trouble, times) => self.sandbox.fail_next(fault(trouble, *times)),
            Step::Work => self.process.billing.settle().await,
            Step::DieAtWork(turns) => {
                turns_of(*turns, pin!(self.process.billing.settle())).await;
                self.reopen().await;
            }
            Step::Pass(minutes) => self.pass(minutes * 60).await,
        }
        self.listen();
        Ok(())
    }

    /// Stripe is well again and everything arrives; works until no event waits.
    pub async fn quieten(&mut self) -> Result<(), String> {
        self.sandbox.clear_faults();
        let mut waiting = Vec::new();
        for _ in 0..40 {
            self.deliver_all(false).await;
            self.process.billing.settle().await;
            self.listen();
            waiting.clear();
            for status in ["received", "processing", "failed", "dead"] {
                let events = self.get(&format!("/events?limit=100&status={status}")).await;
                waiting.extend(events["data"].as_array().expect("a list").iter().cloned());
            }
            if waiting.is_empty() && self.wire.is_empty() {
                return Ok(());
            }
            self.pass(8 * HOUR).await;
        }
        Err(format!("these are never done: {waiting:#?}"))
    }

    pub async fn reconcile(&self) {
        self.process.billing.reconcile().await;
    }

    pub async fn equals_the_truth(&self) -> Result<(), String> {
        for account in ACCOUNTS {
            Truth::of(&self.sandbox, account).compare(
                &self.get(&format!("/accounts/{account}")).await,
                &self.get(&format!("/accounts/{account}/subscriptions")).await,
                self.clock.now(),
            )?;
        }
        Ok(())
    }

    /// Everything once more: nothing is stored otherwise, nobody told, nothing done at Stripe.
    pub async fn a_repetition_changes_nothing(&mut self) -> Result<(), String> {
        let (before, told) = (self.stored().await, self.calls().len());
        self.sandbox.clear_requests();
        self.wire = self.sandbox.events();
        self.deliver_all(true).await;
        self.process.billing.settle().await;
        // What was lost comes late now; it may be looked at, for the same answer.
        if !self.something_was_lost && !self.sandbox.requests().is_empty() {
            return Err(format!("duplicates were processed: {:#?}", self.sandbox.requests()));
        }
        self.reconcile().await;
        if self.sandbox.requests().iter().any(|request| request.method != "GET") {
            return Err(format!("looking changed Stripe: {:#?}", self.sandbox.requests()));
        }
        let after = self.stored().await;
        if before != after {
            return Err(format!("a second pass found a difference: {before:#} then {after:#}"));
        }
        if self.calls().len() != told {
            return Err("the panel was told of nothing new".to_owned());
        }
        Ok(())
    }

    /// One living customer and subscription for each account, one trial, one lifetime plan.
    pub fn nobody_pays_twice(&self) -> Result<(), String> {
        for account in ACCOUNTS {
            let replaced = self.replaced.get(account).copied().unwrap_or_default();
            truth::each_effect_once(&self.sandbox, account, replaced)?;
        }
        Ok(())
    }

    /// What one state of the truth means for an account is said once.
    pub fn nobody_is_told_twice(&self) -> Result<(), String> {
        let mut said = BTreeMap::new();
        for call in self.calls() {
            // While the truth moves, the old one may still be said before the new one.
            let most = if call.1 % 2 == 1 { 2 } else { 1 };
            let times = said.entry(call.clone()).or_insert(0);
            *times += 1;
            if *times > most {
                return Err(format!("{} was told {times} times at {}", call.0, call.1));
            }
        }
        Ok(())
    }

    async fn visit(&self, account: &str, visit: &Visit) -> Value {
        match visit {
            Visit::Begin(plan, interval) => {
                let body = json!({ "plan": plan, "interval": interval });
                self.call(Method::Post, &format!("/accounts/{account}/checkout"), Some(body)).await
            }
            Visit::Return => {
                let till = self.tills.get(account).map_or("cs_test_none", String::as_str);
                self.get(&format!("/accounts/{account}/subscription?session_id={till}")).await
            }
            Visit::Sync => {
                self.call(Method::Post, &format!("/accounts/{account}/sync"), None).await
            }
        }
    }

    fn note_till(&mut self, account: &'static str, answer: Value) {
        if let Some(session) = answer["session_id"].as_str() {
            self.tills.insert(account, session.to_owned());
        }
    }

    /// Changes the truth; what cannot be done now is not done.
    async fn change(&mut self, account: &'static str, change: &Change) {
        let sandbox = self.sandbox.clone();
        let subscription = truth::newest_subscription(&sandbox, account);
        match (change, &subscription) {
            (Change::Pay(card), _) => {
                if let Some(till) = self.tills.get(account) {
                    let _ = sandbox.pay_checkout(till, card).await;
                }
            }
            (Change::Confirm(passed), _) => {
                if let Some(till) = self.tills.get(account) {
                    let _ = sandbox.confirm_3ds(till, *passed).await;
                }
                for invoice in truth::open_invoices(&sandbox, account) {
                    let _ = sandbox.confirm_3ds(&invoice, *passed).await;
                }
            }
            (Change::Card(card), _) => {
                if let Some(customer) = truth::customer(&sandbox, account) {
                    let _ = sandbox.set_default_card(&customer, card);
                }
            }
            (Change::PayInvoice, _) => {
                if let Some(invoice) = truth::open_invoices(&sandbox, account).first() {
                    let _ = sandbox.pay_invoice(invoice);
                }
            }
            (Change::DeleteCustomer, _) => {
                if let Some(customer) = truth::customer(&sandbox, account) {
                    sandbox.delete_customer(&customer).expect("it is there");
                    *self.replaced.entry(account).or_default() += 1;
                    self.tills.remove(account);
                }
            }
            (Change::Archive(price), _) => sandbox.archive_price(price),
            (Change::GiveUp(by_cancelling), _) => sandbox.after_retries(if *by_cancelling {
                AfterRetries::Cancel
            } else {
                AfterRetries::Unpaid
            }),
            (_, None) => {}
            (Change::CancelNow, Some(id)) => sandbox.cancel_now(id),
            (Change::CancelAtEnd, Some(id)) => sandbox.cancel_at_period_end(id),
            (Change::Resume, Some(id)) => sandbox.resume(id),
            (Change::Pause(behavior), Some(id)) => sandbox.pause_collection(id, *behavior),
            (Change::Items(plan, quantity, more), Some(id)) => {
                let items = truth::items(&sandbox, id, plan, *quantity, *more);
                sandbox.set_subscription_items(id, items).expect("prices that are there");
            }
        }
        self.listen();
    }

    async fn send(&mut self, wire: &Wire) {
        match wire {
            Wire::InOrder => self.deliver_all(false).await,
            Wire::Reversed => {
                self.wire.reverse();
                self.deliver_all(false).await;
            }
            Wire::One(which, again) if !self.wire.is_empty() => {
                let at = which % self.wire.len();
                self.deliver(&self.wire[at]).await;
                if !again {
                    self.wire.remove(at);
                }
            }
            Wire::Lose(which) if !self.wire.is_empty() => {
                self.wire.remove(which % self.wire.len());
                self.something_was_lost = true;
            }
            Wire::One(..) | Wire::Lose(_) => {}
        }
    }

    /// Delivers what is on the wire; with `each_twice` the second copy comes at once.
    async fn deliver_all(&mut self, each_twice: bool) {
        for event in std::mem::take(&mut self.wire) {
            self.deliver(&event).await;
            if each_twice {
                self.deliver(&event).await;
            }
        }
    }

    async fn deliver(&self, event: &Value) {
        let (signature, body) = self.sandbox.signed(event);
        let answer = self
            .process
            .client
            .post("/api/billing/webhook")
            .remote(([127, 0, 0, 1], 4_000).into())
            .header(Header::new("Stripe-Signature", signature))
            .header(ContentType::JSON)
            .body(body)
            .dispatch()
            .await;
        assert_eq!(answer.status().code, 200, "{event:#}");
    }

    /// Puts what the sandbox has to say on the wire.
    fn listen(&mut self) {
        let events = self.sandbox.events();
        self.wire.extend(events[self.told_of..].iter().cloned());
        self.told_of = events.len();
    }

    async fn pass(&mut self, seconds: i64) {
        let then = self.clock.now().0 + seconds;
        self.sandbox.advance_to(then).await;
        self.clock.set(Timestamp(then));
        self.next_moment(2);
        self.listen();
    }

    fn next_moment(&self, by: u64) {
        self.panel.moment.fetch_add(by, Ordering::SeqCst);
    }

    fn calls(&self) -> Vec<(String, u64)> {
        self.panel.calls.lock().unwrap().clone()
    }

    async fn stored(&self) -> Value {
        let mut stored = Vec::new();
        for account in ACCOUNTS {
            stored.push(self.get(&format!("/accounts/{account}")).await);
            stored.push(self.get(&format!("/accounts/{account}/subscriptions")).await);
        }
        json!(stored)
    }

    async fn get(&self, path: &str) -> Value {
        self.call(Method::Get, path, None).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        self.process.call(&self.token, method, path, body).await
    }

    /// The process is gone; another one opens the same file.
    async fn reopen(&mut self) {
        let (sandbox, clock, panel) = (&self.sandbox, &self.clock, &self.panel);
        self.process = Arc::new(open(sandbox, &self.folder, clock, panel, self.with_trial).await);
    }
}

fn fault(trouble: &Trouble, times: u32) -> Fault {
    let (path, kind) = match trouble {
        Trouble::Refused(path) => (path, FaultKind::Status(400, None)),
        Trouble::Failing(path) => (path, FaultKind::Status(500, None)),
        Trouble::CutBefore(path) => (path, FaultKind::DropBefore),
        Trouble::CutAfter(path) => (path, FaultKind::DropAfter),
    };
    Fault { method: None, path_prefix: (*path).to_owned(), times, kind }
}
