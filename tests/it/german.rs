//! A visitor who reads German: words, plurals, money and dates, and nothing left in English.

use std::collections::BTreeMap;

use serde_json::json;

use crate::admin_day::morning;
use crate::client::{Answer, Visitor};
use crate::fake_panel::{FakePanel, Faults, Kind};
use crate::looks::people;
use crate::members::invites;
use crate::over_quota::{NOTICE, SUSPENDS, over_the_limit, wait};
use crate::shop::{DAY, PASSWORD, Shop};

const GERMAN: [(&str, &str); 1] = [("Accept-Language", "de-AT,de;q=0.9,en;q=0.5")];

/// What the English file says, where the German one says something else: the words between what
/// goes into a message, where they are more than one.
fn english() -> Vec<String> {
    let (english, german) = (messages("en"), messages("de"));
    assert!(english.len() > 200, "{} messages", english.len());
    let all_german: Vec<String> = german.into_values().collect();
    let pieces = english.values().flat_map(|text| text.split(['{', '}', '\n']));
    let pieces = pieces.map(|piece| piece.trim_matches([' ', '.', ',', ':', ';', '?']));
    pieces
        .filter(|piece| piece.contains(' ') && !piece.contains(['$', '[', '"']))
        .filter(|piece| piece.len() >= 8 && !all_german.iter().any(|text| text.contains(piece)))
        .map(str::to_owned)
        .collect()
}

/// Each message with all its variants, the operator's too.
fn messages(language: &str) -> BTreeMap<String, String> {
    let file = ["", "desk/"].map(|folder| {
        let path = format!("{}/locales/{folder}{language}.ftl", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).expect("a file")
    });
    let file = file.concat();
    let mut messages = BTreeMap::new();
    let mut key = String::new();
    for line in file.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let text = match line.split_once(" = ") {
            Some((name, text)) if !line.starts_with([' ', '}']) => {
                name.clone_into(&mut key);
                text
            }
            _ => line.split_once(']').map_or(line, |(_, text)| text),
        };
        let message: &mut String = messages.entry(key.clone()).or_default();
        message.push_str(text);
        message.push('\n');
    }
    messages
}

/// The page without its tags, as a browser would read it, and without machine words and what was
/// stored in English.
fn read(page: &str) -> String {
    let body = page.split_once("<body").expect("a page").1;
    let body = without(body, "<span lang=\"en\">", "</span>");
    let body = without(&body, "<code>", "</code>");
    let outside = body.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    let text: Vec<&str> = outside.map(str::trim).filter(|text| !text.is_empty()).collect();
    text.join(" ").replace("&#38;", "&").replace("&#39;", "'")
}

/// `html` without what stands between `open` and `close`.
fn without(html: &str, open: &str, close: &str) -> String {
    let mut parts = html.split(open);
    let first = parts.next();
    first.into_iter().chain(parts.filter_map(|part| Some(part.split_once(close)?.1))).collect()
}

async fn german(visitor: &Visitor, path: &str) -> Answer {
    let page = visitor.send("GET", path, &GERMAN).await;
    assert_eq!(page.header("vary"), "Accept-Language, Cookie", "{path}");
    all_german(page, path)
}

/// A form that is refused on a page of its own, or on its page shown again.
async fn refused(visitor: &Visitor, path: &str, form: &str) -> Answer {
    all_german(visitor.submits(path, &GERMAN, form).await, path)
}

#[track_caller]
fn all_german(page: Answer, path: &str) -> Answer {
    assert!(page.text.contains("<html lang=\"de\">"), "{path} is not German:\n{}", page.text);
    let text = read(&page.text);
    for sentence in english() {
        assert!(!text.contains(&sentence), "`{sentence}` stands on {path}:\n{text}");
    }
    page
}

