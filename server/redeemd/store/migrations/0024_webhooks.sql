-- Compatible from: 8
-- Subscriptions whose events are sent to receivers. Not keyed by namespace: a subscription may have several or all. A row is
-- made when a server first finds the subscription in its configuration. xid, event_id and row_hash are the position up to
-- which events are acknowledged; epoch increases when an operator sets another position. Whoever increased lease sends,
-- until leased_until. attempts counts those that failed since the last acknowledgement; the next one is at due_at. state: 1
-- active, 2 gone.
CREATE TABLE webhook (
  name TEXT NOT NULL PRIMARY KEY,
  state INTEGER NOT NULL,
  xid INTEGER NOT NULL,
  event_id INTEGER NOT NULL,
  row_hash TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  lease INTEGER NOT NULL,
  leased_until INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  last_error TEXT,
  delivered_at INTEGER,
  gaps INTEGER NOT NULL
) STRICT;

-- Events that a receiver did not accept: copies of their rows, which hold no codes. due_at: when an operator had it sent
-- again; null otherwise.
CREATE TABLE webhook_dead_letter (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  webhook_name TEXT NOT NULL,
  dead_letter_id TEXT NOT NULL,
  xid INTEGER NOT NULL,
  event_id INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  told_at INTEGER NOT NULL,
  body BLOB NOT NULL,
  place TEXT,
  found_name TEXT,
  found_count INTEGER,
  found_revision INTEGER,
  attempts INTEGER NOT NULL,
  last_error TEXT NOT NULL,
  died_at INTEGER NOT NULL,
  due_at INTEGER
) STRICT;

CREATE UNIQUE INDEX webhook_dead_letter_by_id ON webhook_dead_letter (webhook_name, dead_letter_id);
CREATE INDEX webhook_dead_letter_of_webhook ON webhook_dead_letter (webhook_name, sequence);
CREATE INDEX webhook_dead_letter_due ON webhook_dead_letter (webhook_name, due_at) WHERE due_at IS NOT NULL;
