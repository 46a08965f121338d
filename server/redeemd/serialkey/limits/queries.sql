-- Uses within the limits of a campaign. A player's uses are the keys of which the player is the user, and the rows of
-- code_use. Whoever counts them locks the player first, so that the counts hold until the end of the transaction.

-- name: limited_use
-- emits: name = campaign_name, revision = revision
-- Uses a serial key of any campaign, or the campaign code of one with limits, whose sequence is -1. No row: the code is
-- not usable now, a limit is reached, or (on PostgreSQL) no slice with room is free at the moment. in_force is the model
-- in which the campaign code was found. On SQLite this only reads; further statements write, and nothing comes between.
-- A set locks one slice while each of them has room for all of it, so that other sets find free ones. The rooms are read
-- before the lock and only decide how many slices are locked. What can be taken from them is read under the lock.
SELECT c.number, c.name AS campaign_name, c.revision AS campaign_revision, c.uses_per_key, c.uses_total, m.body AS model,
       j.moved_to, j.metadata, j.created_at, j.revision AS job_revision, COALESCE(k.revision, 0) + 1 AS revision,
       k.status_reason,
       0 /*postgres + COALESCE((SELECT d.xmin::text::bigint FROM current_master d WHERE d.namespace_id = n.namespace_id), 0)*/ AS version
  FROM namespace n
  LEFT JOIN issue_job j
         ON j.namespace_id = :namespace_id AND j.campaign_number = :campaign_number
        AND j.first_sequence = (SELECT MAX(b.first_sequence) FROM issue_job b
                                 WHERE b.namespace_id = :namespace_id AND b.campaign_number = :campaign_number
                                   AND b.first_sequence <= :sequence)
  JOIN campaign c ON c.namespace_id = n.namespace_id AND c.number = COALESCE(j.moved_to, :campaign_number)
  JOIN model m ON m.namespace_id = c.namespace_id AND m.kind = 'campaign' AND m.name = c.name
  LEFT JOIN serial_key k
         ON k.namespace_id = :namespace_id AND k.campaign_number = :campaign_number AND k.sequence = :sequence
 WHERE n.namespace_id = :namespace_id AND c.status = 1
   AND COALESCE(c.valid_from, :now) <= :now AND COALESCE(c.valid_until, :now + 1) > :now
   AND CASE WHEN :sequence < 0 THEN m.body = :in_force AND c.limited = 1
            ELSE :sequence < j.first_sequence + j.count AND j.key_id = :key_id AND j.status = 1
             AND COALESCE(j.owner_user_id, :user_id) = :user_id
             AND COALESCE(j.valid_from, :now) <= :now AND COALESCE(j.valid_until, :now + 1) > :now
             AND COALESCE(k.status, 1) <> 3
             AND COALESCE(k.uses, CASE k.status WHEN 2 THEN 1 ELSE 0 END) < COALESCE(c.uses_per_key, 1)
             AND (c.uses_per_key IS NULL
                  OR (COALESCE(k.used_user_id <> :user_id, 1 = 1)
                      AND NOT EXISTS (SELECT 1 FROM code_use u /*postgres else*/ INDEXED BY code_use_by_user /*end*/
                                       WHERE u.namespace_id = :namespace_id AND u.user_id = :user_id
                                         AND COALESCE(u.issued_in, u.campaign_number) = :campaign_number
                                         AND u.sequence = :sequence))) END
   AND (c.uses_per_user IS NULL
        OR c.uses_per_user > (SELECT COUNT(*) FROM player_use u
                               WHERE u.namespace_id = :namespace_id AND u.user_id = :user_id AND u.number = c.number))
   AND (c.group_name IS NULL
        OR NOT EXISTS (SELECT 1 FROM campaign g
                        WHERE g.namespace_id = :namespace_id AND g.group_name = c.group_name
                          AND g.group_name IS NOT NULL AND g.number <> c.number
                          AND EXISTS (SELECT 1 FROM player_use u
                                       WHERE u.namespace_id = :namespace_id AND u.user_id = :user_id
                                         AND u.number = g.number)))
   AND (c.uses_total IS NULL
        OR EXISTS (SELECT 1 FROM campaign_slice s
                    WHERE s.namespace_id = :namespace_id AND s.campaign_number = c.number AND s.taken < s.allowance))

