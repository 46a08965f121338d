-- name: key_insert
INSERT INTO api_key (key_id, secret_hash, role, namespace_names, description, created_at)
VALUES (:key_id, :secret_hash, :role, :namespace_names, :description, :now)

-- name: key_get
SELECT key_id, secret_hash, role, namespace_names, description, created_at, revoked_at FROM api_key
 WHERE key_id = :key_id

-- name: key_page
SELECT key_id, role, namespace_names, description, created_at, revoked_at FROM api_key
 WHERE key_id > :after ORDER BY key_id LIMIT :limit

-- name: key_revoke
-- No row: there is no such key, or it is revoked.
UPDATE api_key SET revoked_at = :now WHERE key_id = :key_id AND revoked_at IS NULL
RETURNING key_id, role, namespace_names, description, created_at, revoked_at

-- name: key_other_admins
SELECT COUNT(*) AS number FROM api_key
 WHERE role = :admin AND namespace_names = '' AND revoked_at IS NULL AND key_id <> :key_id

-- name: master_key_checks
SELECT key_id, check_value FROM master_key_check

-- name: master_key_check_insert
INSERT INTO master_key_check (key_id, check_value, created_at) VALUES (:key_id, :check_value, :now)
ON CONFLICT (key_id) DO NOTHING

-- name: master_key_announcements_end
-- Forget what this replica announced, and what others announced that are gone.
DELETE FROM master_key_announcement WHERE replica_id = :replica_id OR expires_at <= /*postgres (extract(epoch FROM statement_timestamp()) * 1000)::bigint else*/ :now /*end*/

-- name: master_key_announce
INSERT INTO master_key_announcement (replica_id, key_id, check_value, expires_at)
VALUES (:replica_id, :key_id, :check_value, /*postgres (extract(epoch FROM statement_timestamp()) * 1000)::bigint else*/ :now /*end*/ + :lifetime/*postgres ::bigint*/)

-- name: master_key_announcements
SELECT replica_id, key_id, check_value FROM master_key_announcement
 WHERE expires_at > /*postgres (extract(epoch FROM statement_timestamp()) * 1000)::bigint else*/ :now /*end*/
