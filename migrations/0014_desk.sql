-- What the reconciler found to differ from Stripe and mended, for the operator to see.
CREATE TABLE drifts (
    account_id TEXT    NOT NULL REFERENCES accounts (id),
    mode       TEXT    NOT NULL CHECK (mode IN ('live', 'test')),
    kind       TEXT    NOT NULL,
    found_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX drifts_by_date ON drifts (found_at);
