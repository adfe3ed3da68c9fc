//! An account that several users share: invited by link, with owners who pay and members who do not.

use std::collections::BTreeSet;

use coinslot::Timestamp;

use crate::shop::{Answer, DAY, PASSWORD, START, Shop, Visitor};

/// The link of a fresh invitation, from the page that shows it.
pub async fn invites(owner: &Visitor) -> String {
    let page = owner.post::<&str>("/account/invites", &[]).await.is(200);
    link(&page)
}

fn link(page: &Answer) -> String {
    let (_, rest) = page.text.split_once("/join?token=").expect("a link");
    rest.chars().take_while(char::is_ascii_alphanumeric).collect()
}

/// Invites `guest` to the account of `owner`; they join and act for it.
pub async fn joins(owner: &Visitor, guest: &Visitor) -> Answer {
    let token = invites(owner).await;
    guest.post("/join", &[("token", token)]).await
}

/// Of the billing forms there is only that at the foot of every page.
#[track_caller]
fn only_the_language_is_offered(page: &Answer) {
    let billing = page.text.matches("action=\"/billing").count();
    assert_eq!((billing, page.text.matches("action=\"/billing/language\"").count()), (1, 1));
}

/// What a form of `page` carries in its hidden field `name`.
fn hidden(page: &Answer, name: &str) -> String {
    let field = format!("type=\"hidden\" name=\"{name}\" value=\"");
    let (_, rest) = page.text.split_once(&field).unwrap_or_else(|| panic!("no {name}"));
    rest.split('"').next().expect("a value").to_owned()
}

/// The addresses of the forms of a page that begin with `start` and end with `end`.
fn forms(page: &Answer, start: &str, end: &str) -> Vec<String> {
    let all = page.text.split("action=\"").skip(1).filter_map(|rest| rest.split('"').next());
    all.filter(|it| it.starts_with(start) && it.ends_with(end)).map(str::to_owned).collect()
}

async fn audit(shop: &Shop) -> String {
    shop.admin().await.get("/admin/audit").await.is(200).text
}

#[rocket::async_test]
async fn an_invited_visitor_registers_joins_and_creates_the_servers_of_the_account() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    ada.buys("starter").await;
    shop.settle().await;
    ada.creates_server("Castle").await.is(303);

    let page =
        ada.post::<&str>("/account/invites", &[]).await.is(200).has("22 Jan 2026, 12:00 UTC");
    let token = link(&page);
    ada.get("/account").await.is(200).has("22 Jan 2026, 12:00 UTC").has_not(&token);
    let bob = shop.stranger();
    let path = format!("/join?token={token}");
    let page = bob.get(&path).await.is(200).has("ada invites you");
    page.has_not("action=\"/join\"").has("/register?next=").has("/login?next=");
    let register = bob.get(&format!("/register?next=%2Fjoin%3Ftoken%3D{token}")).await.is(200);
    let next = hidden(&register, "next");
    assert_eq!(next, path);
    let form = [("email", "bob@example.com"), ("password", PASSWORD), ("name", "bob")];
    let form = [&form[..], &[("next", next.as_str())]].concat();
    assert_eq!(bob.post("/register", &form).await.is(303).location(), path);
    let token = hidden(&bob.get(&path).await.is(200).has("Join this account"), "token");
    let way = bob.post("/join", &[("token", &token)]).await.is(303).location();
    assert_eq!(way, "/servers");

    bob.get("/servers").await.is(200).has("Castle").has("<span>for ada</span>");
    bob.creates_server("Tower").await.is(303);
    ada.get("/servers").await.is(200).has("Tower").has("2 of 3 servers").has_not("<span>for");
    bob.get("/billing").await.is(200).has("Starter").has("2 of 3 servers");
    let audit = audit(&shop).await;
    assert!(audit.contains("invite.made") && audit.contains("member.joined"), "{audit}");
    assert!(!audit.contains(&token), "the secret is in the audit log");
    let path = format!("/admin/accounts/{}", shop.account_of("ada").await);
    let page = shop.admin().await.get(&path).await.is(200).has("<h2>Members</h2>");
    page.has("bob@example.com").has(">member</td>").has(">owner</td>").has("member.joined");
}

