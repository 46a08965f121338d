-- status of a serial_key: 1 ACTIVE, 2 USED, 3 INACTIVE, as in SerialKeyStatus; of a campaign or an issue_job: 1 ACTIVE,
-- 2 INACTIVE, as in Availability. An issue_job adds 2 to it while it is closed, because it is about to be deleted, and 4
-- once its unused keys are deleted; it is 7 while the states of an import are written. It belongs to the campaign moved_to, if that is set. A key with uses, which several
-- players can use, is USED when these reach uses_per_key, whatever its status. version identifies the document of master
-- data within a transaction: see Tx.pin.

-- Here and elsewhere, statements delete the rows whose keys a subquery finds. When the subquery returns whole keys, SQLite
-- uses only their first column to find the rows; when the columns that are given are compared outside, PostgreSQL may read
-- every row that has these. So each engine has its own form. tests/store/test_visits.py and test_plans.py look for both.

-- name: campaign_number_missing
-- Assigns numbers to the campaigns of the current master data that have none. They follow the greatest one assigned.
INSERT INTO campaign (namespace_id, number, name, next_sequence, status, updated_at, revision)
SELECT m.namespace_id,
       (SELECT COALESCE(MAX(number), 0) FROM campaign WHERE namespace_id = :namespace_id)
         + ROW_NUMBER() OVER (ORDER BY m.name),
       m.name, 0, 1, :now, 0
  FROM model m
 WHERE m.namespace_id = :namespace_id AND m.kind = 'campaign'
   AND NOT EXISTS (SELECT 1 FROM campaign c WHERE c.namespace_id = m.namespace_id AND c.name = m.name)

-- name: campaign_number_max
SELECT MAX(number) AS number FROM campaign WHERE namespace_id = :namespace_id

-- name: campaign_models
-- The campaigns of the current master data, with what they have from their models.
SELECT c.number, c.name, c.valid_from, c.valid_until, c.code_format FROM campaign c
  JOIN model m ON m.namespace_id = c.namespace_id AND m.kind = 'campaign' AND m.name = c.name
 WHERE c.namespace_id = :namespace_id

-- name: campaign_set_validity
UPDATE campaign SET valid_from = :valid_from, valid_until = :valid_until, updated_at = :now, revision = revision + 1
 WHERE namespace_id = :namespace_id AND number = :number

-- name: campaign_set_format
UPDATE campaign SET code_format = :code_format WHERE namespace_id = :namespace_id AND number = :number

-- name: code_format_all
-- The formats of a namespace. A format that is used has issued codes, and stays.
SELECT format, check_bits, used FROM code_format WHERE namespace_id = :namespace_id ORDER BY format

-- name: code_format_add
INSERT INTO code_format (namespace_id, format, check_bits, used) VALUES (:namespace_id, :format, :check_bits, 0)

-- name: code_format_remove
DELETE FROM code_format WHERE namespace_id = :namespace_id AND format = :format AND used = 0

-- name: code_format_use
-- No row: the format is no longer in force.
UPDATE code_format SET used = 1 WHERE namespace_id = :namespace_id AND format = :format
RETURNING format

-- name: folded_campaigns
SELECT folded_name, name FROM folded_campaign WHERE namespace_id = :namespace_id

-- name: folded_campaign_put
INSERT INTO folded_campaign (namespace_id, folded_name, name) VALUES (:namespace_id, :folded_name, :name)
ON CONFLICT (namespace_id, folded_name) DO UPDATE SET name = excluded.name

-- name: folded_campaign_remove
DELETE FROM folded_campaign WHERE namespace_id = :namespace_id AND folded_name = :folded_name

-- name: campaign_get
SELECT number, next_sequence, status, status_reason, valid_from, valid_until, updated_at, revision FROM campaign
 WHERE namespace_id = :namespace_id AND name = :name

-- name: campaign_set_status
UPDATE campaign SET status = :status, status_reason = :reason, updated_at = :now, revision = revision + 1
 WHERE namespace_id = :namespace_id AND name = :name

-- name: campaign_take_range
-- Reserves the next `count` sequences. No row: the campaign is not in the master data, or has too few sequences left.
UPDATE campaign SET next_sequence = next_sequence + :count
 WHERE namespace_id = :namespace_id AND name = :name AND next_sequence <= :end/*postgres ::bigint*/ - :count
   AND EXISTS (SELECT 1 FROM model WHERE namespace_id = :namespace_id AND kind = 'campaign' AND name = :name)
RETURNING number, next_sequence - :count AS first_sequence, code_format,
  (SELECT f.used FROM code_format f
    WHERE f.namespace_id = campaign.namespace_id AND f.format = campaign.code_format) AS format_used

-- name: campaign_in_force
SELECT c.number, c.code_format,
       (SELECT f.used FROM code_format f
         WHERE f.namespace_id = c.namespace_id AND f.format = c.code_format) AS format_used,
       0 /*postgres + COALESCE((SELECT d.xmin::text::bigint FROM current_master d WHERE d.namespace_id = c.namespace_id), 0)*/ AS version
  FROM campaign c JOIN model m ON m.namespace_id = c.namespace_id AND m.kind = 'campaign' AND m.name = c.name
 WHERE c.namespace_id = :namespace_id AND c.name = :name

-- name: issue_job_insert
-- No row: the sequence is taken, which can happen to a code issued alone, whose sequence is drawn at random.
INSERT INTO issue_job
  (namespace_id, campaign_number, first_sequence, count, name, key_id, status, metadata, valid_from, valid_until,
   created_at, updated_at, revision, owner_user_id)
VALUES (:namespace_id, :campaign_number, :first_sequence, :count, :name, :key_id, 1, :metadata, :valid_from, :valid_until,
        :now, :now, 1, :owner_user_id)
ON CONFLICT (namespace_id, campaign_number, first_sequence) DO NOTHING
RETURNING first_sequence

-- name: issue_job_get
SELECT j.name AS job_name, j.first_sequence AS job_first_sequence, j.count AS job_count, j.key_id, j.campaign_number,
       j.moved_to, j.status AS job_status, j.status_reason AS job_status_reason, j.metadata, j.valid_from AS job_valid_from,
       j.valid_until AS job_valid_until, j.created_at, j.updated_at AS job_updated_at, j.revision AS job_revision,
       c.status AS campaign_status, c.updated_at AS campaign_updated_at, c.revision AS campaign_revision
  FROM issue_job j
  JOIN campaign c ON c.namespace_id = j.namespace_id AND c.number = COALESCE(j.moved_to, j.campaign_number)
 WHERE j.namespace_id = :namespace_id AND j.name = :name AND c.name = :campaign_name AND j.status < 7

-- name: issue_job_page
-- The named batches that a campaign issued and that were not moved, in the order of issue, which is that of their
-- sequences.
SELECT j.name AS job_name, j.first_sequence AS job_first_sequence, j.count AS job_count, j.key_id, j.campaign_number,
       j.moved_to, j.status AS job_status, j.status_reason AS job_status_reason, j.metadata, j.valid_from AS job_valid_from,
       j.valid_until AS job_valid_until, j.created_at, j.revision AS job_revision
  FROM issue_job j
 WHERE j.namespace_id = :namespace_id
   AND j.campaign_number = (SELECT c.number FROM campaign c
                             WHERE c.namespace_id = :namespace_id AND c.name = :campaign_name)
   AND j.first_sequence > :after AND j.first_sequence < :end AND j.moved_to IS NULL AND j.status < 7
 ORDER BY j.first_sequence LIMIT :limit

-- name: issue_job_page_moved
-- The batches that were moved to a campaign, by the campaign that issued them, in the order of issue.
SELECT j.name AS job_name, j.first_sequence AS job_first_sequence, j.count AS job_count, j.key_id, j.campaign_number,
       j.moved_to, j.status AS job_status, j.status_reason AS job_status_reason, j.metadata, j.valid_from AS job_valid_from,
       j.valid_until AS job_valid_until, j.created_at, j.revision AS job_revision
  FROM issue_job j
 WHERE j.namespace_id = :namespace_id
   AND /*postgres j.moved_to = (SELECT c.number FROM campaign c
                      WHERE c.namespace_id = :namespace_id AND c.name = :campaign_name) AND else*/
       (j.campaign_number, j.first_sequence) IN
       (SELECT j.campaign_number, j.first_sequence FROM issue_job j
         WHERE j.namespace_id = :namespace_id
           AND j.moved_to = (SELECT c.number FROM campaign c
                              WHERE c.namespace_id = :namespace_id AND c.name = :campaign_name) AND /*end*/
               (j.campaign_number, j.first_sequence) > (:after_campaign, :after)
         ORDER BY j.campaign_number, j.first_sequence LIMIT :limit
       /*postgres else*/ ) ORDER BY j.campaign_number, j.first_sequence /*end*/

