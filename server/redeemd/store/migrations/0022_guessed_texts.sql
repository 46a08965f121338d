-- Compatible from: 8
-- The texts that a player tried since the budget was full, as keyed hashes, so that a text which is repeated counts as one
-- guess. NULL: none. Replicas of an older release count every repetition.
ALTER TABLE guess_budget ADD COLUMN tried TEXT;
