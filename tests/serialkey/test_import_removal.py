"""Codes of abandoned imports and deleted batches are removed whole, by any number of replicas at once."""

import asyncio

import grpc
import pytest
from redeemd.serialkey.importing import imports
from redeemd.store.sql import query
from support.imports import OpenImport, counts, listed, under_way, use
from support.patience import WAIT_SECONDS
from support.service import refused
from support.uploads import keep_house

CODES = [f"SUMMER-{number}" for number in range(1500)]
REPLICAS = 4
# What a key without its code looks like, and a code without its key: earlier releases left some.
_MOVE_KEYS = query(
    "move_keys",
    "UPDATE imported_key SET import_number = :import_number, ordinal = ordinal + :places WHERE namespace_id ="
    " (SELECT namespace_id FROM namespace WHERE name = :name)",
)
_FORGET_IMPORTS = query(
    "forget_imports",
    "DELETE FROM code_import WHERE namespace_id = (SELECT namespace_id FROM namespace WHERE name = :name)",
)


@pytest.fixture
async def world(own_service):
    """A namespace on a server of its own, whose housekeeping is ended."""
    await own_service.stop_housekeeping()
    return await own_service.world()


async def keep_house_at_once(world):
    """Let the housekeeping of several replicas do all there is to do. It holds nothing that another one would lack."""
    await asyncio.gather(*(keep_house(world.service) for _ in range(REPLICAS)))


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
    async with asyncio.timeout(WAIT_SECONDS):
        while await under_way(world.service):  # noqa: ASYNC110 -- the server does not report it
            await asyncio.sleep(0.005)


async def trim(world):
    """Import codes, use the last one, and delete the others."""
    job = (await world.bring([*CODES, "USED"])).item
    assert await use(world, "USED") == "OK"
    await world.call("DeleteIssueJob", campaign_model_name="spring", issue_job_name=job.name, unused_only=True)


@pytest.mark.parametrize(
    ("leave", "left"), [(delete_batch, 0), (abandon, 0), (trim, 1)], ids=["deleted", "abandoned", "trimmed"]
)
async def test_replicas_that_remove_at_once_leave_nothing_behind(world, leave, left):
    """No key without its code, no code without its key; the same codes can be imported again, and used once."""
    await leave(world)
    await keep_house_at_once(world)
    assert [len(table) for table in await rows(world)] == [left] * 3
    assert counts(await world.bring(CODES)) == {}
    assert [await use(world, code) for code in (CODES[0], CODES[-1], CODES[0])] == ["OK", "OK", "used"]


async def test_an_import_that_ends_while_it_is_found_silent_is_whole_or_nothing(world):
    """Its last message comes after a minute, when the housekeeping of several replicas is about to remove its codes."""
    for attempt in range(10):
        codes, before = [f"{attempt}-{code}" for code in CODES[:200]], await rows(world)
        made = OpenImport(world)
        made.send(codes)
        await made.until_written(len(codes) + len(before[1]))
        world.service.clock.advance(seconds=imports.SILENT_SECONDS_MAX + 1)
        ending = asyncio.create_task(made.end())
        await asyncio.sleep(0.001 * attempt)
        await keep_house_at_once(world)
        try:
            report = await ending
        except grpc.aio.AioRpcError:
            await keep_house_at_once(world)
            assert await rows(world) == before
        else:
            assert await listed(world, report.item) == codes
            assert [await use(world, code) for code in codes[:2]] == ["OK", "OK"]


@pytest.mark.parametrize("places", [0, 3], ids=["of that place", "of no place"])
@pytest.mark.parametrize("number", [1, 2], ids=["of its import", "of another import"])
async def test_keys_that_were_left_behind_find_no_other_code(world, number, places):
    """They point to a code of another import: it is not used by their text, and their own code can be imported."""
    await world.bring(["old-1", "old-2"])
    await run(world, _MOVE_KEYS, import_number=number, places=places)
    await run(world, _FORGET_IMPORTS)
    await world.bring(["new-1", "new-2"])
    with refused("CODE_NOT_FOUND"):
        await world.call("UseByUserId", user_id="eve", code="old-1")
    assert counts(await world.bring(["old-1", "old-2"])) == {}
    assert [await use(world, code) for code in ("new-1", "old-1", "new-2", "old-2")] == ["OK"] * 4


async def run(world, statement, **parameters):
    """Run a statement on the rows of a namespace."""
    await world.service.store.run(lambda tx: tx.run(statement, name=world.name, **parameters), write=True)
