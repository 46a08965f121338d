-- Awaits of the Exchange service: rewards that are paid for and waited for. lock_seconds is the lock time of the rate when
-- the await was made. config is encrypted, for it may hold codes; it is empty when there is none.
CREATE TABLE exchange_await (
  namespace_id INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  name TEXT NOT NULL,
  rate_name TEXT NOT NULL,
  count INTEGER NOT NULL,
  skip_seconds INTEGER NOT NULL,
  lock_seconds INTEGER NOT NULL,
  config BLOB NOT NULL,
  exchanged_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (namespace_id, user_id, name)
) STRICT, WITHOUT ROWID;
