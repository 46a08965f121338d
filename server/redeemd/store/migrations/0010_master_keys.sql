-- Compatible from: 8
-- The master keys of each running replica, with their check values. A replica renews its rows; those that have expired are of
-- replicas that are gone. expires_at is by the clock of the database.
CREATE TABLE master_key_announcement (
  replica_id TEXT NOT NULL,
  key_id TEXT NOT NULL,
  check_value BLOB NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (replica_id, key_id)
) STRICT, WITHOUT ROWID;
