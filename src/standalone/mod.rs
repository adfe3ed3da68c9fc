//! The panel of the single binary: sign-in and a list of servers.
//!
//! It is a host like any other: it gates itself through [`ServerSlot`](crate::ServerSlot) and keeps
//! its users, sessions and servers in tables of its own.

mod account;
mod admins;
mod devices;
mod ids;
mod invites;
mod listed;
mod made;
mod passwords;
mod people;
mod register;
mod servers;
mod sessions;
mod shared;
mod sign_in;
#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};

use rocket::response::Redirect;
use rocket::{Build, Orbit, Request, Rocket, get, routes};

use crate::store::members::{self, Part, Present};
use crate::store::{self, Store, StoreFailed};
use crate::web::catchers;
use crate::web::guards::{self, SignedIn};
use crate::web::headers::{Headers, Reach};
use crate::web::pages::styleguide;
use crate::web::text::{Language, t};
use crate::web::timed::timed;
use crate::{
    AccountId, Billing, Clock, Link, NotDone, Panel, Rank, Role, ServerId, Suspension, Timestamp,
    Visitor,
};

pub use admins::{NotMade, make_admin};

/// Mounts the pages of the built-in panel; [`Standalone`] goes to [`stage`](crate::stage).
pub fn attach(rocket: Rocket<Build>) -> Rocket<Build> {
    let routes = [
        routes![start],
        register::routes(),
        sign_in::routes(),
        servers::routes(),
        account::routes(),
        people::routes(),
        invites::routes(),
        styleguide::routes(),
    ]
    .concat();
    rocket
        .attach(Headers { on: Reach::Site })
        .register("/", catchers::pages())
        .mount("/", timed(routes))
}

/// The built-in panel.
#[derive(Debug, Default)]
pub struct Standalone {
    /// For questions and orders that come without a request.
    books: OnceLock<Books>,
}

#[rocket::async_trait]
impl Panel for Standalone {
    fn lifted_off(&self, rocket: &Rocket<Orbit>) {
        if let Some(billing) = rocket.state::<Arc<Billing>>() {
            let (store, clock) = (billing.store.clone(), billing.clock.clone());
            self.books.get_or_init(|| Books { store, clock });
        }
    }

    async fn visitor(&self, request: &Request<'_>) -> Option<Visitor> {
        present(request).await.as_ref().map(visitor)
    }

    async fn role(&self, request: &Request<'_>, visitor: &Visitor) -> Role {
        match present(request).await.as_ref().map(|present| present.seat.part) {
            Some(Part::Owner) => Role::Owner,
            // Who is nobody here may do as little as possible.
            Some(Part::Member) | None => {
                // Put aside: it would be copied with every request of the owners.
                Role::Member { ask: Box::pin(owners(request, visitor)).await }
            }
        }
    }

    async fn acting_for(&self, request: &Request<'_>) -> Option<String> {
        let present = present(request).await.as_ref()?;
        let Present { user, seat, .. } = present;
        (seat.account != user.account).then(|| seat.called())
    }

    async fn switch_to(&self, visitor: &Visitor, account: &AccountId) -> Option<Link> {
        let store = &self.books.get()?.store;
        let read = async {
            let mut conn = store.read().await?;
            members::seats(&mut conn, &visitor.user).await
        };
        let seats = read.await.unwrap_or_else(|error| {
            tracing::error!(%account, %error, "who belongs to an account could not be read");
            Vec::new()
        });
        let seat = seats.into_iter().find(|seat| seat.account == *account)?;
        Some(Link { text: seat.called(), href: account::HERE.to_owned() })
    }

    async fn servers(&self, account: &AccountId) -> Option<Vec<ServerId>> {
        match self.all_servers(account).await {
            Ok(servers) => servers,
            Err(error) => {
                tracing::error!(%account, %error, "the servers of an account could not be read");
                None
            }
        }
    }

