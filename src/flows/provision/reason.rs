//! Why nothing was made of an order, where the words are ours: stored as text, like the panel's own.

/// What stood in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The panel has no user for the account; the value is the external id it looks for.
    NoUser,
    /// The user is an administrator of the panel; the value is the external id that would say so.
    Administrator,
    /// The user has the external id of another account; the value is the one of this account.
    MarkedForAnother,
    /// The value is a user of the panel.
    OfAnother,
    NotSetUp,
    /// The value is a template.
    TemplateGone,
    TooLong,
    TakenBack,
}

impl Reason {
    const ALL: [Self; 8] = [
        Self::NoUser,
        Self::Administrator,
        Self::MarkedForAnother,
        Self::OfAnother,
        Self::NotSetUp,
        Self::TemplateGone,
        Self::TooLong,
        Self::TakenBack,
    ];

    /// The reason in words, with its value if it has one.
    pub(super) fn with(self, value: &str) -> String {
        let (before, after) = self.around();
        format!("{before}{value}{after}")
    }

    /// The reason that `text` is, and its value; `None` where the words are the panel's.
    pub(crate) fn read(text: &str) -> Option<(Self, &str)> {
        Self::ALL.into_iter().find_map(|reason| {
            let (before, after) = reason.around();
            let value = text.strip_prefix(before)?.strip_suffix(after)?;
            Some((reason, value))
        })
    }

    /// What is said before the value and after it.
    fn around(self) -> (&'static str, &'static str) {
        match self {
            Self::NoUser => (
                "register at the game panel with the same e-mail address first; it has no user with \
                 that address or the external id ",
                "",
            ),
            Self::Administrator => (
                "the panel's user with this e-mail address is an administrator; give another \
                 address, or that user the external id ",
                "",
            ),
            Self::MarkedForAnother => (
                "the panel's user with this e-mail address has the external id of another account; \
                 give another address, or that user the external id ",
                "",
            ),
            Self::OfAnother => ("user ", " of the panel belongs to another account already"),
            Self::NotSetUp => {
                ("the game panel is not set up; its operator sees why in the log", "")
            }
            Self::TemplateGone => ("the template ", " is not configured any more"),
            Self::TooLong => ("it took too long", ""),
            Self::TakenBack => ("it was taken back", ""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Reason;

    #[test]
    fn a_reason_is_read_as_it_was_written() {
        for reason in Reason::ALL {
            for value in ["", "cs-ada", "a b"] {
                let text = reason.with(value);
                assert_eq!(Reason::read(&text), Some((reason, value)), "{text}");
            }
        }
        assert_eq!(Reason::read("No allocations satisfying the requirements"), None);
    }
}
