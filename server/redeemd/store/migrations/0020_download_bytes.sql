-- Compatible from: 8
-- The bytes of an imported batch as lines of CSV with marks for spreadsheets; csv_bytes is those without, which an older
-- release sends. NULL: an older release made the import, and the length of its file is unknown.
ALTER TABLE code_import ADD COLUMN download_bytes INTEGER;
