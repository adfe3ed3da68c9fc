//! The sandbox's own Rocket, on 127.0.0.1 only.

use std::{io::Cursor, sync::Arc};

use rocket::{
    Config, Data, Request, Response, Shutdown, State,
    data::ToByteUnit,
    delete,
    fairing::AdHoc,
    figment::Figment,
    get,
    http::{ContentType, Header, Status, uri::Origin},
    post,
    request::{FromRequest, Outcome},
    response::Responder,
    routes,
    tokio::{sync::oneshot, task::JoinHandle},
};

use super::{
    api::{self, Answer, Call},
    error::ApiError,
    ledger::{VERSION, fresh},
    pages,
    state::Inner,
};

const LARGEST_BODY_MIB: u64 = 1;

/// A server that is up.
pub(super) struct Running {
    pub(super) port: u16,
    pub(super) shutdown: Shutdown,
    pub(super) task: JoinHandle<()>,
}

/// Serves `inner`; port 0 takes any that is free.
pub(super) async fn start(inner: Arc<Inner>, port: u16) -> Result<Running, String> {
    let (up, bound) = oneshot::channel();
    let up = std::sync::Mutex::new(Some(up));
    let config = Figment::from(Config::debug_default())
        .merge(("address", "127.0.0.1"))
        .merge(("port", port))
        .merge(("log_level", "off"))
        .merge(("cli_colors", false))
        .merge(("shutdown.ctrlc", false))
        .merge(("shutdown.signals", Vec::<String>::new()))
        .merge(("shutdown.grace", 1))
        .merge(("shutdown.mercy", 1));
    let rocket = rocket::custom(config)
        .manage(inner)
        .mount("/", routes![read, write, remove])
        .mount("/", pages::routes())
        .attach(AdHoc::on_liftoff("bound port", move |rocket| {
            Box::pin(async move {
                let up = up.lock().ok().and_then(|mut up| up.take());
                // Nobody waits any more when the start was given up.
                let _ = up.map(|up| up.send(rocket.config().port));
            })
        }))
        .ignite()
        .await
        .map_err(|error| error.to_string())?;
    let shutdown = rocket.shutdown();
    let (failed, failure) = oneshot::channel();
    let task = tokio::spawn(async move {
        if let Err(error) = rocket.launch().await {
            let _ = failed.send(error.to_string());
        }
    });
    match bound.await {
        Ok(port) => Ok(Running { port, shutdown, task }),
        Err(_) => Err(failure.await.unwrap_or_else(|_| "it stopped at once".to_owned())),
    }
}

#[get("/v1/<_..>")]
async fn read(inner: &State<Arc<Inner>>, uri: &Origin<'_>, headers: Headers) -> Answer {
    let query = uri.query().map(|query| query.as_str().as_bytes().to_vec());
    api::answer(inner, headers.call("GET", uri, query.unwrap_or_default())).await
}

#[post("/v1/<_..>", data = "<body>")]
async fn write(
    inner: &State<Arc<Inner>>,
    uri: &Origin<'_>,
    headers: Headers,
    body: Data<'_>,
) -> Answer {
    match body.open(LARGEST_BODY_MIB.mebibytes()).into_bytes().await {
        Ok(body) if body.is_complete() => {
            api::answer(inner, headers.call("POST", uri, body.into_inner())).await
        }
        _ => {
            let error = ApiError::invalid("The request is too large.");
            Answer::Json {
                status: 413,
                body: error.body(),
                request_id: fresh("req_"),
                version: VERSION.to_owned(),
                replayed: false,
            }
        }
    }
}

#[delete("/v1/<_..>", data = "<body>")]
async fn remove(
    inner: &State<Arc<Inner>>,
    uri: &Origin<'_>,
    headers: Headers,
    body: Data<'_>,
) -> Answer {
    let body = body.open(LARGEST_BODY_MIB.mebibytes()).into_bytes().await;
    let mut encoded = body.map(rocket::data::Capped::into_inner).unwrap_or_default();
    if let Some(query) = uri.query() {
        encoded.push(b'&');
        encoded.extend_from_slice(query.as_str().as_bytes());
    }
    api::answer(inner, headers.call("DELETE", uri, encoded)).await
}

/// The headers that the API reads.
struct Headers {
    authorization: Option<String>,
    idempotency_key: Option<String>,
    version: Option<String>,
}

impl Headers {
    fn call(self, method: &'static str, uri: &Origin<'_>, encoded: Vec<u8>) -> Call {
        Call {
            method,
            path: uri.path().as_str().to_owned(),
            encoded,
            authorization: self.authorization,
            idempotency_key: self.idempotency_key,
            version: self.version,
        }
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Headers {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        let header = |name| request.headers().get_one(name).map(str::to_owned);
        Outcome::Success(Headers {
            authorization: header("Authorization"),
            idempotency_key: header("Idempotency-Key"),
            version: header("Stripe-Version"),
        })
    }
}

impl<'r> Responder<'r, 'static> for Answer {
    fn respond_to(self, request: &'r Request<'_>) -> rocket::response::Result<'static> {
        match self {
            Answer::Json { status, body, request_id, version, replayed } => {
                let body = body.to_string();
                let mut response = Response::build();
                response
                    .status(Status::new(status))
                    .header(ContentType::JSON)
                    .header(Header::new("Request-Id", request_id))
                    .header(Header::new("Stripe-Version", version))
                    .sized_body(body.len(), Cursor::new(body));
                if let Some(date) = request.rocket().state::<Arc<Inner>>().and_then(date) {
                    response.header(Header::new("Date", date));
                }
                if status == 429 {
                    response.header(Header::new("Retry-After", "1"));
                }
                if replayed {
                    response.header(Header::new("Idempotent-Replayed", "true"));
                }
                response.ok()
            }
            // A header that cannot be written makes the server close the connection instead of
            // answering; a body that fails would come after the status has left.
            Answer::HangUp => Response::build().raw_header("Hang-Up", "\n").ok(),
        }
    }
}

/// The sandbox's own time, for who compares clocks.
fn date(inner: &Arc<Inner>) -> Option<String> {
    let now = jiff::Timestamp::from_second(inner.look(|ledger| ledger.now)).ok()?;
    jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now).ok()
}
