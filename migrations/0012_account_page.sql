-- What tells one session from another on its user's page; unknown for those begun before.
ALTER TABLE sessions ADD COLUMN device TEXT;
ALTER TABLE sessions ADD COLUMN seen_at INTEGER;
