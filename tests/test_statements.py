"""What PostgreSQL is not tried with: tests that are listed as reaching no statement of a database, and do not."""

import sqlite3
import subprocess
import sys

import pytest
from support.service import one_server, refused
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


def test_a_database_that_is_opened_is_seen(statements):
    """Without a store."""
    sqlite3.connect(":memory:").close()
    assert statements.reached


def test_a_process_that_is_started_is_seen(statements):
    """It may do anything."""
    subprocess.run([sys.executable, "-c", ""], check=True)
    assert statements.reached
