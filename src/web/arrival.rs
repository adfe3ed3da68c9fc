//! A body must arrive in time: who may do what is judged at its head, and must still hold at its end.

use std::ops::Deref;
use std::time::Duration;

use rocket::data::{Data, FromData, Outcome};
use rocket::form::{Form, FromForm};
use rocket::request::Request;

use super::error::Problem;
use super::guards;

/// How long a body may take after its head.
const PATIENCE: Duration = Duration::from_secs(10);

/// A form that arrived in time.
pub(crate) struct InTime<T>(pub(crate) T);

impl<T> Deref for InTime<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

#[rocket::async_trait]
impl<'r, T: FromForm<'r>> FromData<'r> for InTime<T> {
    type Error = ();

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r, Self> {
        match in_time(Form::<T>::from_data(request, data)).await {
            Ok(Outcome::Success(form)) => Outcome::Success(Self(form.into_inner())),
            Ok(Outcome::Error((status, _))) => Outcome::Error((status, ())),
            Ok(Outcome::Forward(data)) => Outcome::Forward(data),
            Err(problem) => refuse(request, problem),
        }
    }
}

/// What `reading` a body gives, unless the rest of it does not come.
pub(crate) async fn in_time<T>(reading: impl Future<Output = T>) -> Result<T, Problem> {
    let read = tokio::time::timeout(PATIENCE, reading).await;
    read.map_err(|_| Problem::too_slow(PATIENCE.as_secs()))
}

/// Leaves `problem` for the catcher, which answers with it.
pub(crate) fn refuse<'r, F>(request: &Request<'_>, problem: Problem) -> Outcome<'r, F>
where
    F: FromData<'r, Error = ()>,
{
    let status = problem.status;
    guards::leave(request, problem);
    Outcome::Error((status, ()))
}
