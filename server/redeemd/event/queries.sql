-- Order. The embedded store has one writer, so event_id is the order of commits. On PostgreSQL a transaction may commit
-- after another that began later, so an order by a number alone would lose events: a watcher has passed a number when its
-- row appears. There, events stand in the order of their transactions, and are shown only when every transaction before
-- them has ended: below the xmin of the reader's snapshot. They are ordered by event.xid: a bare xid would be the column of
-- the answer, by which there is no index.

-- name: event_insert
INSERT INTO event (kind, told_at, body, place, found_name, found_count, found_revision)
VALUES (:event_kind, :event_at, :event_body, :event_place, :found_name, :found_count, :found_revision)

-- name: event_page
-- Events from a place on, that at the place included: it shows that nothing behind it was removed.
SELECT 0 /*postgres + xid::text::bigint*/ AS xid, event_id, kind, told_at, body, place, found_name, found_count,
       found_revision
  FROM event
 WHERE (/*postgres xid,*/ event_id) >= (/*postgres :xid::bigint::text::xid8,*/ :event_id)
   /*postgres AND xid < pg_snapshot_xmin(pg_current_snapshot())*/
 ORDER BY /*postgres event.xid,*/ event_id LIMIT :limit

-- name: event_newest
-- The newest that can be shown.
SELECT 0 /*postgres + xid::text::bigint*/ AS xid, event_id, told_at, body, place, found_count, found_revision FROM event
 WHERE 1 = 1 /*postgres AND xid < pg_snapshot_xmin(pg_current_snapshot())*/
 ORDER BY /*postgres event.xid DESC,*/ event_id DESC LIMIT 1

-- name: event_oldest
SELECT 0 /*postgres + xid::text::bigint*/ AS xid, event_id, told_at FROM event
 ORDER BY /*postgres event.xid,*/ event_id LIMIT :limit

-- name: event_remove
-- Removes events up to a place.
DELETE FROM event WHERE (/*postgres xid,*/ event_id) <= (/*postgres :xid::bigint::text::xid8,*/ :event_id)

-- name: event_of_the_future
-- An event whose transaction this cluster has not begun yet: a dump brought it along from another one. It would stay
-- unseen until this cluster gets there, and then stand behind events that are newer.
SELECT event_id FROM event WHERE 1 = 0 /*postgres + 1 AND xid >= pg_snapshot_xmax(pg_current_snapshot())*/ LIMIT 1

-- name: event_renumber
-- Moves events that a dump brought along before all of this cluster, in their order, some at a time: behind a place, and
-- answers the last of them. xid 2 is of no transaction and always visible, event_id goes on. The transaction that wrote a
-- row, xmin, is the one that the row names, unless the row was restored.
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
-- A row that tells nothing, and begins anew.
INSERT INTO event (kind, told_at, body) VALUES (0, :now, :mark)
