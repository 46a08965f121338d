-- Compatible from: 8
-- The limits of campaigns, copied from their models. limited is 1 if there is any, else NULL. A replica of an older
-- release does not enforce them.
ALTER TABLE campaign ADD COLUMN limited INTEGER;
ALTER TABLE campaign ADD COLUMN uses_per_user INTEGER;
ALTER TABLE campaign ADD COLUMN uses_total INTEGER;
ALTER TABLE campaign ADD COLUMN uses_per_key INTEGER;
ALTER TABLE campaign ADD COLUMN group_name TEXT;

CREATE INDEX campaign_by_group ON campaign (namespace_id, group_name) WHERE group_name IS NOT NULL;

-- How often a key was used that several players can use; NULL for all others. Such a key does not get the status USED.
ALTER TABLE serial_key ADD COLUMN uses INTEGER;

-- Uses of codes that several players can use: of campaign codes, whose sequence is -1, and of serial keys. campaign_number
-- is the campaign in which the code was used, issued_in the one in its number, if it is another. use_id is random: several
-- players use a code at the same time. user_id is NULL once the player's data was erased. The columns of the key have one
-- type, because SQLite uses no others together to find a list of rows.
CREATE TABLE code_use (
  namespace_id INTEGER NOT NULL,
  campaign_number INTEGER NOT NULL,
  used_at INTEGER NOT NULL,
  use_id INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  issued_in INTEGER,
  user_id TEXT,
  PRIMARY KEY (namespace_id, campaign_number, used_at, use_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX code_use_by_user ON code_use (namespace_id, user_id, campaign_number, used_at, use_id, sequence, issued_in)
 WHERE user_id IS NOT NULL;
CREATE INDEX serial_key_used_in_by_user ON serial_key (namespace_id, used_user_id, used_in)
 WHERE used_user_id IS NOT NULL AND used_in IS NOT NULL;

-- The uses of players by the campaign in which they count.
CREATE VIEW player_use AS
SELECT namespace_id, used_user_id AS user_id, campaign_number AS number
  FROM serial_key /*postgres else*/ INDEXED BY serial_key_by_user /*end*/
 WHERE used_user_id IS NOT NULL AND used_in IS NULL
UNION ALL
SELECT namespace_id, used_user_id, used_in FROM serial_key WHERE used_user_id IS NOT NULL AND used_in IS NOT NULL
UNION ALL
SELECT namespace_id, user_id, campaign_number FROM code_use WHERE user_id IS NOT NULL;

-- The total of a campaign that has one, in slices, so that calls at the same time take from different rows. The sum of
-- taken is the number of uses, the sum of allowance the total.
CREATE TABLE campaign_slice (
  namespace_id INTEGER NOT NULL,
  campaign_number INTEGER NOT NULL,
  slice INTEGER NOT NULL,
  allowance INTEGER NOT NULL,
  taken INTEGER NOT NULL,
  PRIMARY KEY (namespace_id, campaign_number, slice)
) STRICT, WITHOUT ROWID;
