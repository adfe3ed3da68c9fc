//! Words in no language yet, and how they are written in one.

use std::fmt;

use askama::filters::HtmlSafe;
use askama::{FastWritable, NO_VALUES, Values, get_value};
use fluent_bundle::{FluentArgs, FluentValue};

use super::marked::{ENGLISH, MARK, MARKS, Marked};
use super::{LANGUAGE, Language, say, t};
use crate::domain::money::{Money, Unit};
use crate::domain::timestamp::Timestamp;

/// What is said, with amounts and moments in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sentence {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Message(&'static str, Vec<(&'static str, Sentence)>),
    /// A name, or words that are in no file.
    Verbatim(String),
    /// What somebody else says, whose words are English.
    English(String),
    Number(u32),
    Money(Money),
    Moment(Timestamp, Precision),
    /// What the API says as a detail, with a capital letter and a full stop.
    Sentence(Box<Sentence>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Precision {
    Day,
    Minute,
    /// The day, where machines need not find it, as in a heading or on a button.
    DayInWords,
}

impl Sentence {
    /// Words as they are, whatever the language.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self::of(Piece::Verbatim(text.into().replace(MARKS, "")))
    }

    /// Words of somebody else's, which are English in every language.
    pub(crate) fn in_english(text: impl Into<String>) -> Self {
        Self::of(Piece::English(text.into().replace(MARKS, "")))
    }

    /// A message of the files; [`t!`](super::t) is shorter.
    pub(crate) fn message(key: &'static str, args: Vec<(&'static str, Self)>) -> Self {
        Self::of(Piece::Message(key, args))
    }

    /// The day of `at`, which machines can read too.
    pub(crate) fn on_day(at: Timestamp) -> Self {
        Self::default().day(at)
    }

    /// Day and time of `at`, which machines can read too.
    pub(crate) fn at_minute(at: Timestamp) -> Self {
        Self::default().minute(at)
    }

    /// The day of `at` in words alone.
    pub(crate) fn day_in_words(at: Timestamp) -> Self {
        Self::of(Piece::Moment(at, Precision::DayInWords))
    }

    /// An amount in its currency; the bare number where nobody knows the currency.
    pub(crate) fn amount(minor: i64, currency: &str) -> Self {
        Money::from_minor(minor, currency)
            .map_or_else(|_| Self::new(format!("{minor} {currency}")), Self::from)
    }

    /// A detail of the API's problems as a sentence on a page.
    pub(crate) fn in_full(self) -> Self {
        Self::of(Piece::Sentence(Box::new(self)))
    }

    /// Goes on with `text`.
    #[must_use]
    pub(crate) fn and(mut self, text: impl Into<String>) -> Self {
        self.pieces.extend(Self::new(text).pieces);
        self
    }

    /// Goes on with the day of `at`.
    #[must_use]
    pub(crate) fn day(mut self, at: Timestamp) -> Self {
        self.pieces.push(Piece::Moment(at, Precision::Day));
        self
    }

    /// Goes on with day and time of `at`.
    #[must_use]
    pub(crate) fn minute(mut self, at: Timestamp) -> Self {
        self.pieces.push(Piece::Moment(at, Precision::Minute));
        self
    }

    /// Goes on with another sentence.
    #[must_use]
    pub(crate) fn then(mut self, next: Self) -> Self {
        if !self.is_empty() && !next.is_empty() {
            self.pieces.push(Piece::Verbatim(" ".to_owned()));
        }
        self.pieces.extend(next.pieces);
        self
    }

    /// Ends with a full stop, unless it does already.
    #[must_use]
    pub(crate) fn closed(self) -> Self {
        let is_closed = self.said_in(Language::English).ends_with('.');
        if is_closed { self } else { self.and(".") }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The bare words in `language`.
    pub(crate) fn said_in(&self, language: Language) -> String {
        let marked = self.marked(language);
        if !marked.contains(MARKS) {
            return marked;
        }
        let parts = marked.split(MARK).enumerate();
        let parts = parts.filter(|(index, _)| index % 3 != 1).map(|(_, part)| part);
        parts.flat_map(|part| part.split(ENGLISH)).collect()
    }

    #[cfg(test)]
    pub(crate) fn plain(&self) -> String {
        self.said_in(Language::English)
    }

    fn of(piece: Piece) -> Self {
        Self { pieces: vec![piece] }
    }

    fn marked(&self, language: Language) -> String {
        let mut text = String::new();
        // A `String` takes whatever is written.
        let _ = self.mark(&mut text, language);
        text
    }

    fn mark(&self, text: &mut impl fmt::Write, language: Language) -> fmt::Result {
        self.pieces.iter().try_for_each(|piece| piece.mark(text, language))
    }

    /// A number stays one, so that the file can choose its plural.
    fn as_arg(&self, language: Language) -> FluentValue<'_> {
        match self.pieces.as_slice() {
            [Piece::Number(number)] => FluentValue::from(*number),
            [Piece::Verbatim(name)] => FluentValue::from(name.as_str()),
            _ => FluentValue::from(self.marked(language)),
        }
    }
}

