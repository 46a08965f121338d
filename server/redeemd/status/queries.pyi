"""The queries of queries.sql. Written by `make generate`; do not edit."""

from redeemd.store.sql import Queries, Query

class _Queries(Queries):
    console_import_begin: Query
    console_import_advance: Query
    console_import_end: Query
    console_import_break_off_all: Query
    console_import_get: Query
    console_import_page: Query
    console_import_purge: Query
    replica_report: Query
    replica_forget: Query
    replica_withdraw: Query
    replica_all: Query

QUERIES: _Queries
