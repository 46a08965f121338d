-- Compatible from: 8
-- What is imported from another system, and is imported only once: counters and awaits. revision is that of the row when
-- it was imported, so that one that has not changed since can be replaced.
CREATE TABLE imported_counter (
  namespace_id INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  limit_name TEXT NOT NULL,
  name TEXT NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (namespace_id, user_id, limit_name, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE imported_await (
  namespace_id INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  name TEXT NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (namespace_id, user_id, name)
) STRICT, WITHOUT ROWID;
