-- name: idempotency_claim
-- Takes a key for this transaction. No row: it was taken before, or by a transaction under way, which is waited for.
INSERT INTO idempotency (scope, arguments, answer, created_at) VALUES (:scope, :arguments, NULL, :now)
ON CONFLICT (scope) DO UPDATE SET arguments = excluded.arguments, answer = NULL, created_at = excluded.created_at
 WHERE idempotency.created_at <= :expired
RETURNING scope

-- name: idempotency_keep
INSERT INTO idempotency (scope, arguments, answer, created_at) VALUES (:scope, :arguments, :answer, :now)
ON CONFLICT (scope) DO UPDATE SET answer = excluded.answer

-- name: idempotency_read
-- An answer that is null fences the key: no call with it was made, and none will be.
SELECT arguments, answer FROM idempotency WHERE scope = :scope AND created_at > :expired

-- name: idempotency_purge
-- Forgets answers that are too old to be asked for, a step at a time.
DELETE FROM idempotency
 WHERE scope IN (SELECT scope FROM idempotency WHERE created_at <= :expired ORDER BY created_at LIMIT :limit)
