//! What the tables refuse whoever writes.

use sqlx::SqliteConnection;

use super::{Result, begun};

#[tokio::test]
async fn a_row_that_cannot_be_true_is_refused() -> Result<()> {
    let table = [
        ("an empty account id", "INSERT INTO accounts (id, email, created_at) VALUES ('', 'e', 0)"),
        (
            "a sync applied before it began",
            "UPDATE accounts SET sync_applied = sync_begun + 1 WHERE id = 'acc_1'",
        ),
        ("a word as a date", "UPDATE accounts SET created_at = 'soon'"),
        ("a customer of nobody", "INSERT INTO customers VALUES ('cus_1', 'test', 'acc_9', 0)"),
        ("a third mode", "INSERT INTO customers VALUES ('cus_1', 'beta', 'acc_1', 0)"),
        (
            "an account deleted under its customer",
            "INSERT INTO customers VALUES ('cus_1', 'test', 'acc_1', 0);
             DELETE FROM accounts WHERE id = 'acc_1'",
        ),
        (
            "two customers of one account",
            "INSERT INTO customers VALUES ('cus_1', 'test', 'acc_1', 0),
                ('cus_2', 'test', 'acc_1', 0)",
        ),
        (
            "one customer of two accounts",
            "INSERT INTO customers VALUES ('cus_1', 'test', 'acc_1', 0),
                ('cus_1', 'test', 'acc_2', 0)",
        ),
        (
            "an intent of nobody",
            "INSERT INTO intents VALUES ('acc_9', 'p', 'test', 'n', '', NULL, 0)",
        ),
        (
            "a session that is neither open nor over",
            "INSERT INTO checkouts VALUES ('cs_1', 'test', 'acc_1', 'payment', 'lost', 0, 0)",
        ),
        (
            "a plan of no servers",
            "INSERT INTO purchases
             VALUES ('cs_1', 'test', 'acc_1', 'p', 0, 'price_1', NULL, 1, 'eur', 0)",
        ),
        (
            "a session that bought twice",
            "INSERT INTO purchases
             VALUES ('cs_1', 'test', 'acc_1', 'p', 1, 'price_1', NULL, 1, 'eur', 0),
                ('cs_1', 'test', 'acc_1', 'q', 1, 'price_1', NULL, 1, 'eur', 0)",
        ),
        (
            "a refund of nothing",
            "INSERT INTO refunded_charges VALUES ('ch_1', 'test', 'acc_1', NULL, 5, 0, 'eur')",
        ),
        (
            "a dispute at no stage",
            "INSERT INTO disputes VALUES ('du_1', 'test', 'acc_1', 'ch_1', NULL, 'new', 5, 'eur')",
        ),
        (
            "an exemption without a reason",
            "INSERT INTO exemptions VALUES (1, 'acc_1', '', NULL, 'cli', 0, NULL, NULL)",
        ),
        (
            "two standing exemptions",
            "INSERT INTO exemptions VALUES (1, 'acc_1', 'r', NULL, 'cli', 0, NULL, NULL),
                (2, 'acc_1', 'r', NULL, 'cli', 0, NULL, NULL)",
        ),
        (
            "a revocation by nobody",
            "INSERT INTO exemptions VALUES (1, 'acc_1', 'r', NULL, 'cli', 0, NULL, 5)",
        ),
        (
            "a server of nobody",
            "INSERT INTO servers (account_id, id, created_at) VALUES ('acc_9', 's', 0)",
        ),
        (
            "an empty server id",
            "INSERT INTO servers (account_id, id, created_at) VALUES ('acc_1', '', 0)",
        ),
        (
            "a price paid per week",
            "INSERT INTO plan_prices VALUES ('price_1', 'test', 'p', 'week', NULL, 'eur', 1, 1, 0)",
        ),
        (
            "an event that is processed without a lease",
            "INSERT INTO inbox_events (event_id, mode, kind, created_at, payload,
                received_at, status)
             VALUES ('evt_1', 'test', 'k', 0, x'', 0, 'processing')",
        ),
        (
            "an event that waits for no date",
            "INSERT INTO inbox_events (event_id, mode, kind, created_at, payload,
                received_at, status)
             VALUES ('evt_1', 'test', 'k', 0, x'', 0, 'received')",
        ),
        (
            "an event ignored without a reason",
            "INSERT INTO inbox_events (event_id, mode, kind, created_at, payload,
                received_at, status)
             VALUES ('evt_1', 'test', 'k', 0, x'', 0, 'ignored')",
        ),
        (
            "a done event with a date to be tried",
            "INSERT INTO inbox_events (event_id, mode, kind, created_at, payload,
                received_at, status, next_attempt_at)
             VALUES ('evt_1', 'test', 'k', 0, x'', 0, 'done', 5)",
        ),
        (
            "a token that may do anything else",
            "INSERT INTO api_tokens VALUES ('t', 'n', 'root', x'00', 0, NULL, NULL)",
        ),
        (
            "two tokens of one secret",
            "INSERT INTO api_tokens VALUES ('t', 'n', 'panel', x'00', 0, NULL, NULL),
                ('u', 'n', 'panel', x'00', 0, NULL, NULL)",
        ),
        (
            "a silence that was told of and never began",
            "INSERT INTO webhook_silence (mode, raised_at) VALUES ('test', 5)",
        ),
        (
            "a session of nobody",
            "INSERT INTO sessions (hash, user_id, created_at, expires_at) VALUES (x'00', 'usr_9', 0, 1)",
        ),
    ];
    for (what, statement) in table {
        let (mut tx, _store, _folder) = begun().await?;
        assert_refused(&mut tx, statement, what).await;
    }
    Ok(())
}

#[tokio::test]
async fn a_subscription_is_checked_column_by_column() -> Result<()> {
    let table = [
        "UPDATE subscriptions SET mode = 'beta'",
        "UPDATE subscriptions SET account_id = 'acc_9'",
        "UPDATE subscriptions SET ownership = 'mine'",
        "UPDATE subscriptions SET plan_servers = 0",
        "UPDATE subscriptions SET interval = 'week'",
        "UPDATE subscriptions SET quantity = -1",
        "UPDATE subscriptions SET lost_to_payment = 2",
        "UPDATE subscriptions SET requires_action = 2",
        "UPDATE subscriptions SET pause = 'void'",
        "UPDATE subscriptions SET pause = 'forgiven', paid_until = NULL",
        "UPDATE subscriptions SET pause = 'keep_as_draft', paid_until = 5",
        "UPDATE subscriptions SET pause = NULL, paid_until = 5",
    ];
    let (mut tx, _store, _folder) = begun().await?;
    sqlx::raw_sql(
        "INSERT INTO subscriptions (subscription_id, mode, account_id, customer_id, status,
            ownership, quantity, created_at, lost_to_payment, requires_action, synced_at)
         VALUES ('sub_1', 'test', 'acc_1', 'cus_1', 'active', 'foreign', 1, 0, 0, 0, 0)",
    )
    .execute(&mut *tx)
    .await?;
    for statement in table {
        assert_refused(&mut tx, statement, statement).await;
    }
    Ok(())
}

/// Refused for what the row says, not for a slip in the statement.
async fn assert_refused(conn: &mut SqliteConnection, statement: &'static str, what: &str) {
    let refused = sqlx::raw_sql(statement).execute(conn).await;
    let reason = refused.map(|_| ()).expect_err(what).to_string();
    let constraint = reason.contains("constraint failed") || reason.contains("cannot store");
    assert!(constraint, "{what}: {reason}");
}
