//! What every page has around it.

use rocket::Request;
use rocket::outcome::Outcome;
use rocket::request::{FlashMessage, FromRequest, Outcome as RequestOutcome};

use super::language;
use super::notices::{self, Case};
use super::parts::{Action, Banner, Sentence, Tone};
use super::words;
use crate::domain::ids::AccountId;
use crate::domain::plan::Hidden;
use crate::flows::gate::Situation;
use crate::flows::silence::{self, Cause};
use crate::flows::{Billing, Failed, accounts, alarms, catalogue};
use crate::panel::{Rank, Role, Visitor};
use crate::settings::StripeSource;
use crate::store;
use crate::web::acting::Acting;
use crate::web::assets::STYLESHEET_URL;
use crate::web::error::Problem;
use crate::web::guards::{self, Stood, billing};
use crate::web::quota::Quota;
use crate::web::text::{Language, t};

/// Head and foot of a page, ready to show.
pub(crate) struct Frame {
    pub(crate) language: Language,
    pub(crate) stylesheet: &'static str,
    pub(crate) links: Vec<NavLink>,
    /// The operator's pages, for whom they are there.
    pub(crate) desk: Vec<NavLink>,
    pub(crate) visitor: Option<String>,
    /// What the account they act for is called, where it is not their own.
    pub(crate) acting_for: Option<String>,
    /// The account that forms of the page are for.
    pub(crate) acting: Acting,
    /// What the visitor may do for it.
    pub(crate) role: Role,
    pub(crate) sign_out: Option<String>,
    /// Where the sandbox has its own pages, while it is in use.
    pub(crate) sandbox: Option<String>,
    pub(crate) banners: Vec<Banner>,
    /// Where the visitor is, to come back to in another language.
    pub(crate) here: String,
    /// What the visitor should see to first.
    pub(crate) notice: Option<Banner>,
}

/// A link in the head of the page.
pub(crate) struct NavLink {
    pub(crate) text: Sentence,
    pub(crate) href: String,
    /// It leads to where the visitor is, or to the page above.
    pub(crate) current: bool,
}

impl Frame {
    /// The frame for whoever was let in so far, with no question asked.
    pub(crate) fn as_known(request: &Request<'_>) -> Self {
        let billing = billing(request);
        let visitor = guards::let_in(request);
        let at_home = visitor.filter(|_| !guards::came_by_link(request));
        let sandboxed = billing.settings.stripe.source == StripeSource::Sandbox;
        let (links, desk) = visitor.map(|who| links(request, billing, who)).unwrap_or_default();
        Self {
            language: Language::of(request),
            stylesheet: &STYLESHEET_URL,
            links,
            desk,
            visitor: visitor.map(|who| who.name.clone()),
            acting_for: guards::acting_for(request).map(str::to_owned),
            acting: Acting::of(visitor.map(|who| &who.account)),
            role: guards::role(request).clone(),
            sign_out: at_home.and_then(|_| billing.panel.sign_out().map(str::to_owned)),
            sandbox: sandboxed.then(|| billing.settings.stripe.api_base.clone()),
            here: language::way_back(request),
            banners: Vec::new(),
            notice: None,
        }
    }

    /// Says what the visitor should see to as the account stands now.
    pub(crate) fn tell(&mut self, billing: &Billing, situation: &Situation) {
        let Situation { standing, checkout } = situation;
        let case = Case { standing, checkout: checkout.as_ref(), settings: &billing.settings };
        self.notice = notices::notice(case).map(|notice| self.fit(notice, &standing.account.id));
    }

    /// The same as of now, with what the account has: for a panel whose request changed something.
    pub(crate) async fn tell_anew(
        &mut self,
        billing: &Billing,
        account: &AccountId,
    ) -> Result<Quota, Problem> {
        let now = accounts::look(billing, account).await?;
        self.tell(billing, &now);
        Ok(Quota::of(&now.standing))
    }

