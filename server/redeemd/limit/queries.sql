-- A counter whose next_reset_at has passed counts as 0, whatever its row says; the next write updates the row.
--
-- version, here and below, identifies the document of master data within a transaction: see Tx.pin.
--
-- Statements that change a counter take a shared lock on its player, and so wait for a transaction of several actions,
-- which takes an exclusive one (see redeemd.transaction.runner).

-- name: counter_read
-- A limit of the current master data and a counter of it, either of them null if it does not exist. One row if the
-- namespace exists.
SELECT m.body AS model, c.limit_name, c.name, c.user_id, c.count, c.next_reset_at, c.schedule, c.created_at, c.updated_at,
       c.revision, 0 /*postgres + COALESCE((SELECT d.xmin::text::bigint FROM current_master d WHERE d.namespace_id = n.namespace_id), 0)*/ AS version
  FROM namespace n
  LEFT JOIN model m ON m.namespace_id = n.namespace_id AND m.kind = 'limit' AND m.name = :limit_name
  LEFT JOIN counter c
    ON c.namespace_id = n.namespace_id AND c.user_id = :user_id AND c.limit_name = :limit_name AND c.name = :name
 WHERE n.namespace_id = :namespace_id

-- set: namespace_id bigint, user_id text, limit_name text, name text

-- name: counter_page
-- A player's counters after a position, in the order of their creation.
SELECT limit_name, name, user_id, count, next_reset_at, schedule, created_at, updated_at, revision FROM counter
 WHERE namespace_id = :namespace_id AND user_id = :user_id
   AND (created_at, limit_name, name) > (:after, :after_limit_name, :after_name)
 ORDER BY created_at, limit_name, name LIMIT :limit

-- name: counter_page_of_limit
-- The same for one limit.
SELECT limit_name, name, user_id, count, next_reset_at, schedule, created_at, updated_at, revision FROM counter
 WHERE namespace_id = :namespace_id AND user_id = :user_id AND limit_name = :limit_name
   AND (created_at, limit_name, name) > (:after, :after_limit_name, :after_name)
 ORDER BY created_at, limit_name, name LIMIT :limit

-- name: counter_up
-- emits: count = count, revision = revision
-- Counts up if the count stays within the maximum; a counter whose reset has passed starts again from 0. next_reset_at
-- changes only by a reset or with the schedule, and never moves back because a clock is behind. No row: the count would
-- exceed the maximum, or the limit or its namespace has changed since the schedule was read.
INSERT INTO counter
  (namespace_id, user_id, limit_name, name, count, next_reset_at, schedule, created_at, updated_at, revision)
SELECT :namespace_id, :user_id, :limit_name, :name, :value, :next_reset_at, :schedule, :now, :now, 1
  FROM namespace n
  JOIN model m ON m.namespace_id = n.namespace_id AND m.kind = 'limit' AND m.name = :limit_name AND m.body = :model
  /*postgres CROSS JOIN (SELECT pg_advisory_xact_lock_shared(hashtextextended('player/' || :user_id, 0))) player*/
 WHERE n.namespace_id = :namespace_id AND n.revision = :namespace_revision
   AND :value/*postgres ::bigint*/ <= :max_value
ON CONFLICT (namespace_id, user_id, limit_name, name) DO UPDATE
   SET count = CASE WHEN counter.next_reset_at <= :now THEN :value ELSE counter.count + :value END,
       next_reset_at = CASE WHEN counter.next_reset_at <= :now OR counter.schedule <> excluded.schedule
                            THEN excluded.next_reset_at ELSE counter.next_reset_at END,
       schedule = excluded.schedule,
       updated_at = :now,
       revision = counter.revision + CASE WHEN counter.next_reset_at <= :now THEN 2 ELSE 1 END
 WHERE CASE WHEN counter.next_reset_at <= :now THEN 0 ELSE counter.count END <= :max_value - :value
RETURNING count, next_reset_at, created_at, revision,
  0 /*postgres + COALESCE((SELECT d.xmin::text::bigint FROM current_master d WHERE d.namespace_id = :namespace_id), 0)*/ AS version

