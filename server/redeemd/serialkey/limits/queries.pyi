"""The queries of queries.sql. Written by `make generate`; do not edit."""

from redeemd.store.sql import Queries, Query

class _Queries(Queries):
    limited_use: Query
    limited_key_put: Query
    code_use_insert: Query
    code_use_revert: Query
    key_used_in: Query
    key_uses_add: Query
    key_uses_put: Query
    limit_state: Query
    slice_read: Query
    slice_wait: Query
    slice_put: Query
    slice_remove: Query
    slice_take: Query
    slice_give_back: Query
    limit_all: Query
    limit_set: Query
    uses_count: Query
    code_use_page: Query
    code_use_page_of_user: Query
    code_use_clean: Query
    code_use_restore: Query

QUERIES: _Queries
