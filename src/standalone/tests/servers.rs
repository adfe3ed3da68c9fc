use rocket::http::Status;

use super::House;
use crate::store::panel::PanelServer;
use crate::{AccountId, Limit, ServerId, Timestamp, store};

#[rocket::async_test]
async fn the_free_server_is_created_and_the_next_one_refused_with_a_way_out() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    ada.post("/servers", "name=Survival&game=Minecraft").await.leads_to("/servers");
    ada.get("/servers").await.is(Status::Ok).says("Survival").says("1 of 1 server");

    let refused = ada.post("/servers", "name=Creative&game=Factorio").await;
    refused
        .is(Status::PaymentRequired)
        .says("A subscription is needed for another server")
        .says("Your free server is in use; a plan gives more.")
        .says("/billing/plans\"")
        .says("value=\"Creative\"")
        .says("value=\"Factorio\"");
    let page = ada.get("/servers").await.is(Status::Ok).hides("Creative");
    page.says("A subscription is needed for another server");
}

#[rocket::async_test]
async fn a_server_whose_confirmation_was_lost_still_counts() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    ada.post("/servers", "name=Survival&game=Minecraft").await.leads_to("/servers");
    let account = house.account("ada@example.com").await;
    let (server, past) = (first_server(&house, &account).await, Timestamp(1));
    let mut tx = house.billing().store.write().await.expect("a transaction");
    store::servers::release(&mut tx, &account, &server).await.expect("a release");
    let free = Limit::Servers(1);
    store::servers::claim(&mut tx, &account, &server, None, free, Some(past), Timestamp(0))
        .await
        .expect("a claim");
    store::commit(tx).await.expect("a commit");
    ada.get("/servers").await.says("0 of 1 server");
    let refused = ada.post("/servers", "name=Creative&game=Minecraft").await;
    refused.is(Status::PaymentRequired).hides("<th scope=\"row\">Creative");
    ada.get("/servers").await.says("1 of 1 server");
}

#[rocket::async_test]
async fn one_form_makes_one_server_however_often_it_is_sent() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let nonce = nonce(&ada.get("/servers").await.html);
    let form = format!("name=Survival&game=Minecraft&nonce={nonce}");
    for _ in 0..2 {
        ada.post("/servers", &form).await.leads_to("/servers");
    }
    ada.get("/servers").await.says("1 of 1 server");
    let other = format!("name=Creative&game=Minecraft&nonce={nonce}");
    ada.post("/servers", &other).await.is(Status::PaymentRequired);
    let eve = house.visitor("eve").await;
    eve.post("/servers", &form).await.leads_to("/servers");
    eve.get("/servers").await.says("1 of 1 server");

    let bob = house.visitor("bob").await;
    let at_once = (0..8).map(|_| bob.post("/servers", &form));
    for seen in futures::future::join_all(at_once).await {
        seen.leads_to("/servers");
    }
    bob.get("/servers").await.says("1 of 1 server");
    let rows = bob.get("/servers").await.html.matches("<th scope=\"row\">").count();
    assert_eq!(rows, 1);
}

#[rocket::async_test]
async fn a_form_that_failed_can_be_sent_again() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let seen = ada.post("/servers", "name=&game=Minecraft&nonce=one").await;
    let fresh = nonce(&seen.is(Status::UnprocessableEntity).html);
    assert_ne!(fresh, nonce(&ada.get("/servers").await.html), "each form has its own");
    let form = format!("name=Survival&game=Minecraft&nonce={fresh}");
    ada.post("/servers", &form).await.leads_to("/servers");
    ada.get("/servers").await.says("Survival");
}

fn nonce(html: &str) -> String {
    let (_, rest) = html.split_once("name=\"nonce\" value=\"").expect("a nonce");
    rest.split('"').next().expect("its end").to_owned()
}

async fn first_server(house: &House, account: &AccountId) -> ServerId {
    let mut conn = house.billing().store.read().await.expect("a connection");
    let servers = store::panel::servers(&mut conn, account, 0, 1).await.expect("a reading");
    servers.into_iter().next().expect("a server").id
}

