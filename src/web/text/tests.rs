//! The files hold what is used, say it with the same values, and nothing besides.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{env, fs};

use fluent_bundle::FluentResource;
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};

use super::Language;

/// What a message takes, and which others it is made of.
#[derive(Debug, Default)]
struct Parts {
    values: BTreeSet<String>,
    messages: BTreeSet<String>,
}

type File = BTreeMap<String, Parts>;

#[test]
fn every_language_says_the_same_with_the_same_values() {
    let [english, others @ ..] = Language::ALL.map(|language| (language, file(language)));
    for (language, file) in others {
        let keys = |file: &File| file.keys().cloned().collect::<BTreeSet<_>>();
        let (theirs, ours) = (keys(&file), keys(&english.1));
        assert_eq!(theirs.difference(&ours).count(), 0, "unknown: {:?}", theirs.difference(&ours));
        assert_eq!(ours.difference(&theirs).count(), 0, "missing: {:?}", ours.difference(&theirs));
        for key in &ours {
            let (theirs, ours) = (values(&file, key), values(&english.1, key));
            assert_eq!(theirs, ours, "{key} in {}", language.name());
        }
    }
}

#[test]
fn every_message_is_used_and_every_used_one_is_there() {
    let file = file(Language::English);
    let mut used = BTreeSet::new();
    for (place, key, given) in uses() {
        assert!(file.contains_key(&key), "{place}: there is no message {key}");
        assert_eq!(given, values(&file, &key), "{place}: what {key} is given and takes");
        with_its_parts(&file, &key, &mut used);
    }
    let all: BTreeSet<String> = file.keys().cloned().collect();
    let idle: Vec<&String> = all.difference(&used).collect();
    assert!(idle.is_empty(), "said nowhere: {idle:?}");
}

#[test]
fn no_template_says_a_word_itself() {
    // A name, and what Stripe's documents are called.
    const NAMES: [&str; 3] = ["Coinslot", "PDF", "·"];
    let mut said = Vec::new();
    let mut seen = 0;
    for (path, text) in sources("templates") {
        // Samples, and the pages of a Stripe that is played.
        if path.contains("styleguide") || path.contains("sandbox/") {
            continue;
        }
        seen += 1;
        let bare = without(&without(&text, "{{", "}}"), "{%", "%}");
        let bare = without(&bare, "<code>", "</code>");
        for piece in bare.split('<').skip(1) {
            let (tag, words) = piece.split_once('>').unwrap_or((piece, ""));
            for name in ["aria-label", "data-label", "title", "placeholder", "alt"] {
                let value = tag.split(&format!(" {name}=\"")).nth(1).unwrap_or_default();
                said.push((path.clone(), value.split('"').next().unwrap_or_default().to_owned()));
            }
            said.push((path.clone(), words.to_owned()));
        }
    }
    assert!(seen > 20, "{seen} templates");
    said.retain(|(_, words)| {
        let words = NAMES.iter().fold(words.clone(), |words, name| words.replace(name, ""));
        words.contains(char::is_alphabetic)
    });
    assert!(said.is_empty(), "{said:#?}");
}

/// `text` without what stands from each `open` to the next `close`.
fn without(text: &str, open: &str, close: &str) -> String {
    let mut parts = text.split(open);
    let first = parts.next();
    let rest = parts.map(|part| part.split_once(close).map_or("", |(_, after)| after));
    first.into_iter().chain(rest).collect()
}

#[test]
fn a_message_that_a_language_lacks_is_said_in_english() {
    let say = |language, key| {
        let mut said = String::new();
        super::say(&mut said, language, key, None).expect("a String takes everything");
        said
    };
    assert_eq!(say(Language::German, "no-such-message"), "no-such-message");
    assert_ne!(say(Language::German, "see-plans"), say(Language::English, "see-plans"));
}

fn with_its_parts(file: &File, key: &str, used: &mut BTreeSet<String>) {
    if used.insert(key.to_owned()) {
        file[key].messages.iter().for_each(|part| with_its_parts(file, part, used));
    }
}

/// What a message and its parts take.
fn values(file: &File, key: &str) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    with_its_parts(file, key, &mut keys);
    keys.iter().flat_map(|key| file[key].values.clone()).collect()
}

fn file(language: Language) -> File {
    let mut file = File::new();
    for text in language.messages() {
        let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(_, errors)| {
            panic!("the files of {} cannot be read: {errors:?}", language.name())
        });
        for entry in resource.entries() {
            let Entry::Message(message) = entry else { continue };
            let mut parts = Parts::default();
            look(message.value.as_ref().expect("a message says something"), &mut parts);
            let again = file.insert(message.id.name.to_owned(), parts);
            assert!(again.is_none(), "{} stands twice in {}", message.id.name, language.tag());
        }
    }
    file
}

fn look(pattern: &Pattern<&str>, parts: &mut Parts) {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else { continue };
        match expression {
            Expression::Inline(inline) => look_inside(inline, parts),
            Expression::Select { selector, variants } => {
                look_inside(selector, parts);
                for variant in variants {
                    look(&variant.value, parts);
                }
            }
        }
    }
}

fn look_inside(inline: &InlineExpression<&str>, parts: &mut Parts) {
    match inline {
        InlineExpression::VariableReference { id } => {
            parts.values.insert(id.name.to_owned());
        }
        InlineExpression::MessageReference { id, .. } => {
            parts.messages.insert(id.name.to_owned());
        }
        InlineExpression::StringLiteral { .. } => {}
        other => panic!("the files do without {other:?}"),
    }
}

/// Every `t!` of code and templates: where, which message, and what it is given.
fn uses() -> Vec<(String, String, BTreeSet<String>)> {
    let mut found = Vec::new();
    for (path, text) in [sources("src"), sources("templates")].concat() {
        // These lines speak of the macro and use none.
        if path.ends_with("text/tests.rs") || path.ends_with("text/mod.rs") {
            continue;
        }
        for (at, _) in text.match_indices("t!(") {
            if !text[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_') {
                let (key, given) = read(&text[at + "t!(".len()..]);
                found.push((path.clone(), key, given));
            }
        }
    }
    assert!(found.len() > 100, "only {} uses", found.len());
    found
}

/// The files below `folder`, with their paths.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).expect("a readable file");
            found.push((path.display().to_string(), text));
        }
    }
    found
}

/// The key and the names of the values, from behind the opening parenthesis.
fn read(text: &str) -> (String, BTreeSet<String>) {
    let mut depth = 0_u32;
    let mut parts = vec![String::new()];
    for letter in text.chars() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => break,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().expect("it begins with one").push(letter);
    }
    let mut parts = parts.iter().map(|part| part.trim());
    let key = parts.next().expect("a key").trim_matches('"').to_owned();
    let names = parts.filter_map(|part| Some(part.split_once('=')?.0.trim().to_owned()));
    (key, names.collect())
}
