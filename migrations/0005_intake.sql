-- An event and the mark on its account are one statement, and so one commit.
CREATE TRIGGER inbox_events_mark AFTER INSERT ON inbox_events
WHEN NEW.status = 'received' AND NEW.customer_id IS NOT NULL
BEGIN
    UPDATE accounts SET dirty = dirty + 1
    WHERE id = (SELECT account_id FROM customers
                WHERE customer_id = NEW.customer_id AND mode = NEW.mode);
END;

-- Most events never get an account: no reason to index its absence in every commit.
DROP INDEX inbox_events_by_account;
CREATE INDEX inbox_events_by_account ON inbox_events (account_id, seq)
    WHERE account_id IS NOT NULL;
