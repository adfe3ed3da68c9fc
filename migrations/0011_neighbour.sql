-- Sign-in links for users of a panel next door. A link is spent once; what it opens is a session of
-- its own. Both are kept as hashes.
CREATE TABLE sign_in_links (
    hash       BLOB    NOT NULL PRIMARY KEY,
    account_id TEXT    NOT NULL REFERENCES accounts (id),
    expires_at INTEGER NOT NULL,
    spent_at   INTEGER
) STRICT;
CREATE INDEX sign_in_links_by_end ON sign_in_links (expires_at);

CREATE TABLE link_sessions (
    hash       BLOB    NOT NULL PRIMARY KEY,
    account_id TEXT    NOT NULL REFERENCES accounts (id),
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX link_sessions_by_end ON link_sessions (expires_at);

-- What the panel next door is told, in the transaction in which it came to be: a row for each
-- address, sent in the order of `seq` for each account.
CREATE TABLE hooks_outbox (
    seq             INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    message_id      TEXT    NOT NULL,
    url             TEXT    NOT NULL,
    account_id      TEXT    NOT NULL,
    kind            TEXT    NOT NULL,
    body            TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    status          TEXT    NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'done', 'dead')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    first_tried_at  INTEGER,
    next_attempt_at INTEGER NOT NULL,
    last_error      TEXT
) STRICT;
CREATE INDEX hooks_outbox_waiting ON hooks_outbox (url, account_id, seq) WHERE status = 'waiting';
CREATE INDEX hooks_outbox_ended ON hooks_outbox (status, created_at);
