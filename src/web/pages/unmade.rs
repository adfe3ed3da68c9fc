//! Why the game panel made no server, in the reader's language where the words are ours.

use crate::flows::provision::reason::Reason;
use crate::web::text::{Sentence, t};

/// What was stored about it; the panel's own words are English.
pub(crate) fn why(stored: &str) -> Sentence {
    let Some((reason, value)) = Reason::read(stored) else {
        return Sentence::in_english(stored);
    };
    match reason {
        Reason::NoUser => t!("unmade-no-user", id = value),
        Reason::MarkedForAnother => t!("unmade-marked", id = value),
        Reason::Administrator => t!("unmade-administrator", id = value),
        Reason::OfAnother => t!("unmade-of-another", user = value),
        Reason::NotSetUp => t!("unmade-not-set-up"),
        Reason::TemplateGone => t!("unmade-template-gone", template = value),
        Reason::TooLong => t!("unmade-too-long"),
        Reason::TakenBack => t!("unmade-taken-back"),
    }
}

#[cfg(test)]
mod tests {
    use super::why;

    #[test]
    fn in_english_the_words_are_those_that_were_stored() {
        let table = [
            "register at the game panel with the same e-mail address first; it has no user with that \
             address or the external id cs-ada",
            "the panel's user with this e-mail address is an administrator; give another address, or \
             that user the external id cs-ada",
            "the panel's user with this e-mail address has the external id of another account; give \
             another address, or that user the external id cs-ada",
            "user 7 of the panel belongs to another account already",
            "the game panel is not set up; its operator sees why in the log",
            "the template paper is not configured any more",
            "it took too long",
            "it was taken back",
            "No allocations satisfying the requirements for automatic deployment were found.",
        ];
        for stored in table {
            assert_eq!(why(stored).plain(), stored);
        }
    }
}
