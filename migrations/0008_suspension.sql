-- How many of an account's servers may run, as it was last judged.
CREATE TABLE over_quota (
    account_id TEXT    NOT NULL PRIMARY KEY REFERENCES accounts (id),
    judged_at  INTEGER NOT NULL,
    -- NULL: any number.
    runs       INTEGER CHECK (runs >= 0),
    -- Since when the account had more servers than that.
    over_since INTEGER,
    -- When to judge again though nobody wrote anything.
    look_at    INTEGER
) STRICT;
CREATE INDEX over_quota_due ON over_quota (look_at) WHERE look_at IS NOT NULL;

-- Chosen by the customer: suspended last.
ALTER TABLE servers ADD COLUMN kept INTEGER NOT NULL DEFAULT 0 CHECK (kept IN (0, 1));
-- What the panel was told last; NULL while it is being told, and after it did not answer.
ALTER TABLE servers ADD COLUMN told TEXT DEFAULT 'running' CHECK (told IN ('running', 'suspended'));
-- When to tell it next, while `told` is not what `suspended_at` says.
ALTER TABLE servers ADD COLUMN tell_at INTEGER;
-- How often it was tried since the panel last answered.
ALTER TABLE servers ADD COLUMN tells INTEGER NOT NULL DEFAULT 0;
CREATE INDEX servers_to_tell ON servers (tell_at) WHERE tell_at IS NOT NULL;

-- The built-in panel's own: what it was told.
ALTER TABLE panel_servers ADD COLUMN suspended_at INTEGER;
