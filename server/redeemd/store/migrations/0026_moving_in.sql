-- Compatible from: 8
-- What is imported from another system: codes with their states, counters and awaits. While replicas of an older release
-- run, import no codes with states: they cannot read a batch whose states are being written.

-- The metadata of a code in place of that of its batch; NULL: that of the batch.
ALTER TABLE imported_code ADD COLUMN metadata TEXT;
-- The first of the codes of an import whose states are still to be written; NULL: none. The status of the import is 4
-- meanwhile, that of its batch 7: nobody sees them, and their codes are unknown.
ALTER TABLE code_import ADD COLUMN stated_to INTEGER;

-- States of the codes of an import that are not ACTIVE, until they are written as keys. status is that of a serial_key.
CREATE TABLE imported_state (
  namespace_id INTEGER NOT NULL,
  import_number INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  status INTEGER NOT NULL,
  used_user_id TEXT,
  used_at INTEGER,
  PRIMARY KEY (namespace_id, import_number, ordinal)
) STRICT, WITHOUT ROWID;

DROP VIEW redemption;

-- As before, with the metadata of imported codes.
CREATE VIEW redemption AS
SELECT k.namespace_id, k.campaign_number, k.sequence, k.status_reason, k.used_user_id, k.used_at, k.updated_at, k.revision,
       k.used_in, c.name AS campaign_name, c.updated_at AS campaign_updated_at, c.revision AS campaign_revision,
       j.first_sequence, j.key_id, COALESCE(o.metadata, j.metadata) AS metadata, j.created_at,
       j.updated_at AS job_updated_at, j.revision AS job_revision, o.code_key, o.sealed
  FROM serial_key k
  JOIN campaign c ON c.namespace_id = k.namespace_id AND c.number = COALESCE(k.used_in, k.campaign_number)
  JOIN issue_job j
    ON j.namespace_id = k.namespace_id AND j.campaign_number = k.campaign_number
   AND j.first_sequence = (SELECT MAX(b.first_sequence) FROM issue_job b
                            WHERE b.namespace_id = k.namespace_id AND b.campaign_number = k.campaign_number
                              AND b.first_sequence <= k.sequence)
  LEFT JOIN code_import i
    ON i.namespace_id = j.namespace_id AND i.campaign_number = j.campaign_number AND i.first_sequence = j.first_sequence
  LEFT JOIN imported_code o
    ON o.namespace_id = i.namespace_id AND o.import_number = i.import_number AND o.ordinal = k.sequence - j.first_sequence
 WHERE k.status = 2;

-- Counters and awaits that were imported, because each is imported only once. revision is that of the row when
-- it was imported, so that one that has not changed since can be replaced.
CREATE TABLE imported_counter (
  namespace_id INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  limit_name TEXT NOT NULL,
  name TEXT NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (namespace_id, user_id, limit_name, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE imported_await (
  namespace_id INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  name TEXT NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (namespace_id, user_id, name)
) STRICT, WITHOUT ROWID;
