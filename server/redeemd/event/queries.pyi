"""The queries of queries.sql. Written by `make generate`; do not edit."""

from redeemd.store.sql import Queries, Query

class _Queries(Queries):
    event_insert: Query
    event_page: Query
    event_committed: Query
    event_newest: Query
    event_oldest: Query
    event_remove: Query
    event_of_the_future: Query
    event_renumber: Query
    event_mark: Query

QUERIES: _Queries
