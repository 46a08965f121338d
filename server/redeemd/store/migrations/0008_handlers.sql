-- Actions of handlers, which the game hosts. Unlike the rest, these tables are not keyed by namespace: a transaction may
-- name several or none, and deliveries are in order per player, whatever the namespace. They hold what is under way and
-- what ended lately. Requests are encrypted, for they may hold codes.

-- Acquire actions of committed transactions, in the order of these for each player. state: 1 to be delivered, 2 delivered,
-- 3 dead. next_attempt_at is null while an earlier one of the player and the prefix is to be delivered, and at the end.
CREATE TABLE delivery (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  delivery_id TEXT NOT NULL UNIQUE,
  prefix TEXT NOT NULL,
  action TEXT NOT NULL,
  user_id TEXT NOT NULL,
  transaction_id TEXT NOT NULL,
  request BLOB NOT NULL,
  state INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  next_attempt_at INTEGER,
  last_error TEXT,
  created_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;

CREATE INDEX delivery_of_player ON delivery (user_id, state, sequence);
CREATE INDEX delivery_by_state ON delivery (state, sequence);
CREATE INDEX delivery_due ON delivery (prefix, next_attempt_at) WHERE next_attempt_at IS NOT NULL;

-- Transactions with verify or consume actions of handlers, while they are tried or taken back; steps are those actions.
-- state: 1 tried, until due_at, 2 to be taken back, again at due_at. scope is the idempotency key of the call, if it has
-- one: one call with a key is tried at a time.
CREATE TABLE saga (
  saga_id TEXT NOT NULL PRIMARY KEY,
  scope BLOB UNIQUE,
  steps BLOB NOT NULL,
  state INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX saga_due ON saga (due_at);
