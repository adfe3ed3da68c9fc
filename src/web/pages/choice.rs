//! `/billing/servers`: which servers run on when there are too many.

use std::sync::Arc;

use askama::Template;
use rocket::{FromForm, Route, State, get, post, routes};

use super::frame::Frame;
use super::parts::{Banner, Errors, Sentence, Summary};
use super::{Answer, Page, over};
use crate::domain::ids::AccountId;
use crate::domain::suspension::Fate;
use crate::flows::suspend::{self, NotChosen};
use crate::flows::{Billing, Failed, gate};
use crate::web::acting::AccountForm;
use crate::web::error::Problem;
use crate::web::guards::Payer;
use crate::web::pages::filters;
use crate::web::text::t;

pub(super) fn routes() -> Vec<Route> {
    routes![show, choose]
}

#[derive(Template)]
#[template(path = "choice.html")]
struct ChoicePage {
    frame: Frame,
    summary: Option<Summary>,
    notice: Option<Banner>,
    /// How many to choose, in a sentence.
    wanted: Sentence,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    name: String,
    created: Sentence,
    state: Sentence,
    chosen: bool,
}

#[get("/billing/servers")]
async fn show(
    visitor: Payer,
    frame: Frame,
    billing: &State<Arc<Billing>>,
) -> Result<Page, Problem> {
    Ok(Page::of(page(frame, billing, &visitor.0.account, None, &Errors::new()).await?))
}

#[derive(FromForm)]
struct Wanted {
    keep: Vec<String>,
}

/// Takes the choice; a wrong one is told on the same page.
#[post("/billing/servers", data = "<wanted>")]
async fn choose(
    visitor: Payer,
    frame: Frame,
    wanted: AccountForm<Wanted>,
    billing: &State<Arc<Billing>>,
) -> Result<Answer, Problem> {
    let account = &visitor.0.account;
    let errors = match suspend::choose(billing, account, &wanted.0.keep).await {
        Ok(()) => return Ok(Answer::done(over::CHOICE, t!("choice-stored"))),
        Err(NotChosen::Failed(error)) => return Err(error.into()),
        Err(error) => vec![("keep", not_chosen(&error).in_full())],
    };
    let page = page(frame, billing, account, Some(&wanted.0.keep), &errors).await?;
    Ok(Answer::Page(Page::about(&Problem::of_form(&errors), page)))
}

fn not_chosen(error: &NotChosen) -> Sentence {
    match error {
        NotChosen::NothingToChoose => t!("choice-nothing-over"),
        NotChosen::Count { wanted, chosen } => {
            t!("choice-count", wanted = wanted.to_string(), chosen = chosen.to_string())
        }
        NotChosen::NoSuchServer(server) => t!("choice-unknown", server = server.as_str()),
        NotChosen::Failed(error) => Sentence::new(error.to_string()),
    }
}

/// The page with what was ticked, or else with what runs on as it is.
async fn page(
    frame: Frame,
    billing: &Billing,
    account: &AccountId,
    ticked: Option<&[String]>,
    errors: &Errors,
) -> Result<ChoicePage, Failed> {
    let mut conn = billing.store.read().await?;
    let standing = gate::standing(&mut conn, billing, account).await?.ok_or(Failed::NoAccount)?;
    let servers = suspend::of_account(&mut conn, &standing).await?;
    drop(conn);
    let rows: Vec<Row> = servers
        .iter()
        .filter(|(server, _)| suspend::can_be_chosen(server))
        .map(|(server, fate)| {
            let id = server.id.to_string();
            Row {
                chosen: ticked.map_or(*fate == Fate::Runs, |ticked| ticked.contains(&id)),
                name: server.name.clone().unwrap_or_else(|| id.clone()),
                id,
                created: t!("choice-since", day = Sentence::on_day(server.created_at)),
                state: over::state(server, *fate),
            }
        })
        .collect();
    let most = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let keep = standing.excess.map_or(most, |excess| excess.keep.min(most));
    Ok(ChoicePage {
        frame,
        summary: Summary::of(t!("choice-not-stored"), errors),
        notice: standing.excess.map(|excess| {
            over::notice(&excess, standing.used, standing.decision.reason, standing.now).or(None)
        }),
        wanted: t!("choice-legend", count = keep),
        rows,
    })
}
