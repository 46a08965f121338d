"""Codes of abandoned imports and deleted batches are removed whole, by any number of replicas at once."""

import asyncio

import grpc
import pytest
from redeemd.serialkey.importing import imports
from redeemd.store.sql import query
from support.imports import OpenImport, counts, listed, until_given_up, use
from support.patience import WAIT_SECONDS
from support.service import refused
from support.uploads import keep_house

CODES = [f"SUMMER-{number}" for number in range(1500)]
REPLICAS = 4
# What a key without its code looks like, and a code without its key: earlier releases left some.
_MOVE_KEYS = query(
    "move_keys",
    "UPDATE imported_key SET import_number = import_number + :imports, ordinal = ordinal + :places WHERE namespace_id ="
    " (SELECT namespace_id FROM namespace WHERE name = :name)",
)
_PROGRESS = query("progress", "SELECT MAX(updated_at) AS at FROM code_import")
_FORGET_IMPORTS = query(
    "forget_imports",
    "DELETE FROM code_import WHERE namespace_id = (SELECT namespace_id FROM namespace WHERE name = :name)",
)


async def rows(world):
    """Return the rows of imports, codes and keys of the database."""
    tables = await world.service.dump()
    return tables["code_import"], tables["imported_code"], tables["imported_key"]


async def delete_batch(world):
    """Import codes, and delete the batch."""
    job = (await world.bring(CODES)).item
    await world.call("DeleteIssueJob", campaign_model_name="spring", issue_job_name=job.name)


async def abandon(world):
    """Leave in the middle of an import."""
    made = OpenImport(world)
    made.send(CODES)
    await made.until_written(len(CODES))
    made.call.cancel()
    await until_given_up(world.service)


async def trim(world):
    """Import codes, use the last one, and delete the others."""
    job = (await world.bring([*CODES, "USED"])).item
    assert await use(world, "USED") == "OK"
    await world.call("DeleteIssueJob", campaign_model_name="spring", issue_job_name=job.name, unused_only=True)


@pytest.mark.parametrize(
    ("leave", "left"), [(delete_batch, 0), (abandon, 0), (trim, 1)], ids=["deleted", "abandoned", "trimmed"]
)
async def test_replicas_that_remove_at_once_leave_nothing_behind(own_world, leave, left):
    """No key without its code, no code without its key; the same codes can be imported again, and used once."""
    await leave(own_world)
    await keep_house(own_world.service, replicas=REPLICAS)
    assert [len(table) for table in await rows(own_world)] == [left] * 3
    assert counts(await own_world.bring(CODES)) == {}
    assert [await use(own_world, code) for code in (CODES[0], CODES[-1], CODES[0])] == ["OK", "OK", "used"]


async def test_an_import_that_ends_while_it_is_found_silent_is_whole_or_nothing(own_world):
    """Its last message comes after a minute, when the housekeeping of several replicas is about to remove its codes."""
    for attempt in range(10):
        codes, before = [f"{attempt}-{code}" for code in CODES[:200]], await rows(own_world)
        made = OpenImport(own_world)
        made.send(codes)
        await made.until_written(len(codes) + len(before[1]))
        own_world.service.clock.advance(seconds=imports.SILENT_SECONDS_MAX + 1)
        ending = asyncio.create_task(made.end())
        await asyncio.sleep(0.001 * attempt)
        await keep_house(own_world.service, replicas=REPLICAS)
        try:
            report = await ending
        except grpc.aio.AioRpcError:
            await keep_house(own_world.service, replicas=REPLICAS)
            assert await rows(own_world) == before
        else:
            assert await listed(own_world, report.item) == codes
            assert [await use(own_world, code) for code in codes[:2]] == ["OK", "OK"]


@pytest.mark.parametrize("places", [0, 3], ids=["of that place", "of no place"])
@pytest.mark.parametrize("imports_later", [0, 1], ids=["of its import", "of another import"])
async def test_keys_that_were_left_behind_find_no_other_code(own_world, imports_later, places):
    """They point to a code of another import: it is not used by their text, and their own code can be imported."""
    await own_world.bring(["old-1", "old-2"])
    await run(own_world, _MOVE_KEYS, imports=imports_later, places=places)
    await run(own_world, _FORGET_IMPORTS)
    await own_world.bring(["new-1", "new-2"])
    with refused("CODE_NOT_FOUND"):
        await own_world.call("UseByUserId", user_id="eve", code="old-1")
    assert counts(await own_world.bring(["old-1", "old-2"])) == {}
    assert [await use(own_world, code) for code in ("new-1", "old-1", "new-2", "old-2")] == ["OK"] * 4


async def run(world, statement, **parameters):
    """Run a statement on the rows of a namespace."""
    await world.service.store.run(lambda tx: tx.run(statement, name=world.name, **parameters), write=True)


@pytest.mark.parametrize("how", ["ends", "leaves"])
async def test_a_silent_import_does_nothing_to_the_next_one(own_world, how):
    """The next one removed its rows. Its client comes back: its codes are refused, and the next import is complete."""
    silent = OpenImport(own_world)
    silent.send(["silent-1", "silent-2"])
    await silent.until_written(2)
    own_world.service.clock.advance(seconds=imports.SILENT_SECONDS_MAX + 1)
    following = OpenImport(own_world)
    following.send(["next-1", "next-2", "next-3"])
    await following.until_written(3)
    if how == "ends":
        silent.send(["silent-3"])
        with refused("CONFLICT"):
            await silent.end()
    else:
        silent.call.cancel()
        await asyncio.gather(silent.call, return_exceptions=True)
        await own_world.call("GetNamespace")
    report = await following.end()
    assert await listed(own_world, report.item) == ["next-1", "next-2", "next-3"]
    assert [await use(own_world, code) for code in ("next-1", "next-3")] == ["OK", "OK"]
    with refused("CODE_NOT_FOUND"):
        await own_world.call("UseByUserId", user_id="eve", code="silent-1")


async def test_an_import_of_codes_that_are_here_makes_progress(own_world):
    """It writes none, and yet it is not taken for silent: it is still in progress when another one is to begin."""
    await own_world.bring(CODES[:50])
    repeated = OpenImport(own_world)
    for part in range(3):
        own_world.service.clock.advance(seconds=imports.SILENT_SECONDS_MAX // 2 + 1)
        repeated.send(CODES[part * 10 : part * 10 + 10], skip_problems=True)
        await until_progress(own_world)
    with refused("IMPORT_UNDER_WAY"):
        await own_world.bring(["other"])
    repeated.send(["new"], skip_problems=True)
    assert (await repeated.end()).imported_count == 1


async def until_progress(world):
    """Wait until an import has made progress at this time."""
    async with asyncio.timeout(WAIT_SECONDS):
        while await progress(world) < world.service.clock.now_ms():  # noqa: ASYNC110 -- the server does not report it
            await asyncio.sleep(0.005)


async def progress(world):
    """Return when an import has made progress."""
    return (await world.service.store.run(lambda tx: tx.one(_PROGRESS), write=False))["at"]
