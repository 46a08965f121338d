-- A server that sends holds the lease of its webhook. It renews the lease with every outcome that it records, and releases
-- it when there is nothing more to send. A statement with :lease writes nothing if another server holds the lease by now,
-- one with :epoch nothing if an operator has set another position.

-- name: webhook_add
INSERT INTO webhook
  (name, state, xid, event_id, row_hash, epoch, lease, leased_until, due_at, attempts, gaps)
VALUES (:name, 1, :xid, :event_id, :row_hash, 0, 0, 0, 0, 0, 0)
ON CONFLICT (name) DO NOTHING

-- name: webhook_get
SELECT name, state, xid, event_id, row_hash, epoch, lease, leased_until, due_at, attempts, last_error, delivered_at, gaps
  FROM webhook WHERE name = :name

-- name: webhook_page
SELECT name, state, xid, event_id, row_hash, epoch, lease, leased_until, due_at, attempts, last_error, delivered_at, gaps
  FROM webhook WHERE name > :after ORDER BY name LIMIT :limit

-- name: webhook_take
-- Takes the lease of a webhook that is due, until :until. Returns no row if another server has it.
UPDATE webhook SET lease = lease + 1, leased_until = :until
 WHERE name = :name AND state = 1 AND leased_until <= :now AND due_at <= :now
RETURNING name, state, xid, event_id, row_hash, epoch, lease, leased_until, due_at, attempts, last_error, delivered_at, gaps

-- name: webhook_advance
-- Moves the position, and renews the lease.
UPDATE webhook
   SET xid = :xid, event_id = :event_id, row_hash = :row_hash, attempts = 0, last_error = :error,
       delivered_at = COALESCE(/*postgres CAST(*/ :delivered_at /*postgres AS BIGINT)*/, delivered_at), leased_until = :until
 WHERE name = :name AND lease = :lease AND epoch = :epoch
RETURNING name, state, xid, event_id, row_hash, epoch, lease, leased_until, due_at, attempts, last_error, delivered_at, gaps

-- name: webhook_renew
UPDATE webhook SET leased_until = :until
 WHERE name = :name AND lease = :lease AND state = 1
RETURNING name, state, xid, event_id, row_hash, epoch, lease, leased_until, due_at, attempts, last_error, delivered_at, gaps

-- name: webhook_postpone
-- Schedules another attempt, and releases the lease.
UPDATE webhook SET attempts = attempts + 1, due_at = :due, last_error = :error, leased_until = 0
 WHERE name = :name AND lease = :lease AND epoch = :epoch

-- name: webhook_switch_off
-- Records that the receiver is gone, and releases the lease.
UPDATE webhook SET state = 2, last_error = :error, leased_until = 0
 WHERE name = :name AND lease = :lease AND epoch = :epoch

-- name: webhook_release
UPDATE webhook SET leased_until = 0 WHERE name = :name AND lease = :lease

-- name: webhook_pass
-- Moves the position past events that are not selected, while nobody sends.
UPDATE webhook SET xid = :xid, event_id = :event_id, row_hash = :row_hash
 WHERE name = :name AND epoch = :epoch AND xid = :from_xid AND event_id = :from_event_id AND leased_until <= :now

-- name: webhook_restart
-- Records that events after the position are gone, and continues with the oldest one.
UPDATE webhook SET xid = 0, event_id = 0, row_hash = '', epoch = epoch + 1, gaps = gaps + 1
 WHERE name = :name AND epoch = :epoch

-- name: webhook_move
-- Sets another position.
UPDATE webhook
   SET xid = :xid, event_id = :event_id, row_hash = :row_hash, epoch = epoch + 1, attempts = 0, due_at = :now
 WHERE name = :name

-- name: webhook_revive
-- Makes a webhook due, also one whose receiver was gone.
UPDATE webhook SET state = 1, due_at = :now WHERE name = :name

-- name: dead_letter_put
-- Keeps an event that the receiver did not accept; after a replay, it may be there already.
INSERT INTO webhook_dead_letter
  (webhook_name, dead_letter_id, xid, event_id, kind, told_at, body, place, found_name, found_count, found_revision, attempts,
   last_error, died_at)
VALUES (:name, :dead_letter_id, :xid, :event_id, :kind, :told_at, :body, :place, :found_name, :found_count, :found_revision,
        :attempts, :error, :now)
ON CONFLICT (webhook_name, dead_letter_id) DO UPDATE
  SET attempts = excluded.attempts, last_error = excluded.last_error, died_at = excluded.died_at

-- name: dead_letter_next
-- Returns the dead letter that is to be sent next.
SELECT sequence, dead_letter_id, xid, event_id, kind, told_at, body, place, found_name, found_count, found_revision, attempts,
       last_error, died_at, due_at
  FROM webhook_dead_letter WHERE webhook_name = :name AND due_at IS NOT NULL ORDER BY due_at LIMIT 1

-- name: dead_letter_page
SELECT sequence, dead_letter_id, xid, event_id, kind, told_at, body, place, found_name, found_count, found_revision, attempts,
       last_error, died_at, due_at
  FROM webhook_dead_letter WHERE webhook_name = :name AND sequence > :after ORDER BY sequence LIMIT :limit

-- name: dead_letter_revive
UPDATE webhook_dead_letter SET due_at = :now WHERE webhook_name = :name AND dead_letter_id = :dead_letter_id

-- name: dead_letter_failed
UPDATE webhook_dead_letter SET due_at = NULL, attempts = attempts + 1, last_error = :error WHERE sequence = :sequence

-- name: dead_letter_delete
DELETE FROM webhook_dead_letter WHERE sequence = :sequence

-- name: dead_letter_count
-- Returns the number of dead letters of a webhook, at most :limit.
SELECT COUNT(*) AS count FROM (SELECT 1 FROM webhook_dead_letter WHERE webhook_name = :name LIMIT :limit) AS counted

-- name: dead_letter_purge
-- Deletes old dead letters that nobody sends again, a limited number at a time, among those with the lowest sequences.
DELETE FROM webhook_dead_letter
 WHERE sequence IN (SELECT sequence FROM (SELECT sequence, died_at, due_at FROM webhook_dead_letter
                                           ORDER BY sequence LIMIT :limit) AS first
                     WHERE died_at < :old AND due_at IS NULL)
   /*postgres AND died_at < :old AND due_at IS NULL*/
