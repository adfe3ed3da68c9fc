-- What Stripe, an admin or the panel said. Access itself is never stored: it is computed on reading.
-- Times are Unix seconds. Ids of Stripe objects stand beside the mode they belong to.

CREATE TABLE accounts (
    id            TEXT    NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 128),
    email         TEXT    NOT NULL,
    name          TEXT,
    created_at    INTEGER NOT NULL,
    -- Counts reasons to look at Stripe; a sync covers those it found when it began.
    dirty         INTEGER NOT NULL DEFAULT 0 CHECK (dirty >= 0),
    -- Syncs begun and the newest one applied: a slow older one cannot overwrite it.
    sync_begun    INTEGER NOT NULL DEFAULT 0,
    sync_applied  INTEGER NOT NULL DEFAULT 0 CHECK (sync_applied <= sync_begun),
    synced_at     INTEGER,
    trial_used_at INTEGER
) STRICT;
CREATE INDEX accounts_by_creation ON accounts (created_at, id);

CREATE TABLE customers (
    customer_id TEXT    NOT NULL,
    mode        TEXT    NOT NULL CHECK (mode IN ('live', 'test')),
    account_id  TEXT    NOT NULL REFERENCES accounts (id),
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (customer_id, mode),
    UNIQUE (account_id, mode)
) STRICT;

-- The nonce of an intent is stored before Stripe is called and changes only when the outcome is known.
CREATE TABLE intents (
    account_id TEXT    NOT NULL REFERENCES accounts (id),
    purpose    TEXT    NOT NULL,
    mode       TEXT    NOT NULL CHECK (mode IN ('live', 'test')),
    nonce      TEXT    NOT NULL,
    parameters TEXT    NOT NULL,
    session_id TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, purpose, mode)
) STRICT;

CREATE TABLE subscriptions (
    subscription_id   TEXT    NOT NULL,
    mode              TEXT    NOT NULL CHECK (mode IN ('live', 'test')),
    account_id        TEXT    NOT NULL REFERENCES accounts (id),
    customer_id       TEXT    NOT NULL,
    status            TEXT    NOT NULL,
    known_status      TEXT,
    ownership         TEXT    NOT NULL CHECK (ownership IN ('plan', 'unmapped', 'foreign')),
    plan_id           TEXT,
    -- The plan's limit when it was last known, so that a plan taken out of the configuration still counts.
    plan_servers      INTEGER CHECK (plan_servers > 0),
    price_id          TEXT,
    interval          TEXT    CHECK (interval IN ('month', 'year', 'once')),
    quantity          INTEGER NOT NULL CHECK (quantity >= 0),
    currency          TEXT,
    unit_amount_minor INTEGER,
    created_at        INTEGER NOT NULL,
    period_end        INTEGER,
    trial_end         INTEGER,
    cancels_at        INTEGER,
    ended_at          INTEGER,
    lost_to_payment   INTEGER NOT NULL CHECK (lost_to_payment IN (0, 1)),
    past_due_since    INTEGER,
    pause             TEXT    CHECK (pause IN ('keep_as_draft', 'forgiven')),
    paid_until        INTEGER,
    requires_action   INTEGER NOT NULL CHECK (requires_action IN (0, 1)),
    invoice_url       TEXT,
    synced_at         INTEGER NOT NULL,
    PRIMARY KEY (subscription_id, mode),
    CHECK ((pause IS 'forgiven') = (paid_until IS NOT NULL))
) STRICT;
CREATE INDEX subscriptions_by_account ON subscriptions (account_id, mode, created_at);

-- Checkout Sessions we opened, or were told of.
CREATE TABLE checkouts (
    session_id TEXT    NOT NULL,
    mode       TEXT    NOT NULL CHECK (mode IN ('live', 'test')),
    account_id TEXT    NOT NULL REFERENCES accounts (id),
    kind       TEXT    NOT NULL CHECK (kind IN ('subscription', 'payment')),
    status     TEXT    NOT NULL CHECK (status IN ('open', 'processing', 'complete', 'expired')),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (session_id, mode)
) STRICT;
CREATE INDEX checkouts_by_account ON checkouts (account_id, mode, status);

-- Plans bought once.
CREATE TABLE purchases (
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
    PRIMARY KEY (session_id, mode),
    UNIQUE (account_id, plan_id, mode)
) STRICT;

CREATE TABLE exemptions (
    id         INTEGER NOT NULL PRIMARY KEY,
    account_id TEXT    NOT NULL REFERENCES accounts (id),
    reason     TEXT    NOT NULL CHECK (length(reason) > 0),
    until_at   INTEGER,
    granted_by TEXT    NOT NULL,
    granted_at INTEGER NOT NULL,
    revoked_by TEXT,
    revoked_at INTEGER,
    CHECK ((revoked_by IS NULL) = (revoked_at IS NULL))
) STRICT;
CREATE UNIQUE INDEX exemptions_one_standing ON exemptions (account_id) WHERE revoked_at IS NULL;

