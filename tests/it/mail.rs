//! Mail: customers are told what Stripe does not tell them, each thing once.

use coinslot::Timestamp;
use serde_json::json;

use crate::log::Log;
use crate::post::{Mail, Mood, Post};
use crate::shop::{Api, DAY, HOUR, Shop};

const SUSPENDS: &str = "billing.over_quota = \"suspend_excess\"\nbilling.suspend_after = \"3d\"\n";

const OVER: &str = "You have more servers than your plan has room for";
const AHEAD: &str = "Some of your servers will be suspended soon";
const SUSPENDED: &str = "Some of your servers were suspended";
const LIFTED: &str = "Your servers are no longer suspended";
const EXEMPTION: &str = "Your free use of servers ends soon";

struct Scene {
    post: Post,
    shop: Shop,
    api: Api,
}

/// An account on Starter with three servers, in a shop that sends mail.
async fn scene(configuration: &str) -> Scene {
    let post = Post::office().await;
    let shop = Shop::with(&format!("{configuration}{}", post.mail())).await;
    let api = shop.api("admin").await;
    api.account("ada").await;
    api.buys(&shop, "ada", "starter", "month").await;
    shop.settle().await;
    for server in ["one", "two", "three"] {
        shop.advance(1).await;
        let body = json!({ "name": format!("The {server}") });
        api.put(&format!("/accounts/ada/servers/{server}"), body).await.is(201);
    }
    Scene { post, shop, api }
}

impl Scene {
    /// The subscription ends by request, now.
    async fn ends(&self) {
        let subscription = self.shop.sandbox.ids("subscription").pop().expect("one");
        self.shop.sandbox.cancel_now(&subscription);
        self.shop.settle().await;
    }

    /// Lets time pass, and the worker look and send.
    async fn wait(&self, seconds: i64) {
        self.shop.advance(seconds).await;
        self.shop.work().await;
        self.shop.billing.send_mail().await;
    }

    /// What came to customers since the last look.
    async fn mail(&self) -> Vec<Mail> {
        self.shop.billing.send_mail().await;
        self.post.got().into_iter().filter(|mail| !mail.to.starts_with("operator@")).collect()
    }

    async fn subjects(&self) -> Vec<String> {
        self.mail().await.iter().map(|mail| mail.subject().to_owned()).collect()
    }

    async fn exempts(&self, until: Option<i64>) {
        let until = until.map(|until| Timestamp(until).to_string());
        let body = json!({ "reason": "a friend", "until": until });
        self.api.put("/accounts/ada/exemption", body).await.is(200);
    }
}

#[rocket::async_test]
async fn the_way_into_suspension_and_out_of_it_is_told_step_by_step_and_once() {
    let scene = scene(SUSPENDS).await;
    assert!(scene.mail().await.is_empty(), "all is well");
    scene.ends().await;
    let mail = scene.mail().await;
    assert_eq!(mail.len(), 1);
    assert_eq!((mail[0].subject(), mail[0].to.as_str()), (OVER, "ada@example.com"));
    let day = Timestamp(scene.shop.clock.now().0 + 3 * DAY).minute();
    mail[0].has("3 servers").has("room for 1 server").has(&day);
    mail[0].has("- The two").has("- The three").has_not("- The one").has("/billing");
    assert_eq!(mail[0].header("Auto-Submitted"), "auto-generated");
    assert!(mail[0].header("Message-ID").ends_with("@panel.example>"));
    assert_eq!(mail[0].header("From"), "Coinslot <billing@panel.example>");
    assert_eq!(mail[0].header("To"), "ada@example.com");
    assert_eq!(mail[0].header("MIME-Version"), "1.0");

    for (seconds, subjects) in [
        (0, vec![]),
        (2 * DAY - 1, vec![]),
        (1, vec![AHEAD]),
        (HOUR, vec![]),
        (DAY - HOUR, vec![SUSPENDED]),
        (400 * DAY, vec![]),
    ] {
        scene.wait(seconds).await;
        assert_eq!(scene.subjects().await, subjects, "{seconds} s on");
    }
    scene.api.buys(&scene.shop, "ada", "starter", "month").await;
    scene.shop.settle().await;
    let lifted = scene.mail().await;
    assert_eq!(lifted.len(), 1);
    assert_eq!(lifted[0].subject(), LIFTED);
    lifted[0].has("- The two").has("- The three");
    scene.wait(HOUR).await;
    assert!(scene.mail().await.is_empty());
}