    async fn suspend(
        &self,
        account: &AccountId,
        server: &ServerId,
        _: &Suspension,
    ) -> Result<(), NotDone> {
        let books = self.books()?;
        Ok(books.suspend(account, server, Some(books.clock.now())).await?)
    }

    async fn unsuspend(&self, account: &AccountId, server: &ServerId) -> Result<(), NotDone> {
        Ok(self.books()?.suspend(account, server, None).await?)
    }

    fn pages_in(&self, language: &str) -> Vec<Link> {
        let language = Language::tagged(language).unwrap_or(Language::ALL[0]);
        [(t!("nav-servers"), servers::HOME), (t!("nav-account"), account::HERE)]
            .map(|(text, href)| Link { text: text.said_in(language), href: href.to_owned() })
            .into()
    }

    fn sign_out(&self) -> Option<&str> {
        Some("/logout")
    }
}

impl Standalone {
    fn books(&self) -> Result<&Books, NotDone> {
        self.books.get().ok_or_else(|| NotDone("the panel is not up yet".to_owned()))
    }

    async fn all_servers(&self, account: &AccountId) -> Result<Option<Vec<ServerId>>, StoreFailed> {
        let Some(books) = self.books.get() else { return Ok(None) };
        let mut conn = books.store.read().await?;
        let servers = store::panel::servers(&mut conn, account, 0, u32::MAX).await?;
        Ok(Some(servers.into_iter().map(|server| server.id).collect()))
    }
}

/// The panel's own tables, and the time to write into them.
#[derive(Debug)]
struct Books {
    store: Store,
    clock: Clock,
}

impl Books {
    async fn suspend(
        &self,
        account: &AccountId,
        server: &ServerId,
        suspended_at: Option<Timestamp>,
    ) -> Result<(), StoreFailed> {
        let mut tx = self.store.write().await?;
        store::panel::suspend_server(&mut tx, account, server, suspended_at).await?;
        store::commit(tx).await
    }
}

impl From<StoreFailed> for NotDone {
    fn from(error: StoreFailed) -> Self {
        Self(error.to_string())
    }
}

/// Whose session the request presents, asked once for each.
async fn present<'r>(request: &'r Request<'_>) -> &'r Option<Present> {
    let ask = async {
        let billing = request.rocket().state::<Arc<Billing>>()?;
        // Who presents none costs the database nothing.
        let token = sessions::presented(request.cookies())?;
        let look = guards::look(request);
        sessions::present(billing, look, token).await.unwrap_or_else(|error| {
            tracing::error!(%error, "a session could not be read; the visitor is signed out");
            None
        })
    };
    request.local_cache_async(ask).await
}

/// More owners than this need not be named to somebody who wants to ask one.
const NAMED: usize = 3;

/// Whom a member of the account asks.
async fn owners(request: &Request<'_>, visitor: &Visitor) -> String {
    let read = async {
        let billing = request.rocket().state::<Arc<Billing>>()?;
        let mut conn = billing.store.read().await.ok()?;
        members::of_account(&mut conn, &visitor.account).await.ok()
    };
    let people = read.await.unwrap_or_default();
    let owners = people.iter().filter(|member| member.part == Part::Owner).take(NAMED);
    let named: Vec<String> =
        owners.map(|owner| format!("{} ({})", owner.name, owner.email)).collect();
    if named.is_empty() { "an owner of it".to_owned() } else { named.join(" or ") }
}

fn visitor(present: &Present) -> Visitor {
    let user = present.user.clone();
    Visitor {
        user: user.id,
        account: present.seat.account.clone(),
        email: user.email,
        name: user.name,
        rank: match user.role {
            store::panel::Role::User => Rank::User,
            store::panel::Role::Admin => Rank::Admin,
        },
    }
}

#[get("/")]
fn start(visitor: Option<SignedIn>) -> Redirect {
    Redirect::to(if visitor.is_some() { servers::HOME } else { sign_in::HERE })
}
