"""How PostgreSQL goes about our statements: by indexes, however large a table is."""

import re

import asyncpg
import pytest
from support.postgres import migrated
from support.queries import ours, plan, prepared, sets

# What walks through a table or sorts what it found, and why that is no matter. All others must not.
FEW = {
    **dict.fromkeys(("key_other_admins", "master_key_checks"), "there are few keys"),
    **dict.fromkeys(("replica_forget", "replica_all"), "there are few replicas"),
    **dict.fromkeys(("master_key_announcements", "master_key_announcements_end"), "there are few replicas"),
    **dict.fromkeys(("namespace_buried", "code_import_give_up_all"), "there are few of these at a time"),
    "console_import_break_off_all": "there are the imports of a week",
    **dict.fromkeys(("await_page", "await_page_of_rate", "counter_page", "counter_page_of_limit"), "those of a player"),
    "imported_code_find": "sorts two codes at most",
    **dict.fromkeys(("redemption_page_of_span", "redemption_curve", "batch_curve"), "sorts what is on a page"),
    **dict.fromkeys(("slice_take", "slice_give_back", "slice_wait"), "a campaign has few slices"),
    "limited_use": "sorts the slices of a campaign, and the elements of its set form",
    "code_use_revert": "sorts the uses of one code by one player",
    **dict.fromkeys(("namespace_with_data_of",), "there are states only while an import writes them"),
    "event_renumber": "sorts what one statement moves, after a dump was restored",
}
# Whose parameters with 32 bits are bounded: a number of texts, of characters, a flag.
SMALL = {"imported_keys_read", "guess_budget_take", "limited_key_put"}
_SLOW = re.compile(r"Seq Scan|Sort  ")


@pytest.fixture(scope="module")
async def connection(postgres):
    """A connection that plans without looking at parameters, and walks through tables or sorts only where it has to."""
    url = postgres.create("planned")
    await migrated(url)
    avoided = dict.fromkeys(("enable_seqscan", "enable_sort", "enable_incremental_sort"), "off")
    settings = {"plan_cache_mode": "force_generic_plan", **avoided}
    connection = await asyncpg.connect(url, server_settings=settings)
    yield connection
    await connection.close()
    postgres.drop("planned")  # a worker of xdist may come back to this module


@pytest.mark.parametrize("query", ours(), ids=lambda query: query.name)
async def test_a_statement_goes_by_an_index(connection, query):
    """On an empty table costs choose no plan; so what could be avoided is forbidden."""
    found = await plan(connection, query)
    assert bool(_SLOW.search(found)) == (query.name in FEW), found


async def test_the_curve_of_a_batch_reads_no_code_where_none_is_to_be_counted(connection):
    """The plan looks for pending rows once, before it reads codes; a join would read all codes and find nothing."""
    [query] = [query for query in ours() if query.name == "batch_curve"]
    found = await plan(connection, query)
    assert re.search(r"One-Time Filter: \(\(?InitPlan", found), found


@pytest.mark.parametrize("query", sets(), ids=lambda query: query.name)
async def test_a_set_goes_by_indexes_for_each_of_its_elements(connection, query):
    """The plan sorts the elements of the set, and scans no table."""
    found = await plan(connection, query)
    assert "Seq Scan" not in found, found


@pytest.mark.parametrize("query", [*ours(), *sets()], ids=lambda query: query.name)
async def test_every_whole_number_has_64_bits(connection, query):
    """PostgreSQL gives a parameter the type of what it is first compared with, and that of a small constant has 32."""
    async with prepared(connection, query) as types:
        assert any(kind.startswith(("integer", "smallint")) for kind in types) == (query.name in SMALL)
