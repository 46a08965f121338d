-- Times are Unix milliseconds. Every table but the first four is keyed by namespace_id first, so that it can be
-- partitioned. The text is SQLite's; another engine replaces a few words of it.

CREATE TABLE master_key_check (
  key_id TEXT PRIMARY KEY,
  check_value BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE api_key (
  key_id TEXT PRIMARY KEY,
  secret_hash BLOB NOT NULL,
  role INTEGER NOT NULL,
  namespace_names TEXT NOT NULL,  -- joined by newlines; empty = all
  description TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;

-- AUTOINCREMENT: the number of a deleted namespace is never given again, so what is left of it can be purged slowly.
CREATE TABLE namespace (
  namespace_id INTEGER PRIMARY KEY AUTOINCREMENT,
  service TEXT NOT NULL,
  name TEXT NOT NULL,
  salt BLOB NOT NULL,
  body BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  UNIQUE (service, name)
) STRICT;

CREATE TABLE deleted_namespace (
  namespace_id INTEGER PRIMARY KEY,
  deleted_at INTEGER NOT NULL
) STRICT;

CREATE TABLE model_master (
  namespace_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  body BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (namespace_id, kind, name)
) STRICT;

CREATE TABLE model (
  namespace_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  body BLOB NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (namespace_id, kind, name)
) STRICT;

CREATE TABLE current_master (
  namespace_id INTEGER PRIMARY KEY,
  settings TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

-- One row per campaign that was ever in the master data; lives as long as the namespace, so that a campaign that comes
-- back has its number and goes on where it was. revision counts changes of status and validity only.
CREATE TABLE campaign (
  namespace_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  name TEXT NOT NULL,
  next_sequence INTEGER NOT NULL,
  status INTEGER NOT NULL,
  valid_from INTEGER,
  valid_until INTEGER,
  updated_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (namespace_id, number),
  UNIQUE (namespace_id, name)
) STRICT, WITHOUT ROWID;

-- A batch of codes: the sequences first_sequence .. first_sequence + count - 1 of a campaign. A code issued alone is a
-- batch of one without a name.
CREATE TABLE issue_job (
  namespace_id INTEGER NOT NULL,
  campaign_number INTEGER NOT NULL,
  first_sequence INTEGER NOT NULL,
  count INTEGER NOT NULL,
  name TEXT,
  key_id TEXT NOT NULL,
  status INTEGER NOT NULL,
  metadata TEXT,
  valid_from INTEGER,
  valid_until INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (namespace_id, campaign_number, first_sequence)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX issue_job_by_name ON issue_job (namespace_id, name);

-- Only keys that were ever touched have a row. Rows are never deleted, because revisions must grow.
CREATE TABLE serial_key (
  namespace_id INTEGER NOT NULL,
  campaign_number INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  status INTEGER NOT NULL,
  used_user_id TEXT,
  used_at INTEGER,
  updated_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (namespace_id, campaign_number, sequence)
) STRICT, WITHOUT ROWID;

-- scope is a keyed hash of service, method, namespace, user and key; answer is encrypted, for it may hold a code.
CREATE TABLE idempotency (
  scope BLOB PRIMARY KEY,
  arguments BLOB NOT NULL,
  answer BLOB,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_by_age ON idempotency (created_at);
