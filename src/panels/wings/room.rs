//! Whether a server of a template would find a place.

use url::form_urlencoded::Serializer;

use super::{Driver, PanelFailed};
use crate::settings::{Dialect, Template};

impl Driver {
    /// Whether any node has room for one more; a node may still be out of ports, which nobody is
    /// told before.
    pub(crate) async fn has_room(&self, template: &Template) -> Result<bool, PanelFailed> {
        let query = query(self.settings.dialect, template);
        match self.client.get(&format!("/nodes/deployable?{query}")).await {
            // Pterodactyl refuses, Pelican shows an empty list.
            Err(PanelFailed::Full(_)) => Ok(false),
            Ok(nodes) => match nodes["data"].as_array() {
                Some(nodes) => Ok(!nodes.is_empty()),
                None => Err(PanelFailed::Broken("it shows no list of nodes".to_owned())),
            },
            Err(error) => Err(error),
        }
    }
}

fn query(dialect: Dialect, template: &Template) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("memory", &template.memory.to_string());
    query.append_pair("disk", &template.disk.to_string());
    match dialect {
        Dialect::Pterodactyl => {
            for location in &template.deploy.locations {
                query.append_pair("location_ids[]", &location.to_string());
            }
        }
        Dialect::Pelican => {
            query.append_pair("cpu", &template.cpu.to_string());
            for tag in &template.deploy.tags {
                query.append_pair("tags[]", tag);
            }
        }
    }
    query.finish()
}