#[rocket::async_test]
async fn a_member_at_the_limit_is_told_whom_to_ask_and_touches_no_billing() {
    let shop = Shop::open().await;
    let (ada, bob) = (shop.visitor("ada").await, shop.visitor("bob").await);
    joins(&ada, &bob).await.is(303);
    bob.creates_server("Castle").await.is(303);
    let ask = "ask ada (ada@example.com)";
    let page = bob.creates_server("Tower").await.is(402).has(ask);
    page.has_not("See the plans").has_not("href=\"/billing/plans?");
    ada.creates_server("Tower").await.is(402).has("See the plans").has_not("ask ada");

    let page = bob.get("/billing").await.is(200).has("Ask ada (ada@example.com)");
    only_the_language_is_offered(&page);
    page.has_not("See the plans");
    let page = bob.get("/billing/plans").await.is(200).has("Ask ada (ada@example.com)");
    only_the_language_is_offered(&page);
    page.has("Starter").has("An owner can choose it");
    shop.sandbox.clear_requests();
    let pays = [("plan", "starter"), ("interval", "month")];
    let page = bob.post("/billing/checkout", &pays).await.is(403);
    page.has("Only an owner of the account can do this").has("ask ada").has_not("action_url");
    let acts = ["portal", "start", "change", "change/undo", "cancel", "resume", "servers"];
    for act in acts {
        let page = bob.post::<&str>(&format!("/billing/{act}"), &[]).await.is(403);
        page.has("Only an owner of the account can do this");
    }
    for page in ["change?plan=starter&interval=month", "cancel", "servers", "invoices"] {
        bob.get(&format!("/billing/{page}")).await.is(403).has("ask ada");
    }
    assert!(shop.sandbox.requests().is_empty(), "Stripe was asked for a member");
}

#[rocket::async_test]
async fn a_member_sees_what_is_wrong_without_a_button_to_mend_it() {
    let shop = Shop::open().await;
    let (ada, bob) = (shop.visitor("ada").await, shop.visitor("bob").await);
    let checkout = ada.begins("starter", "month").await;
    ada.pays(&checkout, "4000 0000 0000 0341").await.is(303);
    shop.live_through(31 * DAY).await;
    for (visitor, email) in [(&ada, "ada@example.com"), (&bob, "bob@example.com")] {
        visitor.post("/login", &[("email", email), ("password", PASSWORD)]).await.is(303);
    }
    joins(&ada, &bob).await.is(303);
    let owner = ada.get("/billing").await.is(200).has("Your payment failed");
    assert!(!forms(&owner, "/billing", "").is_empty() || owner.text.contains("Pay the open"));
    for path in ["/billing", "/billing/plans", "/servers"] {
        let page = bob.get(path).await.is(200).has("Your payment failed");
        page.has("Ask ada (ada@example.com) to see to it.").has_not("Pay the open invoice");
    }
}

#[rocket::async_test]
async fn an_invitation_ends_by_use_by_time_and_by_hand() {
    let shop = Shop::open().await;
    let (ada, bob, eve) =
        (shop.visitor("ada").await, shop.visitor("bob").await, shop.visitor("eve").await);
    let used = invites(&ada).await;
    bob.post("/join", &[("token", &used)]).await.is(303);
    let taken_back = invites(&ada).await;
    let page = ada.get("/account").await.is(200);
    let [address] = &forms(&page, "/account/invites/", "/revoke")[..] else {
        panic!("one is open")
    };
    ada.post::<&str>(address, &[]).await.is(303);
    ada.post::<&str>(address, &[]).await.is(303);
    let old = invites(&ada).await;
    let path = format!("/join?token={old}");
    shop.clock.set(Timestamp(START + 7 * DAY - 1));
    eve.get(&path).await.is(200);
    shop.clock.set(Timestamp(START + 7 * DAY));
    for (token, status) in [(&used, 410), (&taken_back, 410), (&old, 410), (&"0".repeat(64), 404)] {
        eve.get(&format!("/join?token={token}")).await.is(status).has("ask who sent it");
        eve.post("/join", &[("token", token)]).await.is(status);
    }
    eve.get("/join").await.is(404);
    eve.get("/servers").await.is(200).has_not("<span>for");
    let again = bob.post("/join", &[("token", &used)]).await.is(303).location();
    assert_eq!(again, "/account", "who belongs to it already is told so");
    let page = ada.get("/account").await.is(200);
    assert!(forms(&page, "/account/invites/", "/revoke").is_empty(), "ended ones are not listed");
    // One whose owner may invite no more is worth nothing either.
    let promises = invites(&ada).await;
    let member = member(&ada, "bob").await;
    role(&ada, &member, "owner").await.is(303);
    ada.post::<&str>("/account/leave", &[]).await.is(303);
    eve.post("/join", &[("token", &promises)]).await.is(410);
}

