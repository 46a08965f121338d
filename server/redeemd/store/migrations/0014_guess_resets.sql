-- Compatible from: 8
-- Budgets of guesses that were reset, for the replicas, which also count guesses by themselves. A row is void from the time
-- on at which every budget is full by itself. Replicas of an older release ignore it: with them, players wait instead.
CREATE TABLE guess_reset (
  namespace_id INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  reset_until INTEGER NOT NULL,
  PRIMARY KEY (namespace_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX guess_reset_by_age ON guess_reset (reset_until);
