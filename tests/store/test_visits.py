"""How many rows SQLite visits for our statements, without statistics: no more than it returns or changes."""

import pytest
from support.queries import ours
from support.visits import Filled

FEW, MANY = 10, 100  # rows for each prefix of each key
STEPS_PER_ROW_MAX = 20  # of those that are returned or changed
SPARE = 20
# The statements that visit more, and why that does not matter. All others must not.
EXCEPTIONS = {
    "key_other_admins": "there are few keys",
    "master_key_announcements": "there are few replicas",
    "namespace_buried": "namespaces are deleted rarely, and a purge takes minutes",
    **dict.fromkeys(("await_page", "await_page_of_rate", "counter_page", "counter_page_of_limit"), "those of a player"),
    **dict.fromkeys(
        ("code_import_under_way", "code_import_given_up", "code_import_given_up_of", "code_import_give_up_all"),
        "there are few imports; each may have a million codes",
    ),
    **dict.fromkeys(("code_import_stating", "code_import_stating_of"), "there are few imports"),
    "replica_all": "there are few replicas",
    "console_import_break_off_all": "there are the imports of a week",
    "imported_state_clean": "there are states only while an import writes them",
    "guess_rules": "a namespace has at most sixteen formats",
    "redemption_page_of_span": "passes over codes of other batches",
    "redemption_page": "passes over codes that were switched off and never used",
    **dict.fromkeys(
        ("tally_of_batches", "tally_delta_take_of_batch", "redemption_curve", "batch_curve", "batch_curve_count"),
        "the deltas that are not in the totals yet",
    ),
    **dict.fromkeys(("tally_of_campaign",), "the same, and the batches of a campaign"),
    "limit_state": "those of a player, the slices of a total, and the campaigns of a group",
    **dict.fromkeys(("slice_take", "slice_give_back", "slice_wait"), "a total has 16 slices"),
    "code_use_revert": "those of a player in a campaign",
    **dict.fromkeys(("code_use_page", "code_use_page_of_user"), "passes over uses of other batches and times"),
    "uses_count": "counts once, when a campaign gets its first total",
    "delivery_counts": "counts what is undelivered, once in a while",
}


@pytest.fixture(scope="module")
def small():
    """A database."""
    return Filled(FEW)


@pytest.fixture(scope="module")
def large():
    """A database with ten times the rows."""
    return Filled(MANY)


@pytest.mark.parametrize("query", ours(), ids=lambda query: query.name)
def test_a_statement_visits_the_rows_it_returns(small, large, query):
    """Its steps do not grow with the table, the namespace, or whatever else has a part of its key in common."""
    few, many = small.cost(query), large.cost(query)
    grown = many.steps - few.steps > SPARE + STEPS_PER_ROW_MAX * (many.rows - few.rows)
    assert grown == (query.name in EXCEPTIONS), f"{few} {many} {large.plan(query)}"
