-- name: rate_get
-- A rate of the current master data, and the settings of its namespace. One row if the namespace exists. version
-- identifies the document of master data within a transaction: see Tx.pin.
SELECT n.body AS namespace, m.body AS model,
       0 /*postgres + COALESCE((SELECT d.xmin::text::bigint FROM current_master d
                                 WHERE d.namespace_id = n.namespace_id), 0)*/ AS version
  FROM namespace n
  LEFT JOIN model m ON m.namespace_id = n.namespace_id AND m.kind = :kind AND m.name = :name
 WHERE n.namespace_id = :namespace_id

-- name: await_get
-- An await; all columns are null if the player has none with the name. One row if the namespace exists.
SELECT a.name, a.user_id, a.rate_name, a.count, a.skip_seconds, a.lock_seconds, a.config, a.exchanged_at, a.created_at,
       a.revision, a.promised
  FROM namespace n
  LEFT JOIN exchange_await a ON a.namespace_id = n.namespace_id AND a.user_id = :user_id AND a.name = :name
 WHERE n.namespace_id = :namespace_id

-- name: await_page
-- A player's awaits after a position, oldest first, until they reach :bytes_max; at least one.
SELECT name, user_id, rate_name, count, skip_seconds, lock_seconds, config, exchanged_at, created_at, revision,
       promised
  FROM (SELECT name, user_id, rate_name, count, skip_seconds, lock_seconds, config, exchanged_at, created_at, revision,
               promised, SUM(LENGTH(config) + COALESCE(LENGTH(promised), 0)) OVER (ORDER BY created_at, name)
               - LENGTH(config) - COALESCE(LENGTH(promised), 0) AS bytes_before
          FROM exchange_await
         WHERE namespace_id = :namespace_id AND user_id = :user_id
           AND (created_at, name) > (:after, :after_name)
         ORDER BY created_at, name LIMIT :limit) AS page
 WHERE bytes_before < :bytes_max
 ORDER BY created_at, name

-- name: await_page_of_rate
-- The same for one rate.
SELECT name, user_id, rate_name, count, skip_seconds, lock_seconds, config, exchanged_at, created_at, revision,
       promised
  FROM (SELECT name, user_id, rate_name, count, skip_seconds, lock_seconds, config, exchanged_at, created_at, revision,
               promised, SUM(LENGTH(config) + COALESCE(LENGTH(promised), 0)) OVER (ORDER BY created_at, name)
               - LENGTH(config) - COALESCE(LENGTH(promised), 0) AS bytes_before
          FROM exchange_await
         WHERE namespace_id = :namespace_id AND user_id = :user_id AND rate_name = :rate_name
           AND (created_at, name) > (:after, :after_name)
         ORDER BY created_at, name LIMIT :limit) AS page
 WHERE bytes_before < :bytes_max
 ORDER BY created_at, name

-- name: await_insert
INSERT INTO exchange_await
  (namespace_id, user_id, name, rate_name, count, skip_seconds, lock_seconds, config, exchanged_at, created_at, revision,
   promised)
VALUES (:namespace_id, :user_id, :name, :rate_name, :count, 0, :lock_seconds, :config, :now, :now, 1, :promised)

-- name: await_skip
-- Shortens the wait, unless the await has changed since it was read. No row: it has.
UPDATE exchange_await SET skip_seconds = :skip_seconds, revision = revision + 1
 WHERE namespace_id = :namespace_id AND user_id = :user_id AND name = :name AND revision = :revision
RETURNING revision

-- name: await_delete
DELETE FROM exchange_await WHERE namespace_id = :namespace_id AND user_id = :user_id AND name = :name
RETURNING name

-- name: await_clean
-- Removes some of a player's awaits.
DELETE FROM exchange_await
 WHERE /*postgres (namespace_id, user_id, name) else*/ namespace_id = :namespace_id AND user_id = :user_id AND name /*end*/ IN
       (SELECT /*postgres namespace_id, user_id,*/ name FROM exchange_await
         WHERE namespace_id = :namespace_id AND user_id = :user_id LIMIT :limit)

-- name: await_restore
-- Restores an await. No row: it exists.
INSERT INTO exchange_await
  (namespace_id, user_id, name, rate_name, count, skip_seconds, lock_seconds, config, exchanged_at, created_at, revision,
   promised)
VALUES (:namespace_id, :user_id, :name, :rate_name, :count, :skip_seconds, :lock_seconds, :config, :exchanged_at,
        :created_at, :revision, :promised)
ON CONFLICT (namespace_id, user_id, name) DO NOTHING
RETURNING name

-- name: await_import_read
-- What an import of an await depends on: its rate, its row, and the revision that it had when it was imported before; each
-- null if it does not exist. One row if the namespace exists.
SELECT m.body AS model, a.name, a.user_id, a.rate_name, a.count, a.skip_seconds, a.lock_seconds, a.config, a.exchanged_at,
       a.created_at, a.revision, a.promised, i.revision AS imported_revision,
       0 /*postgres + COALESCE((SELECT d.xmin::text::bigint FROM current_master d
                                 WHERE d.namespace_id = n.namespace_id), 0)*/ AS version
  FROM namespace n
  LEFT JOIN model m ON m.namespace_id = n.namespace_id AND m.kind = 'rate' AND m.name = :rate_name
  LEFT JOIN exchange_await a ON a.namespace_id = n.namespace_id AND a.user_id = :user_id AND a.name = :name
  LEFT JOIN imported_await i ON i.namespace_id = n.namespace_id AND i.user_id = :user_id AND i.name = :name
 WHERE n.namespace_id = :namespace_id

-- name: await_import_replace
-- Removes an imported await, which is imported anew. No row: it has changed since it was read.
DELETE FROM exchange_await
 WHERE namespace_id = :namespace_id AND user_id = :user_id AND name = :name AND revision = :revision
RETURNING name

-- name: await_imported
INSERT INTO imported_await (namespace_id, user_id, name, revision) VALUES (:namespace_id, :user_id, :name, :revision)
ON CONFLICT (namespace_id, user_id, name) DO UPDATE SET revision = excluded.revision

-- name: imported_await_clean
-- Forgets which of a player's awaits were imported.
DELETE FROM imported_await
 WHERE /*postgres (namespace_id, user_id, name) else*/ namespace_id = :namespace_id AND user_id = :user_id AND name /*end*/ IN
       (SELECT /*postgres namespace_id, user_id,*/ name FROM imported_await
         WHERE namespace_id = :namespace_id AND user_id = :user_id LIMIT :limit)
