-- Counters of the Limit service. schedule says by which schedule next_reset_at was reckoned.
CREATE TABLE counter (
  namespace_id INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  limit_name TEXT NOT NULL,
  name TEXT NOT NULL,
  count INTEGER NOT NULL,
  next_reset_at INTEGER,
  schedule TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (namespace_id, user_id, limit_name, name)
) STRICT, WITHOUT ROWID;