-- What counts against the limit: servers that stand, and reservations that have not run out.
CREATE TABLE servers (
    account_id     TEXT    NOT NULL REFERENCES accounts (id),
    id             TEXT    NOT NULL CHECK (length(id) BETWEEN 1 AND 128),
    name           TEXT,
    created_at     INTEGER NOT NULL,
    -- Set while the panel is still creating it; a reservation nobody confirms stops counting then.
    reserved_until INTEGER,
    suspended_at   INTEGER,
    PRIMARY KEY (account_id, id)
) STRICT;

-- Every price that is or was a plan's: an archived price keeps its plan.
CREATE TABLE plan_prices (
    price_id     TEXT    NOT NULL,
    mode         TEXT    NOT NULL CHECK (mode IN ('live', 'test')),
    plan_id      TEXT    NOT NULL,
    interval     TEXT    NOT NULL CHECK (interval IN ('month', 'year', 'once')),
    lookup_key   TEXT,
    currency     TEXT    NOT NULL,
    amount_minor INTEGER NOT NULL,
    -- Whether it can be bought now.
    offered      INTEGER NOT NULL CHECK (offered IN (0, 1)),
    seen_at      INTEGER NOT NULL,
    PRIMARY KEY (price_id, mode)
) STRICT;

-- Configured prices that cannot be bought now, and why.
CREATE TABLE hidden_prices (
    mode     TEXT NOT NULL CHECK (mode IN ('live', 'test')),
    plan_id  TEXT NOT NULL,
    interval TEXT NOT NULL CHECK (interval IN ('month', 'year', 'once')),
    reason   TEXT NOT NULL,
    PRIMARY KEY (mode, plan_id, interval)
) STRICT;

CREATE TABLE inbox_events (
    seq             INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    event_id        TEXT    NOT NULL,
    mode            TEXT    NOT NULL CHECK (mode IN ('live', 'test')),
    kind            TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    api_version     TEXT,
    object_id       TEXT,
    customer_id     TEXT,
    subscription_id TEXT,
    account_ref     TEXT,
    received_at     INTEGER NOT NULL,
    status          TEXT    NOT NULL
        CHECK (status IN ('received', 'processing', 'done', 'failed', 'dead', 'ignored')),
    ignored_reason  TEXT    CHECK (ignored_reason IN ('livemode', 'foreign', 'connect')),
    attempts        INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    next_attempt_at INTEGER,
    lease_until     INTEGER,
    last_error      TEXT,
    account_id      TEXT    REFERENCES accounts (id),
    done_at         INTEGER,
    -- Last, so that reading the rest does not walk through it.
    payload         BLOB    NOT NULL,
    UNIQUE (event_id, mode),
    CHECK ((status = 'ignored') = (ignored_reason IS NOT NULL)),
    CHECK ((status = 'processing') = (lease_until IS NOT NULL)),
    CHECK ((status IN ('received', 'failed')) = (next_attempt_at IS NOT NULL))
) STRICT;
CREATE INDEX inbox_events_due ON inbox_events (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX inbox_events_waiting ON inbox_events (customer_id, mode)
    WHERE next_attempt_at IS NOT NULL;
CREATE INDEX inbox_events_leased ON inbox_events (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX inbox_events_by_status ON inbox_events (status, seq);
CREATE INDEX inbox_events_by_account ON inbox_events (account_id, seq);

-- Where a long walk goes on after a restart.
CREATE TABLE cursors (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE api_tokens (
    id           TEXT    NOT NULL PRIMARY KEY,
    name         TEXT    NOT NULL,
    scope        TEXT    NOT NULL CHECK (scope IN ('panel', 'admin')),
    hash         BLOB    NOT NULL UNIQUE,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at   INTEGER
) STRICT;

CREATE TABLE audit (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    actor      TEXT    NOT NULL,
    action     TEXT    NOT NULL,
    account_id TEXT,
    subject    TEXT,
    detail     TEXT    NOT NULL
) STRICT;
CREATE INDEX audit_by_account ON audit (account_id, id);

-- The built-in panel's own: who signs in, and the servers it runs.
CREATE TABLE users (
    id            TEXT    NOT NULL PRIMARY KEY,
    email         TEXT    NOT NULL COLLATE NOCASE UNIQUE,
    name          TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    role          TEXT    NOT NULL CHECK (role IN ('user', 'admin')),
    account_id    TEXT    NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX users_by_account ON users (account_id);

CREATE TABLE sessions (
    hash       BLOB    NOT NULL PRIMARY KEY,
    user_id    TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE panel_servers (
    id         TEXT    NOT NULL PRIMARY KEY,
    account_id TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    game       TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX panel_servers_by_account ON panel_servers (account_id, created_at);
