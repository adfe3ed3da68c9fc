//! `/styleguide`: every part of a page in every state, while the sandbox is in use.

use std::sync::Arc;

use askama::Template;
use rocket::{Route, State, get, routes};

use super::admin::STATES;
use super::frame::Frame;
use super::parts::{Action, Badge, Banner, Errors, Field, Meter, Paging, Sentence, Summary, Tone};
use super::{Page, words};
use crate::domain::invoice::Settlement;
use crate::domain::plan::Limit;
use crate::domain::timestamp::Timestamp;
use crate::flows::Billing;
use crate::settings::StripeSource;
use crate::web::error::Problem;
use crate::web::pages::filters;
use crate::web::text::t;

pub(crate) fn routes() -> Vec<Route> {
    routes![show]
}

pub(super) const SETTLEMENTS: [Settlement; 8] = [
    Settlement::Paid,
    Settlement::Refunded,
    Settlement::PartlyRefunded,
    Settlement::Open,
    Settlement::Overdue,
    Settlement::Void,
    Settlement::WrittenOff,
    Settlement::Unknown,
];

#[derive(Template)]
#[template(path = "styleguide.html")]
struct Styleguide {
    frame: Frame,
    badges: Vec<Badge>,
    meters: Vec<Meter>,
    banners: Vec<Banner>,
    actions: Vec<Action>,
    summary: Option<Summary>,
    fields: Vec<Field>,
    pagings: Vec<Paging>,
    day: Sentence,
}

/// Anybody may look: it shows samples only, and where there is a key there is no such page.
#[get("/styleguide")]
fn show(frame: Frame, billing: &State<Arc<Billing>>) -> Result<Page, Problem> {
    if billing.settings.stripe.source != StripeSource::Sandbox {
        return Err(Problem::not_found());
    }
    let errors = vec![
        ("guide_wrong", "The e-mail needs an @.".into()),
        ("guide_wrong_choice", "Choose one of the games of the list.".into()),
    ];
    Ok(Page::of(Styleguide {
        frame,
        badges: STATES.map(Badge::of).into_iter().chain(SETTLEMENTS.map(words::invoice)).collect(),
        meters: meters(),
        banners: banners(billing.now()),
        actions: actions(),
        summary: Summary::of("The server was not created", &errors),
        fields: fields(&errors),
        pagings: pagings(),
        day: Sentence::default().day(billing.now()),
    }))
}

/// From nothing to more than there may be.
fn meters() -> Vec<Meter> {
    let limited = (0..=5).map(|used| words::usage(used, Limit::Servers(3)));
    let others = [(1, Limit::Servers(1)), (2, Limit::Servers(0)), (12, Limit::Unlimited)];
    limited.chain(others.map(|(used, limit)| words::usage(used, limit))).collect()
}

fn banners(now: Timestamp) -> Vec<Banner> {
    let text = |words: &str| Sentence::new(words);
    vec![
        Banner::new(
            Tone::Plain,
            "Your trial ends soon",
            text("On ").minute(now).and(" the first payment is made: €5.00 per month."),
        )
        .or(Some(Action::link("Manage payment and invoices", "/styleguide"))),
        Banner::new(Tone::Good, "Survival is created.", Sentence::default()),
        Banner::new(
            Tone::Warning,
            "2 servers are over your limit",
            text("All of them keep running, but no new one can be created."),
        ),
        Banner::new(
            Tone::Bad,
            "Your payment failed",
            text("€5.00 could not be charged. Your servers keep running until ")
                .minute(now)
                .and(". Nothing is deleted."),
        )
        .or(Some(Action::link("Pay €5.00 now", "/styleguide"))),
    ]
}

fn actions() -> Vec<Action> {
    vec![
        Action::link("Main link", "/styleguide"),
        Action::link("Quiet link", "/styleguide").quiet(),
        Action::post("Main button", "/styleguide"),
        Action::post("Quiet button", "/styleguide").quiet(),
    ]
}

fn fields(errors: &Errors) -> Vec<Field> {
    let games = || vec!["Minecraft".to_owned(), "Valheim".to_owned()];
    [
        Field::new("guide_empty", "Empty", ""),
        Field::new("guide_filled", "Filled", "Survival"),
        Field { required: false, ..Field::new("guide_optional", "May be left out", "") },
        Field {
            hint: "12 to 128 characters".into(),
            ..Field::new("guide_hint", "With a hint", "")
        },
        Field {
            kind: "password",
            autocomplete: "off",
            ..Field::new("guide_secret", "Password", "")
        },
        Field::new("guide_wrong", "Wrong", "nobody.example.com"),
        Field { choices: games(), ..Field::new("guide_choice", "Choice", "Valheim") },
        Field { choices: games(), ..Field::new("guide_wrong_choice", "Wrong choice", "Chess") },
    ]
    .map(|field| field.judged(errors))
    .into()
}

fn pagings() -> Vec<Paging> {
    let here = || "/styleguide".to_owned();
    let numbered = (1..=3).filter_map(|page| Paging::new(page, 3, |_| here()));
    numbered.chain(Paging::between(Some(here()), Some(here()))).collect()
}
