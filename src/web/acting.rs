//! Which account a form was shown for: in another tab its visitor may act for another one by now.

use askama::Template;
use askama::filters::HtmlSafe;
use rocket::data::{Data, FromData, Outcome};
use rocket::form::{DataField, Form, FromForm, Options, Result as FormResult, ValueField};
use rocket::request::Request;

use super::arrival::{InTime, in_time, refuse};
use super::error::Problem;
use super::guards;
use crate::domain::ids::AccountId;

/// The field that carries the account.
pub(crate) const FIELD: &str = "account";

/// A form of the account that its visitor acts for; programs may leave the account out.
pub(crate) struct AccountForm<T>(pub(crate) T);

#[rocket::async_trait]
impl<'r, T: FromForm<'r>> FromData<'r> for AccountForm<T> {
    type Error = ();

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r, Self> {
        match InTime::<Sent<T>>::from_data(request, data).await {
            Outcome::Success(InTime(Sent { account, form })) => {
                judged(request, account.as_deref(), Self(form))
            }
            Outcome::Error(error) => Outcome::Error(error),
            Outcome::Forward(data) => Outcome::Forward(data),
        }
    }
}

/// A form that is a button and nothing else; no body at all says as much.
pub(crate) struct Button;

#[rocket::async_trait]
impl<'r> FromData<'r> for Button {
    type Error = ();

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r, Self> {
        let sent = match in_time(Form::<Bare>::from_data(request, data)).await {
            Ok(Outcome::Success(form)) => form.into_inner().account,
            Ok(Outcome::Error(_) | Outcome::Forward(_)) => None,
            Err(problem) => return refuse(request, problem),
        };
        judged(request, sent.as_deref(), Self)
    }
}

/// The account as a field that nobody sees.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "parts/acting.html")]
pub(crate) struct Acting {
    account: Option<AccountId>,
}

impl HtmlSafe for Acting {}

impl Acting {
    /// Nothing where nobody is signed in.
    pub(crate) fn of(account: Option<&AccountId>) -> Self {
        Self { account: account.cloned() }
    }
}

fn judged<'r, F: FromData<'r, Error = ()>>(
    request: &'r Request<'_>,
    shown_for: Option<&str>,
    form: F,
) -> Outcome<'r, F> {
    let acts_for = guards::let_in(request).map(|visitor| visitor.account.as_str());
    if shown_for.is_none_or(|account| acts_for == Some(account)) {
        return Outcome::Success(form);
    }
    refuse(request, Problem::other_account())
}

#[derive(FromForm)]
struct Bare {
    account: Option<String>,
}

/// A form with the account it was shown for.
struct Sent<T> {
    account: Option<String>,
    form: T,
}

#[rocket::async_trait]
impl<'r, T: FromForm<'r>> FromForm<'r> for Sent<T> {
    type Context = (Option<String>, T::Context);

    fn init(options: Options) -> Self::Context {
        (None, T::init(options))
    }

    fn push_value((account, form): &mut Self::Context, field: ValueField<'r>) {
        if field.name.key_lossy() == FIELD {
            *account = Some(field.value.to_owned());
        } else {
            T::push_value(form, field);
        }
    }

    async fn push_data((_, form): &mut Self::Context, field: DataField<'r, '_>) {
        T::push_data(form, field).await;
    }

    fn finalize((account, form): Self::Context) -> FormResult<'r, Self> {
        Ok(Self { account, form: T::finalize(form)? })
    }
}
