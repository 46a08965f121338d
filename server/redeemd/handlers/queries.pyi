"""The queries of queries.sql. Written by `make generate`; do not edit."""

from redeemd.store.sql import Queries, Query

class _Queries(Queries):
    delivery_put: Query
    delivery_take: Query
    delivery_next_due: Query
    delivery_arrived: Query
    delivery_postpone: Query
    delivery_bury: Query
    delivery_release: Query
    delivery_revive: Query
    delivery_get: Query
    delivery_page: Query
    delivery_page_in_state: Query
    delivery_page_of_player: Query
    delivery_page_of_player_in_state: Query
    delivery_purge: Query
    delivery_counts: Query
    saga_begin: Query
    saga_finish: Query
    saga_give_up: Query
    saga_take: Query
    saga_next_due: Query
    saga_compensated: Query
    saga_postpone: Query

QUERIES: _Queries
