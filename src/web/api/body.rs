//! A JSON body, taken whole or refused with what is wrong with it.

use rocket::data::{Data, FromData, Outcome, ToByteUnit as _};
use rocket::request::Request;
use serde::de::DeserializeOwned;

use super::super::arrival::in_time;
use super::super::error::Problem;
use super::super::guards;

/// A body that parsed as `T`, whatever content type it was sent with.
pub(super) struct Body<T>(pub(super) T);

const MOST_MIB: u64 = 1;

#[rocket::async_trait]
impl<'r, T: DeserializeOwned> FromData<'r> for Body<T> {
    type Error = Problem;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r, Self> {
        match take(data).await {
            Ok(value) => Outcome::Success(Self(value)),
            Err(problem) => {
                guards::leave(request, problem.clone());
                Outcome::Error((problem.status, problem))
            }
        }
    }
}

async fn take<T: DeserializeOwned>(data: Data<'_>) -> Result<T, Problem> {
    let body = in_time(data.open(MOST_MIB.mebibytes()).into_bytes())
        .await?
        .map_err(|_| Problem::unreadable_body())?;
    if !body.is_complete() {
        return Err(Problem::too_large(MOST_MIB));
    }
    // No body says as much as `{}`: that nothing is given.
    let text: &[u8] = if body.is_empty() { b"{}" } else { &body };
    serde_json::from_slice(text).map_err(|error| {
        let text: String = error.to_string().chars().take(300).collect();
        refused(field(&text), text)
    })
}

fn refused(field: String, text: String) -> Problem {
    Problem::invalid(vec![(field, text)])
}

/// The field that serde's message is about, where it names one.
fn field(message: &str) -> String {
    ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|opening| message.strip_prefix(opening)?.split_once('`'))
        .map_or_else(|| "body".to_owned(), |(name, _)| name.to_owned())
}