-- name: issue_job_set_status
-- No row is changed: it is closed, or deleted.
UPDATE issue_job SET status = :status + (status - 1) / 2 * 2, status_reason = :reason, updated_at = :now, revision = revision + 1
 WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number AND first_sequence = :first_sequence
   AND status NOT IN (3, 4)

-- name: issue_job_set_validity
-- No row is changed: it is closed, or deleted.
UPDATE issue_job SET valid_from = :valid_from, valid_until = :valid_until, updated_at = :now, revision = revision + 1
 WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number AND first_sequence = :first_sequence
   AND status NOT IN (3, 4)

-- name: issue_job_move
-- No row: it is no longer in the campaign `old_number`, or closed.
UPDATE issue_job SET moved_to = NULLIF(:new_number/*postgres ::bigint*/, campaign_number), updated_at = :now, revision = revision + 1
 WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number AND first_sequence = :first_sequence
   AND COALESCE(moved_to, campaign_number) = :old_number AND status NOT IN (3, 4)
RETURNING revision

-- name: issue_job_state
SELECT status, updated_at FROM issue_job
 WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number AND first_sequence = :first_sequence

-- name: issue_job_close
-- Closes a batch: from now on, no key of it can be used, and its updated_at, which identifies the closing, does not
-- change. One that is closed stays so. No row: it does not exist, or its unused keys are deleted.
UPDATE issue_job
   SET updated_at = CASE WHEN status <= 2 THEN :now ELSE updated_at END,
       status = CASE WHEN status <= 2 THEN status + 2 ELSE status END
 WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number AND first_sequence = :first_sequence
   AND status <= 4
RETURNING updated_at AS closed_at

-- name: issue_job_reopen
UPDATE issue_job SET status = status - 2, updated_at = :updated_at
 WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number AND first_sequence = :first_sequence
   AND status > 2 AND status < 5 AND updated_at = :closed_at

-- name: issue_job_reopen_forgotten
-- Opens batches whose deletion was interrupted.
UPDATE issue_job SET status = status - 2 WHERE status > 2 AND status < 5 AND updated_at < :silent_since

-- name: issue_job_delete
-- Deletes a batch that is closed since `closed_at`, or has only used keys left. No row: it was opened meanwhile.
DELETE FROM issue_job
 WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number AND first_sequence = :first_sequence
   AND (status >= 5 OR status >= 3 AND updated_at = :closed_at)
RETURNING first_sequence

-- name: issue_job_trim
-- Deletes the unused keys of a batch that is closed since `closed_at`. No row: it was opened meanwhile.
UPDATE issue_job SET status = status + 2, updated_at = :now, revision = revision + 1
 WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number AND first_sequence = :first_sequence
   AND status > 2 AND status < 5 AND updated_at = :closed_at
RETURNING revision

-- name: serial_key_writers
-- The transactions that are writing keys. Such a transaction took its snapshot after this lock, or wrote before. SQLite has
-- one writer, which is the one that asks.
SELECT /*postgres virtualtransaction AS writer FROM pg_locks
 WHERE relation = 'serial_key'::regclass AND mode = 'RowExclusiveLock' AND granted AND pid <> pg_backend_pid()
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
else*/ 0 AS writer WHERE 1 = 0 /*end*/

-- name: serial_key_used_count
-- The keys of a range that are used, or that several players can use and one has.
SELECT COUNT(*) AS number FROM serial_key
 WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number
   AND sequence >= :first AND sequence < :end AND (status = 2 OR uses IS NOT NULL)

-- name: serial_key_used
-- The used keys of a range, in order.
SELECT sequence, status, status_reason, used_user_id, used_at, updated_at, revision, used_in FROM serial_key
 WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number
   AND sequence >= :first AND sequence < :end AND (status = 2 OR uses IS NOT NULL)
 ORDER BY sequence LIMIT :limit

-- name: campaign_name_of
SELECT name FROM campaign WHERE namespace_id = :namespace_id AND number = :number

-- name: serial_key_range
-- The keys of a range that were ever used or switched.
SELECT k.sequence, k.status_reason, k.used_user_id, k.used_at, k.updated_at, k.revision, k.used_in,
       CASE WHEN k.status = 3 THEN 3
            WHEN COALESCE(k.uses, CASE k.status WHEN 2 THEN 1 ELSE 0 END) >= COALESCE(c.uses_per_key, 1) THEN 2
            ELSE 1 END AS status
  FROM serial_key k JOIN campaign c ON c.namespace_id = k.namespace_id AND c.number = :owner_number
 WHERE k.namespace_id = :namespace_id AND k.campaign_number = :campaign_number
   AND k.sequence >= :first AND k.sequence < :end
 ORDER BY k.sequence

-- name: serial_key_read
-- Everything known about one code. One row if the namespace exists; batch and campaign are null for a code that was
-- never issued, or not under the key that opened it.
SELECT c.name AS campaign_name, c.status AS campaign_status, c.valid_from AS campaign_valid_from,
       c.valid_until AS campaign_valid_until, c.updated_at AS campaign_updated_at, c.revision AS campaign_revision,
       j.name AS job_name, j.first_sequence AS job_first_sequence, j.count AS job_count, j.moved_to, j.status AS job_status,
       j.status_reason AS job_status_reason, j.metadata, j.valid_from AS job_valid_from,
       j.valid_until AS job_valid_until, j.created_at, j.updated_at AS job_updated_at, j.revision AS job_revision,
       CASE WHEN k.status = 3 THEN 3
            WHEN COALESCE(k.uses, CASE k.status WHEN 2 THEN 1 ELSE 0 END) >= COALESCE(c.uses_per_key, 1) THEN 2
            ELSE 1 END AS status,
       j.owner_user_id, k.status_reason, k.used_user_id, k.used_at, k.updated_at, k.revision, k.uses, c.limited,
       (SELECT o.name FROM campaign o
         WHERE o.namespace_id = j.namespace_id AND o.number = COALESCE(j.moved_to, j.campaign_number)) AS job_campaign_name,
       m.body AS model,
       0 /*postgres + COALESCE((SELECT d.xmin::text::bigint FROM current_master d WHERE d.namespace_id = n.namespace_id), 0)*/ AS version
  FROM namespace n
  LEFT JOIN issue_job j
         ON j.namespace_id = n.namespace_id AND j.campaign_number = :campaign_number
        AND j.first_sequence = (SELECT MAX(b.first_sequence) FROM issue_job b
                                 WHERE b.namespace_id = :namespace_id AND b.campaign_number = :campaign_number
                                   AND b.first_sequence <= :sequence)
        AND :sequence < j.first_sequence + j.count AND j.key_id = :key_id
  LEFT JOIN serial_key k
         ON k.namespace_id = j.namespace_id AND k.campaign_number = j.campaign_number AND k.sequence = :sequence
  LEFT JOIN campaign c
         ON c.namespace_id = j.namespace_id
        AND c.number = CASE WHEN k.status = 2 THEN COALESCE(k.used_in, j.campaign_number)
                            ELSE COALESCE(j.moved_to, j.campaign_number) END
  LEFT JOIN model m ON m.namespace_id = c.namespace_id AND m.kind = 'campaign' AND m.name = c.name
 WHERE n.namespace_id = :namespace_id

-- set: namespace_id bigint, campaign_number bigint, sequence bigint, key_id text

-- name: serial_key_use
-- emits: name = campaign_name, revision = revision
-- Marks a code as used, once, and returns everything known about it. No row: it was never issued, is not usable now, or
-- its campaign has limits (see limits/queries.sql).
INSERT INTO serial_key
  (namespace_id, campaign_number, sequence, status, used_user_id, used_at, updated_at, revision, used_in)
SELECT n.namespace_id, j.campaign_number, :sequence, 2, :user_id, :now, :now, 1, j.moved_to
  FROM issue_job j
  JOIN namespace n ON n.namespace_id = j.namespace_id
  JOIN campaign c ON c.namespace_id = j.namespace_id AND c.number = COALESCE(j.moved_to, j.campaign_number)
  JOIN model m ON m.namespace_id = c.namespace_id AND m.kind = 'campaign' AND m.name = c.name
 WHERE j.namespace_id = :namespace_id AND j.campaign_number = :campaign_number
   AND j.first_sequence = (SELECT MAX(b.first_sequence) FROM issue_job b
                            WHERE b.namespace_id = :namespace_id AND b.campaign_number = :campaign_number
                              AND b.first_sequence <= :sequence)
   AND :sequence < j.first_sequence + j.count AND j.key_id = :key_id
   AND j.status = 1 AND c.status = 1 AND c.limited IS NULL AND COALESCE(j.owner_user_id, :user_id) = :user_id
   AND COALESCE(j.valid_from, :now) <= :now AND COALESCE(c.valid_from, :now) <= :now
   AND COALESCE(j.valid_until, :now + 1) > :now AND COALESCE(c.valid_until, :now + 1) > :now
