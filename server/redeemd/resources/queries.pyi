"""The queries of queries.sql. Written by `make generate`; do not edit."""

from redeemd.store.sql import Queries, Query

class _Queries(Queries):
    namespace_by_name: Query
    namespace_lock: Query
    namespace_by_id: Query
    namespace_bury: Query
    namespace_buried: Query
    namespace_forget: Query
    master_all: Query
    model_all: Query
    model_get: Query
    model_put: Query
    model_remove: Query
    current_master_get: Query
    current_master_put: Query
    user_data_job_put: Query
    user_data_job_get: Query
    user_data_job_by_id: Query
    user_data_job_next: Query
    user_data_job_advance: Query
    user_data_job_forget: Query
    namespace_body: Query

QUERIES: _Queries
