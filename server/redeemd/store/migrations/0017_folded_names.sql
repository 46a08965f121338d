-- Compatible from: 8
-- The campaign codes of the master data that can be typed in any case, by their names without case. Replicas of an older
-- release find such a code only in the case of its name, and do not change the table when they put master data in force.
CREATE TABLE folded_campaign (
  namespace_id INTEGER NOT NULL,
  folded_name TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (namespace_id, folded_name)
) STRICT;