#[rocket::async_test]
async fn the_whole_story_is_told_in_german() {
    let shop = Shop::open().await;
    german(&shop.stranger(), "/login").await.is(200).has("Sie sind neu hier?");
    german(&shop.stranger(), "/register").await.is(200).has("Verwenden Sie 12 bis 128 Zeichen.");
    let ada = shop.visitor("ada").await;
    german(&ada, "/servers").await.has("Sie haben noch keine Server.").has("0 von 1 Server<");
    ada.submits("/servers", &GERMAN, "name=Survival&game=Minecraft").await.is(303);
    let servers = german(&ada, "/servers").await.has("Survival ist erstellt.");
    servers.has("Für einen weiteren Server brauchen Sie ein Abo");
    german(&ada, "/servers").await.has("Survival endgültig löschen").has("Tarife ansehen");
    german(&ada, "/billing").await.has("Ihr Konto hat 1 kostenlosen Server.");
    german(&ada, "/account").await.has("Wo Sie angemeldet sind");
    let plans = german(&ada, "/billing/plans").await;
    plans.has("5,00\u{a0}€</strong> pro Monat").has("3 Server insgesamt").has("Starter wählen");
    german(&ada, "/billing/invoices").await.has("Es gibt noch keine Rechnungen.");
    german(&ada, "/billing/servers").await.has("Kein Server ist über Ihrem Limit");

    ada.buys("starter").await;
    shop.settle().await;
    let billing = german(&ada, "/billing").await.has("Starter ist aktiv.");
    billing.has(">Nächste Zahlung<").has("5,00\u{a0}€ am <time").has("Tarif kündigen");
    german(&ada, "/servers").await.has("1 von 3 Servern<");
    german(&ada, "/billing/plans").await.has("Auf Growth erweitern");
    let change = german(&ada, "/billing/change?plan=growth&interval=month").await.is(200);
    let change = change.has("Zu Growth wechseln").has("Heute insgesamt").has("10 Server insgesamt");
    let change = change.has("Nicht genutzte Zeit in Starter ab dem 15. Januar 2026");
    change.has("Verbleibende Zeit in Growth ab dem 15. Januar 2026").has_not(" time on ");
    german(&ada, "/billing/invoices").await.has("</span> Bezahlt</span>");
    german(&ada, "/billing/cancel")
        .await
        .has("Starter kündigen")
        .has("Es wird nichts zurückgezahlt.");
    let cancelled = ada.submits("/billing/cancel", &GERMAN, "").await.is(303);
    assert_eq!(cancelled.location(), "/billing");
    let told = german(&ada, "/billing").await.has("Ihr Tarif ist gekündigt.");
    told.has("Ihr Tarif endet am ").has("Bis dahin ändert sich nichts, und Sie können");
    shop.live_through(40 * DAY).await;
    // The session has ended meanwhile.
    ada.post("/login", &[("email", "ada@example.com"), ("password", PASSWORD)]).await.is(303);
    german(&ada, "/billing").await.has("Ihr Tarif endete am ").has("Es wird nichts gelöscht.");
    german(&ada, "/nowhere").await.is(404).has("Hier ist nichts");
}

#[rocket::async_test]
async fn an_account_that_several_people_share_is_german_too() {
    let shop = Shop::open().await;
    let (ada, bob) = (shop.visitor("ada").await, shop.visitor("bob").await);
    ada.creates_server("Survival").await.is(303);
    let join = format!("/join?token={}", invites(&ada).await);
    let page = german(&shop.stranger(), &join).await.is(200).has("ada lädt Sie ein");
    page.has("Anmelden und beitreten");
    german(&bob, &join).await.has("Diesem Konto beitreten");
    let join = format!("token={}", invites(&ada).await);
    bob.submits("/join", &GERMAN, &join).await.is(303);
    german(&bob, "/servers").await.has("Sie gehören jetzt zu diesem Konto");
    let refused = bob.submits("/servers", &GERMAN, "name=Castle&game=Minecraft").await.is(402);
    refused.has("Sie sind Mitglied dieses Kontos").has_not("You are a member");
    german(&bob, "/servers").await.has("nur durch einen Inhaber");
    german(&bob, "/billing/plans").await.has("seinen Tarif wählt nur ein Inhaber");
    german(&bob, "/billing").await.has("was es bezahlt, ändert nur ein Inhaber").has("für ada");
    german(&bob, "/account").await.has("Für bob handeln").has("Dieses Konto verlassen");
    german(&bob, "/billing/cancel").await.is(403).has("Das kann nur ein Inhaber des Kontos");
    german(&ada, "/account").await.has("Zum Inhaber machen").has("Einladungslink erstellen");
}

