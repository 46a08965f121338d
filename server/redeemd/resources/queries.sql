-- name: namespace_by_name
SELECT namespace_id, name, salt FROM namespace WHERE service = :service AND name = :name

-- name: namespace_lock
-- Locks a namespace until the end of the transaction.
SELECT namespace_id, name, salt FROM namespace WHERE service = :service AND name = :name /*postgres FOR UPDATE*/

-- name: namespace_by_id
SELECT namespace_id, name, salt FROM namespace WHERE namespace_id = :namespace_id

-- name: namespace_bury
-- Records that the content of a deleted namespace is to be purged.
INSERT INTO deleted_namespace (namespace_id, deleted_at) VALUES (:namespace_id, :now)

-- name: namespace_buried
SELECT namespace_id, deleted_at FROM deleted_namespace ORDER BY deleted_at, namespace_id LIMIT :limit

-- name: namespace_forget
DELETE FROM deleted_namespace WHERE namespace_id = :namespace_id AND deleted_at <= :before

-- name: master_all
SELECT name, body FROM model_master WHERE namespace_id = :namespace_id AND kind = :kind ORDER BY name

-- name: model_all
SELECT name, body, updated_at FROM model WHERE namespace_id = :namespace_id AND kind = :kind ORDER BY name

-- name: model_get
SELECT name, body, updated_at FROM model WHERE namespace_id = :namespace_id AND kind = :kind AND name = :name

-- name: model_put
INSERT INTO model (namespace_id, kind, name, body, updated_at) VALUES (:namespace_id, :kind, :name, :body, :now)
ON CONFLICT (namespace_id, kind, name) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at

-- name: model_remove
DELETE FROM model WHERE namespace_id = :namespace_id AND kind = :kind AND name = :name

-- name: current_master_get
SELECT settings, revision FROM current_master WHERE namespace_id = :namespace_id

-- name: current_master_put
-- The revision counts changes: putting the same document in force again is none.
INSERT INTO current_master (namespace_id, settings, updated_at) VALUES (:namespace_id, :settings, :now)
ON CONFLICT (namespace_id) DO UPDATE
   SET settings = excluded.settings,
       updated_at = excluded.updated_at,
       revision = current_master.revision + CASE WHEN current_master.settings = excluded.settings THEN 0 ELSE 1 END
RETURNING revision


-- name: user_data_job_put
-- Starts a job, replacing an earlier one. status: 1 running, 2 done.
INSERT INTO user_data_job (service, user_id, kind, token, job_id, status, position, report, updated_at)
VALUES (:service, :user_id, :kind, :token, :job_id, :status, '', '', :now)
ON CONFLICT (service, user_id, kind, token) DO UPDATE
   SET job_id = excluded.job_id, status = excluded.status, position = '', report = '', updated_at = excluded.updated_at

-- name: user_data_job_get
SELECT job_id, status FROM user_data_job
 WHERE service = :service AND user_id = :user_id AND kind = :kind AND token = :token

-- name: user_data_job_by_id
SELECT user_id, report FROM user_data_job WHERE job_id = :job_id

-- name: user_data_job_next
SELECT service, user_id, kind, token, job_id, position, report FROM user_data_job
 WHERE status = 1 AND service = :service ORDER BY updated_at LIMIT 1

-- name: user_data_job_advance
-- Records the progress of a job. Changes no row if another replica has worked on it, or if it was started again.
UPDATE user_data_job SET status = :status, position = :position, report = :report, updated_at = :now
 WHERE service = :service AND user_id = :user_id AND kind = :kind AND token = :token
   AND job_id = :job_id AND status = 1 AND position = :old_position

-- name: user_data_job_forget
-- Deletes a limited number at a time; both states are listed so that the index can be used.
DELETE FROM user_data_job
 WHERE (service, user_id, kind, token) IN
       (SELECT service, user_id, kind, token FROM user_data_job
         WHERE status IN (1, 2) AND updated_at < :old LIMIT :limit)
   /*postgres AND status IN (1, 2) AND updated_at < :old*/

-- name: namespace_body
SELECT body FROM namespace WHERE service = :service AND name = :name
