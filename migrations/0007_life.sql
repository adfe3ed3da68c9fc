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
