-- What counts is counted from the index alone, however many servers an account has.
CREATE INDEX servers_slots ON servers (account_id, reserved_until);
