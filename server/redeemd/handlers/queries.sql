-- name: delivery_put
-- Adds a delivery. It is due unless an earlier one of the same player and prefix is still pending.
INSERT INTO delivery
  (delivery_id, prefix, action, user_id, transaction_id, traceparent, request, state, attempts, next_attempt_at,
   created_at)
SELECT :delivery_id, :prefix, :action, :user_id, :transaction_id, :traceparent, :request, 1, 0,
       CASE WHEN EXISTS (SELECT 1 FROM delivery WHERE user_id = :user_id AND state = 1 AND prefix = :prefix)
            THEN NULL ELSE /*postgres CAST(*/ :now /*postgres AS BIGINT)*/ END,
       :now

-- name: delivery_take
-- Leases deliveries that are due. A worker has until :lease to record the outcome; then they are due again.
UPDATE delivery SET attempts = attempts + 1, next_attempt_at = :lease
 WHERE sequence IN (SELECT sequence FROM delivery
                     WHERE prefix = :prefix AND next_attempt_at <= :now
                     ORDER BY next_attempt_at LIMIT :limit /*postgres FOR UPDATE SKIP LOCKED*/)
RETURNING sequence, delivery_id, action, user_id, transaction_id, traceparent, request, attempts, created_at

-- name: delivery_next_due
-- Returns when the next delivery of a prefix is due; null if there is none.
SELECT MIN(next_attempt_at) AS due FROM delivery WHERE prefix = :prefix AND next_attempt_at IS NOT NULL

-- name: delivery_arrived
-- Records that the handler executed the action, whichever attempt received its response.
UPDATE delivery SET state = 2, next_attempt_at = NULL, last_error = NULL, finished_at = :now
 WHERE sequence = :sequence AND state = 1
RETURNING sequence

-- name: delivery_postpone
-- Schedules another attempt, unless another worker has already begun one.
UPDATE delivery SET next_attempt_at = :due, last_error = :error
 WHERE sequence = :sequence AND state = 1 AND attempts = :attempts
RETURNING sequence

-- name: delivery_bury
-- Marks a delivery as dead, unless another worker has already begun another attempt.
UPDATE delivery SET state = 3, next_attempt_at = NULL, last_error = :error, finished_at = :now
 WHERE sequence = :sequence AND state = 1 AND attempts = :attempts
RETURNING sequence

-- name: delivery_release
-- Makes the first delivery of a player and prefix due, if it waited for an earlier one.
UPDATE delivery SET next_attempt_at = :now
 WHERE sequence = (SELECT sequence FROM delivery
                    WHERE user_id = :user_id AND state = 1 AND prefix = :prefix ORDER BY sequence LIMIT 1)
   AND next_attempt_at IS NULL

-- name: delivery_revive
-- Makes a dead delivery due again.
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
-- Lists all states, so that the index can be used.
SELECT sequence, delivery_id, action, user_id, transaction_id, state, attempts, next_attempt_at, last_error, created_at,
       finished_at
  FROM delivery
 WHERE user_id = :user_id AND state IN (1, 2, 3) AND sequence > :after ORDER BY sequence LIMIT :limit

-- name: delivery_page_of_player_in_state
SELECT sequence, delivery_id, action, user_id, transaction_id, state, attempts, next_attempt_at, last_error, created_at,
       finished_at
  FROM delivery WHERE user_id = :user_id AND state = :state AND sequence > :after ORDER BY sequence LIMIT :limit

-- name: delivery_purge
-- Deletes deliveries in a state that ended long ago, a limited number at a time, among those with the lowest sequences.
DELETE FROM delivery
 WHERE sequence IN (SELECT sequence FROM (SELECT sequence, finished_at FROM delivery
                                           WHERE state = :state ORDER BY sequence LIMIT :limit) AS first
                     WHERE finished_at < :old)
   /*postgres AND state = :state AND finished_at < :old*/

-- name: delivery_counts
-- Returns the number of undelivered actions by prefix and state, and when the oldest was created.
SELECT prefix, state, COUNT(*) AS count, MIN(created_at) AS oldest FROM delivery
 WHERE state IN (1, 3) GROUP BY prefix, state

-- name: saga_begin
-- Claims the right to call the handlers. Returns no row if another call with the same idempotency key has it.
INSERT INTO saga (saga_id, scope, steps, state, attempts, due_at, created_at)
VALUES (:saga_id, :scope, :steps, 1, 0, :due, :now)
ON CONFLICT (scope) DO NOTHING
RETURNING saga_id

-- name: saga_finish
-- Ends a saga whose transaction commits. Returns no row if it is being compensated.
DELETE FROM saga WHERE saga_id = :saga_id AND state = 1 RETURNING saga_id

-- name: saga_give_up
-- Makes the compensation of a saga due at once.
UPDATE saga SET state = 2, due_at = :now WHERE saga_id = :saga_id AND state = 1

-- name: saga_take
-- Leases sagas to compensate, until :lease. A saga that is still being tried has exceeded its time.
UPDATE saga SET state = 2, attempts = attempts + 1, due_at = :lease
 WHERE saga_id IN (SELECT saga_id FROM saga WHERE due_at <= :now ORDER BY due_at LIMIT :limit
                   /*postgres FOR UPDATE SKIP LOCKED*/)
RETURNING saga_id, steps, attempts

-- name: saga_next_due
SELECT MIN(due_at) AS due FROM saga

-- name: saga_compensated
DELETE FROM saga WHERE saga_id = :saga_id AND state = 2

-- name: saga_postpone
-- Schedules another attempt at compensation, unless another worker has already begun one.
UPDATE saga SET due_at = :due WHERE saga_id = :saga_id AND state = 2 AND attempts = :attempts
