//! One attempt to hand a letter to the mail server.

use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::{ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0};
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::Error as SmtpError;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use crate::domain::timestamp::Timestamp;
use crate::settings::Mail;

/// How long each step of an attempt may take.
const STEP: Duration = Duration::from_secs(10);
/// How long a whole attempt may take.
const PATIENCE: Duration = Duration::from_secs(40);

/// A letter as it is sent.
pub(crate) struct Outgoing<'l> {
    /// The left part of the Message-ID.
    pub(crate) id: &'l str,
    pub(crate) to: Address,
    pub(crate) subject: &'l str,
    pub(crate) body: &'l str,
    pub(crate) written_at: Timestamp,
}

/// Why a letter was not taken; the words hold no address and no password.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotSent {
    #[error("{0}")]
    TryAgain(String),
    /// The server will never take it.
    #[error("{0}")]
    Never(String),
}

/// Sends `letter`; after an error it may have arrived all the same, and is sent again under its id.
pub(crate) async fn send(mail: &Mail, letter: &Outgoing<'_>) -> Result<(), NotSent> {
    let message = message(mail, letter)?;
    let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(mail.smtp_url())
        .map_err(|error| told(&error))?
        .timeout(Some(STEP))
        .build();
    match tokio::time::timeout(PATIENCE, transport.send(message)).await {
        Ok(sent) => sent.map(drop).map_err(|error| told(&error)),
        Err(_) => Err(NotSent::TryAgain("the mail server did not finish in time".to_owned())),
    }
}

fn message(mail: &Mail, letter: &Outgoing<'_>) -> Result<Message, NotSent> {
    let seconds = u64::try_from(letter.written_at.0).unwrap_or_default();
    let builder: MessageBuilder = Message::builder()
        .from(mail.from.clone())
        // The name is left out: what customers call themselves has no place in a header.
        .to(Mailbox::new(None, letter.to.clone()))
        .subject(letter.subject)
        .date(UNIX_EPOCH + Duration::from_secs(seconds))
        .message_id(Some(format!("<{}@{}>", letter.id, mail.from.email.domain())))
        .header(MIME_VERSION_1_0)
        .header(ContentType::TEXT_PLAIN);
    // Nobody's holiday notice answers: <https://www.rfc-editor.org/rfc/rfc3834#section-5>.
    let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
    builder
        .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
        .body(letter.body.to_owned())
        .map_err(|_| NotSent::Never("the letter cannot be put together".to_owned()))
}

/// What went wrong, without the server's own words: they repeat addresses.
fn told(error: &SmtpError) -> NotSent {
    if let Some(code) = error.status() {
        let words = format!("the mail server answered {code}");
        return if is_about_the_mailbox(error) {
            NotSent::Never(words)
        } else {
            NotSent::TryAgain(words)
        };
    }
    if error.is_response() {
        return NotSent::TryAgain("the mail server's answer cannot be read".to_owned());
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    NotSent::TryAgain(cause.to_string())
}

/// Whether the mailbox is the trouble, which no second attempt mends; any other refusal, also one of
/// the same code, may be of the sender's making, such as a wrong `from` or a closed relay. The
/// enhanced codes are those of <https://www.rfc-editor.org/rfc/rfc3463#section-3.2> and
/// <https://www.rfc-editor.org/rfc/rfc7505#section-4.1>.
fn is_about_the_mailbox(error: &SmtpError) -> bool {
    const ADDRESSING: [&str; 5] = ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"];
    let said = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    let refused = error.status().is_some_and(|code| matches!(u16::from(code), 550..=553));
    refused && said.split([' ', '\n']).next().is_some_and(|code| ADDRESSING.contains(&code))
}