ON CONFLICT (namespace_id, campaign_number, sequence) DO UPDATE
   SET status = 2, used_user_id = excluded.used_user_id, used_at = excluded.used_at, uses = NULL,
       updated_at = excluded.updated_at, revision = serial_key.revision + 1, used_in = excluded.used_in
 WHERE serial_key.status = 1 AND COALESCE(serial_key.uses, 0) = 0
RETURNING revision, status_reason,
  0 /*postgres + COALESCE((SELECT d.xmin::text::bigint FROM current_master d WHERE d.namespace_id = :namespace_id), 0)*/ AS version,
  (SELECT c.name FROM campaign c
    WHERE c.namespace_id = :namespace_id
      AND c.number = COALESCE(serial_key.used_in, serial_key.campaign_number)) AS campaign_name,
  (SELECT c.revision FROM campaign c
    WHERE c.namespace_id = :namespace_id
      AND c.number = COALESCE(serial_key.used_in, serial_key.campaign_number)) AS campaign_revision,
  (SELECT m.body FROM campaign c
     JOIN model m ON m.namespace_id = c.namespace_id AND m.kind = 'campaign' AND m.name = c.name
    WHERE c.namespace_id = :namespace_id
      AND c.number = COALESCE(serial_key.used_in, serial_key.campaign_number)) AS model,
  (SELECT b.metadata FROM issue_job b
    WHERE b.namespace_id = :namespace_id AND b.campaign_number = serial_key.campaign_number
      AND b.first_sequence <= serial_key.sequence ORDER BY b.first_sequence DESC LIMIT 1) AS metadata,
  (SELECT b.created_at FROM issue_job b
    WHERE b.namespace_id = :namespace_id AND b.campaign_number = serial_key.campaign_number
      AND b.first_sequence <= serial_key.sequence ORDER BY b.first_sequence DESC LIMIT 1) AS created_at,
  (SELECT b.revision FROM issue_job b
    WHERE b.namespace_id = :namespace_id AND b.campaign_number = serial_key.campaign_number
      AND b.first_sequence <= serial_key.sequence ORDER BY b.first_sequence DESC LIMIT 1) AS job_revision

-- set: key (namespace_id bigint, campaign_number bigint, sequence bigint) with key_id text, user_id text, now bigint
usable AS MATERIALIZED (
  SELECT e.ordinal, e.namespace_id, e.campaign_number, e.sequence, e.user_id, e.now, j.metadata, j.created_at,
         j.revision AS job_revision, j.moved_to, c.name AS campaign_name, c.revision AS campaign_revision, m.body AS model,
         COALESCE((SELECT d.xmin::text::bigint FROM current_master d WHERE d.namespace_id = e.namespace_id), 0) AS version
    FROM element e
    JOIN namespace n ON n.namespace_id = e.namespace_id
    CROSS JOIN LATERAL (SELECT b.first_sequence, b.count, b.key_id, b.status, b.valid_from, b.valid_until, b.metadata,
                               b.created_at, b.revision, b.moved_to, b.owner_user_id
                          FROM issue_job b
                         WHERE b.namespace_id = e.namespace_id AND b.campaign_number = e.campaign_number
                           AND b.first_sequence <= e.sequence
                         ORDER BY b.first_sequence DESC LIMIT 1) j
    JOIN campaign c ON c.namespace_id = e.namespace_id AND c.number = COALESCE(j.moved_to, e.campaign_number)
    JOIN model m ON m.namespace_id = e.namespace_id AND m.kind = 'campaign' AND m.name = c.name
   WHERE e.sequence < j.first_sequence + j.count AND j.key_id = e.key_id
     AND j.status = 1 AND c.status = 1 AND c.limited IS NULL AND COALESCE(j.owner_user_id, e.user_id) = e.user_id
     AND COALESCE(j.valid_from, e.now) <= e.now AND COALESCE(c.valid_from, e.now) <= e.now
     AND COALESCE(j.valid_until, e.now + 1) > e.now AND COALESCE(c.valid_until, e.now + 1) > e.now
), used AS (
  INSERT INTO serial_key
    (namespace_id, campaign_number, sequence, status, used_user_id, used_at, updated_at, revision, used_in)
  SELECT u.namespace_id, u.campaign_number, u.sequence, 2, u.user_id, u.now, u.now, 1, u.moved_to
    FROM usable u ORDER BY u.ordinal
  ON CONFLICT (namespace_id, campaign_number, sequence) DO UPDATE
     SET status = 2, used_user_id = excluded.used_user_id, used_at = excluded.used_at, uses = NULL,
         updated_at = excluded.updated_at, revision = serial_key.revision + 1, used_in = excluded.used_in
   WHERE serial_key.status = 1 AND COALESCE(serial_key.uses, 0) = 0
  RETURNING namespace_id, campaign_number, sequence, revision, status_reason
), done AS (
  SELECT u.ordinal, k.revision, k.status_reason, u.version, u.campaign_name, u.campaign_revision, u.model, u.metadata,
         u.created_at, u.job_revision
    FROM used k
    JOIN usable u ON u.namespace_id = k.namespace_id AND u.campaign_number = k.campaign_number
                 AND u.sequence = k.sequence
)

-- name: serial_key_revert
-- Makes a code that the user used usable again. No row: it is not used, or another user used it.
UPDATE serial_key
   SET status = 1, used_user_id = NULL, used_at = NULL, used_in = NULL, uses = uses - 1, updated_at = :now,
       revision = revision + 1
 WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number AND sequence = :sequence
   AND status = 2 AND used_user_id = :user_id
RETURNING revision

-- name: serial_key_set_status
-- Switches a code off or on. No row: it is used.
INSERT INTO serial_key (namespace_id, campaign_number, sequence, status, status_reason, updated_at, revision)
VALUES (:namespace_id, :campaign_number, :sequence, :status, :reason, :now, 1)
ON CONFLICT (namespace_id, campaign_number, sequence) DO UPDATE
   SET status = excluded.status, status_reason = excluded.status_reason, updated_at = excluded.updated_at,
       revision = serial_key.revision + 1
 WHERE serial_key.status <> 2
RETURNING revision

-- name: campaign_code_read
-- The campaign in the current master data that a text names: one that ignores case, or the one with this very name. One
-- row if the namespace exists.
SELECT m.body, m.updated_at, c.number, c.limited, c.status, c.valid_from, c.valid_until,
       c.updated_at AS campaign_updated_at, c.revision,
       0 /*postgres + COALESCE((SELECT d.xmin::text::bigint FROM current_master d WHERE d.namespace_id = n.namespace_id), 0)*/ AS version
  FROM namespace n
  LEFT JOIN model m ON m.namespace_id = n.namespace_id AND m.kind = 'campaign'
   AND m.name = COALESCE((SELECT f.name FROM folded_campaign f
                            JOIN model o ON o.namespace_id = f.namespace_id AND o.kind = 'campaign' AND o.name = f.name
                           WHERE f.namespace_id = :namespace_id AND f.folded_name = :folded), :name)
  LEFT JOIN campaign c ON c.namespace_id = m.namespace_id AND c.name = m.name
 WHERE n.namespace_id = :namespace_id

-- set: namespace_id bigint, name text, folded text

-- name: imported_code_find
-- The campaign and sequence of an imported code. No row until its import is done. Earlier releases could leave a key behind,
-- which then points to a code of another import; that code does not begin with it.
SELECT i.campaign_number, i.first_sequence + k.ordinal AS sequence, c.code_key, c.sealed, c.metadata
  FROM imported_key k
  JOIN code_import i ON i.namespace_id = k.namespace_id AND i.import_number = k.import_number
  JOIN imported_code c ON c.namespace_id = k.namespace_id AND c.import_number = k.import_number AND c.ordinal = k.ordinal
 WHERE k.namespace_id = :namespace_id AND k.code_key IN (:exact_key, :folded_key) AND i.status = 2
   AND substr(c.code_key, 1, 16) = k.code_key
 ORDER BY CASE WHEN k.code_key = :exact_key THEN 0 ELSE 1 END
 LIMIT 1

-- name: imported_code_range
-- A range of the codes of an imported batch, in order.
SELECT c.code_key, c.sealed
  FROM imported_code c
 WHERE c.namespace_id = :namespace_id
   AND c.import_number = (SELECT i.import_number FROM code_import i
                           WHERE i.namespace_id = :namespace_id AND i.campaign_number = :campaign_number
                             AND i.first_sequence = :first_sequence)
   AND c.ordinal >= :start AND c.ordinal < :end
 ORDER BY c.ordinal

