-- How much of a player's guesses at codes is used up, as the moment from which on nothing is. A row from the past is as good
-- as none.
CREATE TABLE guess_budget (
  namespace_id INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  used_until INTEGER NOT NULL,
  PRIMARY KEY (namespace_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX guess_budget_by_age ON guess_budget (used_until);

-- Until when nobody needs to be told again that a namespace is under attack.
CREATE TABLE guess_alarm (
  namespace_id INTEGER NOT NULL,
  told_until INTEGER NOT NULL,
  PRIMARY KEY (namespace_id)
) STRICT, WITHOUT ROWID;
