"""Imports that break off: wherever it happens nothing of them is there, and the next one does not notice."""

import asyncio
import random

import grpc
import pytest
from redeemd.serialkey.importing import importer, imports
from redeemd.store.base import CommitFailed
from support.imports import OpenImport, counts, jobs, listed, under_way, until_given_up, watch
from support.patience import WAIT_SECONDS
from support.service import read_refusal, refused

CODES = [f"SUMMER-{n}" for n in range(1500)]


class FailingFrom:
    """Makes the `first`-th statement fail, counted over all writing bodies, and with `on` all that follow."""

    def __init__(self, faults, *, first, on=False):
        self._first, self._on = first, on
        self.count = 0
        faults.about_to_run = self._about_to_run

    def _about_to_run(self):
        self.count += 1
        if self.count == self._first or (self._on and self.count > self._first):
            raise CommitFailed("injected")


async def attempt(world, codes, **fields):
    """Import; return the report, or None when it was refused with NOT_COMMITTED."""
    try:
        return await world.bring(codes, **fields)
    except grpc.aio.AioRpcError as error:
        refusal = read_refusal(error)
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAVAILABLE, "NOT_COMMITTED")
        assert refusal.retry
        return None


@pytest.mark.parametrize("headers", [(), [("idempotency-key", "k")]], ids=["plain", "with-idempotency-key"])
@pytest.mark.parametrize("kind", ["all-good", "skipping"])
async def test_a_failure_at_any_statement_of_any_body_leaves_nothing(own_world, monkeypatch, kind, headers):
    """For every k, the k-th statement of an import fails: refused, nothing is to be seen, and the same import works."""
    monkeypatch.setattr(importer, "STEP_CODES", 3)
    faults = own_world.service.faults
    fields = {"headers": headers, "skip_problems": kind == "skipping"}
    k, done = 0, False
    while not done:
        k += 1
        world = await own_world.service.world()
        codes = [*"abcdefg", *("ad" if kind == "skipping" else "")]
        failing = FailingFrom(faults, first=k)
        report = await attempt(world, codes, **fields)
        done = failing.count < k
        del faults.about_to_run
        if report is None:
            assert not await jobs(world), f"statement {k}"
            with refused("SERIAL_KEY_NOT_FOUND"):
                await world.call("GetSerialKey", code="a")
            report = await world.bring(codes, **fields)
        assert report.imported_count == 7
        assert await jobs(world) == [report.item]
        assert await listed(world, report.item) == [*"abcdefg"]
        assert await under_way(own_world.service) == 0
    assert k > 12


async def test_a_failure_after_the_end_does_not_turn_success_into_a_refusal(own_world):
    """Tidying up fails: the codes are there, and the response says so."""
    faults = own_world.service.faults
    await own_world.bring(["0"])  # from then on, imports also compare their codes with others
    counted = FailingFrom(faults, first=0)
    await own_world.bring(["a"])
    failing = FailingFrom(faults, first=counted.count)
    report = await own_world.bring(["b"])
    del faults.about_to_run
    assert failing.count == counted.count
    assert (await own_world.call("GetSerialKey", code="b")).issue_job == report.item


async def test_a_store_that_stays_away_delays_the_next_import_by_a_minute(own_world):
    """Not even giving up was possible: the next import is refused until the broken one is found silent."""
    faults = own_world.service.faults
    FailingFrom(faults, first=16, on=True)
    assert await attempt(own_world, CODES) is None
    del faults.about_to_run
    with refused("IMPORT_UNDER_WAY"):
        await own_world.bring(CODES)
    own_world.service.clock.advance(seconds=imports.SILENT_SECONDS_MAX + 1)
    report = await own_world.bring(CODES)
    assert (counts(report), report.imported_count) == ({}, 1500)


async def test_an_import_whose_client_leaves_is_nothing_and_its_rows_go(own_world):
    """In the middle of the stream: nothing to be seen, the housekeeping empties the tables in steps, the next works."""
    made = OpenImport(own_world)
    made.send(CODES)
    await made.until_written(1500)
    made.call.cancel()
    await until_given_up(own_world.service)
    assert not await jobs(own_world)
    steps = 0
    while await own_world.service.maintenance.step():
        steps += 1
    assert steps == 25
    tables = await own_world.service.dump()
    assert tables["imported_code"] == tables["code_import"] == []
    assert counts(await own_world.bring(CODES)) == {}


async def test_a_client_that_leaves_is_not_taken_for_one_that_has_sent_all(own_world):
    """To the server both look like the end of the messages: what follows is giving up, never the last transaction."""
    watched = watch(own_world.service)
    for _ in range(20):
        made = OpenImport(await own_world.service.world())
        made.send(["a"])
        await made.until_written(1)
        asked = watched.asked
        made.call.cancel()
        await until_given_up(own_world.service)
        assert watched.asked == asked + 1


async def leave(world, n, draw):
    """Begin an import of 150 codes, leave at a random moment before its end, and import at once what is left to do."""
    made = OpenImport(world)
    for piece in range(3):
        made.send([f"{n}-{piece}-{code}" for code in CODES[:50]])
    await asyncio.sleep(draw.random() * 0.02)
    made.call.cancel()
    while True:
        try:
            return (await world.bring([f"{n}"])).item
        except grpc.aio.AioRpcError as error:
            assert read_refusal(error).reason == "IMPORT_UNDER_WAY"
            await asyncio.sleep(0.01)


async def test_of_imports_whose_clients_leave_at_any_moment_nothing_is_there(own_service):
    """Clients that leave before they said that this was all: no part is taken for the whole, none stays open."""
    await own_service.stop_housekeeping()
    worlds = [await own_service.world() for _ in range(8)]
    draw = random.Random(1)

    async def many(world):
        return [await leave(world, n, draw) for n in range(15)]

    # An import that nobody gave up would be refused forever, because the clock is stopped.
    async with asyncio.timeout(2 * WAIT_SECONDS):
        made = await asyncio.gather(*(many(world) for world in worlds))
    for world, items in zip(worlds, made, strict=True):
        assert await jobs(world) == items
        assert {item.issued_count for item in items} == {1}
