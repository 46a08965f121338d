-- name: idempotency_claim
-- Claims a key for this transaction, after waiting for any concurrent transaction that claims it. Returns no row if the
-- key was already claimed.
INSERT INTO idempotency (scope, arguments, answer, created_at) VALUES (:scope, :arguments, NULL, :now)
ON CONFLICT (scope) DO UPDATE SET arguments = excluded.arguments, answer = NULL, created_at = excluded.created_at
 WHERE idempotency.created_at <= :expired
RETURNING scope

-- name: idempotency_keep
INSERT INTO idempotency (scope, arguments, answer, created_at) VALUES (:scope, :arguments, :answer, :now)
ON CONFLICT (scope) DO UPDATE SET answer = excluded.answer

-- name: idempotency_read
-- A null reply fences the key: no call was executed with it, and none will be.
SELECT arguments, answer FROM idempotency WHERE scope = :scope AND created_at > :expired

-- name: idempotency_purge
-- Deletes expired replies, a limited number at a time.
DELETE FROM idempotency
 WHERE scope IN (SELECT scope FROM idempotency WHERE created_at <= :expired ORDER BY created_at LIMIT :limit)
