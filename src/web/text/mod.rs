//! What pages say: every sentence is in `locales/`, two files a language, bundled into the binary.
//!
//! Code and templates name a message and what goes into it, [`t!`]; in which language it is said
//! is settled when the page is written.

mod language;
mod marked;
mod sentence;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

pub(crate) use language::{COOKIE, LANGUAGE, Language};
pub(crate) use sentence::Sentence;

/// The message `key` with what goes into it: `t!("card-buy", plan = name)`.
macro_rules! t {
    ($key:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::web::text::Sentence::message($key, vec![$((
            stringify!($name),
            $crate::web::text::Sentence::from($value),
        )),*])
    };
}
pub(crate) use t;

/// Writes the message `key` in `language`, or else in English.
fn say(
    out: &mut impl fmt::Write,
    language: Language,
    key: &str,
    args: Option<&FluentArgs<'_>>,
) -> fmt::Result {
    let found = [language, Language::English].into_iter().find_map(|language| {
        let (_, bundle) = BUNDLES.iter().find(|(of, _)| *of == language)?;
        Some((bundle, bundle.get_message(key)?.value()?))
    });
    let Some((bundle, pattern)) = found else {
        tracing::error!(key, "there is no such message");
        return out.write_str(key);
    };
    let mut errors = Vec::new();
    bundle.write_pattern(out, pattern, args, &mut errors)?;
    if !errors.is_empty() {
        tracing::error!(key, ?errors, "a message lacks something");
    }
    Ok(())
}

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<[(Language, Bundle); Language::ALL.len()]> =
    LazyLock::new(|| Language::ALL.map(|language| (language, bundle(language))));

fn bundle(language: Language) -> Bundle {
    let tag = language.tag().parse().expect("the tags are written here, and a test reads them");
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // Fluent would put invisible marks around whatever goes into a message, for names that run
    // from right to left; they would be copied along with a word and hide it from a search.
    bundle.set_use_isolating(false);
    for messages in language.messages() {
        let resource = FluentResource::try_new(messages.to_owned());
        // What cannot be read is left out, and a test finds it.
        let resource = resource.unwrap_or_else(|(readable, _)| readable);
        bundle.add_resource_overriding(resource);
    }
    bundle
}
