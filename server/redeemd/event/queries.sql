-- Order. The embedded store has one writer, so event_id is the order of commits. On PostgreSQL a transaction may commit
-- after one that began later, so ordering by a number alone would lose events: a watcher may have passed a number before
-- its row becomes visible. There, events are ordered by transaction, and are shown only when every earlier transaction has
-- ended: below the xmin of the reader's snapshot. The order is by event.xid, because a bare xid would be the output column,
-- which has no index.

-- name: event_insert
INSERT INTO event (kind, told_at, body, place, found_name, found_count, found_revision)
VALUES (:event_kind, :event_at, :event_body, :event_place, :found_name, :found_count, :found_revision)
-- set: event_kind bigint, event_at bigint, event_body bytea, event_place text, found_name text, found_count bigint, found_revision bigint
done AS (
  INSERT INTO event (kind, told_at, body, place, found_name, found_count, found_revision)
  SELECT event_kind, event_at, event_body, event_place, found_name, found_count, found_revision
    FROM element ORDER BY ordinal
  RETURNING event_id)

-- name: event_page
-- Returns the events from a position on, including the one at the position, which shows that none after it was deleted.
SELECT 0 /*postgres + xid::text::bigint*/ AS xid, event_id, kind, told_at, body, place, found_name, found_count,
       found_revision
  FROM event
 WHERE (/*postgres xid,*/ event_id) >= (/*postgres :xid::bigint::text::xid8,*/ :event_id)
   /*postgres AND xid < pg_snapshot_xmin(pg_current_snapshot())*/
 ORDER BY /*postgres event.xid,*/ event_id LIMIT :limit

-- name: event_committed
-- Returns the events from a position on as event_page does, with those that are not shown yet: an earlier transaction has
-- not ended.
SELECT 0 /*postgres + xid::text::bigint*/ AS xid, event_id, kind, told_at, body, place, found_name, found_count,
       found_revision
  FROM event
 WHERE (/*postgres xid,*/ event_id) >= (/*postgres :xid::bigint::text::xid8,*/ :event_id)
 ORDER BY /*postgres event.xid,*/ event_id LIMIT :limit

-- name: event_newest
-- Returns the newest event that can be shown.
SELECT 0 /*postgres + xid::text::bigint*/ AS xid, event_id, told_at, body, place, found_count, found_revision FROM event
 WHERE 1 = 1 /*postgres AND xid < pg_snapshot_xmin(pg_current_snapshot())*/
 ORDER BY /*postgres event.xid DESC,*/ event_id DESC LIMIT 1

-- name: event_oldest
SELECT 0 /*postgres + xid::text::bigint*/ AS xid, event_id, told_at FROM event
 ORDER BY /*postgres event.xid,*/ event_id LIMIT :limit

-- name: event_remove
-- Deletes events up to and including a position.
DELETE FROM event WHERE (/*postgres xid,*/ event_id) <= (/*postgres :xid::bigint::text::xid8,*/ :event_id)

-- name: event_of_the_future
-- Returns an event whose transaction this cluster has not begun yet, because a dump was restored from another cluster. It
-- would stay invisible until this cluster reaches that transaction, and would then come after newer events.
SELECT event_id FROM event WHERE 1 = 0 /*postgres + 1 AND xid >= pg_snapshot_xmax(pg_current_snapshot())*/ LIMIT 1

-- name: event_renumber
-- Moves restored events before all events of this cluster, in order, a limited number at a time, starting after a
-- position; returns the last one moved. xid 2 belongs to no transaction and is always visible; event_id continues. The
-- transaction that wrote a row, xmin, equals the xid of the row unless the row was restored.
/*postgres WITH moved AS (*/ DELETE FROM event WHERE 1 = 0 /*postgres + 1 AND (xid, event_id) IN
  (SELECT e.xid, e.event_id FROM event e
    WHERE (e.xid, e.event_id) > (:xid::bigint::text::xid8, :event_id) AND e.xid > '2'::xid8
      AND e.xmin::text::bigint <> e.xid::text::bigint & 4294967295
    ORDER BY e.xid, e.event_id LIMIT :limit)
  RETURNING xid, event_id, kind, told_at, body, place, found_name, found_count, found_revision), added AS (
  INSERT INTO event (xid, kind, told_at, body, place, found_name, found_count, found_revision)
  SELECT '2'::xid8, kind, told_at, body, place, found_name, found_count, found_revision FROM moved ORDER BY xid, event_id)
SELECT moved.xid::text::bigint AS xid, event_id FROM moved ORDER BY moved.xid DESC, event_id DESC LIMIT 1*/

-- name: event_mark
-- Appends a marker row, which is not an event.
INSERT INTO event (kind, told_at, body) VALUES (0, :now, :mark)