-- set: key (namespace_id bigint, user_id text) with campaign_number bigint, sequence bigint, key_id text,
--      in_force bytea, now bigint, use_id bigint
candidate AS MATERIALIZED (
  SELECT element.ordinal, element.namespace_id, element.campaign_number, element.sequence, element.user_id, element.now,
         element.use_id, one.number, one.campaign_name, one.campaign_revision, one.uses_per_key, one.uses_total, one.model,
         one.moved_to, one.metadata, one.created_at, one.job_revision, one.version,
         ROW_NUMBER() OVER (PARTITION BY element.namespace_id, one.number ORDER BY element.ordinal) AS place
    FROM element CROSS JOIN LATERAL ({one}) AS one
), slice AS MATERIALIZED (
  SELECT s.namespace_id, s.number, s.slice, s.room
    FROM (SELECT c.namespace_id, c.number, COUNT(*) AS wanted,
                 (SELECT MIN(r.allowance - r.taken) FROM campaign_slice r
                   WHERE r.namespace_id = c.namespace_id AND r.campaign_number = c.number
                     AND r.taken < r.allowance) AS least_room
            FROM candidate c
           WHERE c.uses_total IS NOT NULL GROUP BY c.namespace_id, c.number) w
    CROSS JOIN LATERAL (SELECT t.namespace_id, t.campaign_number AS number, t.slice, t.allowance - t.taken AS room
                          FROM campaign_slice t
                         WHERE t.namespace_id = w.namespace_id AND t.campaign_number = w.number
                           AND t.taken < t.allowance
                         ORDER BY random()
                         LIMIT CASE WHEN w.least_room >= w.wanted THEN 1 ELSE 1 + w.wanted / 32 END
                         FOR UPDATE SKIP LOCKED) s
), placed AS MATERIALIZED (
  SELECT c.ordinal, c.namespace_id, c.campaign_number, c.sequence, c.user_id, c.now, c.use_id, c.number, c.campaign_name,
         c.campaign_revision, c.uses_per_key, c.model, c.moved_to, c.metadata, c.created_at, c.job_revision, c.version,
         s.slice
    FROM candidate c
    LEFT JOIN (SELECT namespace_id, number, slice, room,
                      SUM(room) OVER (PARTITION BY namespace_id, number ORDER BY slice) AS up_to
                 FROM slice) s
           ON s.namespace_id = c.namespace_id AND s.number = c.number
          AND c.place <= s.up_to AND c.place > s.up_to - s.room
   WHERE c.uses_total IS NULL OR s.slice IS NOT NULL
), used AS (
  INSERT INTO serial_key
    (namespace_id, campaign_number, sequence, status, used_user_id, used_at, updated_at, revision, uses, used_in)
  SELECT p.namespace_id, p.campaign_number, p.sequence, CASE WHEN p.uses_per_key IS NULL THEN 2 ELSE 1 END,
         CASE WHEN p.uses_per_key IS NULL THEN p.user_id END, CASE WHEN p.uses_per_key IS NULL THEN p.now END, p.now, 1,
         CASE WHEN p.uses_per_key IS NOT NULL THEN 1 END, CASE WHEN p.uses_per_key IS NULL THEN p.moved_to END
    FROM placed p WHERE p.sequence >= 0 ORDER BY p.ordinal
  ON CONFLICT (namespace_id, campaign_number, sequence) DO UPDATE
     SET status = CASE WHEN excluded.uses IS NULL THEN 2 ELSE serial_key.status END,
         used_user_id = COALESCE(excluded.used_user_id, serial_key.used_user_id),
         used_at = COALESCE(excluded.used_at, serial_key.used_at),
         used_in = CASE WHEN excluded.uses IS NULL THEN excluded.used_in ELSE serial_key.used_in END,
         uses = CASE WHEN excluded.uses IS NULL THEN NULL
                     ELSE COALESCE(serial_key.uses, CASE serial_key.status WHEN 2 THEN 1 ELSE 0 END) + 1 END,
         updated_at = excluded.updated_at, revision = serial_key.revision + 1
   WHERE serial_key.status <> 3
     AND COALESCE(serial_key.uses, CASE serial_key.status WHEN 2 THEN 1 ELSE 0 END)
         < (SELECT COALESCE(p.uses_per_key, 1) FROM placed p
             WHERE p.namespace_id = excluded.namespace_id AND p.campaign_number = excluded.campaign_number
               AND p.sequence = excluded.sequence)
  RETURNING namespace_id, campaign_number, sequence, revision, status_reason
), done AS (
  SELECT p.ordinal, p.namespace_id, p.campaign_number, p.sequence, p.user_id, p.now, p.use_id, p.slice, p.uses_per_key,
         p.number, p.moved_to, p.campaign_name, p.campaign_revision, p.model, p.metadata, p.created_at, p.job_revision, p.version,
         COALESCE(k.revision, 1) AS revision, k.status_reason
    FROM placed p
    LEFT JOIN used k ON k.namespace_id = p.namespace_id AND k.campaign_number = p.campaign_number
                    AND k.sequence = p.sequence
   WHERE p.sequence < 0 OR k.revision IS NOT NULL
), noted AS (
  INSERT INTO code_use (namespace_id, campaign_number, used_at, use_id, sequence, issued_in, user_id)
  SELECT d.namespace_id, d.number, d.now, d.use_id, d.sequence,
         CASE WHEN d.moved_to IS NOT NULL THEN d.campaign_number END, d.user_id
    FROM done d WHERE d.sequence < 0 OR d.uses_per_key IS NOT NULL
), taken AS (
  UPDATE campaign_slice s SET taken = s.taken + d.uses
    FROM (SELECT namespace_id, number, slice, COUNT(*) AS uses FROM done
           WHERE slice IS NOT NULL GROUP BY namespace_id, number, slice) d
   WHERE s.namespace_id = d.namespace_id AND s.campaign_number = d.number AND s.slice = d.slice
)

