-- Compatible from: 8
-- How far back a migration is compatible: the newest migration of the oldest release that can serve a database with it.
-- Migrations without a row are compatible with no older release.
CREATE TABLE schema_compatibility (
  version INTEGER PRIMARY KEY,
  compatible_from INTEGER NOT NULL
) STRICT;