-- set: key (namespace_id bigint, user_id text, limit_name text, name text) with value bigint,
--      max_value bigint, model bytea, namespace_revision bigint, next_reset_at bigint, schedule text, now bigint
-- An element whose player is locked by a transaction of several actions is skipped, so that the others do not wait.
candidate AS MATERIALIZED (
  SELECT e.ordinal, e.namespace_id, e.user_id, e.limit_name, e.name, e.value, e.max_value, e.next_reset_at, e.schedule,
         e.now, pg_try_advisory_xact_lock_shared(hashtextextended('player/' || e.user_id, 0)) AS free,
         COALESCE((SELECT d.xmin::text::bigint FROM current_master d WHERE d.namespace_id = e.namespace_id), 0) AS version
    FROM element e
    JOIN namespace n ON n.namespace_id = e.namespace_id AND n.revision = e.namespace_revision
    JOIN model m ON m.namespace_id = e.namespace_id AND m.kind = 'limit' AND m.name = e.limit_name AND m.body = e.model
   WHERE e.value <= e.max_value
), counted AS (
  INSERT INTO counter
    (namespace_id, user_id, limit_name, name, count, next_reset_at, schedule, created_at, updated_at, revision)
  SELECT e.namespace_id, e.user_id, e.limit_name, e.name, e.value, e.next_reset_at, e.schedule, e.now, e.now, 1
    FROM candidate e WHERE e.free ORDER BY e.ordinal
  ON CONFLICT (namespace_id, user_id, limit_name, name) DO UPDATE
     SET count = CASE WHEN counter.next_reset_at <= excluded.updated_at THEN 0 ELSE counter.count END + excluded.count,
         next_reset_at = CASE WHEN counter.next_reset_at <= excluded.updated_at OR counter.schedule <> excluded.schedule
                              THEN excluded.next_reset_at ELSE counter.next_reset_at END,
         schedule = excluded.schedule,
         updated_at = excluded.updated_at,
         revision = counter.revision + CASE WHEN counter.next_reset_at <= excluded.updated_at THEN 2 ELSE 1 END
   WHERE CASE WHEN counter.next_reset_at <= excluded.updated_at THEN 0 ELSE counter.count END
         <= (SELECT e.max_value - e.value FROM candidate e
              WHERE e.namespace_id = excluded.namespace_id AND e.user_id = excluded.user_id
                AND e.limit_name = excluded.limit_name AND e.name = excluded.name)
  RETURNING namespace_id, user_id, limit_name, name, count, next_reset_at, created_at, revision
), done AS (
  SELECT e.ordinal, NOT e.free AS skipped, c.count, c.next_reset_at, c.created_at, c.revision, e.version
    FROM candidate e
    LEFT JOIN counted c ON c.namespace_id = e.namespace_id AND c.user_id = e.user_id
                       AND c.limit_name = e.limit_name AND c.name = e.name
   WHERE c.revision IS NOT NULL OR NOT e.free
)

-- name: counter_down
-- emits: count = count, revision = revision
-- Counts down, not below 0. No row: the counter does not exist, or the limit or its namespace has changed since the
-- schedule was read.
UPDATE counter
   SET count = CASE WHEN next_reset_at <= :now OR count <= :value THEN 0 ELSE count - :value END,
       next_reset_at = CASE WHEN next_reset_at <= :now OR schedule <> :schedule THEN :next_reset_at ELSE next_reset_at END,
       schedule = :schedule,
       updated_at = :now,
       revision = revision + CASE WHEN next_reset_at <= :now THEN 2 ELSE 1 END
  /*postgres FROM (SELECT pg_advisory_xact_lock_shared(hashtextextended('player/' || :user_id, 0))) player*/
 WHERE namespace_id = :namespace_id AND user_id = :user_id AND limit_name = :limit_name AND name = :name
   AND EXISTS (SELECT 1 FROM namespace n
                 JOIN model m ON m.namespace_id = n.namespace_id AND m.kind = 'limit' AND m.name = :limit_name
                             AND m.body = :model
                WHERE n.namespace_id = :namespace_id AND n.revision = :namespace_revision)
RETURNING count, next_reset_at, created_at, revision,
  0 /*postgres + COALESCE((SELECT d.xmin::text::bigint FROM current_master d WHERE d.namespace_id = :namespace_id), 0)*/ AS version

-- name: counter_delete
DELETE FROM counter
 WHERE namespace_id = :namespace_id AND user_id = :user_id AND limit_name = :limit_name AND name = :name
RETURNING limit_name, name, user_id, count, next_reset_at, schedule, created_at, updated_at, revision

