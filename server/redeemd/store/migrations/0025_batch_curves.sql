-- Compatible from: 8
-- The uses of the codes of each batch by time, as redemption_tally has those of each campaign: see 0018. On PostgreSQL the
-- trigger that counts belongs to the removal of deltas, so that a replica of an older release, which adds deltas to the
-- totals that it knows, counts here as well.
--
-- The migration itself counts no code. Housekeeping counts the uses that there are, in steps; it does not know which were
-- reverted. On PostgreSQL, uses wait while the migration looks for batches with uses.

CREATE TABLE batch_curve (
  namespace_id INTEGER NOT NULL,
  campaign_number INTEGER NOT NULL,
  first_sequence INTEGER NOT NULL,
  quarter INTEGER NOT NULL,
  used INTEGER NOT NULL,
  reverted INTEGER NOT NULL,
  PRIMARY KEY (namespace_id, campaign_number, first_sequence, quarter)
) STRICT, WITHOUT ROWID;

-- Batches of which housekeeping has still to count codes that were used: those from counted_to on. Changes of these do not
-- count meanwhile, except that they were reverted.
CREATE TABLE batch_curve_pending (
  namespace_id INTEGER NOT NULL,
  campaign_number INTEGER NOT NULL,
  first_sequence INTEGER NOT NULL,
  counted_to INTEGER NOT NULL,
  PRIMARY KEY (namespace_id, campaign_number, first_sequence)
) STRICT, WITHOUT ROWID;

-- The triggers of SQLite. Sequences from 549755813888 on are those of codes that were issued alone.

/*postgres SELECT 1 else*/
CREATE TRIGGER batch_curve_inserted AFTER INSERT ON serial_key WHEN NEW.status = 2 AND NEW.sequence < 549755813888
BEGIN
  INSERT INTO batch_curve (namespace_id, campaign_number, first_sequence, quarter, used, reverted)
  SELECT j.namespace_id, j.campaign_number, j.first_sequence, NEW.used_at / 900000, 1, 0
    FROM (SELECT namespace_id, campaign_number, first_sequence FROM issue_job b
           WHERE b.namespace_id = NEW.namespace_id AND b.campaign_number = NEW.campaign_number
             AND b.first_sequence <= NEW.sequence ORDER BY b.first_sequence DESC LIMIT 1) j
   WHERE NOT EXISTS (SELECT 1 FROM batch_curve_pending p
                      WHERE p.namespace_id = j.namespace_id AND p.campaign_number = j.campaign_number
                        AND p.first_sequence = j.first_sequence AND p.counted_to <= NEW.sequence)
  ON CONFLICT (namespace_id, campaign_number, first_sequence, quarter) DO UPDATE SET used = used + 1;
END /*end*/;

/*postgres SELECT 1 else*/
CREATE TRIGGER batch_curve_used AFTER UPDATE OF status, used_at ON serial_key
WHEN NEW.status = 2 AND OLD.used_at IS NOT NEW.used_at AND NEW.sequence < 549755813888
BEGIN
  INSERT INTO batch_curve (namespace_id, campaign_number, first_sequence, quarter, used, reverted)
  SELECT j.namespace_id, j.campaign_number, j.first_sequence, NEW.used_at / 900000, 1, 0
    FROM (SELECT namespace_id, campaign_number, first_sequence FROM issue_job b
           WHERE b.namespace_id = NEW.namespace_id AND b.campaign_number = NEW.campaign_number
             AND b.first_sequence <= NEW.sequence ORDER BY b.first_sequence DESC LIMIT 1) j
   WHERE NOT EXISTS (SELECT 1 FROM batch_curve_pending p
                      WHERE p.namespace_id = j.namespace_id AND p.campaign_number = j.campaign_number
                        AND p.first_sequence = j.first_sequence AND p.counted_to <= NEW.sequence)
  ON CONFLICT (namespace_id, campaign_number, first_sequence, quarter) DO UPDATE SET used = used + 1;
END /*end*/;

/*postgres SELECT 1 else*/
CREATE TRIGGER batch_curve_reverted AFTER UPDATE OF status, used_at ON serial_key
WHEN OLD.status = 2 AND OLD.used_at IS NOT NEW.used_at AND OLD.sequence < 549755813888
BEGIN
  INSERT INTO batch_curve (namespace_id, campaign_number, first_sequence, quarter, used, reverted)
  SELECT j.namespace_id, j.campaign_number, j.first_sequence, OLD.used_at / 900000,
         CASE WHEN EXISTS (SELECT 1 FROM batch_curve_pending p
                            WHERE p.namespace_id = j.namespace_id AND p.campaign_number = j.campaign_number
                              AND p.first_sequence = j.first_sequence AND p.counted_to <= OLD.sequence)
              THEN 0 ELSE -1 END, NEW.status <> 2
    FROM (SELECT namespace_id, campaign_number, first_sequence FROM issue_job b
           WHERE b.namespace_id = OLD.namespace_id AND b.campaign_number = OLD.campaign_number
             AND b.first_sequence <= OLD.sequence ORDER BY b.first_sequence DESC LIMIT 1) j
   WHERE true
  ON CONFLICT (namespace_id, campaign_number, first_sequence, quarter) DO UPDATE
     SET used = used + excluded.used, reverted = reverted + excluded.reverted;
