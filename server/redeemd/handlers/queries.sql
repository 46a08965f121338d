-- name: delivery_put
-- Adds a delivery. It is due unless an earlier one of the player and the prefix is still to be delivered.
INSERT INTO delivery
  (delivery_id, prefix, action, user_id, transaction_id, request, state, attempts, next_attempt_at, created_at)
SELECT :delivery_id, :prefix, :action, :user_id, :transaction_id, :request, 1, 0,
       CASE WHEN EXISTS (SELECT 1 FROM delivery WHERE user_id = :user_id AND state = 1 AND prefix = :prefix)
            THEN NULL ELSE /*postgres CAST(*/ :now /*postgres AS BIGINT)*/ END,
       :now

-- name: delivery_take
-- Takes what is due, for somebody who has until :lease to tell what came of it; then it is due again.
UPDATE delivery SET attempts = attempts + 1, next_attempt_at = :lease
 WHERE sequence IN (SELECT sequence FROM delivery
                     WHERE prefix = :prefix AND next_attempt_at <= :now
                     ORDER BY next_attempt_at LIMIT :limit /*postgres FOR UPDATE SKIP LOCKED*/)
RETURNING sequence, delivery_id, action, user_id, transaction_id, request, attempts, created_at

-- name: delivery_next_due
-- When the next one of a prefix is due; null when none is.
SELECT MIN(next_attempt_at) AS due FROM delivery WHERE prefix = :prefix AND next_attempt_at IS NOT NULL

-- name: delivery_arrived
-- Whoever heard it from the handler: it was executed.
UPDATE delivery SET state = 2, next_attempt_at = NULL, last_error = NULL, finished_at = :now
 WHERE sequence = :sequence AND state = 1
RETURNING sequence

-- name: delivery_postpone
-- Has an attempt made again later, unless somebody else has begun another one.
UPDATE delivery SET next_attempt_at = :due, last_error = :error
 WHERE sequence = :sequence AND state = 1 AND attempts = :attempts
RETURNING sequence

-- name: delivery_bury
-- Gives up, unless somebody else has begun another attempt.
UPDATE delivery SET state = 3, next_attempt_at = NULL, last_error = :error, finished_at = :now
 WHERE sequence = :sequence AND state = 1 AND attempts = :attempts
RETURNING sequence

-- name: delivery_release
-- Makes the first one of a player and a prefix due that waited for others.
UPDATE delivery SET next_attempt_at = :now
 WHERE sequence = (SELECT sequence FROM delivery
                    WHERE user_id = :user_id AND state = 1 AND prefix = :prefix ORDER BY sequence LIMIT 1)
   AND next_attempt_at IS NULL

-- name: delivery_revive
-- Has a dead one tried again.
UPDATE delivery SET state = 1, attempts = 0, next_attempt_at = :now, finished_at = NULL
 WHERE delivery_id = :delivery_id AND state = 3
RETURNING sequence

-- name: delivery_get
SELECT sequence, delivery_id, prefix, action, user_id, transaction_id, state, attempts, next_attempt_at, last_error,
       created_at, finished_at
  FROM delivery WHERE delivery_id = :delivery_id

-- name: delivery_page
SELECT sequence, delivery_id, action, user_id, transaction_id, state, attempts, next_attempt_at, last_error, created_at,
       finished_at
  FROM delivery WHERE sequence > :after ORDER BY sequence LIMIT :limit

-- name: delivery_page_in_state
SELECT sequence, delivery_id, action, user_id, transaction_id, state, attempts, next_attempt_at, last_error, created_at,
       finished_at
  FROM delivery WHERE state = :state AND sequence > :after ORDER BY sequence LIMIT :limit

-- name: delivery_page_of_player
-- The first state to the last: all of them, by the index.
SELECT sequence, delivery_id, action, user_id, transaction_id, state, attempts, next_attempt_at, last_error, created_at,
       finished_at
  FROM delivery
 WHERE user_id = :user_id AND state IN (1, 2, 3) AND sequence > :after ORDER BY sequence LIMIT :limit

-- name: delivery_page_of_player_in_state
SELECT sequence, delivery_id, action, user_id, transaction_id, state, attempts, next_attempt_at, last_error, created_at,
       finished_at
  FROM delivery WHERE user_id = :user_id AND state = :state AND sequence > :after ORDER BY sequence LIMIT :limit

-- name: delivery_purge
-- Forgets what ended in a state long ago, a step at a time: looks at those with the lowest numbers.
DELETE FROM delivery
 WHERE sequence IN (SELECT sequence FROM (SELECT sequence, finished_at FROM delivery
                                           WHERE state = :state ORDER BY sequence LIMIT :limit) AS first
                     WHERE finished_at < :old)

-- name: delivery_counts
-- How many are not delivered, by prefix and state, and since when the oldest.
SELECT prefix, state, COUNT(*) AS count, MIN(created_at) AS oldest FROM delivery
 WHERE state IN (1, 3) GROUP BY prefix, state

-- name: saga_begin
-- Takes the right to call the handlers. No row: another call with the same idempotency key has it.
INSERT INTO saga (saga_id, scope, steps, state, attempts, due_at, created_at)
VALUES (:saga_id, :scope, :steps, 1, 0, :due, :now)
ON CONFLICT (scope) DO NOTHING
RETURNING saga_id

-- name: saga_finish
-- Ends what was tried. No row: it is being taken back.
DELETE FROM saga WHERE saga_id = :saga_id AND state = 1 RETURNING saga_id

-- name: saga_give_up
-- Has it taken back at once.
UPDATE saga SET state = 2, due_at = :now WHERE saga_id = :saga_id AND state = 1

-- name: saga_take
-- Takes some that have to be taken back; one that is still tried has had its time. Until :lease they are the caller's.
UPDATE saga SET state = 2, attempts = attempts + 1, due_at = :lease
 WHERE saga_id IN (SELECT saga_id FROM saga WHERE due_at <= :now ORDER BY due_at LIMIT :limit
                   /*postgres FOR UPDATE SKIP LOCKED*/)
RETURNING saga_id, steps, attempts

-- name: saga_next_due
SELECT MIN(due_at) AS due FROM saga

-- name: saga_taken_back
DELETE FROM saga WHERE saga_id = :saga_id AND state = 2

-- name: saga_postpone
-- Has it taken back again later, unless somebody else has begun to.
UPDATE saga SET due_at = :due WHERE saga_id = :saga_id AND state = 2 AND attempts = :attempts
