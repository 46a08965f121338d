-- Rights of the role with which `redeemd serve` and `redeemd keys` connect: rows only. Run it once, as the role that runs
-- `redeemd migrate`, after the first migration:
--
--   psql -v ON_ERROR_STOP=1 -v serving=redeemd_serve -d redeemd -f docs/how-to/grants.sql
--
-- Tables of later migrations get the same rights by themselves. For another schema, set search_path before.
SELECT current_schema() AS schema \gset
GRANT USAGE ON SCHEMA :"schema" TO :"serving";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA :"schema" TO :"serving";
ALTER DEFAULT PRIVILEGES IN SCHEMA :"schema" GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"serving";
