"""The queries of queries.sql. Written by `make generate`; do not edit."""

from redeemd.store.sql import Queries, Query

class _Queries(Queries):
    campaign_number_missing: Query
    campaign_number_max: Query
    campaign_validities: Query
    campaign_set_validity: Query
    campaign_get: Query
    campaign_set_status: Query
    campaign_take_range: Query
    campaign_in_force: Query
    issue_job_insert: Query
    issue_job_get: Query
    issue_job_page: Query
    issue_job_set_status: Query
    issue_job_set_validity: Query
    serial_key_range: Query
    serial_key_read: Query
    serial_key_use: Query
    serial_key_revert: Query
    serial_key_set_status: Query
    campaign_code_read: Query
    imported_code_find: Query
    imported_code_range: Query
    imported_code_at: Query
    code_import_of_batch: Query
    code_import_under_way: Query
    code_import_begin: Query
    code_import_step: Query
    code_import_finish: Query
    code_import_give_up: Query
    code_import_give_up_all: Query
    code_import_given_up: Query
    code_import_given_up_of: Query
    code_import_remove: Query
    imported_code_insert: Query
    imported_key_insert: Query
    imported_key_any: Query
    imported_key_get: Query
    imported_key_remove: Query
    imported_code_remove: Query
    campaign_names: Query
    redemption_page: Query
    redemption_page_of_user: Query
    redemption_clean: Query
    redemption_restore: Query
    guess_rules: Query
    campaign_bodies: Query
    guess_budget_take: Query
    guess_budget_get: Query
    guess_budget_give_back: Query
    guess_budget_erase: Query
    guess_budget_forget: Query
    guess_alarm_report: Query

QUERIES: _Queries