#[rocket::async_test]
async fn a_deleted_server_gives_its_slot_back() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    ada.post("/servers", "name=Survival&game=Minecraft").await.leads_to("/servers");
    let address = delete_address(&ada.get("/servers").await.html);
    ada.post(&address, "").await.leads_to("/servers");
    ada.get("/servers").await.says("0 of 1 server").hides("Survival");
    ada.post(&address, "").await.is(Status::NotFound);
    ada.post("/servers", "name=Again&game=Minecraft").await.leads_to("/servers");
}

#[rocket::async_test]
async fn a_stranger_cannot_delete_a_server() {
    let house = House::open().await;
    let (ada, eve) = (house.visitor("ada").await, house.visitor("eve").await);
    ada.post("/servers", "name=Survival&game=Minecraft").await.leads_to("/servers");
    let address = delete_address(&ada.get("/servers").await.html);
    eve.post(&address, "").await.is(Status::NotFound).hides("Survival");
    ada.get("/servers").await.says("Survival").says("1 of 1 server");
}

#[rocket::async_test]
async fn a_bad_form_takes_no_slot_and_keeps_what_was_typed() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let long = "x".repeat(61);
    for (form, text) in [
        ("name=&game=Minecraft".to_owned(), "The name needs 1 to 60 characters."),
        (format!("name={long}&game=Minecraft"), "The name needs 1 to 60 characters."),
        ("name=a%0Ab&game=Minecraft".to_owned(), "The name needs 1 to 60 characters."),
        ("name=Minecraft&game=+".to_owned(), "The game needs 1 to 40 characters."),
        (String::new(), "The game needs 1 to 40 characters."),
    ] {
        let page = ada.post("/servers", &form).await.is(Status::UnprocessableEntity).says(text);
        assert!(form.is_empty() || page.html.contains("value=\"Minecraft\""), "{form}");
    }
    ada.get("/servers").await.says("0 of 1 server");
}

#[rocket::async_test]
async fn where_games_are_listed_only_they_can_be_chosen() {
    let house = House::open_with(&[("billing.games", "Minecraft,Factorio")]).await;
    let ada = house.visitor("ada").await;
    ada.get("/servers").await.says("<select id=\"game\"").says("<option>Factorio</option>");
    let form = "name=Survival&game=Quake";
    ada.post("/servers", form).await.is(Status::UnprocessableEntity).says("of the list");
    ada.post("/servers", "name=Survival&game=Factorio").await.leads_to("/servers");
}

#[rocket::async_test]
async fn hostile_names_are_shown_as_text() {
    let house = House::open().await;
    let form = "email=eve@example.com&password=correct horse battery&name=%3Cscript%3E";
    let seen = house.guest().post("/register", form).await;
    let eve = super::Guest { house: &house, session: seen.session };
    let hostile = "name=%3Cimg+src%3Dx%3E%22%26&game=%3Cb%3E";
    eve.post("/servers", hostile).await.leads_to("/servers");
    let page = eve.get("/servers").await.says("&#60;img src=x&#62;&#34;&#38;");
    page.says("&#60;script&#62;").hides("<script>").hides("<img").hides("<b>");
}

#[rocket::async_test]
async fn a_long_list_has_pages() {
    let house = House::open_with(&[]).await;
    let ada = house.visitor("ada").await;
    let account = house.account("ada@example.com").await;
    let mut tx = house.billing().store.write().await.expect("a transaction");
    for number in 10..36 {
        let server = PanelServer {
            id: super::super::ids::server(),
            account: account.clone(),
            name: format!("server-{number}"),
            game: "Minecraft".to_owned(),
            created_at: Timestamp(number),
            suspended_at: None,
            created_by: None,
        };
        store::panel::put_server(&mut tx, &server).await.expect("a server");
    }
    store::commit(tx).await.expect("a commit");
    let first = ada.get("/servers").await.says("server-34").says("Page 1 of 2");
    first.says("/servers?page=2").hides("server-35");
    ada.get("/servers?page=2").await.says("server-35").hides("server-34");
    ada.get("/servers?page=99").await.says("Page 2 of 2");
}

fn delete_address(html: &str) -> String {
    let from = html.find("/servers/srv_").expect("a form to delete a server");
    let length = html[from..].find('"').expect("the end of the attribute");
    html[from..from + length].to_owned()
}
