//! The house rules that a compiler does not know: floors, monopolies, sizes, words.

use std::fs;
use std::path::{Path, PathBuf};

/// Modules by floor, the ground first; a file imports only from floors below its own.
const FLOORS: [&[&str]; 8] = [
    &["domain"],
    &["settings", "timing"],
    &["store", "stripe", "panel", "panels", "mail", "clock", "metrics"],
    &["flows"],
    &["web", "worker"],
    &["stage"],
    &["standalone"],
    &["cli", "main"],
];

/// What may be said in one place only: the words, the place, and the reason.
const MONOPOLIES: [(&[&str], &[&str], &str); 3] = [
    (
        &[
            "stripe_billing",
            "stripe_checkout",
            "stripe_client_core",
            "stripe_core",
            "stripe_misc",
            "stripe_payment",
            "stripe_product",
            "stripe_shared",
            "stripe_types",
        ],
        &["src/stripe/"],
        "only the gateway knows the SDK",
    ),
    (&["sqlx::query"], &["src/store/"], "SQL lives in the store"),
    (
        &[
            "Status::BadRequest",
            "Status::Forbidden",
            "Status::NotFound",
            "Status::Conflict",
            "Status::PaymentRequired",
            "Status::UnprocessableEntity",
            "Status::TooManyRequests",
            "Status::ServiceUnavailable",
        ],
        &["src/web/error", "src/web/catchers.rs", "src/sandbox/"],
        "every failure's status is in web/error",
    ),
];

fn sources(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).expect("below the root").display().to_string();
                found.push((name, fs::read_to_string(&path).expect("a readable file")));
            }
        }
    }
    assert!(!found.is_empty(), "no sources in {folder}");
    found.sort();
    found
}

fn module(file: &str) -> &str {
    let inside = file.strip_prefix("src/").expect("a source file");
    inside.split(['/', '.']).next().expect("a first part")
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|modules| modules.contains(&module))
}

/// The modules named in `crate::…` paths, braces included.
fn imports(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        if text[..at]
            .ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == '$')
        {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        let list = rest.strip_prefix('{').and_then(|inner| inner.split('}').next()).unwrap_or(rest);
        let parts: Vec<&str> =
            if rest.starts_with('{') { list.split(',').collect() } else { vec![list] };
        for part in parts {
            let name: String =
                part.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if name.starts_with(|first: char| first.is_lowercase()) {
                names.push(name);
            }
        }
    }
    names
}

#[test]
fn a_file_imports_only_from_floors_below_its_own() {
    let mut wrong = Vec::new();
    for (file, text) in sources("src") {
        let own = module(&file);
        if own == "lib" || own == "main" || file.contains("/tests") {
            continue;
        }
        for name in imports(&text).iter().filter(|name| *name != own) {
            let below = match (floor(name), floor(own)) {
                (Some(theirs), Some(ours)) => theirs < ours,
                // The sandbox stands beside the house; only the command line opens its door.
                (None, _) if name == "sandbox" => own == "cli",
                // A function of the public face, such as `crate::stage`.
                (None, Some(_)) => own == "standalone",
                (_, None) => false,
            };
            if !below {
                wrong.push(format!("{file} imports {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_belongs_in_one_place_is_said_there_only() {
    let mut wrong = Vec::new();
    for (file, text) in sources("src").into_iter().filter(|(file, _)| !file.contains("/tests")) {
        for (words, places, reason) in MONOPOLIES {
            let allowed = places.iter().any(|place| file.starts_with(place));
            for word in words.iter().filter(|word| !allowed && text.contains(**word)) {
                wrong.push(format!("{file} says `{word}`: {reason}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_file_is_longer_than_400_lines() {
    let long: Vec<String> = ["src", "tests"]
        .into_iter()
        .flat_map(sources)
        .filter(|(_, text)| text.lines().count() > 400)
        .map(|(file, text)| format!("{file}: {} lines", text.lines().count()))
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn the_built_in_panel_knows_of_billing_only_what_a_stranger_would() {
    // `stage` is the function of that name.
    let own = ["store", "web", "stage", "standalone"];
    let wrong: Vec<String> = sources("src")
        .into_iter()
        .filter(|(file, _)| module(file) == "standalone" && !file.contains("/tests"))
        .flat_map(|(file, text)| {
            let names = imports(&text).into_iter();
            names
                .filter(|name| floor(name).is_some() && !own.contains(&name.as_str()))
                .map(move |name| format!("{file} reaches past the public face into {name}"))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