#[rocket::async_test]
async fn a_restart_in_between_tells_nothing_again_and_misses_nothing() {
    let mut scene = scene(SUSPENDS).await;
    scene.ends().await;
    assert_eq!(scene.subjects().await, [OVER]);
    scene.shop.restart().await;
    scene.wait(HOUR).await;
    assert!(scene.mail().await.is_empty());
    scene.shop.restart().await;
    scene.wait(2 * DAY).await;
    assert_eq!(scene.subjects().await, [AHEAD]);
    scene.shop.restart().await;
    scene.wait(DAY).await;
    assert_eq!(scene.subjects().await, [SUSPENDED]);
}

#[rocket::async_test]
async fn two_processes_on_one_file_send_one_letter() {
    let scene = scene(SUSPENDS).await;
    let twin = scene.shop.twin(&format!("[default]\n{SUSPENDS}{}", scene.post.mail())).await;
    scene.ends().await;
    tokio::join!(scene.shop.billing.send_mail(), twin.billing.send_mail());
    scene.shop.advance(2 * DAY + HOUR).await;
    tokio::join!(scene.shop.work(), twin.work());
    tokio::join!(scene.shop.billing.send_mail(), twin.billing.send_mail());
    tokio::join!(scene.shop.billing.watch_alarms(), twin.billing.watch_alarms());
    assert_eq!(scene.subjects().await, [OVER, AHEAD]);
}

#[rocket::async_test]
async fn where_nothing_is_suspended_the_letter_says_so_once() {
    let scene = scene("").await;
    scene.ends().await;
    let mail = scene.mail().await;
    assert_eq!(mail.len(), 1);
    assert_eq!(mail[0].subject(), OVER);
    mail[0].has("Everything runs on").has_not("suspended");
    scene.wait(100 * DAY).await;
    scene.shop.billing.reconcile().await;
    assert!(scene.mail().await.is_empty());
}

#[rocket::async_test]
async fn the_end_of_an_exemption_is_told_a_week_before() {
    let scene = scene(SUSPENDS).await;
    scene.ends().await;
    assert_eq!(scene.subjects().await, [OVER]);
    let end = scene.shop.clock.now().0 + 30 * DAY;
    scene.exempts(Some(end)).await;
    for (seconds, subjects) in [(23 * DAY - 1, vec![]), (1, vec![EXEMPTION]), (DAY, vec![])] {
        scene.shop.advance(seconds).await;
        scene.shop.work().await;
        let mail = scene.mail().await;
        let found: Vec<&str> = mail.iter().map(Mail::subject).collect();
        assert_eq!(found, subjects, "{seconds} s on");
        for letter in &mail {
            letter.has(&Timestamp(end).minute()).has("room for 1 server; you have 3 servers");
            letter.has("suspended after a notice").has_not("a friend");
        }
    }
    scene.wait(6 * DAY).await;
    assert_eq!(scene.subjects().await, [OVER], "it ran out");
    scene.exempts(None).await;
    scene.wait(100 * DAY).await;
    assert!(scene.mail().await.is_empty(), "no end, no letter");
}

