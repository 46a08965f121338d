-- name: console_import_begin
-- Begins an import of the console, or begins one again that broke off. No row: it is under way, or has ended.
INSERT INTO console_import
  (namespace_id, import_id, campaign_name, started_at, seen_at, attempt, ended, total, done, sealed)
VALUES (:namespace_id, :import_id, :campaign_name, :now, :now, 1, 0, :total, 0, :sealed)
ON CONFLICT (namespace_id, import_id) DO UPDATE
   SET seen_at = excluded.seen_at, attempt = console_import.attempt + 1, total = excluded.total, done = 0,
       sealed = excluded.sealed
 WHERE console_import.ended = 0 AND console_import.seen_at < :silent_since
   AND console_import.campaign_name = excluded.campaign_name
RETURNING attempt

-- name: console_import_advance
UPDATE console_import SET done = :done, seen_at = :seen_at
 WHERE namespace_id = :namespace_id AND import_id = :import_id AND attempt = :attempt AND ended = 0

-- name: console_import_end
UPDATE console_import SET ended = 1, done = :done, seen_at = :seen_at, sealed = :sealed
 WHERE namespace_id = :namespace_id AND import_id = :import_id AND attempt = :attempt AND ended = 0

-- name: console_import_break_off_all
-- Has all imports of the console count as broken off.
UPDATE console_import SET seen_at = 0 WHERE ended = 0

-- name: console_import_get
SELECT import_id, campaign_name, started_at, seen_at, ended, total, done, sealed FROM console_import
 WHERE namespace_id = :namespace_id AND import_id = :import_id

-- name: console_import_page
-- The latest of a campaign.
SELECT import_id, campaign_name, started_at, seen_at, ended, total, done FROM console_import
 WHERE namespace_id = :namespace_id AND campaign_name = :campaign_name ORDER BY started_at DESC LIMIT :limit

-- name: console_import_purge
DELETE FROM console_import
 WHERE /*postgres (namespace_id, import_id) IN (SELECT namespace_id, import_id else*/ rowid IN (SELECT rowid /*end*/
                  FROM console_import WHERE started_at < :old ORDER BY started_at LIMIT :limit)
   /*postgres AND started_at < :old*/

-- name: replica_report
INSERT INTO replica (replica_id, state, started_at, seen_at, about)
VALUES (:replica_id, :state, :started_at,
        /*postgres (extract(epoch FROM statement_timestamp()) * 1000)::bigint else*/ :now /*end*/, :about)
ON CONFLICT (replica_id) DO UPDATE SET state = excluded.state, seen_at = excluded.seen_at, about = excluded.about

-- name: replica_forget
-- Forgets the servers that were not seen for long: they ended without a word.
DELETE FROM replica
 WHERE seen_at < /*postgres (extract(epoch FROM statement_timestamp()) * 1000)::bigint else*/ :now /*end*/ - :kept/*postgres ::bigint*/

-- name: replica_withdraw
DELETE FROM replica WHERE replica_id = :replica_id

-- name: replica_all
SELECT replica_id, state, started_at, seen_at, about,
       /*postgres (extract(epoch FROM statement_timestamp()) * 1000)::bigint else*/ :now /*end*/ - seen_at AS age
  FROM replica ORDER BY started_at, replica_id LIMIT :limit
