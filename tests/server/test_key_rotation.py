"""Rotating the master key of replicas, forwards and back, while players use codes: real processes on PostgreSQL."""

import asyncio

import pytest
from support import postgres as pg
from support.cli import run
from support.process import refusal_to_start
from support.replicas import HonestPlayers, Replicas

PLAYERS = 6
ROUNDS = 15
MINUTES_MAX = 15 * 60


@pytest.fixture
async def replicas(tmp_path, postgres):  # noqa: ARG001 -- wanted for its effect
    """Three of them, whose master key file is tmp_path/master.key."""
    replicas = Replicas(tmp_path, drain_seconds=1)
    async with replicas.running():
        yield replicas


@pytest.fixture
def master_keys(replicas):
    """Runs a command of `master-keys` for the file and the database of the replicas."""
    file = ("--master-key-file", replicas.environment["REDEEMD_MASTER_KEY_FILE"])

    async def invoke(*arguments):
        result = await run("master-keys", *arguments, *file)
        assert result.exit_code == 0, result.output
        return result.stdout

    return invoke


def database(replicas):
    """Return the name of the database."""
    return pg.database_of(replicas.environment["REDEEMD_DATABASE"])


def codes_by_key(replicas, postgres):
    """Return the ids of the master keys under which there are codes."""
    return postgres.sql("SELECT DISTINCT key_id FROM issue_job ORDER BY 1", database=database(replicas)).split()


async def restart_each(replicas, players):
    """Restart the replicas one after the other; between two of them players play."""
    for address in replicas.addresses:
        await replicas.restart(address)
        await players.rounds_more(ROUNDS)


async def test_no_honest_call_is_refused_while_a_key_is_rotated_and_rolled_back(replicas, master_keys, postgres):
    """Added, used, and no longer used: with each step replicas with the new and the old file serve side by side."""
    async with replicas.service() as service, asyncio.timeout(MINUTES_MAX):
        players = HonestPlayers(await service.world())
        async with players.playing(PLAYERS):
            await players.rounds_more(ROUNDS)
            await master_keys("add")
            await restart_each(replicas, players)
            assert codes_by_key(replicas, postgres) == ["k1"]
            await master_keys("use", "k2")
            await restart_each(replicas, players)
            assert codes_by_key(replicas, postgres) == ["k1", "k2"]
            await master_keys("accept", "k2")
            await restart_each(replicas, players)
        assert players.wrong == []
    made = postgres.sql("SELECT key_id FROM issue_job ORDER BY created_at DESC LIMIT 5", database=database(replicas))
    assert set(made.split()) == {"k1"}


async def test_no_honest_call_is_refused_when_a_key_is_added_and_used_in_one_step(replicas, master_keys, postgres):
    """Replicas that have it wait for those that have not, and use it then without another restart."""
    async with replicas.service() as service, asyncio.timeout(MINUTES_MAX):
        players = HonestPlayers(await service.world())
        async with players.playing(PLAYERS):
            await master_keys("add")
            await master_keys("use", "k2")
            first, *others = replicas.addresses
            await replicas.restart(first)
            await players.rounds_more(ROUNDS)
            url = replicas.environment["REDEEMD_DATABASE"]
            status = await master_keys("status", "--database", url)
            assert "k2  use      unused  1 of 3 replicas" in status
            assert codes_by_key(replicas, postgres) == ["k1"]
            for address in others:
                await replicas.restart(address)
            while "k2" not in codes_by_key(replicas, postgres):
                await players.rounds_more(ROUNDS)
            assert "k2  use      used  3 of 3 replicas" in await master_keys("status", "--database", url)
        assert players.wrong == []


async def test_a_replica_without_a_key_that_was_used_is_refused(replicas, master_keys, tmp_path):
    """It would refuse codes of the others. One with the key marked as accepted starts: that is how to roll back."""
    before = (tmp_path / "master.key").read_text()
    await master_keys("add")
    await master_keys("use", "k2")
    for address in replicas.addresses:
        await replicas.restart(address)
    (tmp_path / "old.key").write_text(before)
    old = replicas.environment | {"REDEEMD_MASTER_KEY_FILE": str(tmp_path / "old.key")}
    said = await refusal_to_start(tmp_path, **old)
    assert "master key k2, with which the database was used, is missing" in said
