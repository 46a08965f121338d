-- Compatible from: 8
-- The traceparent (W3C Trace Context) of the call whose transaction added the delivery. NULL: it belongs to no trace, or an
-- older release added it.
ALTER TABLE delivery ADD COLUMN traceparent TEXT;