-- name: limited_key_put
-- Marks a key as used by a player or, with uses_per_key, counts a use of it. Runs on SQLite only: see limited_use.
INSERT INTO serial_key
  (namespace_id, campaign_number, sequence, status, used_user_id, used_at, updated_at, revision, uses, used_in)
VALUES (:namespace_id, :campaign_number, :sequence, CASE WHEN :shared = 1 THEN 1 ELSE 2 END,
        CASE WHEN :shared = 1 THEN NULL ELSE :user_id END,
        CASE WHEN :shared = 1 THEN NULL ELSE :now/*postgres ::bigint*/ END, :now, 1, CASE WHEN :shared = 1 THEN 1 END,
        CASE WHEN :shared = 1 THEN NULL ELSE :moved_to/*postgres ::bigint*/ END)
ON CONFLICT (namespace_id, campaign_number, sequence) DO UPDATE
   SET status = CASE WHEN excluded.uses IS NULL THEN 2 ELSE serial_key.status END,
       used_user_id = COALESCE(excluded.used_user_id, serial_key.used_user_id),
       used_at = COALESCE(excluded.used_at, serial_key.used_at),
       used_in = CASE WHEN excluded.uses IS NULL THEN excluded.used_in ELSE serial_key.used_in END,
       uses = CASE WHEN excluded.uses IS NULL THEN NULL
                   ELSE COALESCE(serial_key.uses, CASE serial_key.status WHEN 2 THEN 1 ELSE 0 END) + 1 END,
       updated_at = excluded.updated_at, revision = serial_key.revision + 1

-- name: code_use_insert
-- Records a use. No row: it is recorded already.
INSERT INTO code_use (namespace_id, campaign_number, used_at, use_id, sequence, issued_in, user_id)
VALUES (:namespace_id, :number, :used_at, :use_id, :sequence, NULLIF(:campaign_number/*postgres ::bigint*/, :number), :user_id)
ON CONFLICT (namespace_id, campaign_number, used_at, use_id) DO NOTHING
RETURNING use_id

