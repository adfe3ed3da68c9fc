//! Reports to Sentry, off unless `SENTRY_DSN` is set: panics and lines of the level error.
//!
//! What a report may hold is listed, and the rest left out: no request, user, machine or trail of what
//! happened before, and of every text only the words that cannot name anybody.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sentry::protocol::{Event, Exception, Frame, Level as Severity, Stacktrace, Values};
use sentry::transports::ReqwestHttpTransportOptions;
use sentry::types::Dsn;
use sentry::{ClientInitGuard, ClientOptions, Transport, TransportFactory, TransportOptions};
use tracing::callsite::Identifier;
use tracing::field::{Field, Visit};
use tracing::{Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::desk::Failure;
use crate::stripe;

pub(super) const DSN: &str = "SENTRY_DSN";

/// How long a line that was reported is not reported again.
const QUIET: Duration = Duration::from_mins(1);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(15);

/// Begins to report to `dsn` until the guard is dropped.
pub(super) fn begin(dsn: &str) -> Result<(ClientInitGuard, ErrorLines), Failure> {
    // What was typed is not repeated: it holds a key.
    let wrong = || Failure::new(format!("{DSN}: no DSN; write https://key@host/project"));
    let dsn: Dsn = dsn.parse().map_err(|_| wrong())?;
    let mut options = ClientOptions::new()
        .release(concat!("coinslot@", env!("CARGO_PKG_VERSION")))
        .send_default_pii(false)
        .max_breadcrumbs(0)
        .before_send(|event| Some(stripped(event)));
    options.dsn = Some(dsn);
    options.transport = Some(Arc::new(Carrier(client()?)));
    Ok((sentry::init(options), ErrorLines::default()))
}

/// Has reports carried by a client of ours.
struct Carrier(reqwest::Client);

impl TransportFactory for Carrier {
    fn create_transport_with_options(&self, options: TransportOptions) -> Arc<dyn Transport> {
        let options = ReqwestHttpTransportOptions::from(options);
        Arc::new(options.with_client(self.0.clone()).build())
    }
}

/// The client that carries reports: the trust and the cryptography of all our connections.
fn client() -> Result<reqwest::Client, Failure> {
    let tls = stripe::tls().map_err(|error| Failure::new(error.to_string()))?;
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TIMEOUT)
        .build()
        .map_err(|error| Failure::new(format!("the client for Sentry cannot be made: {error}")))
}

/// Hands lines of the level error on.
#[derive(Default)]
pub(super) struct ErrorLines {
    reported: Mutex<HashMap<Identifier, Instant>>,
}

impl<S: Subscriber> Layer<S> for ErrorLines {
    fn on_event(&self, line: &tracing::Event<'_>, _: Context<'_, S>) {
        let metadata = line.metadata();
        if *metadata.level() != Level::ERROR || !self.is_news(metadata.callsite()) {
            return;
        }
        let mut words = Words::default();
        line.record(&mut words);
        let Words { message, error } = words;
        let place = format!("{}:{}", metadata.target(), metadata.line().unwrap_or_default());
        sentry::capture_event(Event {
            level: Severity::Error,
            logger: Some(metadata.target().to_owned()),
            // What went wrong in one place is one matter, whatever the words.
            fingerprint: vec![place.clone().into()].into(),
            culprit: Some(place),
            message: Some(if error.is_empty() { message } else { format!("{message}: {error}") }),
            ..Event::default()
        });
    }
}

impl ErrorLines {
    fn is_news(&self, place: Identifier) -> bool {
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = reported.get(&place).is_none_or(|at| at.elapsed() >= QUIET);
        if is_news {
            reported.insert(place, Instant::now());
        }
        is_news
    }
}

/// The two fields of a line that say what went wrong; the others say to whom.
#[derive(Default)]
struct Words {
    message: String,
    error: String,
}

impl Words {
    fn take(&mut self, field: &Field, text: impl FnOnce() -> String) {
        match field.name() {
            "message" => self.message = text(),
            "error" => self.error = text(),
            _ => {}
        }
    }
}

