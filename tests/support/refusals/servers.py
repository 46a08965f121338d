"""Refusals for the state of the server and of its store."""

import asyncio
import functools

from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.event.feed import WATCHERS_MAX
from redeemd.store.base import Busy, CommitFailed, CommitUnknown, Unavailable, WriteConflict

from support.clock import ManualClock
from support.events import told, watching
from support.limits import make_limits
from support.receiver import ask
from support.refusals import Stage, provokes
from support.service import running
from support.store_faults import blocked_writer, until

DAY = 24 * 60 * 60


# An error that nobody thought of is a defect.
_FAILURES = {
    "CONFLICT": WriteConflict,
    "CONTENTION": Busy,
    "NOT_COMMITTED": CommitFailed,
    "OUTCOME_UNKNOWN": CommitUnknown,
    "STORE_UNAVAILABLE": Unavailable,
    "INTERNAL": KeyError,
}


async def use_while_the_store_fails(stage: Stage, *, failure: type[Exception]) -> None:
    """Use a code, whose first writing statement fails."""
    async with running(stage.folder) as service:
        world = await service.world()
        [code] = await world.codes()
        service.faults.fail_at, service.faults.failure = 1, failure
        await world.call("UseByUserId", user_id="alice", code=code)


for _reason, _failure in _FAILURES.items():
    provokes(_reason)(functools.partial(use_while_the_store_fails, failure=_failure))


@provokes("OVERLOADED")
async def one_call_too_many(stage: Stage) -> None:
    """The server takes one at a time, and that one waits."""
    async with running(stage.folder, calls_max=1) as service:
        world = await service.world()
        in_flight = service.telemetry.registry.get_sample_value
        async with blocked_writer(service.store):
            waiting = asyncio.create_task(world.issue())
            await until(lambda: in_flight("redeemd_calls_in_flight") == 1)
            try:
                await world.call("GetNamespace")
            finally:
                waiting.cancel()


@provokes("MESSAGE_TIMEOUT")
async def silent_stream(stage: Stage) -> None:
    """A stream is opened, and no message follows."""
    async with running(stage.folder, message_timeout_seconds=0.1) as service:
        await service.serial_keys.ImportSerialKeys(metadata=service.admin)


@provokes("FILES_NOT_SERVED")
async def no_http_side(stage: Stage) -> None:
    """So there are no URLs."""
    async with running(stage.folder, http_listen="") as service:
        await service.call("PrepareImportUserDataByUserId", user_id="alice")


@provokes("WEBHOOK_NOT_FOUND")
async def unknown_webhook(stage: Stage) -> None:
    """To be retried."""
    await ask(stage.service, "RetryWebhook", webhook_name="unknown")


@provokes("EVENTS_NOT_KEPT")
async def no_events(stage: Stage) -> None:
    """The configuration keeps none."""
    async with running(stage.folder, event_retention_seconds=0) as service:
        await told(service, 0)


@provokes("CURSOR_EXPIRED")
async def old_cursor(stage: Stage) -> None:
    """The events behind it were removed."""
    clock = ManualClock()
    async with running(stage.folder, clock=clock, event_retention_seconds=DAY) as service:
        await service.stop_housekeeping()
        limits = await make_limits(service)
        async with watching(service) as watcher:
            cursor = watcher.cursor
        await limits.up()
        clock.advance(seconds=DAY + 1)
        while await service.maintenance.step():
            pass
        await told(service, 0, cursor=cursor)


@provokes("TOO_MANY_WATCHERS")
async def one_watcher_too_many(stage: Stage) -> None:
    """The server has as many as it takes."""
    async with running(stage.folder) as service:
        watchers = [watching(service) for _ in range(WATCHERS_MAX)]
        await asyncio.gather(*(watcher.__aenter__() for watcher in watchers))
        try:
            await told(service, 0)
        finally:
            await asyncio.gather(*(watcher.__aexit__(None, None, None) for watcher in watchers))


@provokes("SERVER_DRAINING")
async def stop_taking_items(stage: Stage) -> None:
    """A stream of items is open."""
    async with running(stage.folder) as service:
        world = await service.world()
        call = service.serial_keys.UseStream(metadata=service.admin)
        await call.write(pb.UseStreamRequest(namespace_name=world.name))
        await until(lambda: service.telemetry.registry.get_sample_value("redeemd_calls_in_flight") == 1)
        stopping = asyncio.create_task(service.app.stop(grace_seconds=5))
        try:
            await call.read()
        finally:
            await stopping


@provokes("SERVER_STOPPING")
async def stop(stage: Stage) -> None:
    """A watcher learns of it."""
    async with running(stage.folder) as service, watching(service) as watcher:
        stopping = asyncio.create_task(service.app.stop(grace_seconds=5))
        try:
            await watcher.answer()
        finally:
            await stopping
