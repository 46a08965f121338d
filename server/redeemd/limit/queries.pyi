"""The queries of queries.sql. Written by `make generate`; do not edit."""

from redeemd.store.sql import Queries, Query

class _Queries(Queries):
    counter_read: Query
    counter_page: Query
    counter_page_of_limit: Query
    counter_up: Query
    counter_down: Query
    counter_delete: Query
    counter_clean: Query
    counter_restore: Query
    limit_model_get: Query
    counter_import_read: Query
    counter_import: Query
    counter_imported: Query
    imported_counter_deleted: Query
    imported_counter_clean: Query

QUERIES: _Queries
