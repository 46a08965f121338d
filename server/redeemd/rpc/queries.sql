-- name: namespace_by_name
SELECT namespace_id, name, salt FROM namespace WHERE service = :service AND name = :name

-- name: namespace_bury
-- Remembers that the content of a deleted namespace is to be purged.
INSERT INTO deleted_namespace (namespace_id, deleted_at) VALUES (:namespace_id, :now)

-- name: namespace_buried
SELECT namespace_id FROM deleted_namespace ORDER BY deleted_at, namespace_id LIMIT 1

-- name: namespace_forget
DELETE FROM deleted_namespace WHERE namespace_id = :namespace_id

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
SELECT settings FROM current_master WHERE namespace_id = :namespace_id

-- name: current_master_put
INSERT INTO current_master (namespace_id, settings, updated_at) VALUES (:namespace_id, :settings, :now)
ON CONFLICT (namespace_id) DO UPDATE SET settings = excluded.settings, updated_at = excluded.updated_at