impl Piece {
    fn mark(&self, text: &mut impl fmt::Write, language: Language) -> fmt::Result {
        match self {
            Self::Message(key, args) if args.is_empty() => say(text, language, key, None),
            Self::Message(key, args) => {
                let args: FluentArgs<'_> =
                    args.iter().map(|(name, value)| (*name, value.as_arg(language))).collect();
                say(text, language, key, Some(&args))
            }
            Self::Verbatim(words) => text.write_str(words),
            Self::English(words) if language == Language::English => text.write_str(words),
            Self::English(words) => write!(text, "{ENGLISH}{words}{ENGLISH}"),
            Self::Number(number) => write!(text, "{number}"),
            Self::Sentence(detail) => text.write_str(&as_sentence(&detail.marked(language))),
            Self::Money(money) => amount(*money).mark(text, language),
            Self::Moment(at, Precision::DayInWords) => day(*at).mark(text, language),
            Self::Moment(at, Precision::Day) => moment(text, *at, &day(*at), language),
            Self::Moment(at, Precision::Minute) => {
                let minute = t!("date-minute", day = day(*at), time = at.time());
                moment(text, *at, &minute, language)
            }
        }
    }
}

fn moment(
    text: &mut impl fmt::Write,
    at: Timestamp,
    shown: &Sentence,
    language: Language,
) -> fmt::Result {
    write!(text, "{MARK}{at}{MARK}")?;
    shown.mark(text, language)?;
    text.write_char(MARK)
}

fn day(at: Timestamp) -> Sentence {
    let (year, month, day) = at.date();
    t!("date-day", day = day, month = month, year = year.to_string())
}

fn amount(money: Money) -> Sentence {
    let (point, group) = (t!("money-point"), t!("money-group"));
    let digits = money.digits();
    let mut number = Sentence::default();
    for (index, digit) in digits.whole.chars().enumerate() {
        let left = digits.whole.len() - index;
        if index > 0 && left.is_multiple_of(3) {
            number.pieces.extend(group.pieces.clone());
        }
        number = number.and(digit);
    }
    if !digits.rest.is_empty() {
        number.pieces.extend(point.pieces);
        number = number.and(digits.rest);
    }
    match money.unit() {
        Unit::Symbol(symbol) => {
            t!("money-symbol", sign = digits.sign, symbol = symbol, number = number)
        }
        Unit::Code(code) => t!("money-code", sign = digits.sign, code = code, number = number),
    }
}