#[rocket::async_test]
async fn whoever_has_too_many_servers_chooses_in_german() {
    let shop = Shop::with(SUSPENDS).await;
    let (ada, servers) = over_the_limit(&shop).await;
    ada.get("/servers").await.has("Gamma is created.");
    let page = german(&ada, "/billing/servers").await.has("2 Server sind über Ihrem Limit");
    page.has("Wählen Sie 1 Server aus").has("wird am");
    let none = ada.submits("/billing/servers", &GERMAN, "").await.is(422);
    none.has("Ihre Auswahl wurde nicht gespeichert").has("Wählen Sie genau 1 aus");
    let choice = format!("keep={}", servers[1]);
    ada.submits("/billing/servers", &GERMAN, &choice).await.is(303);
    german(&ada, "/billing/servers").await.has("Ihre Auswahl ist gespeichert.");
    wait(&shop, NOTICE).await;
    german(&ada, "/billing/servers").await.has("2 Server sind gesperrt");
    german(&ada, "/servers").await.has("Gesperrt seit dem");
}

#[rocket::async_test]
async fn what_a_form_got_wrong_is_said_in_german() {
    let shop = Shop::open().await;
    let form = "email=ada&name=Ada&password=short";
    let page = shop.stranger().submits("/register", &GERMAN, form).await.is(422);
    page.has("Sie sind noch nicht registriert")
        .has("Geben Sie eine E-Mail-Adresse ein")
        .has("Das Passwort braucht 12 bis 128 Zeichen.");
    let form = "email=ada%40example.com&password=not+the+right+one";
    let page = shop.stranger().submits("/login", &GERMAN, form).await.is(422);
    page.has("Sie sind nicht angemeldet").has("Diese E-Mail und dieses Passwort gehören nicht");
    let ada = shop.visitor("ada").await;
    ada.submits("/account/name", &GERMAN, "name=Grace").await.is(303);
    german(&ada, "/account").await.has("Ihr Name ist geändert.");
}

#[rocket::async_test]
async fn an_address_or_a_body_of_the_wrong_form_is_refused_in_german() {
    let shop = Shop::open().await;
    let (ada, root) = (shop.visitor("ada").await, shop.admin().await);
    let bad = refused(&ada, "/servers/a%20b/delete", "").await.is(422);
    bad.has("<p>`a b` ist keine Server-ID; sie hat 1 bis 128 Zeichen aus");
    let kim = "/admin/accounts/%00";
    german(&root, kim).await.is(422).has("ist keine Konto-ID; sie hat");
    let seq = refused(&root, "/admin/hooks/first/replay", "").await.is(422);
    seq.has("<p>Ein Teil der Adresse oder des Inhalts hat die falsche Form.");
    for form in ["/exemption", "/exemption/revoke", "/sync"] {
        let path = format!("{kim}{form}");
        refused(&root, &path, "").await.is(422).has("ist keine Konto-ID; sie hat");
    }
    let table = [
        ("/billing/portal", "flow=else", "<p>Schreiben Sie payment_method_update"),
        ("/billing/checkout", "plan=gold&interval=month", "Tarif `gold` gibt es nicht."),
        ("/billing/language", "language=tlh", "<p>`tlh` ist keine Sprache dieser Seiten"),
    ];
    for (path, form, says) in table {
        refused(&ada, path, form).await.is(422).has(says);
    }
    let kind = [GERMAN[0], ("Content-Type", "text/plain")];
    let page = all_german(ada.send("POST", "/servers", &kind).await, "/servers").is(415);
    page.has("Diese Art von Inhalt wird hier nicht angenommen");
    // Programs read English, with the field.
    let json = [GERMAN[0], ("Accept", "application/json")];
    let told = root.send("GET", "/admin/accounts/a%20b", &json).await.is(422).json();
    let detail = "id: `a b` is no account id: 1 to 128 of A-Z a-z 0-9 . _ : -";
    assert_eq!((&told["detail"], &told["errors"][0]["field"]), (&json!(detail), &json!("id")));
}

