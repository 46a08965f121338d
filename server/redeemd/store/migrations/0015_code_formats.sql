-- Compatible from: 8
-- The format of a campaign's serial codes, as the text that redeemd.serialkey.codec.code_format reads; NULL: the default one.
-- A batch of such codes has it after its key id. Replicas of an older release cannot open or list these codes.
ALTER TABLE campaign ADD COLUMN code_format TEXT;

-- The formats in which typed codes of a namespace are opened. One with `used` = 1 has issued codes and is never removed.
CREATE TABLE code_format (
  namespace_id INTEGER NOT NULL,
  format TEXT NOT NULL,
  check_bits INTEGER NOT NULL,
  used INTEGER NOT NULL,
  PRIMARY KEY (namespace_id, format)
) STRICT, WITHOUT ROWID;
