//! Alarms: the operator is told by mail what to see to, once when it begins and once when it is over.

use serde_json::json;

use crate::post::{Mail, Mood, Post};
use crate::shop::{DAY, HOUR, Shop};

struct Scene {
    post: Post,
    shop: Shop,
}

async fn scene() -> Scene {
    let post = Post::office().await;
    let shop = Shop::with(&post.mail()).await;
    Scene { post, shop }
}

impl Scene {
    /// What the operator got since the last look, after the minutely one.
    async fn mail(&self) -> Vec<Mail> {
        self.shop.billing.watch_alarms().await;
        self.shop.billing.send_mail().await;
        self.post.got().into_iter().filter(|mail| mail.to == "operator@panel.example").collect()
    }

    /// The one letter there is.
    async fn letter(&self) -> Mail {
        let mut mail = self.mail().await;
        assert_eq!(mail.len(), 1, "{mail:?}");
        mail.remove(0)
    }

    async fn nothing(&self) {
        let mail = self.mail().await;
        assert!(mail.is_empty(), "{mail:?}");
    }

    /// An event that is given up, as it fails until its attempts are used up.
    async fn poison(&self) -> String {
        let api = self.shop.api("panel").await;
        api.account("bob").await;
        api.buys(&self.shop, "bob", "starter", "month").await;
        self.shop.settle().await;
        let mut conn = self.shop.database().await;
        sqlx::query("UPDATE inbox_events SET status = 'dead' WHERE rowid = 1")
            .execute(&mut conn)
            .await
            .unwrap();
        let dead = self.shop.events("dead").await;
        dead[0]["id"].as_str().expect("an id").to_owned()
    }
}

#[rocket::async_test]
async fn a_dead_event_is_told_once_and_its_end_once() {
    let scene = scene().await;
    scene.nothing().await;
    let event = scene.poison().await;
    let letter = scene.letter().await;
    assert_eq!(letter.subject(), "Coinslot: 1 to see to");
    letter.has("New:").has("Events were given up").has("/admin/events?status=dead");
    letter.has_not("Solved").has_not("@example.com").has_not("cus_");
    for _ in 0..3 {
        scene.shop.advance(HOUR).await;
        scene.nothing().await;
    }
    let api = scene.shop.api("admin").await;
    api.post(&format!("/events/{event}/replay"), json!({})).await.is(202);
    scene.shop.settle().await;
    scene.nothing().await;
    scene.shop.advance(10 * 60).await;
    let letter = scene.letter().await;
    assert_eq!(letter.subject(), "Coinslot: 1 solved");
    letter.has("Solved:").has("Events were given up").has_not("New:");
    scene.shop.advance(DAY).await;
    scene.nothing().await;
}

#[rocket::async_test]
async fn what_comes_and_goes_within_minutes_is_told_once() {
    let scene = scene().await;
    let api = scene.shop.api("admin").await;
    let event = scene.poison().await;
    scene.letter().await;
    let mut conn = scene.shop.database().await;
    for _ in 0..5 {
        api.post(&format!("/events/{event}/replay"), json!({})).await.is(202);
        scene.shop.settle().await;
        scene.shop.advance(60).await;
        scene.nothing().await;
        sqlx::query("UPDATE inbox_events SET status = 'dead' WHERE rowid = 1")
            .execute(&mut conn)
            .await
            .unwrap();
        scene.shop.advance(60).await;
        scene.nothing().await;
    }
    let mut shop = scene.shop;
    shop.restart().await;
    Scene { post: scene.post, shop }.nothing().await;
}

#[rocket::async_test]
async fn what_concerns_accounts_is_one_letter_that_names_them() {
    let scene = scene().await;
    let api = scene.shop.api("admin").await;
    for account in ["ada", "eve"] {
        api.account(account).await;
        api.buys(&scene.shop, account, "starter", "month").await;
    }
    scene.shop.settle().await;
    for account in ["ada", "eve"] {
        let body = json!({ "reason": "a friend" });
        api.put(&format!("/accounts/{account}/exemption"), body).await.is(200);
    }
    let letter = scene.letter().await;
    assert_eq!(letter.subject(), "Coinslot: 2 to see to");
    letter.has("An account is exempt, yet").has("ada, eve").has("?alert=exempt_but_paying");
    letter.has_not("@example.com");
    api.delete("/accounts/eve/exemption").await.is(200);
    scene.shop.advance(10 * 60).await;
    let letter = scene.letter().await;
    assert_eq!(letter.subject(), "Coinslot: 1 solved");
    letter.has("eve").has_not("ada");
}

#[rocket::async_test]
async fn mail_that_customers_do_not_get_is_told_to_the_operator() {
    let scene = scene().await;
    let api = scene.shop.api("admin").await;
    api.account("ada").await;
    scene.shop.settle().await;
    let until = coinslot::Timestamp(scene.shop.clock.now().0 + 5 * DAY).to_string();
    scene.post.will(&[Mood::Refuses(550)]);
    api.put("/accounts/ada/exemption", json!({ "reason": "a friend", "until": until }))
        .await
        .is(200);
    scene.shop.billing.send_mail().await;
    scene.letter().await.has("Letters to customers could not be sent");
}

#[rocket::async_test]
async fn without_an_operator_nobody_is_told() {
    let post = Post::office().await;
    let mail = post.mail();
    let (mail, _) = mail.split_once("billing.mail.operator").expect("an operator");
    let scene = Scene { shop: Shop::with(mail).await, post };
    scene.poison().await;
    scene.nothing().await;
    let mut conn = scene.shop.database().await;
    let noted: i64 =
        sqlx::query_scalar("SELECT count(*) FROM alarms").fetch_one(&mut conn).await.unwrap();
    assert_eq!(noted, 0);
}
