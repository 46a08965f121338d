-- Partitions the large tables of redeemd by namespace, on a database that `redeemd migrate` has just made:
--
--   psql -v ON_ERROR_STOP=1 -d redeemd -f partition.sql
--
-- 16 partitions by hash of namespace_id for each table. Refuses where a table has rows, and then changes nothing. Keys,
-- indexes, triggers and views keep their names and definitions, so that later migrations apply.

DO $$
DECLARE
  partitions CONSTANT integer := 16;
  name text;
  named record;
  statements text[] := '{}';
  statement text;
  definition text;
  filled boolean;
BEGIN
  -- The views that stand on these tables go with them, and come back as they were.
  FOR named IN SELECT viewname AS view, pg_get_viewdef(viewname::regclass) AS definition FROM pg_views WHERE schemaname = current_schema LOOP
    statements := statements || format('CREATE VIEW %I AS %s', named.view, named.definition);
    EXECUTE format('DROP VIEW %I', named.view);
  END LOOP;

  FOREACH name IN ARRAY ARRAY['issue_job', 'serial_key', 'imported_code', 'imported_key', 'counter', 'exchange_await'] LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', name) INTO filled;
    IF filled OR EXISTS (SELECT 1 FROM pg_class WHERE oid = name::regclass AND relkind = 'p') THEN
      RAISE EXCEPTION 'table % has rows or partitions: partition once, before the first use', name;
    END IF;
    EXECUTE format('ALTER TABLE %I RENAME TO plain', name);
    EXECUTE format('CREATE TABLE %I (LIKE plain INCLUDING DEFAULTS) PARTITION BY HASH (namespace_id)', name);
    FOR number IN 0 .. partitions - 1 LOOP
      EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES WITH (MODULUS %s, REMAINDER %s)',
                     name || '_' || number, name, partitions, number);
    END LOOP;
    FOR named IN
      SELECT i.indexrelid::regclass::text AS index, i.indisprimary, pg_get_indexdef(i.indexrelid) AS definition,
             pg_get_constraintdef(c.oid) AS constraint
        FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid
       WHERE i.indrelid = 'plain'::regclass ORDER BY 1
    LOOP
      statements := statements || CASE WHEN named.constraint IS NULL
        THEN replace(named.definition, format(' ON %I.plain ', current_schema), format(' ON %I ', name))
        ELSE format('ALTER TABLE %I ADD CONSTRAINT %s %s', name, named.index, named.constraint) END;
    END LOOP;
    FOR definition IN SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = 'plain'::regclass AND NOT tgisinternal LOOP
      statements := statements || replace(definition, format(' ON %I.plain ', current_schema), format(' ON %I ', name));
    END LOOP;
    DROP TABLE plain;
  END LOOP;

  FOREACH statement IN ARRAY statements LOOP
    EXECUTE statement;
  END LOOP;
END $$;
