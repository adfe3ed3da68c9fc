//! The example of a panel that embeds the gate does what it says.

use rocket::figment::Figment;
use rocket::http::{ContentType, Status};
use rocket::local::asynchronous::Client;

#[expect(dead_code, reason = "its `main` runs when it is no test")]
#[path = "../../examples/embedded_panel.rs"]
mod embedded_panel;

#[rocket::async_test]
async fn the_panel_of_the_example_creates_one_server_and_refuses_the_second() {
    let folder = tempfile::tempdir().expect("a folder");
    let figment = Figment::from(rocket::Config::debug_default())
        .merge(("log_level", "off"))
        .merge(("databases.billing.url", folder.path().join("coinslot.db").display().to_string()));
    let client = Client::tracked(embedded_panel::panel(&figment, None)).await.expect("it starts");
    let away = client.get("/").dispatch().await;
    assert_eq!(away.status(), Status::SeeOther);
    assert!(away.headers().get_one("Location").expect("a way").starts_with("/login"));

    let form = client.post("/login").header(ContentType::Form).body("user=ada");
    assert_eq!(form.dispatch().await.status(), Status::SeeOther);
    for (status, says) in
        [(Status::SeeOther, "1 of 1 servers"), (Status::PaymentRequired, "1 of 1 servers")]
    {
        assert_eq!(client.post("/servers").dispatch().await.status(), status);
        let home = client.get("/").dispatch().await.into_string().await.expect("a page");
        assert!(home.contains(says) && home.matches("<li>srv_").count() == 1, "{home}");
    }
    let billing = client.get("/billing").dispatch().await;
    assert_eq!(billing.status(), Status::Ok);
}
