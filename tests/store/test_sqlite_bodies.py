"""Bodies that suspend, raise or leave: the SQLite store lives on."""

import asyncio
import threading

import pytest
from redeemd.store.sqlite.batch import SuspendedBody
from store.conformance import GET, PUT, names, put
from support.patience import WAIT_SECONDS
from support.store_faults import (
    settle,
)


async def test_a_caller_who_leaves_during_the_batch_but_before_its_body_is_skipped(store, heard):
    """The last moment to leave is the begin of one's own body, not that of the batch."""
    entered, release, began = threading.Event(), threading.Event(), []

    async def holder(_tx):
        entered.set()
        release.wait(WAIT_SECONDS)

    async def late(_tx):
        began.append(True)

    held, leaving = (asyncio.create_task(store.run(body, write=True)) for body in (holder, late))
    try:
        assert await asyncio.to_thread(entered.wait, WAIT_SECONDS)
        leaving.cancel()
    finally:
        release.set()
    outcomes = await settle(held, leaving)
    assert outcomes[0] is None
    assert isinstance(outcomes[1], asyncio.CancelledError)
    assert not began
    assert heard.sizes == [2]


async def test_a_body_that_suspends_is_closed(store):
    """It may await its Tx only: SuspendedBody, rolled back, its finally has run; its neighbours are unharmed."""
    closed = []

    async def body(tx):
        try:
            await tx.run(PUT, name="half", number=1)
            await asyncio.sleep(0)
        finally:
            closed.append(True)

    for write in (True, False):
        outcomes = await settle(put(store, f"neighbour-{write}"), store.run(body if write else _nap, write=write))
        assert outcomes[0] is None
        assert isinstance(outcomes[1], SuspendedBody)
    assert closed  # once for each time it was run
    assert await names(store) == ["neighbour-False", "neighbour-True"]


async def _nap(_tx):
    await asyncio.sleep(0)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, asyncio.CancelledError, GeneratorExit])
@pytest.mark.parametrize("write", [True, False])
async def test_no_exception_of_a_body_kills_its_lane(store, kind, write):
    """An exception of a body is raised at its caller, and the next body runs."""

    async def body(_tx):
        raise kind

    for _ in range(3):  # every connection is hit
        with pytest.raises(kind):
            await store.run(body, write=write)
    await put(store, "next")
    assert await names(store) == ["next"]


async def test_a_function_that_raises_stop_iteration_does_not_kill_the_writer(store):
    """A body need not be declared async; StopIteration, which no future can carry, comes out as another exception."""
    nothing = iter(())

    def body(tx):
        return tx.one(GET, name=next(nothing))

    async with asyncio.timeout(WAIT_SECONDS):
        (outcome,) = await settle(store.run(body, write=True))
        await put(store, "next")
    assert isinstance(outcome, Exception)