impl Visit for Words {
    fn record_str(&mut self, field: &Field, text: &str) {
        self.take(field, || text.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.take(field, || format!("{value:?}"));
    }
}

/// The report with nothing in it but what is named here.
fn stripped(event: Event<'static>) -> Event<'static> {
    let exception = event.exception.into_iter().map(|exception| Exception {
        ty: exception.ty,
        value: exception.value.as_deref().map(impersonal),
        stacktrace: exception.stacktrace.map(|trace| Stacktrace {
            frames: trace.frames.into_iter().map(place).collect(),
            ..Stacktrace::default()
        }),
        ..Exception::default()
    });
    Event {
        event_id: event.event_id,
        timestamp: event.timestamp,
        level: event.level,
        platform: event.platform,
        sdk: event.sdk,
        release: event.release,
        environment: event.environment,
        logger: event.logger,
        culprit: event.culprit,
        fingerprint: event.fingerprint,
        message: event.message.as_deref().map(impersonal),
        exception: Values { values: exception.collect() },
        ..Event::default()
    }
}

/// Where in the code, without what stood in variables and where the code lay when it was built.
fn place(frame: Frame) -> Frame {
    Frame {
        function: frame.function,
        module: frame.module,
        lineno: frame.lineno,
        in_app: frame.in_app,
        ..Frame::default()
    }
}

/// `text` without what is quoted and without words that may be an id, a key, an address or a name of
/// somebody's; short numbers, such as a status, stay.
fn impersonal(text: &str) -> String {
    let mut unquoted = String::new();
    let mut ends_at = None;
    for letter in text.chars() {
        match (ends_at, letter) {
            (Some(end), _) if letter == end => {
                unquoted.push('…');
                ends_at = None;
            }
            (Some(_), _) => {}
            (None, '`' | '"') => ends_at = Some(letter),
            (None, '“') => ends_at = Some('”'),
            (None, _) => unquoted.push(letter),
        }
    }
    let words = unquoted.split_whitespace().map(|word| if tells(word) { "…" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

fn tells(word: &str) -> bool {
    const LONGEST_NUMBER: usize = 4;
    let bare = word.trim_matches(|letter: char| letter.is_ascii_punctuation());
    let is_number = bare.len() <= LONGEST_NUMBER && bare.bytes().all(|b| b.is_ascii_digit());
    let has_lowercase = word.contains(char::is_lowercase);
    word.contains(['@', '/', '='])
        || (word.contains('_') && has_lowercase)
        || (!is_number && word.contains(|letter: char| letter.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};

    use sentry::protocol::{Breadcrumb, Request, User};
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    /// Reads one request and answers it.
    fn take(stream: TcpStream) -> String {
        let mut reader = BufReader::new(stream);
        let (mut head, mut length) = (String::new(), 0);
        while !head.ends_with("\r\n\r\n") {
            let start = head.len();
            reader.read_line(&mut head).expect("a line");
            if let Some(value) = head[start..].to_ascii_lowercase().strip_prefix("content-length:")
            {
                length = value.trim().parse().expect("a length");
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).expect("the body");
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
        reader.get_mut().write_all(answer).expect("it listens");
        format!("{head}{}", String::from_utf8(body).expect("text"))
    }

    #[test]
    fn a_report_says_what_happened_and_nothing_of_whom() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let receiver = std::thread::spawn(move || -> Vec<String> {
            listener.incoming().take(2).map(|stream| take(stream.expect("a caller"))).collect()
        });
        let (guard, lines) =
            begin(&format!("http://public@127.0.0.1:{port}/7")).expect("it begins");
        sentry::configure_scope(|scope| {
            scope
                .set_user(Some(User { email: Some("zuse@example.com".into()), ..User::default() }));
            scope.set_tag("account", "acc_zuse");
            scope.add_event_processor(|mut event| {
                event.server_name = Some("zuses-machine".into());
                event.request = Some(Request { data: Some("zuse".into()), ..Request::default() });
                Some(event)
            });
        });
        sentry::add_breadcrumb(Breadcrumb {
            message: Some("zuse@example.com".into()),
            ..Breadcrumb::default()
        });
        let log = tracing_subscriber::registry().with(lines);
        tracing::subscriber::with_default(log, || {
            tracing::warn!("a warning is no error");
            for _ in 0..2 {
                tracing::error!(
                    account = "acc_zuse",
                    email = "zuse@example.com",
                    error =
                        "`zuse` has no cus_zuse, sk_test_zuse at http://zuse.example: status 503",
                    "the ledger cannot be read"
                );
            }
        });
        let panicked =
            std::panic::catch_unwind(|| panic!("no zuse@example.com in cus_NffrFeUfNV2Hib"));
        assert!(panicked.is_err());
        drop(guard);
        let reports = receiver.join().expect("it ended");
        assert!(reports[0].starts_with("POST /api/7/envelope/ "), "{}", reports[0]);
        assert!(reports[0].contains("the ledger cannot be read: … has no"), "{}", reports[0]);
        assert!(reports[0].contains("status 503") && reports[0].contains("cli::reports"));
        assert!(reports[1].contains("no … in …") && reports[1].contains("\"frames\""));
        for report in &reports {
            for word in ["zuse", "cus_", "sk_test", "NffrFe", "warning", "breadcrumbs"] {
                assert!(!report.contains(word), "{word} is in {report}");
            }
        }
    }

    #[test]
    fn a_text_keeps_only_words_that_name_nobody() {
        let table = [
            ("the database is locked", "the database is locked"),
            ("error code: 5", "error code: 5"),
            ("it answered 503 (twice)", "it answered 503 (twice)"),
            ("the database holds `Ada's` as kind", "the database holds … as kind"),
            ("no server \"Ada Lovelace\" here", "no server … here"),
            ("reason “a friend of Ada” is long", "reason … is long"),
            ("an end `that never comes ada", "an end"),
            ("to ada@example.com failed", "to … failed"),
            ("set STRIPE_SECRET_KEY", "set STRIPE_SECRET_KEY"),
            ("no such customer: cus_Nffr", "no such customer: …"),
            ("key sk_live_abc or rk_test_x", "key … or …"),
            ("tel 004912345678", "tel …"),
            ("account acc=ada at /srv/ada", "account … at …"),
        ];
        for (text, kept) in table {
            assert_eq!(impersonal(text), kept, "{text}");
        }
    }

    #[test]
    fn a_wrong_dsn_is_told_without_its_key() {
        for wrong in ["x", "http://secret@", "https://sentry.example/1"] {
            let told = begin(wrong).err().expect(wrong).to_string();
            assert!(told.contains("SENTRY_DSN") && told.contains("https://key@"), "{told}");
            assert!(!told.contains("secret"), "{told}");
        }
    }
}
