-- name: idempotency_claim
-- Claims a key for this transaction, after waiting for any concurrent transaction that claims it. Returns no row if the
-- key was already claimed.
INSERT INTO idempotency (scope, arguments, answer, created_at) VALUES (:scope, :arguments, NULL, :now)
ON CONFLICT (scope) DO UPDATE SET arguments = excluded.arguments, answer = NULL, created_at = excluded.created_at
 WHERE idempotency.created_at <= :expired
RETURNING scope

-- set: key (scope bytea) with arguments bytea, now bigint, expired bigint
-- undo: DELETE FROM idempotency i USING element e WHERE i.scope = e.scope
claimed AS (
  INSERT INTO idempotency (scope, arguments, answer, created_at)
  SELECT e.scope, e.arguments, NULL, e.now FROM element e ORDER BY e.ordinal
  ON CONFLICT (scope) DO UPDATE
     SET arguments = excluded.arguments, answer = NULL, created_at = excluded.created_at
   WHERE idempotency.created_at <= (SELECT e.expired FROM element e WHERE e.scope = excluded.scope)
  RETURNING scope
), done AS (SELECT e.ordinal, e.scope FROM claimed c JOIN element e ON e.scope = c.scope)

-- name: idempotency_keep
INSERT INTO idempotency (scope, arguments, answer, created_at) VALUES (:scope, :arguments, :answer, :now)
ON CONFLICT (scope) DO UPDATE SET answer = excluded.answer

-- set: key (scope bytea) with arguments bytea, answer bytea, now bigint
kept AS (
  INSERT INTO idempotency (scope, arguments, answer, created_at)
  SELECT e.scope, e.arguments, e.answer, e.now FROM element e ORDER BY e.ordinal
  ON CONFLICT (scope) DO UPDATE SET answer = excluded.answer
  RETURNING scope
), done AS (SELECT e.ordinal FROM kept k JOIN element e ON e.scope = k.scope)

-- name: idempotency_withdraw
DELETE FROM idempotency WHERE scope = :scope

-- set: key (scope bytea)
withdrawn AS (
  DELETE FROM idempotency i USING element e WHERE i.scope = e.scope RETURNING i.scope
), done AS (SELECT e.ordinal FROM withdrawn w JOIN element e ON e.scope = w.scope)

-- name: idempotency_read
-- A null reply fences the key: no call was executed with it, and none will be.
SELECT arguments, answer FROM idempotency WHERE scope = :scope AND created_at > :expired

-- set: scope bytea, expired bigint

-- name: idempotency_amend
-- Replaces a reply, unless another transaction has replaced it since it was read.
UPDATE idempotency SET answer = :answer, created_at = :now WHERE scope = :scope AND answer = :kept RETURNING scope

-- name: idempotency_purge
-- Deletes expired replies, a limited number at a time, but none that a call has replaced since they were found.
DELETE FROM idempotency
 WHERE scope IN (SELECT scope FROM idempotency WHERE created_at <= :expired ORDER BY created_at LIMIT :limit)
   /*postgres AND created_at <= :expired*/
