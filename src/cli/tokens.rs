//! Tokens of the JSON API.

use serde_json::json;

use super::args::TokenCommand;
use super::desk::{Desk, Failure, Outcome};
use super::words::{moment, table};
use crate::flows::{Billing, tokens};
use crate::store;
use crate::store::tokens::Scope;

pub(super) async fn run(billing: &Billing, command: TokenCommand, desk: &mut Desk<'_>) -> Outcome {
    match command {
        TokenCommand::Create { name, scope, report } => {
            create(billing, &name, scope, report.json, desk).await
        }
        TokenCommand::List { report } => list(billing, report.json, desk).await,
        TokenCommand::Revoke { id } => revoke(billing, &id, desk).await,
    }
}

async fn create(
    billing: &Billing,
    name: &str,
    scope: Scope,
    json: bool,
    desk: &mut Desk<'_>,
) -> Outcome {
    let (token, secret) = tokens::create(billing, name, scope).await?;
    if json {
        return desk.print_json(
            &json!({"id": token.id, "name": token.name, "scope": token.scope, "token": secret}),
        );
    }
    let (id, scope) = (&token.id, scope.as_str());
    writeln!(desk.out, "Token {id} for {name}, scope {scope}. The secret, shown this once:")?;
    writeln!(desk.out, "{secret}")?;
    Ok(())
}

async fn list(billing: &Billing, json: bool, desk: &mut Desk<'_>) -> Outcome {
    let mut conn = billing.store.read().await?;
    let tokens = store::tokens::list(&mut conn).await?;
    drop(conn);
    if json {
        return desk.print_json(&json!({"data": tokens}));
    }
    if tokens.is_empty() {
        writeln!(desk.out, "There are no tokens.")?;
        return Ok(());
    }
    let rows = tokens.iter().map(|token| {
        [
            token.id.clone(),
            token.scope.as_str().to_owned(),
            moment(Some(token.created_at)),
            moment(token.last_used_at),
            token.name.clone(),
        ]
    });
    table(desk.out, ["ID", "SCOPE", "CREATED", "LAST USED", "NAME"], rows)?;
    Ok(())
}

async fn revoke(billing: &Billing, id: &str, desk: &mut Desk<'_>) -> Outcome {
    if !tokens::revoke(billing, id).await? {
        return Err(Failure::new(format!("there is no token {id:?} that works")));
    }
    writeln!(desk.out, "Token {id} is revoked.")?;
    Ok(())
}
