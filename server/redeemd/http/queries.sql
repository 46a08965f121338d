-- status: 1 prepared, 2 stored, 3 taken.

-- name: upload_insert
INSERT INTO upload (namespace_id, upload_id, purpose, subject, status, expires_at)
VALUES (:namespace_id, :upload_id, :purpose, :subject, 1, :expires_at)

-- name: upload_get
-- Uploads of a deleted namespace are not found, even before the housekeeping removes them.
SELECT purpose, subject, status, part, expires_at FROM upload
 WHERE namespace_id = :namespace_id AND upload_id = :upload_id
   AND (:namespace_id = 0 OR EXISTS (SELECT 1 FROM namespace n WHERE n.namespace_id = :namespace_id))

-- name: upload_chunk_insert
INSERT INTO upload_chunk (namespace_id, upload_id, part, number, data)
VALUES (:namespace_id, :upload_id, :part, :number, :data)

-- name: upload_finish
UPDATE upload SET status = 2, part = :part, expires_at = :expires_at
 WHERE namespace_id = :namespace_id AND upload_id = :upload_id AND status = 1

-- name: upload_chunks
SELECT number, data FROM upload_chunk
 WHERE namespace_id = :namespace_id AND upload_id = :upload_id AND part = :part ORDER BY number

-- name: upload_take
UPDATE upload SET status = 3, expires_at = :expires_at
 WHERE namespace_id = :namespace_id AND upload_id = :upload_id AND status = 2

-- name: upload_expired
-- Takes an expired upload, so that nobody can finish or take it any more.
UPDATE upload SET status = 3
 WHERE /*postgres (namespace_id, upload_id) IN
       (SELECT namespace_id, upload_id FROM upload WHERE expires_at <= :now ORDER BY expires_at LIMIT 1)
   AND expires_at <= :now else*/
       namespace_id = (SELECT namespace_id FROM upload WHERE expires_at <= :now ORDER BY expires_at LIMIT 1)
   AND upload_id = (SELECT upload_id FROM upload WHERE expires_at <= :now ORDER BY expires_at LIMIT 1) /*end*/
RETURNING namespace_id, upload_id

-- name: upload_chunk_remove
DELETE FROM upload_chunk
 WHERE /*postgres (namespace_id, upload_id, part, number) else*/
       namespace_id = :namespace_id AND upload_id = :upload_id AND (part, number) /*end*/ IN
       (SELECT /*postgres namespace_id, upload_id,*/ part, number FROM upload_chunk
         WHERE namespace_id = :namespace_id AND upload_id = :upload_id LIMIT :limit)

-- name: upload_part_remove
DELETE FROM upload_chunk
 WHERE /*postgres (namespace_id, upload_id, part, number) else*/
       namespace_id = :namespace_id AND upload_id = :upload_id AND part = :part AND number /*end*/ IN
       (SELECT /*postgres namespace_id, upload_id, part,*/ number FROM upload_chunk
         WHERE namespace_id = :namespace_id AND upload_id = :upload_id AND part = :part LIMIT :limit)

-- name: upload_remove
-- Removes an upload unless it has chunks: another process may have removed those that this one found.
DELETE FROM upload
 WHERE namespace_id = :namespace_id AND upload_id = :upload_id
   AND NOT EXISTS (SELECT 1 FROM upload_chunk c WHERE c.namespace_id = :namespace_id AND c.upload_id = :upload_id)
