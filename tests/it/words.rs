//! What no page may say, whoever looks at it; the tests through HTTP and those of the built-in panel share it.

/// Words of Stripe's API, of Rust and of careless counting.
const NEVER: [&str; 34] = [
    "None",
    "Some(",
    "past_due",
    "requires_action",
    "incomplete",
    "trialing",
    "unpaid",
    "canceled",
    "payment_method",
    "lifetime_",
    "NaN",
    "  .",
    " .",
    "..",
    "{ $",
    "desk-",
    "0 of 0",
    "1 servers",
    "1 accounts",
    "1 events",
    "1 days",
    "1 hours",
    "1 months",
    "1 prices",
    "1 changes",
    "1 trials",
    "1 subscriptions",
    "1 Servern",
    "1 Konten",
    "1 Ereignisse",
    "1 Tage",
    "1 Stunden",
    "1 Preise",
    "1 Abos",
];

/// What stands on a page and may not.
pub fn wrong(html: &str) -> Vec<&'static str> {
    let said = said(html);
    let mut wrong: Vec<&str> = NEVER.into_iter().filter(|never| stands(&said, never)).collect();
    if !html.trim_end().ends_with("</html>") {
        wrong.push("a page that is cut");
    }
    wrong
}

/// What a page says, without its tags and without the machine words in code font.
fn said(html: &str) -> String {
    let mut said = String::new();
    let mut code = false;
    for (tag, text) in html.split('<').filter_map(|piece| piece.split_once('>')) {
        code = tag == "code" || code && tag != "/code";
        said.push_str(match (code, tag) {
            (false, _) => text,
            (true, "code") => "…",
            (true, _) => "",
        });
    }
    said
}

/// A count is the end of no longer number.
fn stands(said: &str, never: &str) -> bool {
    let counts = never.starts_with(|first: char| first.is_ascii_digit());
    let longer = |at: usize| said[..at].ends_with(|before: char| before.is_ascii_digit());
    said.match_indices(never).any(|(at, _)| !(counts && longer(at)))
}
