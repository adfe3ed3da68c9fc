//! A link for a user of the panel next door: who gets in by it, where, and how often.

use rocket::http::{Cookie, Status};
use rocket::local::asynchronous::LocalResponse;
use serde_json::json;

use super::{Api, NOW};
use crate::domain::timestamp::Timestamp;

const SITE: &str = "https://panel.example";

impl Api {
    async fn link(&self, account: &str) -> String {
        let made = self.post(&format!("/accounts/{account}/link"), json!({})).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let url = made.body["url"].as_str().expect("an address");
        url.strip_prefix(SITE).expect("an address of ours").to_owned()
    }

    async fn open_page(&self, path: &str, cookies: &[Cookie<'static>]) -> LocalResponse<'_> {
        self.client.get(path.to_owned()).cookies(cookies.to_vec()).dispatch().await
    }

    async fn opens(&self, link: &str) -> Vec<Cookie<'static>> {
        let entered = self.open_page(link, &[]).await;
        assert_eq!(entered.status(), Status::SeeOther);
        assert_eq!(entered.headers().get_one("Location"), Some("/billing"));
        entered.cookies().iter().map(|cookie| cookie.clone().into_owned()).collect()
    }

    fn pass(&self, seconds: i64) {
        self.billing().clock.set(Timestamp(self.billing().now().0 + seconds));
    }
}

#[tokio::test]
async fn a_link_opens_the_billing_pages_of_its_account_and_nothing_else() {
    let api = Api::open().await;
    api.account("a").await;
    api.put("/accounts/b", json!({"email": "lee@example.com", "name": "Lee"})).await;
    let made = api.post("/accounts/b/link", json!({})).await;
    let end = Timestamp(NOW.0 + 300);
    assert_eq!(made.body["expires_at"], json!(end));
    let cookies = api.opens(&api.link("b").await).await;
    let cookie = cookies.first().expect("a cookie");
    assert_eq!(
        (cookie.http_only(), cookie.secure(), cookie.path(), cookie.same_site()),
        (Some(true), Some(true), Some("/billing"), Some(rocket::http::SameSite::Lax))
    );
    for path in ["/billing", "/billing/plans"] {
        let page = api.open_page(path, &cookies).await;
        assert_eq!(page.status(), Status::Ok, "{path}");
        let text = page.into_string().await.expect("a page");
        assert!(text.contains("Lee") && !text.contains("kim@"), "{text}");
        assert!(!text.contains("Sign out"), "the panel does not know them");
    }
    for path in ["/admin", "/admin/accounts/b"] {
        let page = api.open_page(path, &cookies).await;
        assert_eq!(page.status(), Status::SeeOther, "{path}");
        assert!(page.headers().get_one("Location").expect("a way").starts_with("/login"));
    }
    let claimed = api.open_page("/api/v1/accounts/b", &cookies).await;
    assert_eq!(claimed.status(), Status::Unauthorized);
    let forged = [Cookie::new("coinslot_link", "guessed")];
    assert_eq!(api.open_page("/billing", &forged).await.status(), Status::Gone);
}

#[tokio::test]
async fn a_link_opens_once_and_within_five_minutes() {
    let api = Api::open().await;
    api.account("a").await;
    let (first, second, third) = (api.link("a").await, api.link("a").await, api.link("a").await);
    let looked = api.client.head(first.clone()).dispatch().await;
    assert_eq!(looked.status(), Status::Ok, "a look spends nothing");
    api.opens(&first).await;
    let again = api.open_page(&first, &[]).await;
    assert_eq!(again.status(), Status::Gone);
    let text = again.into_string().await.expect("a page");
    assert!(text.contains("go back to your panel"), "{text}");
    api.pass(299);
    api.opens(&second).await;
    api.pass(1);
    assert_eq!(api.open_page(&third, &[]).await.status(), Status::Gone);
    for link in ["/billing/enter?token=guessed", "/billing/enter?token=", "/billing/enter"] {
        assert_eq!(api.open_page(link, &[]).await.status(), Status::NotFound, "{link}");
    }
}

#[tokio::test]
async fn of_many_who_open_one_link_at_once_one_gets_in() {
    let api = Api::open().await;
    api.account("a").await;
    let link = api.link("a").await;
    let tries = (0..10).map(|_| api.open_page(&link, &[]));
    let mut answers: Vec<u16> =
        futures::future::join_all(tries).await.iter().map(|page| page.status().code).collect();
    answers.sort_unstable();
    assert_eq!((answers[0], &answers[1..]), (303, &[410; 9][..]));
}

#[tokio::test]
async fn the_pages_close_after_an_hour_and_say_so() {
    let api = Api::open().await;
    api.account("a").await;
    let cookies = api.opens(&api.link("a").await).await;
    api.pass(3_599);
    assert_eq!(api.open_page("/billing", &cookies).await.status(), Status::Ok);
    api.pass(1);
    let page = api.open_page("/billing", &cookies).await;
    assert_eq!(page.status(), Status::Gone);
    assert!(page.into_string().await.expect("a page").contains("after an hour"));
}

#[tokio::test]
async fn a_link_is_made_for_an_account_that_is_there_by_a_body_that_asks_for_nothing() {
    let api = Api::open().await;
    assert_eq!(api.post("/accounts/a/link", json!({})).await.code(), (404, "account_not_found"));
    api.account("a").await;
    let refused = api.post("/accounts/a/link", json!({"forever": true})).await;
    assert_eq!((refused.code(), refused.field()), ((422, "invalid_request"), "forever"));
}
