"""The queries of queries.sql. Written by `make generate`; do not edit."""

from redeemd.store.sql import Queries, Query

class _Queries(Queries):
    upload_insert: Query
    upload_get: Query
    upload_chunk_insert: Query
    upload_finish: Query
    upload_chunks: Query
    upload_take: Query
    upload_expired: Query
    upload_chunk_remove: Query
    upload_part_remove: Query
    upload_remove: Query

QUERIES: _Queries
