-- A commit writes a page for each tree it touches. AUTOINCREMENT keeps a tree of its own, though
-- only the oldest events are ever removed; and an event that just arrived is found by its date.
CREATE TABLE lean_events (
    seq             INTEGER NOT NULL PRIMARY KEY,
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
    -- Last, so that reading the rest does not walk through it. As it came, or packed behind a zero.
    payload         BLOB    NOT NULL,
    UNIQUE (event_id, mode),
    CHECK ((status = 'ignored') = (ignored_reason IS NOT NULL)),
    CHECK ((status = 'processing') = (lease_until IS NOT NULL)),
    CHECK ((status IN ('received', 'failed')) = (next_attempt_at IS NOT NULL))
) STRICT;
INSERT INTO lean_events
SELECT seq, event_id, mode, kind, created_at, api_version, object_id, customer_id, subscription_id,
       account_ref, received_at, status, ignored_reason, attempts, next_attempt_at, lease_until,
       last_error, account_id, done_at, payload
FROM inbox_events;
DROP TABLE inbox_events;
ALTER TABLE lean_events RENAME TO inbox_events;

CREATE INDEX inbox_events_due ON inbox_events (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX inbox_events_waiting ON inbox_events (customer_id, mode)
    WHERE next_attempt_at IS NOT NULL;
CREATE INDEX inbox_events_leased ON inbox_events (lease_until) WHERE lease_until IS NOT NULL;
-- One lease per customer: who holds one is looked up for each event that is due.
CREATE INDEX inbox_events_held ON inbox_events (customer_id, mode, lease_until)
    WHERE lease_until IS NOT NULL;
CREATE INDEX inbox_events_by_status ON inbox_events (status, seq) WHERE status <> 'received';
CREATE INDEX inbox_events_by_account ON inbox_events (account_id, seq)
    WHERE account_id IS NOT NULL;

-- An event and the mark on its account are one statement, and so one commit.
CREATE TRIGGER inbox_events_mark AFTER INSERT ON inbox_events
WHEN NEW.status = 'received' AND NEW.customer_id IS NOT NULL
BEGIN
    UPDATE accounts SET dirty = dirty + 1
    WHERE id = (SELECT account_id FROM customers
                WHERE customer_id = NEW.customer_id AND mode = NEW.mode);
END;
