-- Who shares an account of the built-in panel. `users.account_id` is the account a user has of their
-- own; they belong to it like to every other one.
CREATE TABLE members (
    account_id TEXT    NOT NULL,
    user_id    TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role       TEXT    NOT NULL CHECK (role IN ('owner', 'member')),
    joined_at  INTEGER NOT NULL,
    PRIMARY KEY (account_id, user_id)
) STRICT;
CREATE INDEX members_by_user ON members (user_id, joined_at);
INSERT INTO members (account_id, user_id, role, joined_at)
    SELECT account_id, id, 'owner', created_at FROM users;

-- Links by which somebody joins, once; kept as hashes. Nobody can use one that has ended, and its
-- row stays for a while so that it can be said why.
CREATE TABLE invites (
    hash       BLOB    NOT NULL PRIMARY KEY,
    account_id TEXT    NOT NULL,
    invited_by TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at   INTEGER
) STRICT;
CREATE INDEX invites_by_account ON invites (account_id, expires_at) WHERE ended_at IS NULL;
CREATE INDEX invites_by_end ON invites (expires_at);

-- For which account a session acts; the user's own where this says nothing or no longer holds.
ALTER TABLE sessions ADD COLUMN account_id TEXT;

-- Who made a server, and may delete it without being an owner; unknown for those made before.
ALTER TABLE panel_servers ADD COLUMN created_by TEXT;
