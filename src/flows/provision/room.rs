//! Whether the panel could make a server for who is about to pay for one.

use std::time::Duration;

use tokio::sync::Mutex;

use crate::domain::plan::Limit;
use crate::domain::timestamp::Timestamp;
use crate::flows::Billing;
use crate::flows::gate::Standing;
use crate::panels::wings::{Driver, PanelFailed};
use crate::settings::Template;

/// How long an answer is believed.
const BELIEVED: Duration = Duration::from_mins(1);
/// How long a customer waits for it, once a minute.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the panel said last.
#[derive(Default)]
pub(super) struct Known(Mutex<Option<(Timestamp, Room)>>);

/// What the panel could do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    /// It would make a server of one template at least, or would not say.
    MayBe,
    /// It says that it can make none.
    None,
}

/// Whether it is certain that no server can be made at the panel now.
///
/// What is not known stops no sale: a panel that is away is back before long.
pub(crate) async fn is_short(billing: &Billing) -> bool {
    let (Some(driver), Some(settings)) = (&billing.driver, &billing.settings.panel) else {
        return false;
    };
    let mut known = billing.orders.room.0.lock().await;
    let now = billing.now();
    let room = match *known {
        Some((at, room)) if at <= now && now < at + BELIEVED => room,
        Some(_) | None => {
            let asked = ask(driver, &settings.templates);
            let room = tokio::time::timeout(PATIENCE, asked).await.unwrap_or(Room::MayBe);
            *known = Some((now, room));
            room
        }
    };
    room == Room::None
}

/// Whether the account would pay for servers to come, and not for those that it has.
pub(crate) fn wants_more(standing: &Standing) -> bool {
    match standing.decision.creatable {
        Limit::Servers(creatable) => standing.used <= creatable,
        Limit::Unlimited => true,
    }
}

/// Asks for one template after the other until one can be made.
async fn ask(driver: &Driver, templates: &[Template]) -> Room {
    for template in templates {
        match why_not(driver, template).await {
            Ok(None) => return Room::MayBe,
            Ok(Some(why)) => {
                tracing::warn!(template = template.id, why, "the panel would not make a server");
            }
            Err(error) => {
                tracing::warn!(%error, "whether the panel has room is not known");
                return Room::MayBe;
            }
        }
    }
    if templates.is_empty() { Room::MayBe } else { Room::None }
}

/// What keeps a server of the template from being made.
async fn why_not(driver: &Driver, template: &Template) -> Result<Option<String>, PanelFailed> {
    match driver.environment(template).await {
        Ok(_) if driver.has_room(template).await? => Ok(None),
        Ok(_) => Ok(Some("no node has room for it".to_owned())),
        Err(PanelFailed::Refused(why)) => Ok(Some(why)),
        Err(error) => Err(error),
    }
}