#[rocket::async_test]
async fn what_the_game_panel_did_not_make_is_told_in_german() {
    let panel = FakePanel::open(Kind::Pelican).await;
    panel.user("ada@example.com");
    let shop = Shop::with(&panel.configuration("")).await;
    let ada = shop.visitor("ada").await;
    let other = refused(&ada, "/servers", "name=X&template=Else").await.is(422);
    other.has("Wählen Sie eine Art aus der Liste.");
    panel.break_with(Faults { no_allocation: true, ..Faults::default() });
    let full = refused(&ada, "/servers", "name=First&template=Paper").await.is(409);
    full.has("Der Server wurde nicht erstellt: <span lang=\"en\">No allocations satisfying");
    german(&ada, "/servers").await.has("Nicht erstellt: <span lang=\"en\">No allocations");
    let bob = shop.visitor("bob").await;
    let unknown = refused(&bob, "/servers", "name=First&template=Paper").await.is(409);
    unknown.has("registrieren Sie sich zuerst im Spielepanel").has_not("lang=\"en\">register");
    german(&bob, "/servers").await.has("Nicht erstellt: registrieren Sie sich zuerst");
    panel.mend();
    // The same form made a server of no template before the panel was connected.
    let form = "name=Second&template=Paper&nonce=abc";
    ada.submits("/servers", &GERMAN, form).await.is(303);
    shop.work().await;
    german(&ada, "/servers").await.has("Im Spielepanel seit");
    let mut conn = shop.database().await;
    sqlx::query("DELETE FROM provisions").execute(&mut conn).await.expect("no order");
    ada.buys("starter").await;
    shop.settle().await;
    let plain = refused(&ada, "/servers", form).await.is(409);
    plain.has("Einen Server mit dieser ID gibt es schon").has("belegt schon einen Platz");
}

#[rocket::async_test]
async fn a_choice_goes_before_what_the_browser_prefers() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    let english = ada.get("/billing/plans?interval=year").await.has("<html lang=\"en\">");
    english
        .has("<button class=\"quiet\" name=\"language\" value=\"de\" lang=\"de\">Deutsch</button>");
    let choice = [("language", "de"), ("back", "/billing/plans?interval=year")];
    let chosen = ada.post("/billing/language", &choice).await.is(303);
    assert_eq!(chosen.location(), "/billing/plans?interval=year");
    let cookie = chosen.header("set-cookie");
    for part in ["coinslot_language=de", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{part} is not in {cookie}");
    }
    ada.get("/billing/plans?interval=year").await.has("<html lang=\"de\">").has("pro Jahr");
    ada.get("/servers").await.has("Server erstellen").has(">English<");
    // The API's words are English for everybody.
    let accept = [("Accept", "application/json"), GERMAN[0]];
    let refused = ada.send("GET", "/nowhere", &accept).await.is(404).code("not_found");
    assert_eq!(refused.json()["title"], "There is nothing here");

    for back in ["//evil.test", "https://evil.test", "/\\evil.test", ""] {
        let choice = [("language", "en"), ("back", back)];
        assert_eq!(ada.post("/billing/language", &choice).await.is(303).location(), "/billing");
    }
    let unknown = ada.post("/billing/language", &[("language", "tlh")]).await.is(422);
    unknown.has("`tlh` is no language of these pages; write en or de");
}