-- name: imported_metadata_range
-- The metadata of those codes of a range that have their own.
SELECT c.ordinal, c.metadata
  FROM imported_code c
 WHERE c.namespace_id = :namespace_id
   AND c.import_number = (SELECT i.import_number FROM code_import i
                           WHERE i.namespace_id = :namespace_id AND i.campaign_number = :campaign_number
                             AND i.first_sequence = :first_sequence)
   AND c.ordinal >= :start AND c.ordinal < :end AND c.metadata IS NOT NULL

-- name: imported_code_at
-- The imported code at a sequence of its campaign.
SELECT c.code_key, c.sealed
  FROM code_import i
  JOIN imported_code c ON c.namespace_id = i.namespace_id AND c.import_number = i.import_number
                      AND c.ordinal = :sequence - i.first_sequence
 WHERE i.namespace_id = :namespace_id AND i.campaign_number = :campaign_number
   AND i.first_sequence = (SELECT MAX(b.first_sequence) FROM code_import b
                            WHERE b.namespace_id = :namespace_id AND b.campaign_number = :campaign_number
                              AND b.first_sequence <= :sequence)

-- name: code_import_of_batch
SELECT download_bytes FROM code_import
 WHERE namespace_id = :namespace_id
   AND import_number = (SELECT i.import_number FROM code_import i
                         WHERE i.namespace_id = :namespace_id AND i.campaign_number = :campaign_number
                           AND i.first_sequence = :first_sequence)

-- name: code_import_under_way
-- The import in progress. status: 1 under way, 2 done, 3 abandoned, 4 done but for the states of its codes.
SELECT import_number FROM code_import WHERE namespace_id = :namespace_id AND status IN (1, 4)

-- name: code_import_begin
-- The number is that of no code: earlier releases could leave some behind. It is that of no earlier import, not even of
-- one that was abandoned and removed while its process still works on it: it is at least the time, in milliseconds.
INSERT INTO code_import
  (namespace_id, import_number, campaign_number, first_sequence, status, count, csv_bytes, download_bytes, updated_at)
SELECT :namespace_id, CASE WHEN MAX(number) >= :now THEN 1 + MAX(number) ELSE :now/*postgres ::bigint*/ END, :campaign_number,
       NULL, 1, 0, 0, 0, :now
  FROM (SELECT MAX(import_number) AS number FROM code_import WHERE namespace_id = :namespace_id
        UNION ALL
        SELECT MAX(import_number) FROM imported_code WHERE namespace_id = :namespace_id) AS used
RETURNING import_number

-- name: code_import_step
-- Records the progress of an import. No row: it was abandoned meanwhile.
UPDATE code_import SET count = count + :count, csv_bytes = csv_bytes + :csv_bytes,
       download_bytes = download_bytes + :download_bytes, updated_at = :now
 WHERE namespace_id = :namespace_id AND import_number = :import_number AND status = 1
RETURNING count

-- name: code_import_finish
UPDATE code_import SET status = 2, first_sequence = :first_sequence, updated_at = :now
 WHERE namespace_id = :namespace_id AND import_number = :import_number AND status = 1
RETURNING count

-- name: code_import_decide
-- Completes an import whose states are still to be written. No row: it was abandoned meanwhile.
UPDATE code_import SET status = 4, first_sequence = :first_sequence, stated_to = 0, updated_at = :now
 WHERE namespace_id = :namespace_id AND import_number = :import_number AND status = 1
RETURNING count

-- name: issue_job_hide
-- Hides a new batch until the states of its codes are written.
UPDATE issue_job SET status = 7
 WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number AND first_sequence = :first_sequence

-- name: issue_job_show
UPDATE issue_job SET status = 1
 WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number AND first_sequence = :first_sequence
   AND status = 7

-- name: code_import_stating
-- An import whose states are to be written, and that makes no progress.
SELECT namespace_id, import_number, updated_at FROM code_import WHERE status = 4 AND updated_at < :silent_since
 ORDER BY namespace_id, import_number LIMIT 1

-- name: code_import_stating_of
-- The same for one namespace.
SELECT namespace_id, import_number, updated_at FROM code_import
 WHERE namespace_id = :namespace_id AND status = 4 AND updated_at < :silent_since ORDER BY import_number LIMIT 1

-- name: code_import_state_step
-- Takes the next codes whose states are to be written, and says whether they are the last. No row: all are written.
UPDATE code_import SET stated_to = stated_to + :limit, updated_at = :updated_at
 WHERE namespace_id = :namespace_id AND import_number = :import_number AND status = 4
   AND EXISTS (SELECT 1 FROM namespace n WHERE n.namespace_id = :namespace_id)
RETURNING stated_to - :limit AS start, stated_to AS "end", CASE WHEN stated_to >= count THEN 1 ELSE 0 END AS last,
  campaign_number, first_sequence

-- name: code_import_stated
-- The states of an import are written: its codes can be found.
UPDATE code_import SET status = 2, stated_to = NULL
 WHERE namespace_id = :namespace_id AND import_number = :import_number AND status = 4

-- name: imported_state_insert
INSERT INTO imported_state (namespace_id, import_number, ordinal, status, used_user_id, used_at)
VALUES (:namespace_id, :import_number, :place, :status, :used_user_id, :used_at)

-- name: imported_state_write
-- Makes keys of the states of a range of codes, whose sequences are new. On PostgreSQL, nobody erases who used them
-- before the keys are visible.
INSERT INTO serial_key (namespace_id, campaign_number, sequence, status, used_user_id, used_at, updated_at, revision)
SELECT s.namespace_id, :campaign_number, :first_sequence/*postgres ::bigint*/ + s.ordinal, s.status, s.used_user_id, s.used_at, :now, 1
  FROM imported_state s
 WHERE s.namespace_id = :namespace_id AND s.import_number = :import_number AND s.ordinal >= :start AND s.ordinal < :end
 ORDER BY s.ordinal /*postgres FOR UPDATE*/

-- name: imported_state_used_count
SELECT COUNT(*) AS number FROM imported_state
 WHERE namespace_id = :namespace_id AND import_number = :import_number AND ordinal >= :start AND ordinal < :end
   AND status = 2

-- name: imported_state_remove
DELETE FROM imported_state
 WHERE namespace_id = :namespace_id AND import_number = :import_number AND ordinal >= :start AND ordinal < :end

-- name: imported_state_give_up
-- Removes the states of the first codes of an abandoned import.
DELETE FROM imported_state
 WHERE (namespace_id, import_number, ordinal) IN
       (SELECT namespace_id, import_number, ordinal FROM imported_state
         WHERE namespace_id = :namespace_id AND import_number = :import_number ORDER BY ordinal LIMIT :limit)

-- name: imported_state_clean
-- Erases who used the codes of an import whose states are not written yet.
UPDATE imported_state SET used_user_id = NULL
 WHERE (namespace_id, import_number, ordinal) IN
       (SELECT namespace_id, import_number, ordinal FROM imported_state
         WHERE namespace_id = :namespace_id AND used_user_id = :user_id LIMIT :limit)
   /*postgres AND used_user_id = :user_id*/

-- name: imported_keys_read
-- The states of those of `count` keys, of 16 bytes each, that imported codes have. campaign_name is that of the campaign to
-- which their batch belongs now. left_behind: the key finds no code; earlier releases could leave such keys.
SELECT k.code_key, i.import_number IS NULL OR o.ordinal IS NULL AS left_behind,
       i.campaign_number, i.first_sequence + k.ordinal AS sequence, c.name AS campaign_name,
       COALESCE(s.status, 1) AS status, s.used_user_id, s.used_at, s.uses
  FROM (WITH RECURSIVE place (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM place WHERE number + 1 < :count)
        SELECT number FROM place) p
       /*postgres JOIN else*/ CROSS JOIN /*end*/ imported_key k
    ON k.namespace_id = :namespace_id
   AND k.code_key = substr(/*postgres CAST(:keys AS bytea) else*/ :keys /*end*/, p.number * 16 + 1, 16)
  LEFT JOIN code_import i ON i.namespace_id = :namespace_id AND i.import_number = k.import_number
  LEFT JOIN imported_code o ON o.namespace_id = :namespace_id AND o.import_number = k.import_number
                           AND o.ordinal = k.ordinal AND substr(o.code_key, 1, 16) = k.code_key
  LEFT JOIN issue_job j ON j.namespace_id = :namespace_id AND j.campaign_number = i.campaign_number
                       AND j.first_sequence = i.first_sequence AND j.status <= 2
  LEFT JOIN campaign c ON c.namespace_id = :namespace_id AND c.number = COALESCE(j.moved_to, j.campaign_number)
  LEFT JOIN serial_key s ON s.namespace_id = :namespace_id AND s.campaign_number = i.campaign_number
                        AND s.sequence = i.first_sequence + k.ordinal