-- name: code_use_revert
-- Removes the last use of a code by a player, and returns the campaign in which it counted. No row: there is none. With
-- FOR UPDATE, PostgreSQL takes the one before if another transaction removes the last one.
DELETE FROM code_use
 WHERE namespace_id = :namespace_id
   AND (campaign_number, used_at, use_id) =
       (SELECT u.campaign_number, u.used_at, u.use_id FROM code_use u /*postgres else*/ INDEXED BY code_use_by_user /*end*/
         WHERE u.namespace_id = :namespace_id AND u.user_id = :user_id
           AND COALESCE(u.issued_in, u.campaign_number) = :campaign_number AND u.sequence = :sequence
         ORDER BY u.used_at DESC, u.use_id DESC LIMIT 1 /*postgres FOR UPDATE*/)
RETURNING campaign_number AS number

-- name: key_used_in
-- The campaign in which a used key counts.
SELECT COALESCE(used_in, campaign_number) AS number FROM serial_key
 WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number AND sequence = :sequence /*postgres FOR UPDATE*/

-- name: key_uses_add
-- Changes how often a key was used that several players can use. One whose uses were all reverted is an unused key.
UPDATE serial_key SET uses = NULLIF(COALESCE(uses, 0) + :count, 0), updated_at = :now, revision = revision + 1
 WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number AND sequence = :sequence

-- name: key_uses_put
-- Counts a use of a key that several players can use.
INSERT INTO serial_key (namespace_id, campaign_number, sequence, status, updated_at, revision, uses)
VALUES (:namespace_id, :campaign_number, :sequence, 1, :now, 1, 1)
ON CONFLICT (namespace_id, campaign_number, sequence) DO UPDATE
   SET uses = COALESCE(serial_key.uses, CASE serial_key.status WHEN 2 THEN 1 ELSE 0 END) + 1,
       updated_at = excluded.updated_at, revision = serial_key.revision + 1

-- name: limit_state
-- What the limits of a campaign, `number`, say about the next use of a code by a player. The campaign code is no key.
SELECT c.uses_per_user, CASE WHEN :sequence/*postgres ::bigint*/ >= 0 THEN c.uses_per_key END AS uses_per_key, c.uses_total,
       (SELECT COUNT(*) FROM player_use u
         WHERE u.namespace_id = :namespace_id AND u.user_id = :user_id AND u.number = c.number) AS uses_of_user,
       (SELECT COUNT(*) FROM code_use u /*postgres else*/ INDEXED BY code_use_by_user /*end*/
         WHERE u.namespace_id = :namespace_id AND u.user_id = :user_id
           AND COALESCE(u.issued_in, u.campaign_number) = :campaign_number AND u.sequence = :sequence)
     + (SELECT COUNT(*) FROM serial_key u
         WHERE u.namespace_id = :namespace_id AND u.campaign_number = :campaign_number AND u.sequence = :sequence
           AND u.used_user_id = :user_id) AS uses_of_key_by_user,
       COALESCE((SELECT COALESCE(u.uses, CASE u.status WHEN 2 THEN 1 ELSE 0 END) FROM serial_key u
                  WHERE u.namespace_id = :namespace_id AND u.campaign_number = :campaign_number
                    AND u.sequence = :sequence), 0) AS uses_of_key,
       (SELECT g.name FROM campaign g
         WHERE g.namespace_id = :namespace_id AND g.group_name = c.group_name AND g.group_name IS NOT NULL
           AND g.number <> c.number
           AND EXISTS (SELECT 1 FROM player_use u
                        WHERE u.namespace_id = :namespace_id AND u.user_id = :user_id AND u.number = g.number)
         LIMIT 1) AS redeemed_in,
       (SELECT SUM(s.allowance - s.taken)/*postgres ::bigint*/ FROM campaign_slice s
         WHERE s.namespace_id = :namespace_id AND s.campaign_number = c.number) AS room
  FROM campaign c
 WHERE c.namespace_id = :namespace_id AND c.number = :number

-- set: namespace_id bigint, number bigint, campaign_number bigint, sequence bigint, user_id text

-- name: slice_read
-- The slices of a campaign. On PostgreSQL it waits for the transactions that take from them, and locks all of them.
SELECT slice, allowance, taken FROM campaign_slice
 WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number ORDER BY slice /*postgres FOR UPDATE*/