/// The id of somebody of the account, as the addresses of the page have it.
async fn member(owner: &Visitor, name: &str) -> String {
    let page = owner.get("/account").await.is(200);
    // Accounts have names too, and are listed before people.
    let (_, rest) = page.text.rsplit_once(&format!("<th scope=\"row\">{name}</th>")).expect(name);
    let (_, rest) = rest.split_once("/account/members/").expect("an action");
    rest.split('/').next().expect("an id").to_owned()
}

async fn role(owner: &Visitor, user: &str, role: &str) -> Answer {
    owner.post(&format!("/account/members/{user}/role"), &[("role", role)]).await
}

#[rocket::async_test]
async fn one_form_makes_one_invitation_and_shows_its_link_again() {
    let shop = Shop::open().await;
    let (ada, bob) = (shop.visitor("ada").await, shop.visitor("bob").await);
    let nonce = hidden(&ada.get("/account").await.is(200), "nonce");
    let form = [("nonce", nonce.as_str())];
    let first = link(&ada.post("/account/invites", &form).await.is(200));
    assert_eq!(link(&ada.post("/account/invites", &form).await.is(200)), first);
    let other = shop.stranger();
    other.post("/login", &[("email", "ada@example.com"), ("password", PASSWORD)]).await.is(303);
    let elsewhere = link(&other.post("/account/invites", &form).await.is(200));
    assert_ne!(elsewhere, first, "the nonce alone tells nobody the link");
    bob.post("/join", &[("token", &first)]).await.is(303);
    ada.post("/account/invites", &form).await.is(410);
}

#[rocket::async_test]
async fn a_removed_member_loses_access_at_once_and_keeps_their_own_account() {
    let shop = Shop::open().await;
    let (ada, bob) = (shop.visitor("ada").await, shop.visitor("bob").await);
    bob.creates_server("Hut").await.is(303);
    ada.creates_server("Castle").await.is(303);
    joins(&ada, &bob).await.is(303);
    let page = bob.get("/servers").await.is(200).has("Castle").has_not("Hut");
    let shown_for = hidden(&page, "account");
    let user = member(&ada, "bob").await;
    ada.post::<&str>(&format!("/account/members/{user}/remove"), &[]).await.is(303);
    bob.get("/servers").await.is(200).has("Hut").has_not("Castle").has_not("<span>for");
    let form = [("name", "Tower"), ("game", "x"), ("account", shown_for.as_str())];
    bob.post("/servers", &form).await.is(409).has("You act for another account now");
    bob.post("/account/switch", &[("to", &shown_for)]).await.is(404);
    ada.post::<&str>(&format!("/account/members/{user}/remove"), &[]).await.is(404);
    let text = audit(&shop).await;
    assert!(text.contains("member.removed"), "{text}");
}

