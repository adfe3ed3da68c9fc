//! Making a server from a template.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::wire::{self, Item, RemoteServer};
use super::{Driver, PanelFailed, fitting};
use crate::settings::{Dialect, Template};

/// A server to be made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order<'o> {
    /// Unique in the panel: the same order sent twice makes one server.
    pub(crate) external: &'o str,
    pub(crate) name: &'o str,
    /// The panel's number of who owns it.
    pub(crate) user: i64,
    pub(crate) template: &'o Template,
}

impl Driver {
    /// The egg's variables with the values of `template`; an error when one that is needed has none.
    ///
    /// The panel would find the same, but only when somebody has paid for it.
    pub(crate) async fn environment(
        &self,
        template: &Template,
    ) -> Result<BTreeMap<String, String>, PanelFailed> {
        let egg = template.egg;
        let path = match template.nest {
            Some(nest) => format!("/nests/{nest}/eggs/{egg}?include=variables"),
            None => format!("/eggs/{egg}?include=variables"),
        };
        let read = match self.client.get(&path).await {
            Err(PanelFailed::Missing) => {
                let name = &template.id;
                let reason = format!("the panel has no egg {egg}, which template {name} names");
                return Err(PanelFailed::Refused(reason));
            }
            read => read?,
        };
        let egg: Item<Egg> = wire::parse(&read)?;
        let variables = match egg.attributes.relationships.get("variables") {
            Some(variables) if wire::is_shown(variables) => wire::parse(&variables["data"])?,
            _ => Vec::<Item<Variable>>::new(),
        };
        let mut environment = template.environment.clone();
        for Item { attributes: variable } in variables {
            let name = variable.env_variable;
            let value = environment
                .entry(name.clone())
                .or_insert_with(|| variable.default_value.unwrap_or_default());
            if value.is_empty() && is_required(&variable.rules) {
                return Err(PanelFailed::Refused(format!(
                    "the egg needs the variable {name}: set it in the environment of template {}",
                    template.id
                )));
            }
        }
        Ok(environment)
    }

    /// Makes the server, with `environment` for its egg.
    pub(crate) async fn create(
        &self,
        order: &Order<'_>,
        environment: &BTreeMap<String, String>,
    ) -> Result<RemoteServer, PanelFailed> {
        let body = body(self.settings.dialect, order, environment);
        let read = self.client.create("/servers", &body).await?;
        Ok(wire::parse::<Item<RemoteServer>>(&read)?.attributes)
    }
}

#[derive(Deserialize)]
struct Egg {
    #[serde(default)]
    relationships: Map<String, Value>,
}

#[derive(Deserialize)]
struct Variable {
    env_variable: String,
    default_value: Option<String>,
    #[serde(default)]
    rules: Value,
}

/// Rules are one text with bars in Pterodactyl and a list in Pelican.
fn is_required(rules: &Value) -> bool {
    match rules {
        Value::String(rules) => rules.split('|').any(|rule| rule == "required"),
        Value::Array(rules) => rules.iter().any(|rule| rule == "required"),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}

/// What the panel is sent; the two differ in a few words.
fn body(dialect: Dialect, order: &Order<'_>, environment: &BTreeMap<String, String>) -> Value {
    let Order { external, name, user, template } = order;
    let (features, deploy) = (&template.feature_limits, &template.deploy);
    let mut body = json!({
        "external_id": external,
        "name": fitting(name),
        "user": user,
        "egg": template.egg,
        "environment": environment,
        "skip_scripts": false,
        "start_on_completion": true,
        "limits": {
            "memory": template.memory,
            "swap": template.swap,
            "disk": template.disk,
            "io": template.io,
            "cpu": template.cpu,
            "threads": template.threads,
        },
        "feature_limits": {
            "databases": features.databases,
            "allocations": features.allocations,
            "backups": features.backups,
        },
        "deploy": { "dedicated_ip": deploy.dedicated_ip, "port_range": deploy.port_range },
    });
    for (key, value) in [("docker_image", &template.docker_image), ("startup", &template.startup)] {
        if let Some(value) = value {
            body[key] = value.as_str().into();
        }
    }
    match dialect {
        Dialect::Pterodactyl => {
            body["deploy"]["locations"] = json!(deploy.locations);
            body["oom_disabled"] = true.into();
        }
        Dialect::Pelican => {
            body["deploy"]["tags"] = json!(deploy.tags);
            body["oom_killer"] = false.into();
        }
    }
    body
}