-- name: slice_wait
-- Waits on PostgreSQL for whoever takes from one of the slices with room, and locks it. Waiting for all of them would keep
-- them from everybody else, who would have to wait as well.
SELECT slice FROM campaign_slice
 WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number
   AND slice = (SELECT s.slice FROM campaign_slice s
                 WHERE s.namespace_id = :namespace_id AND s.campaign_number = :campaign_number
                   AND s.taken < s.allowance ORDER BY random() LIMIT 1) /*postgres FOR UPDATE*/

-- name: slice_put
INSERT INTO campaign_slice (namespace_id, campaign_number, slice, allowance, taken)
VALUES (:namespace_id, :campaign_number, :slice, :allowance, :taken)
ON CONFLICT (namespace_id, campaign_number, slice) DO UPDATE
   SET allowance = excluded.allowance, taken = excluded.taken

-- name: slice_remove
DELETE FROM campaign_slice WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number

-- name: slice_take
-- Counts a use: in a slice with room or, if there is none, in the first slice. No row: the campaign has no total.
UPDATE campaign_slice SET taken = taken + 1
 WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number
   AND slice = (SELECT s.slice FROM campaign_slice s
                 WHERE s.namespace_id = :namespace_id AND s.campaign_number = :campaign_number
                 ORDER BY CASE WHEN s.taken < s.allowance THEN 0 ELSE 1 END, s.slice
                 LIMIT 1 /*postgres FOR UPDATE*/)

-- name: slice_give_back
-- Uncounts a use: in the slice with the least room, so that a campaign in which more was used than its total allows
-- gets no room before it has made up for that. No row: the campaign has no total.
UPDATE campaign_slice SET taken = taken - 1
 WHERE namespace_id = :namespace_id AND campaign_number = :campaign_number
   AND slice = (SELECT s.slice FROM campaign_slice s
                 WHERE s.namespace_id = :namespace_id AND s.campaign_number = :campaign_number
                 ORDER BY s.allowance - s.taken, s.slice LIMIT 1 /*postgres FOR UPDATE*/)

-- name: limit_all
-- The limits of the campaigns of the current master data, and of those that are removed from it.
SELECT number, name, uses_per_user, uses_total, uses_per_key, group_name FROM campaign WHERE namespace_id = :namespace_id

-- name: limit_set
UPDATE campaign
   SET limited = :limited, uses_per_user = :uses_per_user, uses_total = :uses_total, uses_per_key = :uses_per_key,
       group_name = :group_name
 WHERE namespace_id = :namespace_id AND number = :number

-- name: uses_count
-- How often codes of a campaign were redeemed, as far as that is recorded.
SELECT (SELECT COUNT(*) FROM serial_key k
         WHERE k.namespace_id = :namespace_id AND k.campaign_number = :campaign_number AND k.status = 2
           AND k.used_in IS NULL)
     + (SELECT COUNT(*) FROM serial_key k
         WHERE k.namespace_id = :namespace_id AND k.used_in = :campaign_number AND k.status = 2)
     + (SELECT COUNT(*) FROM code_use u
         WHERE u.namespace_id = :namespace_id AND u.campaign_number = :campaign_number) AS uses

-- name: code_use_page
-- Recorded uses after a position, up to and including a campaign, with the columns of redemption_page. key_id is null for
-- a campaign code.
SELECT COALESCE(u.issued_in, u.campaign_number) AS campaign_number, u.sequence, u.use_id, u.campaign_number AS used_in,
       c.name AS campaign_name, j.key_id, o.code_key, o.sealed,
       COALESCE(o.metadata, j.metadata) AS metadata,
       NULL AS status_reason, u.user_id AS used_user_id, u.used_at, COALESCE(j.created_at, u.used_at) AS created_at,
       u.used_at AS updated_at, 1 AS revision, 0 AS job_updated_at, 0 AS job_revision, 0 AS campaign_updated_at,
       0 AS campaign_revision
  FROM code_use u
  JOIN campaign c ON c.namespace_id = u.namespace_id AND c.number = u.campaign_number
  LEFT JOIN issue_job j
         ON j.namespace_id = u.namespace_id AND j.campaign_number = COALESCE(u.issued_in, u.campaign_number)
        AND j.first_sequence = (SELECT MAX(b.first_sequence) FROM issue_job b
                                 WHERE b.namespace_id = u.namespace_id
                                   AND b.campaign_number = COALESCE(u.issued_in, u.campaign_number)
                                   AND b.first_sequence <= u.sequence)
  LEFT JOIN code_import i
         ON i.namespace_id = j.namespace_id AND i.campaign_number = j.campaign_number
        AND i.first_sequence = j.first_sequence
  LEFT JOIN imported_code o
         ON o.namespace_id = i.namespace_id AND o.import_number = i.import_number
        AND o.ordinal = u.sequence - j.first_sequence
 WHERE u.namespace_id = :namespace_id
   AND (u.campaign_number, u.used_at, u.use_id) > (:after_campaign, :after_time, :after_use)
   AND u.campaign_number <= :last_campaign AND u.used_at >= :used_from AND u.used_at < :used_until
   AND (:job_campaign/*postgres ::bigint*/ IS NULL
        OR (COALESCE(u.issued_in, u.campaign_number) = :job_campaign AND u.sequence >= :first AND u.sequence < :end))
 ORDER BY u.campaign_number, u.used_at, u.use_id LIMIT :limit