-- name: imported_key_use
-- Marks an imported code, of an earlier import, as used. No row: it is used, or its batch is being deleted.
INSERT INTO serial_key
  (namespace_id, campaign_number, sequence, status, used_user_id, used_at, updated_at, revision, used_in)
SELECT j.namespace_id, j.campaign_number, :sequence, 2, :user_id, :used_at, :now, 1, j.moved_to
  FROM issue_job j
 WHERE j.namespace_id = :namespace_id AND j.campaign_number = :campaign_number
   AND j.first_sequence = (SELECT MAX(b.first_sequence) FROM issue_job b
                            WHERE b.namespace_id = :namespace_id AND b.campaign_number = :campaign_number
                              AND b.first_sequence <= :sequence)
   AND j.status <= 2
ON CONFLICT (namespace_id, campaign_number, sequence) DO UPDATE
   SET status = 2, used_user_id = excluded.used_user_id, used_at = excluded.used_at, uses = NULL,
       updated_at = excluded.updated_at, revision = serial_key.revision + 1, used_in = excluded.used_in
 WHERE serial_key.status <> 2 AND COALESCE(serial_key.uses, 0) = 0
RETURNING revision,
  (SELECT c.number FROM campaign c
    WHERE c.namespace_id = :namespace_id AND c.uses_total IS NOT NULL
      AND c.number = COALESCE(serial_key.used_in, serial_key.campaign_number)) AS number_with_total

-- set: key (namespace_id bigint, campaign_number bigint, sequence bigint) with user_id text, used_at bigint, now bigint
usable AS MATERIALIZED (
  SELECT e.ordinal, e.namespace_id, e.campaign_number, e.sequence, e.user_id, e.used_at, e.now, j.moved_to
    FROM element e
    CROSS JOIN LATERAL (SELECT b.status, b.moved_to FROM issue_job b
                         WHERE b.namespace_id = e.namespace_id AND b.campaign_number = e.campaign_number
                           AND b.first_sequence <= e.sequence
                         ORDER BY b.first_sequence DESC LIMIT 1) j
   WHERE j.status <= 2
), used AS (
  INSERT INTO serial_key
    (namespace_id, campaign_number, sequence, status, used_user_id, used_at, updated_at, revision, used_in)
  SELECT u.namespace_id, u.campaign_number, u.sequence, 2, u.user_id, u.used_at, u.now, 1, u.moved_to
    FROM usable u ORDER BY u.ordinal
  ON CONFLICT (namespace_id, campaign_number, sequence) DO UPDATE
     SET status = 2, used_user_id = excluded.used_user_id, used_at = excluded.used_at, uses = NULL,
         updated_at = excluded.updated_at, revision = serial_key.revision + 1, used_in = excluded.used_in
   WHERE serial_key.status <> 2 AND COALESCE(serial_key.uses, 0) = 0
  RETURNING namespace_id, campaign_number, sequence, revision
), done AS (
  SELECT u.ordinal, k.revision,
         (SELECT c.number FROM campaign c
           WHERE c.namespace_id = u.namespace_id AND c.uses_total IS NOT NULL
             AND c.number = COALESCE(u.moved_to, u.campaign_number)) AS number_with_total
    FROM used k
    JOIN usable u ON u.namespace_id = k.namespace_id AND u.campaign_number = k.campaign_number
                 AND u.sequence = k.sequence
)

-- name: code_import_give_up
UPDATE code_import SET status = 3 WHERE namespace_id = :namespace_id AND import_number = :import_number AND status = 1

-- name: code_import_claim
-- Locks an import whose codes are to be removed, until the end of the transaction. No row: it is none any more.
UPDATE code_import SET status = 3
 WHERE namespace_id = :namespace_id AND import_number = :import_number
   AND (status = 3 OR (status = 1 AND updated_at < :silent_since))
RETURNING import_number

-- name: code_import_give_up_all
-- Abandons all imports, and has the states of those that are done written at once.
UPDATE code_import SET status = CASE status WHEN 1 THEN 3 ELSE 4 END, updated_at = 0 WHERE status IN (1, 4)

-- name: code_import_given_up
-- An import whose codes are to be removed: abandoned, or without recent progress.
SELECT namespace_id, import_number FROM code_import WHERE status = 3 OR (status = 1 AND updated_at < :silent_since)
 ORDER BY namespace_id, import_number LIMIT 1

-- name: code_import_given_up_of
-- The same for one namespace.
SELECT namespace_id, import_number FROM code_import
 WHERE namespace_id = :namespace_id AND (status = 3 OR (status = 1 AND updated_at < :silent_since))
 ORDER BY import_number LIMIT 1

-- name: code_import_delete
-- Makes the codes of an imported batch, which is deleted, those of an import that was given up.
UPDATE code_import SET status = 3, first_sequence = NULL, trimmed_to = NULL, updated_at = :now
 WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number AND first_sequence = :first_sequence

-- name: code_import_trim
-- Has the unused codes of an imported batch removed.
UPDATE code_import SET trimmed_to = 0
 WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number AND first_sequence = :first_sequence

-- name: code_import_trimming
-- An import whose unused codes are to be removed.
SELECT namespace_id, import_number, campaign_number, first_sequence, trimmed_to FROM code_import
 WHERE trimmed_to IS NOT NULL ORDER BY namespace_id, import_number LIMIT 1

-- name: code_import_trimming_of
-- The same for one namespace.
SELECT namespace_id, import_number, campaign_number, first_sequence, trimmed_to FROM code_import
 WHERE namespace_id = :namespace_id AND trimmed_to IS NOT NULL ORDER BY import_number LIMIT 1

-- name: code_import_trimmed
-- Takes the next codes of which the unused ones are to be removed. No row: another process took them.
UPDATE code_import SET trimmed_to = CASE WHEN :end/*postgres ::bigint*/ < count THEN :end/*postgres ::bigint*/ END
 WHERE namespace_id = :namespace_id AND import_number = :import_number AND trimmed_to = :start
RETURNING import_number

-- name: imported_key_trim
-- Removes the keys of the unused codes in a range.
DELETE FROM imported_key
 WHERE /*postgres (namespace_id, code_key) else*/ namespace_id = :namespace_id AND code_key /*end*/ IN
       (SELECT /*postgres c.namespace_id,*/ substr(c.code_key, 1, 16) FROM imported_code c
         WHERE c.namespace_id = :namespace_id AND c.import_number = :import_number
           AND c.ordinal >= :start AND c.ordinal < :end
           AND NOT EXISTS (SELECT 1 FROM serial_key k
                            WHERE k.namespace_id = :namespace_id AND k.campaign_number = :campaign_number
                              AND k.sequence = :first_sequence/*postgres ::bigint*/ + c.ordinal
                              AND (k.status = 2 OR k.uses IS NOT NULL)))
   AND import_number = :import_number

-- name: imported_code_trim
-- Removes those codes.
DELETE FROM imported_code
 WHERE namespace_id = :namespace_id AND import_number = :import_number AND ordinal >= :start AND ordinal < :end
   AND NOT EXISTS (SELECT 1 FROM serial_key k
                    WHERE k.namespace_id = :namespace_id AND k.campaign_number = :campaign_number
                      AND k.sequence = :first_sequence/*postgres ::bigint*/ + imported_code.ordinal
                      AND (k.status = 2 OR k.uses IS NOT NULL))

-- name: code_import_remove
DELETE FROM code_import WHERE namespace_id = :namespace_id AND import_number = :import_number

-- name: imported_code_insert
INSERT INTO imported_code (namespace_id, import_number, ordinal, code_key, sealed, metadata)
VALUES (:namespace_id, :import_number, :place, :code_key, :sealed, :metadata)

-- name: imported_key_insert
INSERT INTO imported_key (namespace_id, code_key, import_number, ordinal)
VALUES (:namespace_id, :code_key, :import_number, :place)

-- name: imported_key_forget
-- Removes a key that finds no code.
DELETE FROM imported_key WHERE namespace_id = :namespace_id AND code_key = :code_key

-- name: imported_key_any
SELECT 1 AS found FROM imported_key WHERE namespace_id = :namespace_id LIMIT 1

-- name: imported_key_remove
-- Removes the keys of the first codes of an abandoned import. A code_key begins with the key by which the code is found.
DELETE FROM imported_key
 WHERE /*postgres (namespace_id, code_key) else*/ namespace_id = :namespace_id AND code_key /*end*/ IN
       (SELECT /*postgres namespace_id,*/ substr(code_key, 1, 16) FROM imported_code
         WHERE namespace_id = :namespace_id AND import_number = :import_number ORDER BY ordinal LIMIT :limit)
   AND import_number = :import_number

