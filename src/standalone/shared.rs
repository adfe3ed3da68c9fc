//! The part of the account page that tells of the accounts somebody belongs to, and of the people in
//! the one they act for.

use askama::Template;
use askama::filters::HtmlSafe;
use sqlx::SqliteConnection;

use super::{ids, invites as page};
use crate::store::StoreFailed;
use crate::store::invites::{self, Invite};
use crate::store::members::{self, Member, Part, Seat};
use crate::web::acting::Acting;
use crate::web::pages::parts::{Action, Badge, Sentence, Tone};
use crate::web::text::t;
use crate::{AccountId, Timestamp, Visitor};

/// Open invites are never more.
const LISTED: u32 = 50;

#[derive(Template)]
#[template(path = "panel/shared.html")]
pub(super) struct Shared {
    accounts: Vec<AccountRow>,
    people: Vec<PersonRow>,
    invites: Vec<InviteRow>,
    /// Owners invite; members do not.
    invite: Option<InviteForm>,
    leave: Option<Action>,
}

impl HtmlSafe for Shared {}

impl Shared {
    /// Whether there is anything to change about anybody.
    fn changes(&self) -> bool {
        self.people.iter().any(|row| !row.actions.is_empty())
    }
}

struct AccountRow {
    name: String,
    part: Sentence,
    current: Option<Badge>,
    switch: Option<Action>,
}

struct PersonRow {
    name: String,
    /// Owners see it of everybody, everybody sees the owners' and their own.
    email: Option<String>,
    part: Sentence,
    since: Sentence,
    actions: Vec<Action>,
}

struct InviteRow {
    made: Sentence,
    ends: Sentence,
    take_back: Action,
}

struct InviteForm {
    acting: Acting,
    nonce: String,
}

/// Reads what `visitor` may see of it.
pub(super) async fn read(
    conn: &mut SqliteConnection,
    visitor: &Visitor,
    now: Timestamp,
) -> Result<Shared, StoreFailed> {
    let account = &visitor.account;
    let seats = members::seats(conn, &visitor.user).await?;
    let people = members::of_account(conn, account).await?;
    let own = people.iter().find(|member| member.user == visitor.user);
    let part = own.map_or(Part::Member, |own| own.part);
    let is_owner = part == Part::Owner;
    let open = if is_owner { invites::open(conn, account, now, LISTED).await? } else { Vec::new() };
    let owners = people.iter().filter(|member| member.part == Part::Owner).count();
    let can_leave = own.is_some() && !(is_owner && owners == 1);
    let look = Look { visitor, part, owners };
    Ok(Shared {
        accounts: seats.into_iter().map(|seat| account_row(seat, visitor)).collect(),
        people: people.into_iter().map(|member| look.person(member)).collect(),
        invites: open.iter().map(|invite| invite_row(invite, account)).collect(),
        invite: is_owner
            .then(|| InviteForm { acting: Acting::of(Some(account)), nonce: ids::nonce() }),
        leave: can_leave.then(|| {
            Action::post(t!("account-leave"), "/account/leave").quiet().for_account(account)
        }),
    })
}

fn account_row(seat: Seat, visitor: &Visitor) -> AccountRow {
    let current = seat.account == visitor.account;
    let name = seat.called();
    AccountRow {
        part: word(seat.part),
        current: current.then_some(Badge { word: t!("account-current"), tone: Tone::Good }),
        switch: (!current).then(|| {
            Action::post(t!("account-act-for", name = name.as_str()), "/account/switch")
                .with("to", seat.account.as_str())
                .quiet()
        }),
        name,
    }
}

/// Who looks at the people of an account.
struct Look<'v> {
    visitor: &'v Visitor,
    part: Part,
    owners: usize,
}

impl Look<'_> {
    fn person(&self, member: Member) -> PersonRow {
        let own = member.user == self.visitor.user;
        let sees = own || self.part == Part::Owner || member.part == Part::Owner;
        PersonRow {
            actions: self.actions(&member),
            email: sees.then_some(member.email),
            name: member.name,
            part: word(member.part),
            since: Sentence::default().day(member.joined_at),
        }
    }

    fn actions(&self, member: &Member) -> Vec<Action> {
        if self.part != Part::Owner {
            return Vec::new();
        }
        let act = |text: Sentence, act: &str| {
            let to = format!("/account/members/{}/{act}", member.user);
            Action::post(text, to).quiet().for_account(&self.visitor.account)
        };
        match member.part {
            Part::Member => vec![
                act(t!("member-make-owner"), "role").with("role", Part::Owner.as_str()),
                act(t!("member-remove"), "remove"),
            ],
            Part::Owner if self.owners > 1 => {
                vec![act(t!("member-make-member"), "role").with("role", Part::Member.as_str())]
            }
            Part::Owner => Vec::new(),
        }
    }
}

fn invite_row(invite: &Invite, account: &AccountId) -> InviteRow {
    let take_back = format!("/account/invites/{}/revoke", page::name(invite));
    InviteRow {
        made: Sentence::default().minute(invite.created_at),
        ends: Sentence::default().minute(invite.expires_at),
        take_back: Action::post(t!("invite-take-back"), take_back).quiet().for_account(account),
    }
}

fn word(part: Part) -> Sentence {
    match part {
        Part::Owner => t!("part-owner"),
        Part::Member => t!("part-member"),
    }
}
