-- Compatible from: 8
-- The only player who can use the code of a batch of one; empty after the data of that player was erased: nobody can. NULL:
-- any player. A replica of an older release lets any player use it.
ALTER TABLE issue_job ADD COLUMN owner_user_id TEXT;

CREATE INDEX issue_job_by_owner ON issue_job (namespace_id, owner_user_id, campaign_number, first_sequence)
 WHERE owner_user_id IS NOT NULL;