#[rocket::async_test]
async fn a_form_of_another_account_changes_nothing_in_this_one() {
    let shop = Shop::open().await;
    let (ada, bob) = (shop.visitor("ada").await, shop.visitor("bob").await);
    let own = hidden(&bob.get("/servers").await.is(200), "account");
    let plans = bob.get("/billing/plans").await.is(200);
    assert_eq!(hidden(&plans, "account"), own);
    joins(&ada, &bob).await.is(303);
    let shared = hidden(&bob.get("/servers").await.is(200), "account");
    assert_ne!(own, shared);
    let create = |account: &str| {
        vec![("name", "Hut".to_owned()), ("game", "x".to_owned()), ("account", account.to_owned())]
    };
    // An owner of both, so that only the form can tell them apart.
    let user = member(&ada, "bob").await;
    role(&ada, &user, "owner").await.is(303);
    let page = bob.post("/servers", &create(&own)).await.is(409);
    page.has("You act for another account now").has("nothing was changed");
    bob.get("/servers").await.has_not("Hut");
    shop.sandbox.clear_requests();
    let pays = [("plan", "starter"), ("interval", "month"), ("account", own.as_str())];
    bob.post("/billing/checkout", &pays).await.is(409).has("You act for another account now");
    let acts = ["portal", "start", "change", "change/undo", "cancel", "resume", "servers"];
    for act in acts {
        let page = bob.post(&format!("/billing/{act}"), &[("account", &own)]).await.is(409);
        page.has("You act for another account now");
    }
    for act in ["leave", "invites", "invites/00/revoke", "members/usr_1/remove"] {
        bob.post(&format!("/account/{act}"), &[("account", &own)]).await.is(409);
    }
    assert!(shop.sandbox.requests().is_empty(), "Stripe was asked");
    bob.creates_server("Castle").await.is(303);
    // Where the slot is refused too, the account is told of first.
    bob.post("/servers", &create(&own)).await.is(409).has("You act for another account now");
    let castle = forms(&bob.get("/servers").await, "/servers/", "/delete").remove(0);
    bob.post(&castle, &[("account", &own)]).await.is(409);

    bob.post("/account/switch", &[("to", &own)]).await.is(303);
    bob.get("/servers").await.is(200).has("You act for this account now.").has_not("Castle");
    bob.post("/servers", &create(&own)).await.is(303);
    bob.get("/account").await.is(200).has("Act for ada");
    ada.post("/account/switch", &[("to", &own)]).await.is(404);
    ada.post("/account/switch", &[("to", "no id at all")]).await.is(404);
    let back = bob.post("/account/switch", &[("to", &shared)]).await.is(303).location();
    bob.get(&back).await.is(200).has("Castle").has_not("Hut");
}

#[rocket::async_test]
async fn the_last_owner_stays_and_whoever_leaves_their_own_account_gets_another() {
    let shop = Shop::open().await;
    let (ada, bob) = (shop.visitor("ada").await, shop.visitor("bob").await);
    ada.creates_server("Castle").await.is(303);
    let account = shop.account_of("ada").await;
    ada.post::<&str>("/account/leave", &[]).await.is(409).has("You are the only owner");
    joins(&ada, &bob).await.is(303);
    ada.get("/account").await.is(200).has_not("Leave this account");
    let second = member(&ada, "bob").await;
    for wrong in ["", "admin", "Owner"] {
        role(&ada, &second, wrong).await.is(422);
    }
    role(&ada, "usr_nobody", "owner").await.is(404);
    role(&bob, &second, "owner").await.is(403);
    role(&ada, &second, "owner").await.is(303);
    let first = member(&bob, "ada").await;
    bob.post::<&str>(&format!("/account/members/{first}/remove"), &[]).await.is(404);
    role(&bob, &first, "member").await.is(303);
    role(&bob, &second, "member").await.is(409).has("make somebody else an owner first");
    bob.post::<&str>("/account/leave", &[]).await.is(409);
    ada.post::<&str>("/billing/portal", &[]).await.is(403).has("ask bob");
    ada.post("/account/name", &[("name", "Countess")]).await.is(303);
    bob.get("/servers").await.is(200).has("<span>for ada</span>");

    ada.post::<&str>("/account/leave", &[]).await.is(303);
    let admin = shop.api("admin").await;
    let left = admin.get(&format!("/accounts/{account}")).await.is(200).json();
    assert_eq!(left["email"], "bob@example.com", "what is written to it reaches its owner");
    ada.get("/servers").await.is(200).has_not("Castle").has("0 of 1 server");
    ada.creates_server("Hut").await.is(303);
    ada.buys("starter").await;
    bob.get("/servers").await.is(200).has("Castle").has_not("Hut");
    let text = audit(&shop).await;
    assert!(text.contains("owner before, member now") && text.contains("member.left"), "{text}");
}

