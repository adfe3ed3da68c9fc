-- A plan whose money went back may be bought again, so an account may have several purchases of it.
CREATE TABLE purchases_kept (
    session_id     TEXT    NOT NULL,
    mode           TEXT    NOT NULL CHECK (mode IN ('live', 'test')),
    account_id     TEXT    NOT NULL REFERENCES accounts (id),
    plan_id        TEXT    NOT NULL,
    plan_servers   INTEGER CHECK (plan_servers > 0),
    price_id       TEXT    NOT NULL,
    payment_intent TEXT,
    amount_minor   INTEGER NOT NULL,
    currency       TEXT    NOT NULL,
    paid_at        INTEGER NOT NULL,
    PRIMARY KEY (session_id, mode)
) STRICT;
INSERT INTO purchases_kept SELECT * FROM purchases;
DROP TABLE purchases;
ALTER TABLE purchases_kept RENAME TO purchases;
CREATE INDEX purchases_by_account ON purchases (account_id, mode);
CREATE INDEX purchases_by_payment ON purchases (payment_intent, mode);

-- Charges of which something was refunded; a refund that failed does not count.
CREATE TABLE refunded_charges (
    charge_id      TEXT    NOT NULL,
    mode           TEXT    NOT NULL CHECK (mode IN ('live', 'test')),
    account_id     TEXT    NOT NULL REFERENCES accounts (id),
    payment_intent TEXT,
    amount_minor   INTEGER NOT NULL,
    refunded_minor INTEGER NOT NULL CHECK (refunded_minor > 0),
    currency       TEXT    NOT NULL,
    PRIMARY KEY (charge_id, mode)
) STRICT;
CREATE INDEX refunded_charges_by_account ON refunded_charges (account_id, mode);

CREATE TABLE disputes (
    dispute_id     TEXT    NOT NULL,
    mode           TEXT    NOT NULL CHECK (mode IN ('live', 'test')),
    account_id     TEXT    NOT NULL REFERENCES accounts (id),
    charge_id      TEXT    NOT NULL,
    payment_intent TEXT,
    stage          TEXT    NOT NULL CHECK (stage IN ('inquiry', 'open', 'lost', 'over')),
    amount_minor   INTEGER NOT NULL,
    currency       TEXT    NOT NULL,
    PRIMARY KEY (dispute_id, mode)
) STRICT;
CREATE INDEX disputes_by_account ON disputes (account_id, mode);

-- A delayed payment that came to nothing; its session counts as expired.
ALTER TABLE checkouts ADD COLUMN payment_failed INTEGER NOT NULL DEFAULT 0
    CHECK (payment_failed IN (0, 1));

-- What an open invoice asks, and when Stripe tries it again by itself.
ALTER TABLE subscriptions ADD COLUMN amount_due_minor INTEGER;
ALTER TABLE subscriptions ADD COLUMN next_attempt_at INTEGER;
ALTER TABLE subscriptions ADD COLUMN authenticates_since INTEGER;
-- Whether there is something to charge; unknown where nobody said.
ALTER TABLE subscriptions ADD COLUMN has_payment_method INTEGER
    CHECK (has_payment_method IN (0, 1));

-- Bad days of a subscription from their beginning to their end, so that each is counted once.
CREATE TABLE episodes (
    subscription_id TEXT    NOT NULL,
    mode            TEXT    NOT NULL CHECK (mode IN ('live', 'test')),
    kind            TEXT    NOT NULL CHECK (kind IN ('dunning', 'sca')),
    -- By Stripe's date, so that a restored backup begins the same episode.
    entered_at      INTEGER NOT NULL,
    ended_at        INTEGER,
    outcome         TEXT    CHECK (outcome IN ('recovered', 'lost')),
    PRIMARY KEY (subscription_id, mode, kind, entered_at),
    CHECK ((ended_at IS NULL) = (outcome IS NULL))
) STRICT;
CREATE UNIQUE INDEX episodes_one_open ON episodes (subscription_id, mode, kind)
    WHERE ended_at IS NULL;

-- What happened to invoices and was counted, however many events told it.
CREATE TABLE invoice_effects (
    invoice_id  TEXT    NOT NULL,
    mode        TEXT    NOT NULL CHECK (mode IN ('live', 'test')),
    effect      TEXT    NOT NULL CHECK (effect IN ('paid', 'failed', 'action_required')),
    -- Stripe's date; an invoice is paid once, whenever that is told.
    occurred_at INTEGER NOT NULL,
    counted_at  INTEGER NOT NULL,
    PRIMARY KEY (invoice_id, mode, effect, occurred_at)
) STRICT;
CREATE INDEX invoice_effects_by_age ON invoice_effects (counted_at);