fn as_sentence(detail: &str) -> String {
    let mut letters = detail.chars();
    let mut text: String =
        letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    text.push_str(letters.as_str());
    let said = text.trim_end_matches(MARKS);
    if !said.is_empty() && !said.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

impl HtmlSafe for Sentence {}

impl FastWritable for Sentence {
    /// Writes it into a page, in the language of the page.
    fn write_into(&self, page: &mut dyn fmt::Write, values: &dyn Values) -> askama::Result<()> {
        let language = get_value(values, LANGUAGE).copied().unwrap_or(Language::ALL[0]);
        Ok(self.mark(&mut Marked::on(page), language)?)
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_into(f, NO_VALUES).map_err(|_| fmt::Error)
    }
}

impl From<u32> for Sentence {
    fn from(number: u32) -> Self {
        Self::of(Piece::Number(number))
    }
}

impl From<Money> for Sentence {
    fn from(money: Money) -> Self {
        Self::of(Piece::Money(money))
    }
}

impl From<String> for Sentence {
    fn from(name: String) -> Self {
        Self::new(name)
    }
}

impl From<&str> for Sentence {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_written_as_its_readers_write_it() {
        let table = [
            (417, "eur", "€4.17", "4,17\u{a0}€"),
            (-417, "eur", "-€4.17", "-4,17\u{a0}€"),
            (123_456_789, "gbp", "£1,234,567.89", "1.234.567,89\u{a0}£"),
            (5, "usd", "$0.05", "0,05\u{a0}$"),
            (1_000_000, "jpy", "¥1,000,000", "1.000.000\u{a0}¥"),
            (12_345, "bhd", "12.345 BHD", "12,345\u{a0}BHD"),
            (7, "gold", "7 gold", "7 gold"),
        ];
        for (minor, currency, english, german) in table {
            let amount = Sentence::amount(minor, currency);
            assert_eq!(amount.said_in(Language::English), english);
            assert_eq!(amount.said_in(Language::German), german);
            if let Ok(money) = Money::from_minor(minor, currency) {
                assert_eq!(money.to_string(), english, "pages and the log agree");
            }
        }
    }

    #[test]
    fn a_moment_says_itself_to_people_and_machines() {
        let at = Timestamp(1_788_444_300);
        let table = [
            (Sentence::on_day(at), "3 Sep 2026", "3. September 2026"),
            (Sentence::at_minute(at), "3 Sep 2026, 14:05 UTC", "3. September 2026, 14:05 UTC"),
            (Sentence::day_in_words(at), "3 Sep 2026", "3. September 2026"),
        ];
        for (moment, english, german) in table {
            assert_eq!(moment.said_in(Language::English), english);
            assert_eq!(moment.said_in(Language::German), german);
        }
        assert_eq!(Sentence::on_day(at).plain(), at.day());
        assert_eq!(Sentence::at_minute(at).plain(), at.minute());
        assert_eq!(
            Sentence::new("<b>").day(at).and("\u{FDD0}&").to_string(),
            "&#60;b&#62;<time datetime=\"2026-09-03T14:05:00Z\">3 Sep 2026</time>&#38;"
        );
    }

    #[test]
    fn english_words_say_so_in_another_language() {
        let error = Sentence::in_english("no <room>\u{FDD0}");
        let table = [
            (Language::English, "Not made: no &#60;room&#62;. It takes no slot."),
            (
                Language::German,
                "Nicht erstellt: <span lang=\"en\">no &#60;room&#62;</span>. Es belegt keinen Platz.",
            ),
        ];
        let whole = Sentence::in_english("none found.").in_full();
        assert_eq!(whole.said_in(Language::German), "none found.");
        let sentence = t!("made-failed", error = error);
        for (language, html) in table {
            let mut page = String::new();
            let values: &[(&str, &dyn std::any::Any)] = &[(LANGUAGE, &language)];
            sentence.write_into(&mut page, &values).expect("a page");
            assert_eq!(page, html);
            assert!(sentence.said_in(language).contains(": no <room>. "));
        }
    }

    #[test]
    fn a_detail_becomes_a_sentence() {
        let table = [("nothing was changed", "Nothing was changed."), ("", ""), ("ähm?", "Ähm?")];
        for (detail, sentence) in table {
            assert_eq!(as_sentence(detail), sentence);
        }
    }
}
