//! `/admin/accounts.csv`: the accounts that were found, for a spreadsheet.

use std::sync::Arc;

use rocket::http::{ContentType, Header};
use rocket::{Responder, Route, State, get, routes};

use super::filter::{self, Filter};
use crate::flows::gate::Standing;
use crate::flows::{Billing, census};
use crate::web::error::Problem;
use crate::web::guards::Administrator;

pub(super) fn routes() -> Vec<Route> {
    routes![export]
}

/// A file that a browser keeps instead of showing it.
#[derive(Responder)]
struct Download {
    text: String,
    kind: ContentType,
    disposition: Header<'static>,
}

const COLUMNS: [&str; 18] = [
    "id",
    "email",
    "name",
    "created_at",
    "state",
    "reason",
    "plan",
    "interval",
    "quantity",
    "used",
    "limit",
    "can_create",
    "until",
    "stripe_customer_id",
    "stripe_subscription_id",
    "status",
    "current_period_end",
    "alerts",
];

/// Only the text itself is kept in memory, and sent when it is whole: half an export that looks
/// like one would be worse than an error.
#[get("/admin/accounts.csv?<q>&<state>&<alert>")]
async fn export(
    _admin: Administrator,
    q: Option<&str>,
    state: Option<&str>,
    alert: Option<&str>,
    billing: &State<Arc<Billing>>,
) -> Result<Download, Problem> {
    let filter = Filter::read(q, state, alert)?;
    let mut text = line(&COLUMNS.map(str::to_owned));
    census::walk(billing, filter.wanted, |standing| text.push_str(&line(&row(&standing)))).await?;
    let now = billing.now().to_string();
    let day = now.split('T').next().unwrap_or_default();
    let name = format!("attachment; filename=\"accounts-{day}.csv\"");
    Ok(Download {
        text,
        kind: ContentType::CSV.with_params([("charset", "utf-8"), ("header", "present")]),
        disposition: Header::new("Content-Disposition", name),
    })
}

fn row(standing: &Standing) -> [String; COLUMNS.len()] {
    let (account, decision) = (&standing.account, &standing.decision);
    let subscription = standing.subscription();
    let alerts: Vec<&str> = decision.alerts.iter().map(|it| it.as_str()).collect();
    [
        account.id.to_string(),
        account.email.clone(),
        account.name.clone().unwrap_or_default(),
        account.created_at.to_string(),
        filter::state_word(decision.state).to_owned(),
        decision.reason.as_str().to_owned(),
        shown(decision.plan.as_ref()),
        shown(subscription.and_then(|it| it.interval)),
        shown(subscription.map(|it| it.quantity)),
        standing.used.to_string(),
        decision.limit.to_string(),
        decision.creatable.admits(standing.used).to_string(),
        shown(decision.until),
        shown(account.customer.as_ref()),
        shown(subscription.map(|it| &it.id)),
        subscription.map(|it| it.status.as_str().to_owned()).unwrap_or_default(),
        shown(subscription.and_then(|it| it.period_end)),
        alerts.join(" "),
    ]
}

fn shown(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A line as RFC 4180 has it.
fn line(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    cells.join(",") + "\r\n"
}

/// A cell that no spreadsheet takes for a formula: what begins like one gets an apostrophe, see
/// <https://owasp.org/www-community/attacks/CSV_Injection>.
fn quoted(cell: &str) -> String {
    const BEGINNINGS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    let is_formula =
        cell.trim_start().starts_with(BEGINNINGS) || cell.starts_with(['\t', '\r', '\n']);
    let sign = if is_formula { "'" } else { "" };
    format!("\"{sign}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::{line, quoted};

    #[test]
    fn a_cell_is_text_whatever_it_begins_with() {
        let table = [
            ("ada", "\"ada\""),
            ("", "\"\""),
            ("Ada, \"the\" first", "\"Ada, \"\"the\"\" first\""),
            ("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\""),
            ("+1+1", "\"'+1+1\""),
            ("-2", "\"'-2\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
            ("\rx", "\"'\rx\""),
            ("  =1", "\"'  =1\""),
            ("＝1", "\"'＝1\""),
            ("a\nb", "\"a\nb\""),
            ("a=b", "\"a=b\""),
        ];
        for (cell, expected) in table {
            assert_eq!(quoted(cell), expected, "{cell:?}");
        }
        assert_eq!(line(&["a".to_owned(), "b".to_owned()]), "\"a\",\"b\"\r\n");
    }
}
