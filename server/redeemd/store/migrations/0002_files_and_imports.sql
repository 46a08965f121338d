-- Files that come and go by HTTP, codes that were imported, what was asked for about players, and why something was
-- switched off.

ALTER TABLE campaign ADD COLUMN status_reason TEXT;
ALTER TABLE issue_job ADD COLUMN status_reason TEXT;
ALTER TABLE serial_key ADD COLUMN status_reason TEXT;

CREATE INDEX serial_key_by_user ON serial_key (namespace_id, used_user_id, campaign_number, sequence)
 WHERE used_user_id IS NOT NULL;

-- One row per ImportSerialKeys. first_sequence is set when the import is done: then its codes are the sequences
-- first_sequence + ordinal of the campaign, and until then nobody sees them. csv_bytes is the length of the codes as CSV.
CREATE TABLE code_import (
  namespace_id INTEGER NOT NULL,
  import_number INTEGER NOT NULL,
  campaign_number INTEGER NOT NULL,
  first_sequence INTEGER,
  status INTEGER NOT NULL,
  count INTEGER NOT NULL,
  csv_bytes INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (namespace_id, import_number)
) STRICT, WITHOUT ROWID;

CREATE INDEX code_import_by_sequence ON code_import (namespace_id, campaign_number, first_sequence);

-- A code under AES-SIV (RFC 5297): code_key is the synthetic IV, by which a typed code is found, sealed the ciphertext.
CREATE TABLE imported_code (
  namespace_id INTEGER NOT NULL,
  import_number INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  code_key BLOB NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (namespace_id, import_number, ordinal)
) STRICT, WITHOUT ROWID;

-- Where to find a typed code. Not an index of the table above, because an import writes it at the end, in the order of the
-- keys: page after page instead of one here, one there.
CREATE TABLE imported_key (
  namespace_id INTEGER NOT NULL,
  code_key BLOB NOT NULL,
  import_number INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  PRIMARY KEY (namespace_id, code_key)
) STRICT, WITHOUT ROWID;

-- Used codes, with what rendering them needs. A code is in the batch with the greatest first sequence that is not greater
-- than its own.
CREATE VIEW redemption AS
SELECT k.namespace_id, k.campaign_number, k.sequence, k.status_reason, k.used_user_id, k.used_at, k.updated_at, k.revision,
       c.name AS campaign_name, c.updated_at AS campaign_updated_at, c.revision AS campaign_revision,
       j.first_sequence, j.key_id, j.metadata, j.created_at, j.updated_at AS job_updated_at, j.revision AS job_revision,
       o.code_key, o.sealed
  FROM serial_key k
  JOIN campaign c ON c.namespace_id = k.namespace_id AND c.number = k.campaign_number
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

-- namespace_id is 0 where the upload belongs to no namespace. part names the attempt whose chunks count.
CREATE TABLE upload (
  namespace_id INTEGER NOT NULL,
  upload_id TEXT NOT NULL,
  purpose TEXT NOT NULL,
  subject TEXT NOT NULL,
  status INTEGER NOT NULL,
  part TEXT,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (namespace_id, upload_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX upload_by_expiry ON upload (expires_at);

-- Encrypted, for an upload may hold codes.
CREATE TABLE upload_chunk (
  namespace_id INTEGER NOT NULL,
  upload_id TEXT NOT NULL,
  part TEXT NOT NULL,
  number INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (namespace_id, upload_id, part, number)
) STRICT;

-- A dump, clean or import of a player's data that was started. token is the upload's, empty for the others; position is
-- how far the work has come.
CREATE TABLE user_data_job (
  service TEXT NOT NULL,
  user_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  token TEXT NOT NULL,
  job_id TEXT NOT NULL,
  status INTEGER NOT NULL,
  position TEXT NOT NULL,
  report TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (service, user_id, kind, token)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX user_data_job_by_id ON user_data_job (job_id);
CREATE INDEX user_data_job_by_status ON user_data_job (status, updated_at);