-- name: imported_code_remove
-- Removes those codes.
DELETE FROM imported_code
 WHERE (namespace_id, import_number, ordinal) IN
       (SELECT namespace_id, import_number, ordinal FROM imported_code
         WHERE namespace_id = :namespace_id AND import_number = :import_number ORDER BY ordinal LIMIT :limit)

-- name: campaign_names
SELECT name FROM campaign WHERE namespace_id = :namespace_id

-- name: redemption_page
-- Used codes after a position, up to and including another one.
SELECT campaign_number, sequence, NULL AS use_id, used_in, campaign_name, key_id, code_key, sealed, metadata, status_reason,
       used_user_id, used_at,
       created_at, updated_at, revision, job_updated_at, job_revision, campaign_updated_at, campaign_revision
  FROM redemption
 WHERE namespace_id = :namespace_id
   AND (campaign_number, sequence) > (:after_campaign, :after_sequence)
   AND (campaign_number, sequence) <= (:last_campaign, :last_sequence)
 ORDER BY campaign_number, sequence LIMIT :limit

-- name: redemption_page_of_user
-- The same for one user, within a time. SQLite does not use the index by user for the view, so a subquery finds the keys.
SELECT campaign_number, sequence, NULL AS use_id, used_in, campaign_name, key_id, code_key, sealed, metadata, status_reason,
       used_user_id, used_at,
       created_at, updated_at, revision, job_updated_at, job_revision, campaign_updated_at, campaign_revision
  FROM redemption
 WHERE namespace_id = :namespace_id
   AND /*postgres used_user_id = :user_id AND else*/ (campaign_number, sequence) IN
       (SELECT campaign_number, sequence FROM serial_key INDEXED BY serial_key_by_user
         WHERE namespace_id = :namespace_id AND used_user_id = :user_id AND /*end*/
               (campaign_number, sequence) > (:after_campaign, :after_sequence)
           AND (campaign_number, sequence) <= (:last_campaign, :last_sequence)
           AND used_at >= :used_from AND used_at < :used_until
         ORDER BY campaign_number, sequence LIMIT :limit /*postgres else*/ ) ORDER BY campaign_number, sequence /*end*/

-- name: redemption_page_moved
-- Codes of batches that were moved to a campaign, and used in it, after a position.
SELECT campaign_number, sequence, NULL AS use_id, used_in, campaign_name, key_id, code_key, sealed, metadata, status_reason,
       used_user_id, used_at,
       created_at, updated_at, revision, job_updated_at, job_revision, campaign_updated_at, campaign_revision
  FROM redemption
 WHERE namespace_id = :namespace_id
   AND /*postgres used_in = :used_in AND else*/ (campaign_number, sequence) IN
       (SELECT campaign_number, sequence FROM serial_key
         WHERE namespace_id = :namespace_id AND used_in = :used_in AND /*end*/
               (campaign_number, sequence) > (:after_campaign, :after_sequence)
         ORDER BY campaign_number, sequence LIMIT :limit /*postgres else*/ ) ORDER BY campaign_number, sequence /*end*/

-- name: redemption_page_of_span
-- Codes that were used in a campaign, after a position in time and before a time, in the order of use.
SELECT campaign_number, sequence, NULL AS use_id, used_in, campaign_name, key_id, code_key, sealed, metadata, status_reason,
       used_user_id, used_at,
       created_at, updated_at, revision, job_updated_at, job_revision, campaign_updated_at, campaign_revision
  FROM redemption
 WHERE namespace_id = :namespace_id
   AND (campaign_number, sequence) IN
       (SELECT campaign_number, sequence FROM serial_key
         WHERE namespace_id = :namespace_id AND COALESCE(used_in, campaign_number) = :used_in
           AND (used_at, campaign_number, sequence) > (:after_used_at, :after_campaign, :after_sequence)
           AND used_at < :used_until
           AND (campaign_number, sequence) > (:before_campaign, :before_sequence)
           AND (campaign_number, sequence) <= (:last_campaign, :last_sequence)
         ORDER BY used_at, campaign_number, sequence LIMIT :limit)
 ORDER BY used_at, campaign_number, sequence

-- name: redemption_clean
-- Erases who used codes; they stay used, without a user. Not those that somebody else used since they were found.
UPDATE serial_key SET used_user_id = NULL, updated_at = :now, revision = revision + 1
 WHERE (namespace_id, campaign_number, sequence) IN
       (SELECT namespace_id, campaign_number, sequence FROM serial_key
         WHERE namespace_id = :namespace_id AND used_user_id = :user_id LIMIT :limit)
   /*postgres AND used_user_id = :user_id*/

-- name: owner_clean
-- Erases whose codes some are; nobody can use them any more.
UPDATE issue_job
   SET owner_user_id = '', updated_at = CASE WHEN status IN (3, 4) THEN updated_at ELSE :now END, revision = revision + 1
 WHERE namespace_id = :namespace_id
   AND (campaign_number, first_sequence) IN
       (SELECT campaign_number, first_sequence FROM issue_job
         WHERE namespace_id = :namespace_id AND owner_user_id = :user_id LIMIT :limit)
   /*postgres AND owner_user_id = :user_id*/

-- name: redemption_restore
-- Marks a code as used by a user, as it was when the user's data was dumped. No row: it is used and has a user, or it is
-- unused and its batch is being deleted.
INSERT INTO serial_key
  (namespace_id, campaign_number, sequence, status, used_user_id, used_at, updated_at, revision, used_in)
SELECT j.namespace_id, j.campaign_number, :sequence, 2, :user_id, :used_at, :now, 1, j.moved_to
  FROM issue_job j
 WHERE j.namespace_id = :namespace_id AND j.campaign_number = :campaign_number
   AND j.first_sequence = (SELECT MAX(b.first_sequence) FROM issue_job b
                            WHERE b.namespace_id = :namespace_id AND b.campaign_number = :campaign_number
                              AND b.first_sequence <= :sequence)
   AND (j.status <= 2 OR EXISTS (SELECT 1 FROM serial_key k
                                  WHERE k.namespace_id = :namespace_id AND k.campaign_number = :campaign_number
                                    AND k.sequence = :sequence AND k.status = 2))
ON CONFLICT (namespace_id, campaign_number, sequence) DO UPDATE
   SET status = 2, used_user_id = excluded.used_user_id, used_at = excluded.used_at,
       uses = serial_key.uses + CASE WHEN serial_key.status = 2 THEN 0 ELSE 1 END,
       updated_at = excluded.updated_at, revision = serial_key.revision + 1,
       used_in = CASE WHEN serial_key.status = 2 THEN serial_key.used_in ELSE excluded.used_in END
 WHERE serial_key.status <> 2 OR serial_key.used_user_id IS NULL
RETURNING revision

-- Tallies: see redeemd/store/migrations/0018_tallies.sql. Each of these statements sees the totals and the deltas of one
-- moment.

-- name: tally_of_campaign
-- How many codes belong to a campaign: those of batches with a name, whose sequences end at `end`, that were not moved or
-- were moved to it, and those that were issued alone. Of a trimmed batch, only the used codes are left.
SELECT COALESCE(SUM(issued), 0)/*postgres ::bigint*/ AS issued, COALESCE(SUM(imported), 0)/*postgres ::bigint*/ AS imported,
       COALESCE(SUM(used), 0)/*postgres ::bigint*/ AS used, COALESCE(SUM(reverted), 0)/*postgres ::bigint*/ AS reverted
  FROM (SELECT CASE WHEN key_id = :imported THEN 0 ELSE count END AS issued,
               CASE WHEN key_id = :imported THEN count ELSE 0 END AS imported, 0 AS used, 0 AS reverted
          FROM issue_job
         WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number AND first_sequence < :end
           AND moved_to IS NULL AND status < 5
        UNION ALL
        SELECT CASE WHEN key_id = :imported THEN 0 ELSE count END, CASE WHEN key_id = :imported THEN count ELSE 0 END, 0, 0
          FROM issue_job
         WHERE namespace_id = :namespace_id AND moved_to = :campaign_number AND status < 5
        UNION ALL
        SELECT t.issued + CASE WHEN j.status >= 5 AND j.key_id <> :imported THEN t.used ELSE 0 END,
               CASE WHEN j.status >= 5 AND j.key_id = :imported THEN t.used ELSE 0 END, t.used, t.reverted
          FROM batch_tally t
          LEFT JOIN issue_job j ON j.namespace_id = :namespace_id AND j.campaign_number = t.campaign_number
                               AND j.first_sequence = t.first_sequence
         WHERE t.namespace_id = :namespace_id AND t.campaign_number = :campaign_number AND j.moved_to IS NULL
        UNION ALL
        SELECT CASE WHEN j.status >= 5 AND j.key_id <> :imported THEN t.used ELSE 0 END,
               CASE WHEN j.status >= 5 AND j.key_id = :imported THEN t.used ELSE 0 END, t.used, t.reverted
          FROM issue_job j
          CROSS JOIN batch_tally t
         WHERE j.namespace_id = :namespace_id AND j.moved_to = :campaign_number
           AND t.namespace_id = :namespace_id AND t.campaign_number = j.campaign_number
           AND t.first_sequence = j.first_sequence
        UNION ALL
        SELECT d.issued + CASE WHEN j.status >= 5 AND j.key_id <> :imported THEN d.used ELSE 0 END,
               CASE WHEN j.status >= 5 AND j.key_id = :imported THEN d.used ELSE 0 END, d.used, d.reverted
          FROM tally_delta d
          LEFT JOIN issue_job j ON j.namespace_id = :namespace_id AND j.campaign_number = d.campaign_number
                               AND j.first_sequence = (SELECT b.first_sequence FROM issue_job b
                                                        WHERE b.namespace_id = :namespace_id
                                                          AND b.campaign_number = d.campaign_number
                                                          AND b.first_sequence <= d.sequence
                                                        ORDER BY b.first_sequence DESC LIMIT 1)
         WHERE d.namespace_id = :namespace_id AND d.sequence >= 0
           AND COALESCE(j.moved_to, d.campaign_number) = :campaign_number) parts

