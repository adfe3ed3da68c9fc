//! What the description says is what is mounted, and what the types check.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::routes;
use super::{problems, text, words};
use crate::domain::hook::Kind;
use crate::settings::Mount;

fn document() -> Value {
    serde_json::from_str(&text(&Mount::default())).expect("JSON")
}

fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().expect("paths").iter();
    let calls = paths.flat_map(|(path, calls)| {
        let calls = calls.as_object().expect("calls by method").iter();
        calls.map(move |(method, call)| (method.to_uppercase(), path.clone(), call))
    });
    calls.collect()
}

#[test]
fn every_mounted_route_is_described_and_no_other() {
    let mounted: BTreeSet<(String, String)> = routes()
        .iter()
        .map(|route| {
            let path = route.uri.path().replace('<', "{").replace('>', "}");
            (route.method.to_string(), path)
        })
        .collect();
    let document = document();
    let described: BTreeSet<(String, String)> =
        operations(&document).into_iter().map(|(method, path, _)| (method, path)).collect();
    let missing: Vec<_> = mounted.difference(&described).collect();
    let invented: Vec<_> = described.difference(&mounted).collect();
    assert!(
        missing.is_empty() && invented.is_empty(),
        "not described: {missing:?}; described, but not mounted: {invented:?}"
    );
}

#[test]
fn every_query_parameter_of_a_route_is_described_and_no_other() {
    let document = document();
    for route in routes() {
        let path = route.uri.path().replace('<', "{").replace('>', "}");
        let call = &document["paths"][&path][route.method.as_str().to_lowercase()];
        let query = route.uri.query().map(ToString::to_string).unwrap_or_default();
        let mounted: BTreeSet<&str> =
            query.split('&').filter_map(|part| part.strip_prefix('<')?.strip_suffix('>')).collect();
        let parameters = call["parameters"].as_array().into_iter().flatten();
        let described: BTreeSet<&str> = parameters
            .filter(|parameter| parameter["in"] == "query")
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        assert_eq!(described, mounted, "{route}");
    }
}

#[test]
fn every_call_has_its_own_name_words_and_at_least_one_good_answer() {
    let document = document();
    let mut names = BTreeSet::new();
    for (method, path, call) in operations(&document) {
        let name = call["operationId"].as_str().unwrap_or_default();
        assert!(!name.is_empty() && names.insert(name.to_owned()), "{method} {path}: `{name}`");
        let summary = call["summary"].as_str().unwrap_or_default();
        assert!(!summary.is_empty(), "{method} {path} has no summary: write a doc comment");
        let answers = call["responses"].as_object().expect("answers");
        assert!(answers.keys().any(|status| status.starts_with('2')), "{method} {path}");
        assert!(answers.keys().all(|status| status.parse::<u16>().is_ok()), "{method} {path}");
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_problem_is_used() {
    let (document, text) = (document(), text(&Mount::default()));
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    for (at, opening) in text.match_indices("#/components/schemas/") {
        let name = text[at + opening.len()..].split('"').next().expect("a name");
        assert!(schemas.contains_key(name), "{name}");
    }
    for name in problems::schemas().keys() {
        assert!(text.contains(&format!("#/components/schemas/{name}\"")), "{name} is never used");
    }
}

#[test]
fn the_patterns_of_ids_are_what_their_types_check() {
    let (most, more) = ("a".repeat(128), "a".repeat(129));
    let (plan, too_long) = ("a".repeat(40), "a".repeat(41));
    let (customer, too_many) =
        (format!("cus_{}", "a".repeat(251)), format!("cus_{}", "a".repeat(252)));
    let (price, long_price) = ("a".repeat(255), "a".repeat(256));
    let texts = [
        "",
        ".",
        "..",
        ".a",
        "a",
        "A-1_b:c.d",
        "a b",
        "a/b",
        "ä",
        "a\n",
        "acc_1",
        "starter",
        "Starter",
        "cus_",
        "cus_1",
        "sub_1",
        "cs_test_1",
        "evt_1",
        "evt_1-2",
        "price_1",
        "cs_",
        "evt_",
        "sub_",
        &most,
        &more,
        &plan,
        &too_long,
        &customer,
        &too_many,
        &price,
        &long_price,
    ];
    for (name, pattern, takes) in words::IDS {
        let schema = serde_json::json!({ "type": "string", "pattern": pattern });
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        for text in texts {
            let matches = validator.is_valid(&Value::from(text));
            assert_eq!(matches, takes(text), "{name} {text:?}");
        }
    }
}

#[test]
fn every_kind_of_message_is_described_and_no_other() {
    let document = document();
    let webhooks = document["webhooks"].as_object().expect("webhooks");
    let described: BTreeSet<&str> = webhooks.keys().map(String::as_str).collect();
    assert_eq!(described, BTreeSet::from(Kind::ALL.map(Kind::as_str)));
    for kind in described {
        let post = &document["webhooks"][kind]["post"];
        let headers = post["parameters"].as_array().expect("headers").iter();
        let names: Vec<&Value> = headers.map(|header| &header["name"]).collect();
        assert_eq!(names, ["webhook-id", "webhook-timestamp", "webhook-signature"], "{kind}");
        let message = &post["requestBody"]["content"]["application/json"]["schema"];
        assert_eq!(message["properties"]["type"]["const"], kind);
    }
}
