-- One lease per customer: who holds one is looked up for each event that is due.
CREATE INDEX inbox_events_held ON inbox_events (customer_id, mode, lease_until)
    WHERE lease_until IS NOT NULL;

-- How many of the reasons counted in `dirty` the newest sync covered: more of them is an event since.
ALTER TABLE accounts ADD COLUMN dirty_covered INTEGER NOT NULL DEFAULT 0;

-- Whether Stripe's deliveries arrive.
CREATE TABLE webhook_silence (
    mode         TEXT    NOT NULL PRIMARY KEY CHECK (mode IN ('live', 'test')),
    -- Since when Stripe has had news that no delivery announced; the next delivery forgets it.
    suspected_at INTEGER,
    -- When the operator was told.
    raised_at    INTEGER,
    -- A delivery that arrived: the first of each process, and each that ended a suspicion.
    heard_at     INTEGER,
    CHECK (raised_at IS NULL OR suspected_at IS NOT NULL)
) STRICT;
