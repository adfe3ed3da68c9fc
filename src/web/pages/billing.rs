//! `/billing`: how the account stands, and the door to Stripe's own pages.

use std::sync::Arc;

use askama::Template;
use rocket::{FromForm, Route, State, get, post, routes};

use super::frame::Frame;
use super::parts::{Action, Badge, Banner, Meter, Sentence, Tone};
use super::{Answer, Page, change_words, notices, words};
use crate::domain::ids::AccountId;
use crate::domain::subscription::Subscription;
use crate::flows::gate::Situation;
use crate::flows::paused::{self, Started};
use crate::flows::portal::{self, Errand};
use crate::flows::returned::{NotReturned, returned};
use crate::flows::{Billing, Failed, accounts, catalogue};
use crate::store::checkouts::Progress;
use crate::web::acting::{AccountForm, Button};
use crate::web::error::Problem;
use crate::web::guards::{ByLink, Payer, SignedIn, Stood};
use crate::web::limits::Limits;
use crate::web::pages::filters;
use crate::web::text::t;

pub(super) fn routes() -> Vec<Route> {
    routes![show, open_portal, start]
}

#[derive(Template)]
#[template(path = "billing.html")]
struct BillingPage {
    frame: Frame,
    /// Where the page looks again by itself while a payment is on its way.
    refresh: Option<String>,
    banners: Vec<Banner>,
    plan: Sentence,
    badge: Badge,
    tone: Tone,
    status: Sentence,
    usage: Meter,
    costs: Option<Sentence>,
    next: Option<(Sentence, Sentence)>,
    action: Option<Action>,
    others: Vec<Action>,
    synced: Option<Sentence>,
    /// Whom a member asks for more.
    ask: Option<String>,
}

/// How often the page looks again by itself for a payment that is on its way.
const LOOKS: u8 = 10;

/// The account as it stands; after a checkout, with what became of it.
#[get("/billing?<session_id>&<look>")]
async fn show(
    visitor: SignedIn,
    stood: Stood<'_>,
    by_link: ByLink,
    frame: Frame,
    session_id: Option<&str>,
    look: Option<u8>,
    billing: &State<Arc<Billing>>,
) -> Result<Page, Problem> {
    let Some(session) = session_id else {
        return Ok(Page::of(page(frame, billing, stood.0, None).await?));
    };
    let account = &visitor.0.account;
    let look = look.unwrap_or(0).saturating_add(1);
    let mut refresh = None;
    let (came_of_it, elsewhere) = match returned(billing, account, session).await {
        // The panel does not know who came by a link.
        Err(NotReturned::OfAnother(_)) if by_link.0 => return Err(Problem::session_not_found()),
        Err(NotReturned::OfAnother(payer)) => {
            let switch = billing.panel.switch_to(&visitor.0, &payer).await;
            let switch = switch.ok_or_else(Problem::session_not_found)?;
            (returned(billing, &payer, session).await, Some(switch))
        }
        own => (own, None),
    };
    let news = match came_of_it {
        Ok(progress) => {
            let again = progress == Progress::Processing && look <= LOOKS;
            refresh = again.then(|| format!("/billing?session_id={session}&look={look}"));
            notices::returned(progress, again)
        }
        Err(NotReturned::Failed(Failed::Stripe(_))) => notices::stored_only(),
        Err(error) => return Err(error.into()),
    };
    let news = elsewhere.iter().fold(news, notices::for_another);
    let now = accounts::look(billing, account).await?;
    let page = page(frame, billing, &now, Some(news)).await?;
    Ok(Page::of(BillingPage { refresh, ..page }))
}

#[derive(FromForm)]
struct Wanted {
    flow: Option<String>,
}

/// Sends the customer to Stripe's Billing Portal; a refusal is told on the billing page.
#[post("/billing/portal", data = "<wanted>")]
async fn open_portal(
    visitor: Payer,
    frame: Frame,
    wanted: AccountForm<Wanted>,
    billing: &State<Arc<Billing>>,
    limits: &State<Limits>,
) -> Result<Answer, Problem> {
    let account = &visitor.0.account;
    let allowed = limits.checkout(account);
    let entered = match allowed {
        Ok(()) => enter(billing, account, wanted.0.flow.as_deref()).await,
        Err(problem) => Err(problem),
    };
    let problem = match entered {
        Ok(url) => return Ok(Answer::to(url)),
        Err(problem) => problem,
    };
    Ok(Answer::Page(about(frame, billing, account, &problem).await?))
}

/// The page with what stood in the way of something.
pub(super) async fn about(
    frame: Frame,
    billing: &Billing,
    account: &AccountId,
    problem: &Problem,
) -> Result<Page, Problem> {
    let now = accounts::look(billing, account).await?;
    let page = page(frame, billing, &now, Some(problem.banner())).await?;
    Ok(Page::about(problem, page))
}

/// Starts the paused plan again, or leads to what is missing for that.
#[post("/billing/start", data = "<_button>")]
async fn start(
    visitor: Payer,
    _button: Button,
    billing: &State<Arc<Billing>>,
    limits: &State<Limits>,
) -> Result<Answer, Problem> {
    let account = &visitor.0.account;
    limits.checkout(account)?;
    Ok(match paused::start(billing, account).await? {
        Started::Running => Answer::done("/billing", t!("plan-runs-again")),
        Started::NothingPaused => Answer::to("/billing"),
        Started::ToPay(invoice) => Answer::to(invoice),
        Started::NeedsMethod => {
            let errand = Errand::PaymentMethodUpdate;
            Answer::to(portal::open(billing, account, errand, None).await?)
        }
    })
}

async fn enter(
    billing: &Billing,
    account: &AccountId,
    flow: Option<&str>,
) -> Result<String, Problem> {
    let errand = Errand::parse(flow).ok_or_else(|| {
        let (method, cancel) = ("payment_method_update", "subscription_cancel");
        Problem::of_form(&vec![("flow", t!("wrong-flow", method = method, cancel = cancel))])
    })?;
    Ok(portal::open(billing, account, errand, None).await?)
}

async fn page(
    mut frame: Frame,
    billing: &Billing,
    situation: &Situation,
    news: Option<Banner>,
) -> Result<BillingPage, Failed> {
    frame.tell(billing, situation);
    frame.notice = frame.notice.filter(|it| news.as_ref().is_none_or(|own| own.title != it.title));
    let standing = &situation.standing;
    let mut offers = Vec::new();
    if standing.running().is_some_and(|running| running.next_price().is_some()) {
        let mut conn = billing.store.read().await?;
        offers = catalogue::read(&mut conn, billing).await?.offers;
    }
    let settings = &billing.settings;
    let decision = &standing.decision;
    let ask = frame.role.ask().map(str::to_owned);
    let offered = |action: Action| ask.is_none().then(|| action.for_account(&standing.account.id));
    Ok(BillingPage {
        frame,
        refresh: None,
        banners: news.into_iter().collect(),
        plan: words::heading(standing, settings),
        badge: Badge::of(decision.state),
        tone: words::tone(decision.reason),
        status: words::status(standing, settings),
        usage: words::usage(standing.used, decision.limit),
        costs: words::costs(standing),
        next: change_words::next(standing, &offers).or_else(|| words::next(standing)),
        action: words::action(standing).and_then(offered),
        others: words::other_actions(standing).into_iter().filter_map(offered).collect(),
        synced: standing.subscription().map(|it: &Subscription| {
            t!("billing-synced", moment = Sentence::at_minute(it.synced_at))
        }),
        ask,
    })
}
