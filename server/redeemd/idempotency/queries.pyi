"""The queries of queries.sql. Written by `make generate`; do not edit."""

from redeemd.store.sql import Queries, Query

class _Queries(Queries):
    idempotency_claim: Query
    idempotency_keep: Query
    idempotency_withdraw: Query
    idempotency_read: Query
    idempotency_amend: Query
    idempotency_purge: Query

QUERIES: _Queries
