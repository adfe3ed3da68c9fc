//! What stands under `deploy/` fits the program.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The metrics that `text` names, without what Prometheus adds to a histogram's name.
fn metrics(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices("coinslot_")
        .filter(|(at, _)| !text[..*at].ends_with(is_part))
        .map(|(at, _)| text[at..].split(|c| !is_part(c)).next().expect("a first part"))
        .map(|name| {
            let ends = ["_bucket", "_count", "_sum"];
            ends.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name).to_owned()
        })
        .collect()
}

#[test]
fn every_metric_of_alerts_and_dashboard_is_one_that_is_counted() {
    let counted = metrics(&read("src/metrics.rs"));
    for file in ["deploy/alerts.yml", "deploy/grafana.json"] {
        let named = metrics(&read(file));
        assert!(!named.is_empty(), "{file}");
        let unknown: Vec<_> = named.difference(&counted).collect();
        assert!(unknown.is_empty(), "{file}: {unknown:?}");
    }
}

#[test]
fn the_dashboard_shows_every_metric() {
    let dashboard = read("deploy/grafana.json");
    let panels: Value = serde_json::from_str(&dashboard).expect("JSON");
    assert!(panels["panels"].as_array().is_some_and(|panels| !panels.is_empty()));
    let shown = metrics(&dashboard);
    let counted = metrics(&read("src/metrics.rs"));
    assert_eq!(counted.difference(&shown).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn the_readme_names_no_file_that_is_not_there() {
    let readme = read("deploy/README.md");
    let links = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    for link in links.filter(|link| !link.contains("://") && !link.starts_with('#')) {
        read(&format!("deploy/{link}"));
    }
}