-- name: counter_clean
-- Removes some of a player's counters.
DELETE FROM counter
 WHERE /*postgres (namespace_id, user_id, limit_name, name) else*/
       namespace_id = :namespace_id AND user_id = :user_id AND (limit_name, name) /*end*/ IN
       (SELECT /*postgres namespace_id, user_id,*/ limit_name, name FROM counter
         WHERE namespace_id = :namespace_id AND user_id = :user_id LIMIT :limit)

-- name: counter_restore
INSERT INTO counter
  (namespace_id, user_id, limit_name, name, count, next_reset_at, schedule, created_at, updated_at, revision)
VALUES (:namespace_id, :user_id, :limit_name, :name, :count, :next_reset_at, :schedule, :created_at, :now, 1)
ON CONFLICT (namespace_id, user_id, limit_name, name) DO UPDATE
   SET count = excluded.count, next_reset_at = excluded.next_reset_at, schedule = excluded.schedule,
       created_at = excluded.created_at, updated_at = excluded.updated_at, revision = counter.revision + 1

-- name: limit_model_get
-- A limit of the current master data, and the settings of its namespace. One row if the namespace exists.
SELECT m.body, n.body AS namespace, n.revision AS namespace_revision,
       0 /*postgres + COALESCE((SELECT d.xmin::text::bigint FROM current_master d WHERE d.namespace_id = n.namespace_id), 0)*/ AS version
  FROM namespace n
  LEFT JOIN model m ON m.namespace_id = n.namespace_id AND m.kind = 'limit' AND m.name = :name
 WHERE n.namespace_id = :namespace_id

-- name: counter_import_read
-- What an import of a counter depends on: its limit, its row, and the revision that it had when it was imported before;
-- each null if it does not exist. One row if the namespace exists.
SELECT m.body AS model, c.count, c.next_reset_at, c.revision, i.revision AS imported_revision,
       0 /*postgres + COALESCE((SELECT d.xmin::text::bigint FROM current_master d WHERE d.namespace_id = n.namespace_id), 0)*/ AS version
  FROM namespace n
  LEFT JOIN model m ON m.namespace_id = n.namespace_id AND m.kind = 'limit' AND m.name = :limit_name
  LEFT JOIN counter c
    ON c.namespace_id = n.namespace_id AND c.user_id = :user_id AND c.limit_name = :limit_name AND c.name = :name
  LEFT JOIN imported_counter i
    ON i.namespace_id = n.namespace_id AND i.user_id = :user_id AND i.limit_name = :limit_name AND i.name = :name
 WHERE n.namespace_id = :namespace_id

-- name: counter_import
-- Writes an imported counter in place of the row with the revision `seen`, 0 for none. No row: it has another one.
INSERT INTO counter
  (namespace_id, user_id, limit_name, name, count, next_reset_at, schedule, created_at, updated_at, revision)
VALUES (:namespace_id, :user_id, :limit_name, :name, :count, :next_reset_at, :schedule, :now, :now, 1)
ON CONFLICT (namespace_id, user_id, limit_name, name) DO UPDATE
   SET count = excluded.count, next_reset_at = excluded.next_reset_at, schedule = excluded.schedule,
       updated_at = excluded.updated_at, revision = counter.revision + 1
 WHERE counter.revision = :seen
RETURNING revision

-- name: counter_imported
INSERT INTO imported_counter (namespace_id, user_id, limit_name, name, revision)
VALUES (:namespace_id, :user_id, :limit_name, :name, :revision)
ON CONFLICT (namespace_id, user_id, limit_name, name) DO UPDATE SET revision = excluded.revision

-- name: imported_counter_deleted
-- Notes that an imported counter is deleted here. Its revision alone would not tell: that of the next one begins at 1 again.
UPDATE imported_counter SET revision = 0
 WHERE namespace_id = :namespace_id AND user_id = :user_id AND limit_name = :limit_name AND name = :name

-- name: imported_counter_clean
-- Forgets which of a player's counters were imported.
DELETE FROM imported_counter
 WHERE /*postgres (namespace_id, user_id, limit_name, name) else*/
       namespace_id = :namespace_id AND user_id = :user_id AND (limit_name, name) /*end*/ IN
       (SELECT /*postgres namespace_id, user_id,*/ limit_name, name FROM imported_counter
         WHERE namespace_id = :namespace_id AND user_id = :user_id LIMIT :limit)
