-- Compatible from: 8
-- Imports that people began in the console: how far each is and, once it has ended, its report. import_id is that of the form,
-- so that a form that is sent twice is one import. seen_at is renewed while a server works on it; one that broke off is begun
-- again with the next attempt. sealed has what was typed and the report, with codes.
CREATE TABLE console_import (
  namespace_id INTEGER NOT NULL,
  import_id TEXT NOT NULL,
  campaign_name TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  total INTEGER NOT NULL,
  done INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (namespace_id, import_id)
) STRICT;

CREATE INDEX console_import_of_campaign ON console_import (namespace_id, campaign_name, started_at);
CREATE INDEX console_import_old ON console_import (started_at);
