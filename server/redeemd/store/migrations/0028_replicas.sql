-- Compatible from: 8
-- The servers on this database, as each last described itself; a row is renewed while its server runs, and removed when it
-- stops. seen_at is by the clock of the database. state: 1 serving, 2 draining, 3 unhealthy. about is JSON.
CREATE TABLE replica (
  replica_id TEXT NOT NULL PRIMARY KEY,
  state INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  about TEXT NOT NULL
) STRICT;
