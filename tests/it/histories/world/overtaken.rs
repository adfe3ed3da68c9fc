//! A sync whose answer the truth overtakes on the way.

use std::pin::pin;
use std::sync::Arc;

use coinslot::sandbox::{AnswerGate, Fault, FaultKind};
use rocket::http::Method;
use serde_json::Value;

use super::World;
use crate::histories::steps::Change;
use crate::histories::truth::{self, Truth};

impl World {
    /// The account is synced; when Stripe has written its answer, the truth changes and is told.
    ///
    /// The sync sees to it by itself: what is stored when it returns is the new truth.
    pub(super) async fn sync_overtaken(
        &mut self,
        account: &'static str,
        change: &Change,
    ) -> Result<(), String> {
        let gate = AnswerGate::closed();
        self.sandbox.fail_next(Fault {
            method: Some("GET".to_owned()),
            path_prefix: "/v1/subscriptions".to_owned(),
            times: 1,
            kind: FaultKind::HoldAnswer(gate.clone()),
        });
        let (process, token) = (Arc::clone(&self.process), self.token.clone());
        let path = format!("/accounts/{account}/sync");
        let mut sync = pin!(process.call(&token, Method::Post, &path, None));
        let early = tokio::select! {
            biased;
            () = gate.holds_one() => None,
            answer = sync.as_mut() => Some(answer),
        };
        self.next_moment(1);
        let customer = truth::customer(&self.sandbox, account);
        let news = self.told_of;
        self.change(account, change).await;
        let told = self.sandbox.events()[news..].iter().any(|event| {
            let object = &event["data"]["object"];
            customer.is_some() && object["customer"].as_str() == customer.as_deref()
        });
        self.deliver_all(false).await;
        gate.let_one_through();
        let synced = match early {
            Some(_) => false,
            None => succeeded(&sync.await),
        };
        self.next_moment(1);
        if !(told && synced) {
            return Ok(());
        }
        Truth::of(&self.sandbox, account)
            .compare(
                &self.get(&format!("/accounts/{account}")).await,
                &self.get(&format!("/accounts/{account}/subscriptions")).await,
                self.clock.now(),
            )
            .map_err(|why| format!("a sync that was overtaken: {why}"))
    }
}

fn succeeded(answer: &Value) -> bool {
    answer["provider"] == "stripe"
}