-- name: code_use_page_of_user
-- The same for one user.
SELECT COALESCE(u.issued_in, u.campaign_number) AS campaign_number, u.sequence, u.use_id, u.campaign_number AS used_in,
       c.name AS campaign_name, j.key_id, o.code_key, o.sealed,
       COALESCE(o.metadata, j.metadata) AS metadata,
       NULL AS status_reason, u.user_id AS used_user_id, u.used_at, COALESCE(j.created_at, u.used_at) AS created_at,
       u.used_at AS updated_at, 1 AS revision, 0 AS job_updated_at, 0 AS job_revision, 0 AS campaign_updated_at,
       0 AS campaign_revision
  FROM code_use u /*postgres else*/ INDEXED BY code_use_by_user /*end*/
  JOIN campaign c ON c.namespace_id = u.namespace_id AND c.number = u.campaign_number
  LEFT JOIN issue_job j
         ON j.namespace_id = u.namespace_id AND j.campaign_number = COALESCE(u.issued_in, u.campaign_number)
        AND j.first_sequence = (SELECT MAX(b.first_sequence) FROM issue_job b
                                 WHERE b.namespace_id = u.namespace_id
                                   AND b.campaign_number = COALESCE(u.issued_in, u.campaign_number)
                                   AND b.first_sequence <= u.sequence)
  LEFT JOIN code_import i
         ON i.namespace_id = j.namespace_id AND i.campaign_number = j.campaign_number
        AND i.first_sequence = j.first_sequence
  LEFT JOIN imported_code o
         ON o.namespace_id = i.namespace_id AND o.import_number = i.import_number
        AND o.ordinal = u.sequence - j.first_sequence
 WHERE u.namespace_id = :namespace_id AND u.user_id = :user_id
   AND (u.campaign_number, u.used_at, u.use_id) > (:after_campaign, :after_time, :after_use)
   AND u.campaign_number <= :last_campaign AND u.used_at >= :used_from AND u.used_at < :used_until
   AND (:job_campaign/*postgres ::bigint*/ IS NULL
        OR (COALESCE(u.issued_in, u.campaign_number) = :job_campaign AND u.sequence >= :first AND u.sequence < :end))
 ORDER BY u.campaign_number, u.used_at, u.use_id LIMIT :limit

-- name: code_use_clean
-- Erases who used codes; the uses stay recorded, without a user.
UPDATE code_use SET user_id = NULL
 WHERE /*postgres (namespace_id, campaign_number, used_at, use_id)
       else*/ namespace_id = :namespace_id AND (campaign_number, used_at, use_id) /*end*/ IN
       (SELECT /*postgres namespace_id,*/ campaign_number, used_at, use_id FROM code_use
         WHERE namespace_id = :namespace_id AND user_id = :user_id LIMIT :limit)
   /*postgres AND user_id = :user_id*/

-- name: code_use_restore
-- Restores the user of a use whose user was erased. No row: there is no such use, or it has a user.
UPDATE code_use SET user_id = :user_id
 WHERE namespace_id = :namespace_id AND campaign_number = :number AND used_at = :used_at AND use_id = :use_id
   AND user_id IS NULL
RETURNING use_id
