-- Compatible from: 8
-- On PostgreSQL, a statement that uses many codes adds one delta for each batch and quarter, not one for each code: see
-- 0018. The delta has the sequence of one of the codes. A statement that uses one code looks no batch up.
--
-- While the codes of a batch are still to be counted, each use has a delta of its own: see 0025.

/*postgres
CREATE OR REPLACE FUNCTION count_inserted_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT COUNT(*) FROM inserted) = 1 THEN
    INSERT INTO tally_delta (namespace_id, campaign_number, sequence, used_in, quarter, issued, used, reverted)
    SELECT namespace_id, campaign_number, sequence, COALESCE(used_in, campaign_number), used_at / 900000, 0, 1, 0
      FROM inserted WHERE status = 2;
    RETURN NULL;
  END IF;
  INSERT INTO tally_delta (namespace_id, campaign_number, sequence, used_in, quarter, issued, used, reverted)
  SELECT k.namespace_id, k.campaign_number, MIN(k.sequence), COALESCE(k.used_in, k.campaign_number), k.used_at / 900000,
         0, COUNT(*), 0
    FROM inserted k
    LEFT JOIN LATERAL
         (SELECT b.first_sequence FROM issue_job b
           WHERE b.namespace_id = k.namespace_id AND b.campaign_number = k.campaign_number
             AND b.first_sequence <= k.sequence ORDER BY b.first_sequence DESC LIMIT 1) j ON true
    LEFT JOIN batch_curve_pending p
      ON p.namespace_id = k.namespace_id AND p.campaign_number = k.campaign_number AND p.first_sequence = j.first_sequence
   WHERE k.status = 2
   GROUP BY k.namespace_id, k.campaign_number, j.first_sequence, COALESCE(k.used_in, k.campaign_number),
         k.used_at / 900000, CASE WHEN p.first_sequence IS NOT NULL THEN k.sequence END;
  RETURN NULL;
END $$
*/;

/*postgres
CREATE OR REPLACE FUNCTION count_inserted_uses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO tally_delta (namespace_id, campaign_number, sequence, used_in, quarter, issued, used, reverted)
  SELECT namespace_id, campaign_number, -1, campaign_number, used_at / 900000, 0, COUNT(*), 0
    FROM inserted GROUP BY namespace_id, campaign_number, used_at / 900000;
  RETURN NULL;
END $$
*/;
