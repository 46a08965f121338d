"""Tests that are listed as reaching no statement of the store of the lane reach none."""

import pytest
from support import lane
from support import postgres as pg
from support.process import serving
from support.service import one_server, refused, running
from support.statements import exists, listed


@pytest.fixture
def statements(request):
    """The plugin that watches this test, too."""
    return request.config.pluginmanager.get_plugin("statements")


def test_every_listed_function_exists():
    """Otherwise the list is stale: `REDEEMD_UPDATE_GOLDEN=1 make test` rewrites it."""
    assert [name for name in sorted(listed()) if not exists(name)] == []


async def test_a_statement_of_a_fixture_is_seen(own_service, statements):  # noqa: ARG001 -- wanted for its statements
    """Its own server is a part of a test."""
    assert statements.reached


async def test_a_statement_of_a_call_is_seen(world, statements):
    """Of one that only reads."""
    assert not statements.reached
    await world.call("GetNamespace")
    assert statements.reached


async def test_a_call_that_is_refused_before_any_statement_is_not_seen(world, statements):
    """Though the server looks the key up, at most once a minute."""
    with refused("VALIDATION_FAILED"):
        await world.call("GetCampaignModel", campaign_model_name="")
    assert not statements.reached


def test_a_server_that_starts_is_seen(statements):
    """Its database, its schema, and its keys are made by statements."""
    with one_server():
        assert statements.reached


async def test_a_process_that_chooses_by_the_lane_is_seen(statements, tmp_path):
    """Its statements cannot be seen from here, but the question where its data is to be can."""
    await lane.settings(tmp_path, {})
    assert statements.reached


async def test_a_database_of_the_test_s_own_choice_is_not_seen(statements, tmp_path, postgres_url):
    """It is the same in every lane: a server in this process, and one in another."""
    await pg.migrated(postgres_url)
    await pg.make_keys(tmp_path, postgres_url)
    settings = {"database": postgres_url, "master_key_file": tmp_path / "master.key"}
    async with running(tmp_path, **settings) as service:
        await service.world()
    async with serving(tmp_path / "embedded") as (_, service):
        await service.world()
    assert not statements.reached
