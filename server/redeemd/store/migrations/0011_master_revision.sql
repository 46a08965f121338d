-- Compatible from: 8
-- How often the document in force has changed, so that an editor can require the one it read. A replica of an older
-- release changes the document without counting.
ALTER TABLE current_master ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