#[rocket::async_test]
async fn a_letter_is_tried_again_under_its_id_until_the_server_says_that_it_took_it() {
    let table = [
        (Mood::Refuses(451), 1),
        (Mood::Refuses(535), 1),
        (Mood::Refuses(554), 1),
        (Mood::RefusesSender, 1),
        (Mood::HangsUp, 1),
        // It had arrived: the second one is the same letter.
        (Mood::HangsUpAfterData, 2),
    ];
    for (mood, copies) in table {
        let scene = scene("").await;
        scene.post.will(&[mood, mood]);
        scene.ends().await;
        scene.shop.billing.send_mail().await;
        scene.wait(4).await;
        scene.wait(1).await;
        scene.wait(60).await;
        let mail = scene.mail().await;
        let ids: std::collections::BTreeSet<&str> =
            mail.iter().map(|mail| mail.header("Message-ID")).collect();
        let expected = if mood == Mood::HangsUpAfterData { copies + 1 } else { copies };
        assert_eq!((mail.len(), ids.len()), (expected, 1), "{mood:?}");
        scene.wait(10 * DAY).await;
        assert!(scene.mail().await.is_empty(), "{mood:?}");
    }
}

#[rocket::async_test]
async fn a_letter_nobody_takes_is_given_up_after_three_days_and_shown() {
    let log = Log::of_this_thread();
    for (mood, hours) in
        [(Mood::Refuses(451), 72), (Mood::RefusesSender, 72), (Mood::Refuses(550), 0)]
    {
        let scene = scene("").await;
        let admin = scene.shop.admin().await;
        scene.post.will(&[mood; 40]);
        scene.ends().await;
        scene.shop.billing.send_mail().await;
        for _ in 0..hours {
            admin.get("/admin").await.has_not("not sent");
            scene.wait(HOUR).await;
        }
        admin.get("/admin").await.has("1 letter was not sent");
        scene.wait(10 * DAY).await;
        assert!(scene.mail().await.is_empty(), "it was given up");
        admin.get("/admin").await.has_not("not sent");
    }
    let text = log.text();
    assert!(text.contains("a letter was given up") && text.contains("550"), "{text}");
    assert!(!text.contains("@example.com"), "{text}");
}

#[rocket::async_test]
async fn no_name_reaches_a_header_or_breaks_a_line() {
    const EVIL: &str = "x\r\nBcc: all@example.com\r\n\r\n.\r\nMAIL FROM:<me@example.com>";
    let scene = scene(SUSPENDS).await;
    // The API refuses such names; an old row may hold one.
    let mut conn = scene.shop.database().await;
    for statement in ["UPDATE accounts SET name = ?", "UPDATE servers SET name = ?"] {
        sqlx::query(statement).bind(EVIL).execute(&mut conn).await.unwrap();
    }
    scene.ends().await;
    let mail = scene.mail().await;
    assert_eq!(mail.len(), 1);
    assert_eq!(mail[0].to, "ada@example.com");
    let names = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type"];
    let others = ["MIME-Version", "Content-Transfer-Encoding"];
    for name in mail[0].header_names() {
        assert!(names.contains(&name) || others.contains(&name), "{name}");
    }
    mail[0].has("- x  Bcc: all@example.com");
    assert!(mail[0].body.lines().all(|line| !line.starts_with("Bcc:") && line != "."));

    sqlx::query(
        "UPDATE accounts SET email = 'ada@example.com' || char(13, 10) || 'Bcc: a@b.example'",
    )
    .execute(&mut conn)
    .await
    .unwrap();
    scene.wait(2 * DAY + HOUR).await;
    assert!(scene.mail().await.is_empty(), "that is no address");
}

#[rocket::async_test]
async fn without_configuration_nothing_is_written_down() {
    let shop = Shop::with(SUSPENDS).await;
    let api = shop.api("panel").await;
    api.account("ada").await;
    api.buys(&shop, "ada", "starter", "month").await;
    shop.settle().await;
    shop.billing.send_mail().await;
    shop.billing.watch_alarms().await;
    let mut conn = shop.database().await;
    for table in ["mail_outbox", "mail_said", "alarms"] {
        let count: i64 =
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}")))
                .fetch_one(&mut conn)
                .await
                .unwrap();
        assert_eq!(count, 0, "{table}");
    }
}
