-- How an account stood when panels were last told of it, so that what time alone changes is told too.
CREATE TABLE hooks_said (
    account_id TEXT    NOT NULL PRIMARY KEY REFERENCES accounts (id),
    access     TEXT    NOT NULL,
    over_quota INTEGER NOT NULL CHECK (over_quota IN (0, 1))
) STRICT;