    /// The banner for whoever looks at it: a member has nobody but an owner to see to it.
    pub(crate) fn fit(&self, banner: Banner, account: &AccountId) -> Banner {
        match &self.role {
            Role::Owner => banner.for_account(account),
            Role::Member { ask } => {
                let text = banner.text.then(t!("notice-ask", ask = ask.as_str()));
                Banner { text, action: None, ..banner }
            }
        }
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Frame {
    type Error = Problem;

    /// Also shows, once, what the page before left to be said.
    async fn from_request(request: &'r Request<'_>) -> RequestOutcome<Self, Problem> {
        let stood = Stood::from_request(request).await.succeeded();
        let mut frame = Self::as_known(request);
        if let Outcome::Success(flash) = FlashMessage::from_request(request).await {
            let (kind, message) = flash.into_inner();
            let tone = if kind == "success" { Tone::Good } else { Tone::Warning };
            frame.banners.push(Banner::new(tone, message, Sentence::default()));
        }
        let Some(Stood(situation)) = stood else {
            return Outcome::Success(frame);
        };
        let billing = billing(request);
        let of_admin = guards::our_path(request).is_some_and(|path| path.starts_with("/admin"));
        let is_admin = guards::let_in(request).is_some_and(|who| who.rank == Rank::Admin);
        match (of_admin, is_admin) {
            (false, _) => frame.tell(billing, situation),
            (true, true) => match concerns(billing, &frame.here).await {
                Ok(concerns) => frame.banners.extend(concerns),
                Err(error) => return guards::fail(request, error.into()),
            },
            (true, false) => {}
        }
        Outcome::Success(frame)
    }
}

/// Everybody's links, and those of the desk.
fn links(
    request: &Request<'_>,
    billing: &Billing,
    visitor: &Visitor,
) -> (Vec<NavLink>, Vec<NavLink>) {
    let own = [(t!("nav-billing"), "/billing"), (t!("nav-plans"), "/billing/plans")];
    let admin = [
        (t!("nav-overview"), "/admin"),
        (t!("nav-accounts"), "/admin/accounts"),
        (t!("nav-events"), "/admin/events"),
        (t!("nav-hooks"), "/admin/hooks"),
        (t!("nav-catalogue"), "/admin/plans"),
        (t!("nav-audit"), "/admin/audit"),
    ];
    let admin = admin.into_iter().filter(|_| visitor.rank == Rank::Admin);
    let mount = &billing.settings.mount;
    let ours = |(text, href)| (text, mount.at(href));
    let panels = billing.panel.pages_in(Language::of(request).tag()).into_iter();
    let panels = panels.map(|link| (Sentence::new(link.text), link.href));
    // Who came by a link is nobody there.
    let panels = panels.filter(|_| !guards::came_by_link(request));
    let own: Vec<(Sentence, String)> = panels.chain(own.into_iter().map(ours)).collect();
    let desk: Vec<(Sentence, String)> = admin.map(ours).collect();
    let path = request.uri().path().as_str();
    let is_above = |href: &str| {
        path.strip_prefix(href).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let nearest = own
        .iter()
        .chain(&desk)
        .map(|(_, href)| href)
        .filter(|href| is_above(href))
        .max_by_key(|href| href.len())
        .cloned();
    let link = |(text, href)| NavLink { current: nearest.as_ref() == Some(&href), text, href };
    (own.into_iter().map(link).collect(), desk.into_iter().map(link).collect())
}

/// What an admin should see to, whichever page is open; the one at `here` needs no way to itself.
async fn concerns(billing: &Billing, here: &str) -> Result<Vec<Banner>, Failed> {
    let show = |list: &'static str| {
        let elsewhere = billing.settings.mount.at(list) != here;
        elsewhere.then(|| Action::link(t!("desk-show-them"), list))
    };
    let mut banners = Vec::new();
    if billing.settings.stripe.webhook_secrets.is_empty() {
        let text = t!("desk-no-secret");
        banners.push(Banner::new(Tone::Bad, t!("desk-no-secret-title"), text));
    }
    let mut conn = billing.store.read().await?;
    if billing.stripe.circuit_open() {
        let text = t!("desk-no-access");
        banners.push(Banner::new(Tone::Bad, t!("desk-no-access-title"), text));
    }
    if let Some(silence) = silence::standing(&mut conn, billing).await? {
        let text = t!("desk-silent", moment = Sentence::at_minute(silence.since))
            .then(likely(silence.cause, billing));
        banners.push(Banner::new(Tone::Bad, t!("desk-silent-title"), text));
    }
    let dead = store::inbox::dead_count(&mut conn).await?;
    if dead > 0 {
        let title = t!("desk-dead-title", count = dead);
        let action = show("/admin/events?status=dead");
        banners.push(Banner::new(Tone::Bad, title, t!("desk-dead")).or(action));
    }
    let untold = store::hooks::dead_count(&mut conn).await?;
    if untold > 0 {
        let title = t!("desk-untold-title", count = untold);
        let action = show("/admin/hooks");
        banners.push(Banner::new(Tone::Bad, title, t!("desk-untold")).or(action));
    }
    let unsent = store::mail::dead_since(&mut conn, billing.now() - alarms::MAIL_LASTS).await?;
    if unsent > 0 {
        let title = t!("desk-unsent-title", count = unsent);
        banners.push(Banner::new(Tone::Warning, title, t!("desk-unsent")));
    }
    let hidden = catalogue::read(&mut conn, billing).await?.hidden;
    if !hidden.is_empty() {
        let count = u32::try_from(hidden.len()).unwrap_or(u32::MAX);
        let title = t!("desk-not-for-sale-title", count = count);
        let text = hidden.iter().map(not_for_sale).fold(Sentence::default(), Sentence::then);
        banners.push(Banner::new(Tone::Warning, title, text));
    }
    Ok(banners)
}

fn not_for_sale(price: &Hidden) -> Sentence {
    let (plan, every) = (price.plan.as_str(), words::every(price.interval));
    t!("desk-not-for-sale", plan = plan, every = every, reason = price.reason.as_str())
}

/// What most likely keeps Stripe's messages away, and the way out.
fn likely(cause: Cause, billing: &Billing) -> Sentence {
    let address = billing.settings.webhook_url();
    match cause {
        Cause::NoSecret => t!("desk-silent-no-secret"),
        Cause::WrongSecret => t!("desk-silent-wrong-secret"),
        Cause::Unreachable => t!("desk-silent-unreachable", address = address),
        Cause::NeverHeard => t!("desk-silent-never", address = address),
        Cause::Stopped => t!("desk-silent-stopped", address = address),
    }
}
