-- Compatible from: 8
-- The reward that was promised when the price was paid, as a serialised RateModel with acquire actions alone. NULL: the
-- reward is that of the current master data, as it is for awaits that an older release creates.
ALTER TABLE exchange_await ADD COLUMN promised BLOB;
