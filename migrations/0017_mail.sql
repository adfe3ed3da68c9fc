-- Mail that waits to be sent, written in the transaction of what it tells. Addresses are read when it
-- is sent, so that none lies here.
CREATE TABLE mail_outbox (
    seq             INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    -- The left part of the Message-ID, the same in every attempt.
    message_id      TEXT    NOT NULL UNIQUE,
    -- NULL: to the operator.
    account_id      TEXT    REFERENCES accounts (id),
    kind            TEXT    NOT NULL,
    subject         TEXT    NOT NULL,
    body            TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    status          TEXT    NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'done', 'dead')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    first_tried_at  INTEGER,
    next_attempt_at INTEGER NOT NULL,
    last_error      TEXT
) STRICT;
CREATE INDEX mail_outbox_waiting ON mail_outbox (account_id, seq) WHERE status = 'waiting';
CREATE INDEX mail_outbox_ended ON mail_outbox (status, created_at);

-- What a customer was told by mail, so that each thing is told once.
CREATE TABLE mail_said (
    account_id    TEXT    NOT NULL PRIMARY KEY REFERENCES accounts (id),
    over_quota    INTEGER NOT NULL CHECK (over_quota IN (0, 1)),
    -- The day of the suspension that was announced, and that of which a reminder was sent.
    suspends_at   INTEGER,
    reminded_of   INTEGER,
    exempt_until  INTEGER
) STRICT;

-- What the operator has to see to, told when it begins and when it is over.
CREATE TABLE alarms (
    kind       TEXT    NOT NULL,
    -- Empty for what concerns no single account.
    account_id TEXT    NOT NULL DEFAULT '',
    began_at   INTEGER NOT NULL,
    ended_at   INTEGER,
    told       INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1)),
    PRIMARY KEY (kind, account_id)
) STRICT, WITHOUT ROWID;