#[rocket::async_test]
async fn every_page_of_the_desk_is_german_too() {
    let shop = Shop::open().await;
    let everybody = people(&shop).await;
    let root = back_at_the_desk(&shop).await;
    let pages = everybody.iter().flat_map(|(_, pages)| pages);
    let pages: Vec<&String> = pages.filter(|page| page.starts_with("/admin")).collect();
    assert!(pages.len() > 10, "{pages:?}");
    for page in pages {
        german(&root, page).await.is(200);
    }
    let overview = german(&root, "/admin").await.has("Wiederkehrender Umsatz");
    overview.has("5,00\u{a0}€ pro Monat").has("1 Änderung wurde nicht gemeldet");
    german(&root, "/admin/accounts?state=rich").await.is(422).has("ist keines von");
    german(&root, "/admin/accounts?q=free").await.has("1 Konto zu „free“ gefunden.");
    german(&root, "/admin/hooks").await.has("wird noch einmal versucht");
    german(&root, "/admin/accounts/nobody").await.is(404);
    german(&root, "/admin/events/nothing").await.is(404);
}

#[rocket::async_test]
async fn what_an_admin_does_is_answered_in_german() {
    let shop = morning().await;
    let root = back_at_the_desk(&shop).await;
    let kim = format!("/admin/accounts/{}", shop.account_of("kim").await);
    german(&root, "/admin").await.has("Ereignisse wurden aufgegeben");
    let page =
        german(&root, &kim).await.has("Es darf keinen Server erstellen: 1 Server ist belegt");
    page.has("Eine Zahlung ist fehlgeschlagen, und die Frist dafür läuft.")
        .has("invoice.payment_failed: 5,00\u{a0}€");
    let exemption = format!("{kim}/exemption");
    let wrong = root.submits(&exemption, &GERMAN, "reason=&until=morgen").await.is(422);
    wrong.has("Schreiben Sie den Grund").has("Schreiben Sie einen Tag wie");
    let past = root.submits(&exemption, &GERMAN, "reason=x&until=2020-01-01").await.is(422);
    past.has("Das liegt in der Vergangenheit.");
    root.submits(&exemption, &GERMAN, "reason=ein+Verein&until=").await.is(303);
    german(&root, &kim).await.has("Das Konto ist von der Abrechnung befreit.").has("unbefristet");
    root.submits(&format!("{exemption}/revoke"), &GERMAN, "").await.is(303);
    german(&root, &kim).await.has("Die Befreiung ist zurückgenommen.");
    root.submits(&format!("{kim}/sync"), &GERMAN, "").await.is(303);
    german(&root, &kim).await.has("Stripe wurde gefragt: Es gab keinen Unterschied.");

    let dead = "/admin/events?status=dead";
    german(&root, dead).await.has("aufgegebenen Ereignisse noch einmal verarbeiten");
    let event = shop.events("dead").await[0]["id"].as_str().expect("an id").to_owned();
    let event = format!("/admin/events/{event}");
    german(&root, &event).await.has("Letzter Fehler").has("Dieses Ereignis noch einmal");
    root.submits(&format!("{event}/replay"), &GERMAN, "").await.is(303);
    german(&root, &event).await.has("wird gleich verarbeitet");
    root.submits("/admin/events/replay", &GERMAN, "status=dead").await.is(303);
    german(&root, dead).await.has("wieder an der Reihe").has("Solche Ereignisse gibt es nicht.");
    root.submits("/admin/events/replay", &GERMAN, "status=done").await.is(422);
}

/// The admin, whose session may have ended meanwhile.
async fn back_at_the_desk(shop: &Shop) -> Visitor {
    let root = shop.stranger();
    root.post("/login", &[("email", "admin@example.com"), ("password", PASSWORD)]).await.is(303);
    root
}