-- name: tally_of_batches
-- What was counted for the batches of a campaign from the one at `first` to the one at `last`, whose codes are the sequences
-- from `start` up to `end`. No row: nothing was.
SELECT first_sequence, SUM(issued)/*postgres ::bigint*/ AS issued, SUM(used)/*postgres ::bigint*/ AS used,
       SUM(reverted)/*postgres ::bigint*/ AS reverted
  FROM (SELECT first_sequence, issued, used, reverted FROM batch_tally
         WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number
           AND first_sequence >= :first AND first_sequence <= :last
        UNION ALL
        SELECT (SELECT CASE WHEN b.name IS NULL THEN -1 ELSE b.first_sequence END FROM issue_job b
                 WHERE b.namespace_id = :namespace_id AND b.campaign_number = :campaign_number
                   AND b.first_sequence <= d.sequence ORDER BY b.first_sequence DESC LIMIT 1), d.issued, d.used, d.reverted
          FROM tally_delta d
         WHERE d.namespace_id = :namespace_id AND d.campaign_number = :campaign_number
           AND d.sequence >= :start AND d.sequence < :end) parts
 GROUP BY first_sequence

-- name: redemption_curve
-- How many codes of a campaign were used, by multiples of `size` quarters, within a span of quarters. `rows` is at least
-- size * limit, so that as many multiples are complete as are returned.
SELECT quarter / :size AS part, SUM(used)/*postgres ::bigint*/ AS used, SUM(reverted)/*postgres ::bigint*/ AS reverted
  FROM (SELECT quarter, used, reverted
          FROM (SELECT quarter, used, reverted FROM redemption_tally
                 WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number
                   AND quarter >= :first AND quarter < :end
                 ORDER BY quarter LIMIT :rows) totals
        UNION ALL
        SELECT quarter, used, reverted FROM tally_delta
         WHERE namespace_id = :namespace_id AND used_in = :campaign_number
           AND quarter >= :first AND quarter < :end) parts
 GROUP BY 1 ORDER BY 1 LIMIT :limit

-- name: batch_curve
-- How many codes of a batch, whose codes are the sequences from `start` up to `stop`, were used, by multiples of `size`
-- quarters, within a span of quarters; `rows` is as for redemption_curve. Uses that housekeeping has still to count are
-- read from the codes.
SELECT quarter / :size AS part, SUM(used)/*postgres ::bigint*/ AS used, SUM(reverted)/*postgres ::bigint*/ AS reverted
  FROM (SELECT quarter, used, reverted
          FROM (SELECT quarter, used, reverted FROM batch_curve
                 WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number AND first_sequence = :start
                   AND quarter >= :first AND quarter < :end
                 ORDER BY quarter LIMIT :rows) totals
        UNION ALL
        SELECT d.quarter,
               CASE WHEN EXISTS (SELECT 1 FROM batch_curve_pending p
                                  WHERE p.namespace_id = :namespace_id AND p.campaign_number = :campaign_number
                                    AND p.first_sequence = :start AND p.counted_to <= d.sequence)
                    THEN 0 ELSE d.used END, d.reverted
          FROM tally_delta d
         WHERE d.namespace_id = :namespace_id AND d.campaign_number = :campaign_number
           AND d.sequence >= :start AND d.sequence < :stop AND d.quarter >= :first AND d.quarter < :end
        UNION ALL
        SELECT k.used_at / 900000, 1, 0
          FROM serial_key k
         -- The first condition is checked once: without it, PostgreSQL would read all codes where nothing is pending.
         WHERE (SELECT p.counted_to FROM batch_curve_pending p
                 WHERE p.namespace_id = :namespace_id AND p.campaign_number = :campaign_number
                   AND p.first_sequence = :start) IS NOT NULL
           AND k.namespace_id = :namespace_id AND k.campaign_number = :campaign_number
           AND k.sequence >= (SELECT p.counted_to FROM batch_curve_pending p
                               WHERE p.namespace_id = :namespace_id AND p.campaign_number = :campaign_number
                                 AND p.first_sequence = :start)
           AND k.sequence < :stop AND k.status = 2
           AND k.used_at / 900000 >= :first AND k.used_at / 900000 < :end) parts
 GROUP BY 1 ORDER BY 1 LIMIT :limit

-- name: batch_curve_pending_next
-- A batch of which codes are still to be counted, and the end of its sequences; null if it was deleted.
SELECT p.namespace_id, p.campaign_number, p.first_sequence, p.counted_to, j.first_sequence + j.count AS stop
  FROM batch_curve_pending p
  LEFT JOIN issue_job j ON j.namespace_id = p.namespace_id AND j.campaign_number = p.campaign_number
                       AND j.first_sequence = p.first_sequence
 ORDER BY p.namespace_id, p.campaign_number, p.first_sequence LIMIT 1

-- name: batch_curve_pending_step
-- The sequence after so many codes of a batch. No row: there are fewer.
SELECT sequence FROM serial_key
 WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number AND sequence >= :counted_to AND sequence < :stop
 ORDER BY sequence LIMIT 1 OFFSET :rows

-- name: batch_curve_count
-- Counts the uses of the codes of a batch from `counted_to` up to `next`, as they were before the deltas that there are: these
-- are going to be added.
INSERT INTO batch_curve (namespace_id, campaign_number, first_sequence, quarter, used, reverted)
SELECT :namespace_id/*postgres ::bigint*/, :campaign_number/*postgres ::bigint*/, :first_sequence/*postgres ::bigint*/, quarter, SUM(used), 0
  FROM (SELECT used_at / 900000 AS quarter, 1 AS used FROM serial_key
         WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number
           AND sequence >= :counted_to AND sequence < :next AND status = 2
        UNION ALL
        SELECT quarter, -used FROM tally_delta
         WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number
           AND sequence >= :counted_to AND sequence < :next AND quarter IS NOT NULL) uses
 WHERE true
 GROUP BY quarter HAVING SUM(used) <> 0
ON CONFLICT (namespace_id, campaign_number, first_sequence, quarter) DO UPDATE SET used = batch_curve.used + excluded.used

-- name: batch_curve_pending_advance
UPDATE batch_curve_pending SET counted_to = :next
 WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number AND first_sequence = :first_sequence

-- name: batch_curve_pending_end
DELETE FROM batch_curve_pending
 WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number AND first_sequence = :first_sequence

-- name: tally_delta_any
SELECT 1 AS found FROM tally_delta LIMIT 1

-- name: tally_delta_take
-- Removes some deltas and returns them, each with the batch of its code as in batch_tally; null if that was deleted.
DELETE FROM tally_delta
 WHERE (namespace_id, delta_id) IN
       (SELECT namespace_id, delta_id FROM tally_delta ORDER BY namespace_id, delta_id LIMIT :limit)
RETURNING namespace_id, campaign_number, used_in, quarter, issued, used, reverted,
  (SELECT CASE WHEN tally_delta.sequence >= j.first_sequence + j.count THEN NULL
               WHEN j.name IS NULL THEN -1 ELSE j.first_sequence END
     FROM issue_job j
    WHERE j.namespace_id = tally_delta.namespace_id AND j.campaign_number = tally_delta.campaign_number
      AND j.first_sequence <= tally_delta.sequence ORDER BY j.first_sequence DESC LIMIT 1) AS first_sequence

