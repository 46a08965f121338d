-- Compatible from: 8
-- Uses of codes that several players can use count in the curve of a campaign, as those of other codes do: see 0018. They
-- have no part in the numbers of batches: their deltas have the sequence -1.

/*postgres SELECT 1 else*/
CREATE TRIGGER code_use_inserted AFTER INSERT ON code_use
BEGIN
  INSERT INTO redemption_tally (namespace_id, campaign_number, quarter, used, reverted)
  VALUES (NEW.namespace_id, NEW.campaign_number, NEW.used_at / 900000, 1, 0)
  ON CONFLICT (namespace_id, campaign_number, quarter) DO UPDATE SET used = used + 1;
END /*end*/;

-- A use is deleted when it is reverted, or with its namespace.

/*postgres SELECT 1 else*/
CREATE TRIGGER code_use_deleted AFTER DELETE ON code_use
WHEN EXISTS (SELECT 1 FROM namespace WHERE namespace_id = OLD.namespace_id)
BEGIN
  UPDATE redemption_tally SET used = used - 1, reverted = reverted + 1
   WHERE namespace_id = OLD.namespace_id AND campaign_number = OLD.campaign_number AND quarter = OLD.used_at / 900000;
END /*end*/;

/*postgres
CREATE FUNCTION count_inserted_uses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO tally_delta (namespace_id, campaign_number, sequence, used_in, quarter, issued, used, reverted)
  SELECT namespace_id, campaign_number, -1, campaign_number, used_at / 900000, 0, 1, 0 FROM inserted;
  RETURN NULL;
END $$
*/;

/*postgres
CREATE FUNCTION count_deleted_uses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO tally_delta (namespace_id, campaign_number, sequence, used_in, quarter, issued, used, reverted)
  SELECT d.namespace_id, d.campaign_number, -1, d.campaign_number, d.used_at / 900000, 0, -1, 1
    FROM deleted d WHERE EXISTS (SELECT 1 FROM namespace n WHERE n.namespace_id = d.namespace_id);
  RETURN NULL;
END $$
*/;

/*postgres
CREATE TRIGGER code_use_inserted AFTER INSERT ON code_use REFERENCING NEW TABLE AS inserted
FOR EACH STATEMENT WHEN (current_setting('redeemd.copying', true) IS DISTINCT FROM 'on')
EXECUTE FUNCTION count_inserted_uses()
*/;

/*postgres
CREATE TRIGGER code_use_deleted AFTER DELETE ON code_use REFERENCING OLD TABLE AS deleted
FOR EACH STATEMENT EXECUTE FUNCTION count_deleted_uses()
*/;

INSERT INTO redemption_tally (namespace_id, campaign_number, quarter, used, reverted)
SELECT namespace_id, campaign_number, used_at / 900000, COUNT(*), 0
  FROM code_use WHERE true GROUP BY namespace_id, campaign_number, used_at / 900000
ON CONFLICT (namespace_id, campaign_number, quarter) DO UPDATE SET used = redemption_tally.used + excluded.used;
