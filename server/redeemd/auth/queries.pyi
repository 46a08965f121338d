"""The queries of queries.sql. Written by `make generate`; do not edit."""

from redeemd.store.sql import Queries, Query

class _Queries(Queries):
    key_insert: Query
    key_get: Query
    key_page: Query
    key_revoke: Query
    key_other_admins: Query
    master_key_checks: Query
    master_key_check_insert: Query
    master_key_announcements_end: Query
    master_key_announce: Query
    master_key_announcements: Query

QUERIES: _Queries
