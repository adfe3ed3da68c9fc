-- Who an account is at the panel that a driver works for.
CREATE TABLE panel_users (
    account_id TEXT    NOT NULL PRIMARY KEY REFERENCES accounts (id),
    user_id    INTEGER NOT NULL UNIQUE,
    -- When its list of servers is read next.
    look_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX panel_users_due ON panel_users (look_at);

-- The servers of that panel: what was ordered of it, and what is known to be there.
CREATE TABLE provisions (
    account_id      TEXT    NOT NULL REFERENCES accounts (id),
    server_id       TEXT    NOT NULL,
    -- By which the panel finds what it made of our order; NULL for what it had without one.
    external_id     TEXT,
    template        TEXT,
    name            TEXT    NOT NULL,
    -- wanted: nothing is there. asked: the panel was asked, and did not say how it ended.
    state           TEXT    NOT NULL CHECK (state IN ('wanted', 'asked', 'made', 'failed')),
    -- The panel's own number of it.
    remote_id       INTEGER,
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER,
    error           TEXT,
    ordered_at      INTEGER NOT NULL,
    -- We suspended it, so we may bring it back.
    ours            INTEGER NOT NULL DEFAULT 0 CHECK (ours IN (0, 1)),
    -- The panel was told to suspend it or bring it back, and did not say that it is done.
    unsure          INTEGER NOT NULL DEFAULT 0 CHECK (unsure IN (0, 1)),
    PRIMARY KEY (account_id, server_id),
    CHECK ((state = 'made') = (remote_id IS NOT NULL)),
    CHECK ((state IN ('wanted', 'asked')) = (next_attempt_at IS NOT NULL)),
    CHECK ((state = 'failed') = (error IS NOT NULL) OR state IN ('wanted', 'asked'))
) STRICT;
CREATE INDEX provisions_due ON provisions (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
