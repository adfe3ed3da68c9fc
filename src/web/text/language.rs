//! In which language somebody reads.

use rocket::Request;

/// A language that pages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
}

/// What a visitor chose; it goes before what the browser prefers.
pub(crate) const COOKIE: &str = "coinslot_language";

/// By this name the parts of a page find its language.
pub(crate) const LANGUAGE: &str = "language";

impl Language {
    /// All there are; the first one is for whoever reads none of them.
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::German];

    /// The language of the answer to `request`, settled once for each.
    pub(crate) fn of(request: &Request<'_>) -> Self {
        *request.local_cache(|| Self::asked_for(request))
    }

    fn asked_for(request: &Request<'_>) -> Self {
        let chosen = request.cookies().get(COOKIE).and_then(|cookie| Self::tagged(cookie.value()));
        chosen.unwrap_or_else(|| {
            let accepted = request.headers().get("Accept-Language");
            Self::preferred(&accepted.collect::<Vec<_>>().join(","))
        })
    }

    /// All but this one.
    pub(crate) fn others(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |other| *other != self)
    }

    /// The BCP 47 tag.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// What its own readers call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    /// Its files: what everybody reads, and what only the operator does.
    pub(super) fn messages(self) -> [&'static str; 2] {
        match self {
            Self::English => [
                include_str!("../../../locales/en.ftl"),
                include_str!("../../../locales/desk/en.ftl"),
            ],
            Self::German => [
                include_str!("../../../locales/de.ftl"),
                include_str!("../../../locales/desk/de.ftl"),
            ],
        }
    }

    /// The language of exactly this tag.
    pub(crate) fn tagged(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// Reads `Accept-Language`: the language with the highest weight, the first among equals.
    fn preferred(accepted: &str) -> Self {
        let mut best = (Self::ALL[0], 0.0);
        for range in accepted.split(',') {
            let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
            let primary = tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase();
            let weight = weight.trim().strip_prefix("q=").and_then(|it| it.trim().parse().ok());
            if let (Some(language), Some(weight)) = (Self::tagged(&primary), weight)
                && weight > best.1
                && weight <= 1.0
            {
                best = (language, weight);
            }
        }
        best.0
    }
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn the_most_wanted_language_there_is_counts() {
        let table = [
            ("", "en"),
            ("de", "de"),
            ("de-AT", "de"),
            ("DE-de", "de"),
            ("en-US,en;q=0.5", "en"),
            ("de-DE,de;q=0.9,en;q=0.8", "de"),
            ("en;q=0.8, de;q=0.9", "de"),
            ("en, de", "en"),
            ("fr, de;q=0.2", "de"),
            ("fr", "en"),
            ("*", "en"),
            ("de;q=0", "en"),
            ("de;q=2", "en"),
            ("de;q=NaN", "en"),
            ("de;level=1", "en"),
            ("deu", "en"),
            (";;,,=", "en"),
        ];
        for (accepted, tag) in table {
            assert_eq!(Language::preferred(accepted).tag(), tag, "{accepted}");
        }
    }
}
