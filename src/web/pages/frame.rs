//! What every page has around it.

use rocket::Request;

use crate::panel::{Link, Rank, Visitor};
use crate::settings::StripeSource;
use crate::web::assets::STYLESHEET_URL;
use crate::web::guards::billing;

/// Head and foot of a page, ready to show.
pub(crate) struct Frame {
    pub(crate) stylesheet: &'static str,
    pub(crate) links: Vec<Link>,
    pub(crate) visitor: Option<Visitor>,
    pub(crate) sign_out: Option<String>,
    pub(crate) sandbox: bool,
    /// The path of the page itself, so that its link is marked.
    pub(crate) path: String,
    /// Only admins are told.
    pub(crate) no_webhook_secret: bool,
}

impl Frame {
    /// The frame of a page for `visitor`.
    pub(crate) fn of(request: &Request<'_>, visitor: &Visitor) -> Self {
        let billing = billing(request);
        let admin = visitor.rank == Rank::Admin;
        let mut links = billing.panel.pages();
        let mut add = |text: &str, href: &str| {
            links.push(Link { text: text.to_owned(), href: href.to_owned() });
        };
        add("Billing", "/billing");
        add("Plans", "/billing/plans");
        if admin {
            add("Admin", "/admin");
        }
        Self {
            links,
            visitor: Some(visitor.clone()),
            sign_out: billing.panel.sign_out().map(str::to_owned),
            no_webhook_secret: admin && billing.settings.stripe.webhook_secrets.is_empty(),
            ..Self::bare(request)
        }
    }

    /// The frame of a page that does not ask who looks at it.
    pub(crate) fn bare(request: &Request<'_>) -> Self {
        Self {
            stylesheet: &STYLESHEET_URL,
            links: Vec::new(),
            visitor: None,
            sign_out: None,
            sandbox: billing(request).settings.stripe.source == StripeSource::Sandbox,
            path: request.uri().path().to_string(),
            no_webhook_secret: false,
        }
    }
}
