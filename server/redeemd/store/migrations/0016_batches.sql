-- Compatible from: 8
-- Batches that are moved to another campaign, and batches that are deleted. While replicas of an older release run, do
-- neither: they use codes of a moved batch in the campaign that issued it, and cannot read batches with a status above 2.

-- The campaign to which a batch belongs; NULL: the one whose number is in its codes.
ALTER TABLE issue_job ADD COLUMN moved_to INTEGER;
-- The campaign in which a key was used; NULL: the one whose number is in the code.
ALTER TABLE serial_key ADD COLUMN used_in INTEGER;
-- The first of the codes of an import whose unused codes are still to be removed; NULL: all are kept, or all are removed.
ALTER TABLE code_import ADD COLUMN trimmed_to INTEGER;

CREATE INDEX issue_job_closed ON issue_job (updated_at) WHERE status > 2 AND status < 5;
CREATE INDEX issue_job_moved ON issue_job (namespace_id, moved_to, campaign_number, first_sequence)
 WHERE moved_to IS NOT NULL;
CREATE INDEX serial_key_used_in ON serial_key (namespace_id, used_in, campaign_number, sequence)
 WHERE used_in IS NOT NULL;

DROP VIEW redemption;

-- As before, with the campaign in which a code was used.
CREATE VIEW redemption AS
SELECT k.namespace_id, k.campaign_number, k.sequence, k.status_reason, k.used_user_id, k.used_at, k.updated_at, k.revision,
       k.used_in, c.name AS campaign_name, c.updated_at AS campaign_updated_at, c.revision AS campaign_revision,
       j.first_sequence, j.key_id, j.metadata, j.created_at, j.updated_at AS job_updated_at, j.revision AS job_revision,
       o.code_key, o.sealed
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