#[rocket::async_test]
async fn members_delete_what_they_made_and_owners_everything() {
    let shop = Shop::open().await;
    let (ada, bob) = (shop.visitor("ada").await, shop.visitor("bob").await);
    ada.buys("starter").await;
    shop.settle().await;
    ada.creates_server("Castle").await.is(303);
    let castle = forms(&ada.get("/servers").await, "/servers/", "/delete").remove(0);
    joins(&ada, &bob).await.is(303);
    for name in ["Tower", "Mill"] {
        bob.creates_server(name).await.is(303);
    }
    let own = forms(&bob.get("/servers").await, "/servers/", "/delete");
    assert_eq!(own.len(), 2, "{own:?}");
    bob.post::<&str>(&castle, &[]).await.is(403).has("Only an owner");
    bob.post::<&str>(&own[0], &[]).await.is(303);
    ada.post::<&str>(&own[1], &[]).await.is(303);
    ada.get("/servers").await.is(200).has("Castle").has("1 of 3 servers");
}

#[rocket::async_test]
async fn twenty_who_join_by_one_link_at_once_are_one_member() {
    let shop = Shop::open().await;
    let ada = shop.visitor("ada").await;
    let mut guests = Vec::new();
    for number in 0..20 {
        guests.push(shop.visitor(&format!("guest{number}")).await);
    }
    let token = invites(&ada).await;
    let join = |guest: Visitor| {
        let form = [("token", token.clone())];
        async move { guest.post("/join", &form).await.status }
    };
    let mut statuses = futures::future::join_all(guests.into_iter().map(join)).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [&[303][..], &[410; 19]].concat());
    let page = ada.get("/account").await.is(200);
    assert_eq!(forms(&page, "/account/members/", "/remove").len(), 1);
}

#[rocket::async_test]
async fn two_owners_who_demote_each_other_leave_one_owner() {
    let shop = Shop::open().await;
    let (ada, bob) = (shop.visitor("ada").await, shop.visitor("bob").await);
    joins(&ada, &bob).await.is(303);
    let second = member(&ada, "bob").await;
    role(&ada, &second, "owner").await.is(303);
    let first = member(&bob, "ada").await;
    for _ in 0..10 {
        let (one, other) =
            tokio::join!(role(&ada, &second, "member"), role(&bob, &first, "member"));
        let statuses = BTreeSet::from([one.status, other.status]);
        assert!(statuses == BTreeSet::from([303, 403]), "{statuses:?}");
        let (owner, demoted) = if one.status == 303 { (&ada, &second) } else { (&bob, &first) };
        role(owner, demoted, "owner").await.is(303);
    }
}

#[rocket::async_test]
async fn an_account_has_room_for_fifty_people_and_twenty_invitations() {
    let shop = Shop::open().await;
    let (ada, bob) = (shop.visitor("ada").await, shop.visitor("bob").await);
    let account = shop.account_of("ada").await;
    let mut conn = shop.database().await;
    for number in 0..49 {
        sqlx::query(
            "INSERT INTO users (id, email, name, password_hash, role, account_id, created_at)
             VALUES (?1, ?1 || '@example.com', ?1, '', 'user', ?2, 0)",
        )
        .bind(format!("usr_{number}"))
        .bind(&account)
        .execute(&mut conn)
        .await
        .expect("a user");
        sqlx::query("INSERT INTO members VALUES (?, ?, 'member', 0)")
            .bind(&account)
            .bind(format!("usr_{number}"))
            .execute(&mut conn)
            .await
            .expect("a member");
    }
    let mut tokens = Vec::new();
    for _ in 0..20 {
        tokens.push(invites(&ada).await);
    }
    ada.post::<&str>("/account/invites", &[]).await.is(409).has("20 of them are open");
    bob.post("/join", &[("token", &tokens[0])]).await.is(409).has("50 people");
    ada.post::<&str>("/account/members/usr_7/remove", &[]).await.is(303);
    bob.post("/join", &[("token", &tokens[0])]).await.is(303);
    invites(&ada).await;
}
