-- What steers a subscription: the item to change, a schedule, a change that waits for its payment.
ALTER TABLE subscriptions ADD COLUMN item_id TEXT;
ALTER TABLE subscriptions ADD COLUMN send_invoice INTEGER NOT NULL DEFAULT 0
    CHECK (send_invoice IN (0, 1));
ALTER TABLE subscriptions ADD COLUMN update_pending INTEGER NOT NULL DEFAULT 0
    CHECK (update_pending IN (0, 1));
ALTER TABLE subscriptions ADD COLUMN schedule_id TEXT;
ALTER TABLE subscriptions ADD COLUMN schedule_ours INTEGER CHECK (schedule_ours IN (0, 1));
ALTER TABLE subscriptions ADD COLUMN next_at INTEGER;
ALTER TABLE subscriptions ADD COLUMN next_price_id TEXT;
ALTER TABLE subscriptions ADD COLUMN next_plan_id TEXT;
ALTER TABLE subscriptions ADD COLUMN next_interval TEXT
    CHECK (next_interval IN ('month', 'year', 'once'));

-- Changes of plan that somebody was shown. The token is the nonce of the calls that make one.
CREATE TABLE plan_changes (
    token             TEXT    NOT NULL PRIMARY KEY,
    account_id        TEXT    NOT NULL REFERENCES accounts (id),
    mode              TEXT    NOT NULL CHECK (mode IN ('live', 'test')),
    plan_id           TEXT    NOT NULL,
    interval          TEXT    NOT NULL CHECK (interval IN ('month', 'year')),
    subscription_id   TEXT    NOT NULL,
    item_id           TEXT    NOT NULL,
    from_price_id     TEXT,
    price_id          TEXT    NOT NULL,
    quantity          INTEGER NOT NULL CHECK (quantity > 0),
    period_end        INTEGER NOT NULL,
    kind              TEXT    NOT NULL CHECK (kind IN ('upgrade', 'downgrade', 'interval', 'none')),
    effective         TEXT    NOT NULL CHECK (effective IN ('now', 'period_end')),
    amount_due_minor  INTEGER NOT NULL,
    shown_at          INTEGER NOT NULL,
    expires_at        INTEGER NOT NULL,
    -- How far it has come: shown, sent to Stripe, made, or never to be made.
    progress          TEXT    NOT NULL CHECK (progress IN ('shown', 'sent', 'made', 'void')),
    -- Made for it, before it could be marked as ours.
    schedule_id       TEXT
) STRICT;
CREATE INDEX plan_changes_by_subscription ON plan_changes (subscription_id, mode, progress);
CREATE INDEX plan_changes_by_account ON plan_changes (account_id, expires_at);
