//! What a server is made of: `[default.billing.panel.templates.NAME]`.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use rocket::figment::value::{Dict, Value};

use super::{Dialect, TEMPLATES};
use crate::settings::plans::refuse_unknown;
use crate::settings::reader::{Reader, number_in};

/// A kind of server that is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    /// The last part of its key, which forms and the API name.
    pub(crate) id: String,
    /// What people read.
    pub(crate) name: String,
    /// Pterodactyl files eggs in nests.
    pub(crate) nest: Option<u32>,
    pub(crate) egg: u32,
    pub(crate) docker_image: Option<String>,
    pub(crate) startup: Option<String>,
    pub(crate) environment: BTreeMap<String, String>,
    /// MiB.
    pub(crate) memory: i64,
    /// MiB; -1 is any amount.
    pub(crate) swap: i64,
    /// MiB.
    pub(crate) disk: i64,
    pub(crate) io: i64,
    /// Percent of one core.
    pub(crate) cpu: i64,
    pub(crate) threads: Option<String>,
    pub(crate) feature_limits: FeatureLimits,
    pub(crate) deploy: Deploy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FeatureLimits {
    pub(crate) databases: i64,
    pub(crate) allocations: i64,
    pub(crate) backups: i64,
}

/// Where the panel may put it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Deploy {
    pub(crate) locations: Vec<u32>,
    pub(crate) tags: Vec<String>,
    pub(crate) dedicated_ip: bool,
    pub(crate) port_range: Vec<String>,
}

pub(super) fn read(reader: &mut Reader, dialect: Option<Dialect>, named: &Dict) -> Vec<Template> {
    named.iter().filter_map(|(id, value)| one(reader, dialect, id, value)).collect()
}

fn one(reader: &mut Reader, dialect: Option<Dialect>, id: &str, value: &Value) -> Option<Template> {
    const KNOWN: [&str; 9] = [
        "name",
        "nest",
        "egg",
        "docker_image",
        "startup",
        "environment",
        "limits",
        "feature_limits",
        "deploy",
    ];
    let key = format!("{TEMPLATES}.{id}");
    if id.len() > 40 || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') {
        reader.refuse(&key, id, "name it with 1 to 40 of A-Z a-z 0-9 _ -");
    }
    let Some(dict) = value.as_dict() else {
        reader.refuse(&key, "…", "write [default.billing.panel.templates.NAME]");
        return None;
    };
    refuse_unknown(reader, &key, dict, &KNOWN);
    let mut table = Table { reader, key: &key, dict };
    let egg = table.needed("egg", "the number of the egg in the panel", number_in(1..=u32::MAX));
    let nest = table.value("nest", number_in(1..=u32::MAX));
    let docker_image = table.value("docker_image", line);
    let startup = table.value("startup", line);
    if dialect == Some(Dialect::Pterodactyl) {
        for (name, missing) in [
            ("nest", nest.is_none()),
            ("docker_image", docker_image.is_none()),
            ("startup", startup.is_none()),
        ] {
            if missing && !dict.contains_key(name) {
                let key = format!("{key}.{name}");
                table.reader.refuse_unset(&key, "Pterodactyl wants it: copy it from the egg");
            }
        }
    } else if nest.is_some() && dialect.is_some() {
        table.reader.refuse(&format!("{key}.nest"), "…", "Pelican has no nests: leave it out");
    }
    let name = table.value("name", line).unwrap_or_else(|| id.to_owned());
    let environment = environment(&mut table);
    let limits = table.dict("limits");
    let feature_limits = table.dict("feature_limits");
    let deploy = table.dict("deploy");
    let limits = limits_of(reader, &format!("{key}.limits"), limits.as_ref());
    let feature_limits =
        feature_limits_of(reader, &format!("{key}.feature_limits"), feature_limits.as_ref());
    let deploy = deploy_of(reader, &format!("{key}.deploy"), deploy.as_ref(), dialect);
    let (memory, swap, disk, io, cpu, threads) = limits?;
    Some(Template {
        id: id.to_owned(),
        name,
        nest,
        egg: egg?,
        docker_image,
        startup,
        environment: environment?,
        memory,
        swap,
        disk,
        io,
        cpu,
        threads,
        feature_limits: feature_limits?,
        deploy: deploy?,
    })
}

/// A part of the file with the key it stands under.
struct Table<'t> {
    reader: &'t mut Reader,
    key: &'t str,
    dict: &'t Dict,
}

impl Table<'_> {
    fn value<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let value = self.dict.get(name)?;
        self.reader.text_of(&format!("{}.{name}", self.key), value, parse)
    }

    fn needed<T>(
        &mut self,
        name: &str,
        rule: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        if !self.dict.contains_key(name) {
            self.reader.refuse_unset(&format!("{}.{name}", self.key), rule);
        }
        self.value(name, parse)
    }

    /// The value, or what it is when left out; `None` where it is wrong.
    fn number(
        &mut self,
        name: &str,
        range: RangeInclusive<i64>,
        left_out: Option<i64>,
    ) -> Option<i64> {
        match (self.dict.contains_key(name), left_out) {
            (false, Some(left_out)) => Some(left_out),
            (false, None) | (true, _) => {
                let rule = format!("write a whole number from {} up", range.start());
                self.needed(name, &rule, number_in(range))
            }
        }
    }

    fn dict(&mut self, name: &str) -> Option<Dict> {
        match self.dict.get(name)? {
            Value::Dict(_, dict) => Some(dict.clone()),
            _ => {
                let key = format!("{}.{name}", self.key);
                self.reader.refuse(&key, "…", format!("write {name} = {{ … }}"));
                None
            }
        }
    }

    /// The entries of a list, or of one text with commas; `None` where one is wrong.
    fn list<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<Vec<T>> {
        let key = format!("{}.{name}", self.key);
        let items = match self.dict.get(name) {
            None => return Some(Vec::new()),
            Some(Value::Array(_, items)) => items.clone(),
            Some(one) => vec![one.clone()],
        };
        let parsed: Vec<Option<T>> =
            items.iter().map(|item| self.reader.text_of(&key, item, &parse)).collect();
        parsed.into_iter().collect()
    }
}

