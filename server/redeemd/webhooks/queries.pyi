"""The queries of queries.sql. Written by `make generate`; do not edit."""

from redeemd.store.sql import Queries, Query

class _Queries(Queries):
    webhook_add: Query
    webhook_get: Query
    webhook_page: Query
    webhook_take: Query
    webhook_advance: Query
    webhook_renew: Query
    webhook_postpone: Query
    webhook_switch_off: Query
    webhook_release: Query
    webhook_pass: Query
    webhook_restart: Query
    webhook_move: Query
    webhook_revive: Query
    dead_letter_put: Query
    dead_letter_next: Query
    dead_letter_page: Query
    dead_letter_revive: Query
    dead_letter_failed: Query
    dead_letter_delete: Query
    dead_letter_count: Query
    dead_letter_purge: Query

QUERIES: _Queries
