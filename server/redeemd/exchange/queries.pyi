"""The queries of queries.sql. Written by `make generate`; do not edit."""

from redeemd.store.sql import Queries, Query

class _Queries(Queries):
    rate_get: Query
    await_get: Query
    await_page: Query
    await_page_of_rate: Query
    await_insert: Query
    await_skip: Query
    await_delete: Query
    await_clean: Query
    await_restore: Query
    await_import_read: Query
    await_import_replace: Query
    await_imported: Query
    imported_await_clean: Query

QUERIES: _Queries