type Limits = (i64, i64, i64, i64, i64, Option<String>);

/// 0 is no limit at all in both panels, so it is refused where it would cost.
fn limits_of(reader: &mut Reader, key: &str, dict: Option<&Dict>) -> Option<Limits> {
    const MOST: i64 = 100_000_000;
    let Some(dict) = dict else {
        reader.refuse_unset(key, "write { memory = 2048, disk = 10240, cpu = 200 }");
        return None;
    };
    refuse_unknown(reader, key, dict, &["memory", "swap", "disk", "io", "cpu", "threads"]);
    let mut table = Table { reader, key, dict };
    let memory = table.number("memory", 1..=MOST, None);
    let swap = table.number("swap", -1..=MOST, Some(0));
    let disk = table.number("disk", 1..=MOST, None);
    let io = table.number("io", 10..=1_000, Some(500));
    let cpu = table.number("cpu", 1..=MOST, None);
    let threads = table.value("threads", |text| {
        let good =
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b"-,".contains(&b));
        good.then(|| text.to_owned()).ok_or_else(|| "write cores such as 0,2-3".to_owned())
    });
    Some((memory?, swap?, disk?, io?, cpu?, threads))
}

fn feature_limits_of(reader: &mut Reader, key: &str, dict: Option<&Dict>) -> Option<FeatureLimits> {
    let empty = Dict::new();
    let dict = dict.unwrap_or(&empty);
    refuse_unknown(reader, key, dict, &["databases", "allocations", "backups"]);
    let mut table = Table { reader, key, dict };
    let mut count = |name| table.number(name, 0..=10_000, Some(0));
    let (databases, allocations, backups) =
        (count("databases"), count("allocations"), count("backups"));
    Some(FeatureLimits { databases: databases?, allocations: allocations?, backups: backups? })
}

fn deploy_of(
    reader: &mut Reader,
    key: &str,
    dict: Option<&Dict>,
    dialect: Option<Dialect>,
) -> Option<Deploy> {
    let empty = Dict::new();
    let dict = dict.unwrap_or(&empty);
    refuse_unknown(reader, key, dict, &["locations", "tags", "dedicated_ip", "port_range"]);
    let foreign = match dialect {
        Some(Dialect::Pterodactyl) => Some(("tags", "Pterodactyl has locations, write those")),
        Some(Dialect::Pelican) => Some(("locations", "Pelican has tags, write those")),
        None => None,
    };
    if let Some((name, reason)) = foreign.filter(|(name, _)| dict.contains_key(*name)) {
        reader.refuse(&format!("{key}.{name}"), "…", reason);
    }
    let mut table = Table { reader, key, dict };
    let locations = table.list("locations", |text| number_in(1..=u32::MAX)(text));
    let tags = table.list("tags", line);
    let port_range = table.list("port_range", ports);
    let dedicated_ip = table
        .value("dedicated_ip", |text| text.parse().map_err(|_| "write true or false".to_owned()));
    let dedicated_ip = if dict.contains_key("dedicated_ip") { dedicated_ip? } else { false };
    let port_range = port_range?;
    if port_range.is_empty() && dialect == Some(Dialect::Pelican) {
        let rule = "Pelican makes servers without any port where no range is given; \
                    write [\"25565-25665\"]";
        reader.refuse_unset(&format!("{key}.port_range"), rule);
        return None;
    }
    Some(Deploy { locations: locations?, tags: tags?, dedicated_ip, port_range })
}

/// A port, or the first and the last of a range.
fn ports(text: &str) -> Result<String, String> {
    let port = |text: &str| text.parse::<u16>().ok().filter(|port| *port >= 1024);
    let good = match text.split_once('-') {
        Some((first, last)) => {
            port(first).zip(port(last)).is_some_and(|(first, last)| first <= last)
        }
        None => port(text).is_some(),
    };
    good.then(|| text.to_owned())
        .ok_or_else(|| "write ports from 1024 up, such as 25565-25665".to_owned())
}

/// Variables of the egg; numbers and flags are written as text, as the panel does.
fn environment(table: &mut Table<'_>) -> Option<BTreeMap<String, String>> {
    if !table.dict.contains_key("environment") {
        return Some(BTreeMap::new());
    }
    let named = table.dict("environment")?;
    let key = format!("{}.environment", table.key);
    let parsed: Vec<Option<(String, String)>> = named
        .iter()
        .map(|(name, value)| {
            let key = format!("{key}.{name}");
            let value = table.reader.text_of(&key, value, |text| Ok(text.to_owned()))?;
            Some((name.clone(), value))
        })
        .collect();
    parsed.into_iter().collect()
}

fn line(text: &str) -> Result<String, String> {
    let good = (1..=4_000).contains(&text.chars().count()) && !text.contains(char::is_control);
    good.then(|| text.to_owned()).ok_or_else(|| "write one line of text".to_owned())
}