END /*end*/;

-- Deltas that were copied from PostgreSQL. The batch may have been deleted meanwhile.
/*postgres SELECT 1 else*/
CREATE TRIGGER batch_curve_added AFTER DELETE ON tally_delta
WHEN OLD.quarter IS NOT NULL AND OLD.sequence >= 0 AND OLD.sequence < 549755813888
BEGIN
  INSERT INTO batch_curve (namespace_id, campaign_number, first_sequence, quarter, used, reverted)
  SELECT j.namespace_id, j.campaign_number, j.first_sequence, OLD.quarter,
         CASE WHEN EXISTS (SELECT 1 FROM batch_curve_pending p
                            WHERE p.namespace_id = j.namespace_id AND p.campaign_number = j.campaign_number
                              AND p.first_sequence = j.first_sequence AND p.counted_to <= OLD.sequence)
              THEN 0 ELSE OLD.used END, OLD.reverted
    FROM (SELECT namespace_id, campaign_number, first_sequence, count FROM issue_job b
           WHERE b.namespace_id = OLD.namespace_id AND b.campaign_number = OLD.campaign_number
             AND b.first_sequence <= OLD.sequence ORDER BY b.first_sequence DESC LIMIT 1) j
   WHERE OLD.sequence < j.first_sequence + j.count
  ON CONFLICT (namespace_id, campaign_number, first_sequence, quarter) DO UPDATE
     SET used = used + excluded.used, reverted = reverted + excluded.reverted;
END /*end*/;

-- That of PostgreSQL.

/*postgres
CREATE FUNCTION count_added_deltas() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO batch_curve (namespace_id, campaign_number, first_sequence, quarter, used, reverted)
  SELECT d.namespace_id, d.campaign_number, j.first_sequence, d.quarter,
         SUM(CASE WHEN p.counted_to <= d.sequence THEN 0 ELSE d.used END), SUM(d.reverted)
    FROM deleted d
   CROSS JOIN LATERAL
         (SELECT b.first_sequence, b.count FROM issue_job b
           WHERE b.namespace_id = d.namespace_id AND b.campaign_number = d.campaign_number
             AND b.first_sequence <= d.sequence ORDER BY b.first_sequence DESC LIMIT 1) j
    LEFT JOIN batch_curve_pending p
      ON p.namespace_id = d.namespace_id AND p.campaign_number = d.campaign_number AND p.first_sequence = j.first_sequence
   WHERE d.quarter IS NOT NULL AND d.sequence >= 0 AND d.sequence < 549755813888 AND d.sequence < j.first_sequence + j.count
   GROUP BY d.namespace_id, d.campaign_number, j.first_sequence, d.quarter
   ORDER BY d.namespace_id, d.campaign_number, j.first_sequence, d.quarter
  ON CONFLICT (namespace_id, campaign_number, first_sequence, quarter) DO UPDATE
     SET used = batch_curve.used + excluded.used, reverted = batch_curve.reverted + excluded.reverted;
  RETURN NULL;
END $$
*/;

/*postgres
CREATE TRIGGER batch_curve_added AFTER DELETE ON tally_delta REFERENCING OLD TABLE AS deleted
FOR EACH STATEMENT EXECUTE FUNCTION count_added_deltas()
*/;

-- The batches whose codes were used. The triggers are there before, so that nothing is missed.

INSERT INTO batch_curve_pending (namespace_id, campaign_number, first_sequence, counted_to)
SELECT j.namespace_id, j.campaign_number, j.first_sequence, j.first_sequence
  FROM issue_job j
 WHERE j.first_sequence < 549755813888
   AND (EXISTS (SELECT 1 FROM serial_key k
                 WHERE k.namespace_id = j.namespace_id AND k.campaign_number = j.campaign_number
                   AND k.sequence >= j.first_sequence AND k.sequence < j.first_sequence + j.count AND k.status = 2)
        OR EXISTS (SELECT 1 FROM tally_delta d
                    WHERE d.namespace_id = j.namespace_id AND d.campaign_number = j.campaign_number
                      AND d.sequence >= j.first_sequence AND d.sequence < j.first_sequence + j.count));