-- name: tally_delta_take_of_batch
-- The same for the batch whose codes are the sequences from `first` up to `end`.
DELETE FROM tally_delta
 WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number AND sequence >= :first AND sequence < :end
RETURNING namespace_id, campaign_number, used_in, quarter, issued, used, reverted, :first/*postgres ::bigint*/ AS first_sequence

-- name: batch_tally_add
INSERT INTO batch_tally (namespace_id, campaign_number, first_sequence, issued, used, reverted)
VALUES (:namespace_id, :campaign_number, :first_sequence, :issued, :used, :reverted)
ON CONFLICT (namespace_id, campaign_number, first_sequence) DO UPDATE
   SET issued = batch_tally.issued + excluded.issued, used = batch_tally.used + excluded.used,
       reverted = batch_tally.reverted + excluded.reverted

-- name: redemption_tally_add
INSERT INTO redemption_tally (namespace_id, campaign_number, quarter, used, reverted)
VALUES (:namespace_id, :campaign_number, :quarter, :used, :reverted)
ON CONFLICT (namespace_id, campaign_number, quarter) DO UPDATE
   SET used = redemption_tally.used + excluded.used, reverted = redemption_tally.reverted + excluded.reverted

-- name: guess_rules
-- The settings of a namespace, and whether it has keys of imported codes, or codes with few check bits.
SELECT n.body, EXISTS (SELECT 1 FROM imported_key k WHERE k.namespace_id = :namespace_id) AS imported,
       EXISTS (SELECT 1 FROM code_format f
                WHERE f.namespace_id = :namespace_id AND f.check_bits < :check_bits_safe) AS guessable
  FROM namespace n WHERE n.namespace_id = :namespace_id

-- name: campaign_bodies
SELECT body FROM model WHERE namespace_id = :namespace_id AND kind = 'campaign'

-- name: guess_budget_take
-- Takes one guess, unless its text was tried since the budget was full, and returns the texts that were tried (see
-- guessing/tried.py). No row: none is left, or the namespace does not exist. Replicas use the clock of PostgreSQL, because
-- their own clocks differ. It is read once the row is locked: a statement that waited for others must not use a time
-- before theirs. A used_until further ahead than any budget can reach was written by a wrong clock, and the budget
-- counts as full.
INSERT INTO guess_budget (namespace_id, user_id, used_until, tried)
SELECT n.namespace_id, :user_id, /*postgres (extract(epoch FROM clock_timestamp()) * 1000)::bigint else*/ :now /*end*/ + :interval/*postgres ::bigint*/, '+' || :text/*postgres ::text*/
  FROM namespace n WHERE n.namespace_id = :namespace_id
ON CONFLICT (namespace_id, user_id) DO UPDATE
   SET used_until = CASE
         WHEN guess_budget.used_until NOT BETWEEN /*postgres (extract(epoch FROM clock_timestamp()) * 1000)::bigint else*/ :now /*end*/
                                          AND /*postgres (extract(epoch FROM clock_timestamp()) * 1000)::bigint else*/ :now /*end*/ + :span/*postgres ::bigint*/
         THEN /*postgres (extract(epoch FROM clock_timestamp()) * 1000)::bigint else*/ :now /*end*/ + :interval/*postgres ::bigint*/
         WHEN guess_budget.tried LIKE '%' || :text/*postgres ::text*/ || '%' THEN guess_budget.used_until
         ELSE guess_budget.used_until + :interval/*postgres ::bigint*/ END,
       tried = CASE
         WHEN guess_budget.used_until NOT BETWEEN /*postgres (extract(epoch FROM clock_timestamp()) * 1000)::bigint else*/ :now /*end*/
                                          AND /*postgres (extract(epoch FROM clock_timestamp()) * 1000)::bigint else*/ :now /*end*/ + :span/*postgres ::bigint*/
         THEN excluded.tried
         WHEN guess_budget.tried LIKE '%' || :text/*postgres ::text*/ || '%'
         THEN replace(guess_budget.tried, '+' || :text/*postgres ::text*/, '*' || :text/*postgres ::text*/)
         ELSE substr(excluded.tried || COALESCE(guess_budget.tried, ''), 1, :length_max/*postgres ::integer*/) END
 WHERE guess_budget.used_until
       NOT BETWEEN /*postgres (extract(epoch FROM clock_timestamp()) * 1000)::bigint else*/ :now /*end*/ + :span/*postgres ::bigint*/ - :interval/*postgres ::bigint*/ + 1
               AND /*postgres (extract(epoch FROM clock_timestamp()) * 1000)::bigint else*/ :now /*end*/ + :span/*postgres ::bigint*/
    OR guess_budget.tried LIKE '%' || :text/*postgres ::text*/ || '%'
RETURNING used_until, tried

-- name: guess_budget_get
-- One row if the namespace exists: the milliseconds until the budget is full.
SELECT b.used_until - /*postgres (extract(epoch FROM clock_timestamp()) * 1000)::bigint else*/ :now /*end*/ AS used_ms FROM namespace n
  LEFT JOIN guess_budget b ON b.namespace_id = n.namespace_id AND b.user_id = :user_id
 WHERE n.namespace_id = :namespace_id

-- name: guess_budget_give_back
-- Returns a guess, unless its text was repeated or is forgotten.
UPDATE guess_budget SET used_until = used_until - :left, tried = replace(tried, '+' || :text/*postgres ::text*/, '')
 WHERE namespace_id = :namespace_id AND user_id = :user_id AND tried LIKE '%+' || :text/*postgres ::text*/ || '%'

-- name: guess_budget_give_back_right
-- Returns a guess whose text was right.
UPDATE guess_budget
   SET used_until = used_until - :left,
       tried = replace(replace(tried, '+' || :text/*postgres ::text*/, ''), '*' || :text/*postgres ::text*/, '')
 WHERE namespace_id = :namespace_id AND user_id = :user_id

-- name: guess_budget_erase
DELETE FROM guess_budget WHERE namespace_id = :namespace_id AND user_id = :user_id

-- name: guess_budget_forget
-- Removes budgets that are full, including those with a used_until further ahead than any budget can reach; all that have
-- one of a limited number of values, because the index by used_until finds them, and not one that changed meanwhile.
DELETE FROM guess_budget WHERE used_until IN
  (SELECT used_until FROM guess_budget
    WHERE used_until < /*postgres (extract(epoch FROM statement_timestamp()) * 1000)::bigint else*/ :now /*end*/ OR used_until > /*postgres (extract(epoch FROM statement_timestamp()) * 1000)::bigint else*/ :now /*end*/ + :span_max/*postgres ::bigint*/
    LIMIT :limit)

-- name: guess_reset_put
-- Records a reset, under a number that differs from that of an earlier one. No row: the namespace does not exist.
INSERT INTO guess_reset (namespace_id, user_id, reset_until)
SELECT n.namespace_id, :user_id, /*postgres (extract(epoch FROM clock_timestamp()) * 1000)::bigint else*/ :now /*end*/ + :span/*postgres ::bigint*/
  FROM namespace n WHERE n.namespace_id = :namespace_id
ON CONFLICT (namespace_id, user_id) DO UPDATE
   SET reset_until = CASE WHEN guess_reset.reset_until < excluded.reset_until
                          THEN excluded.reset_until ELSE guess_reset.reset_until + 1 END
RETURNING reset_until

-- name: guess_resets
SELECT user_id, reset_until FROM guess_reset WHERE namespace_id = :namespace_id ORDER BY user_id LIMIT :limit

-- name: guess_reset_erase
DELETE FROM guess_reset WHERE namespace_id = :namespace_id AND user_id = :user_id

-- name: guess_reset_forget
-- Removes resets that are void, like guess_budget_forget.
DELETE FROM guess_reset WHERE reset_until IN
  (SELECT reset_until FROM guess_reset WHERE reset_until < /*postgres (extract(epoch FROM statement_timestamp()) * 1000)::bigint else*/ :now /*end*/ LIMIT :limit)

-- name: guess_alarm_get
SELECT told_until FROM guess_alarm WHERE namespace_id = :namespace_id

-- name: guess_alarm_report
-- Elects the replica that reports an attack, by the clock they share. No row: another one reported it, or the namespace
-- does not exist. A told_until further ahead than the interval was written by a wrong clock, and does not count.
INSERT INTO guess_alarm (namespace_id, told_until)
SELECT n.namespace_id, /*postgres (extract(epoch FROM statement_timestamp()) * 1000)::bigint else*/ :now /*end*/ + :again/*postgres ::bigint*/ FROM namespace n WHERE n.namespace_id = :namespace_id
ON CONFLICT (namespace_id) DO UPDATE SET told_until = excluded.told_until
 WHERE guess_alarm.told_until NOT BETWEEN excluded.told_until - :again + 1 AND excluded.told_until
RETURNING told_until
