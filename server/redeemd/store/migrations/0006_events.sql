-- What happened, written in the transaction that did it. body is a redeem.event.v1.Event without what has columns here; place
-- is that of a code, which itself is never written; found_... is what the statement found that did it.
--
-- The first row tells nothing: there is always a row, so that every place in the stream is one of a row. See
-- redeemd/event/cursors.py.
CREATE TABLE event (
  event_id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  told_at INTEGER NOT NULL,
  body BLOB NOT NULL,
  place TEXT,
  found_name TEXT,
  found_count INTEGER,
  found_revision INTEGER
) STRICT;

INSERT INTO event (kind, told_at, body) VALUES (0, 0, randomblob(16));
