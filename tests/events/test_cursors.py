"""Cursors: where a watcher goes on, and which ones are refused."""

import shutil

from redeem.options.v1 import options_pb2
from redeemd.store.sql import query
from support.clock import ManualClock
from support.events import told, watching
from support.limits import make_limits
from support.service import refused, running

COUNTED = options_pb2.EVENT_KIND_COUNTED
DAY = 24 * 60 * 60
COUNT = query("event_count", "SELECT COUNT(*) AS number FROM event")


async def test_a_cursor_of_another_query_or_a_forged_one_is_refused(service):
    """A cursor is signed, and bound to the filters of the request, in whatever order."""
    limits = await make_limits(service)
    async with watching(service, namespace_names=["b", limits.name], kinds=[COUNTED, 1]) as watcher:
        cursor = watcher.cursor
    async with watching(service, namespace_names=[limits.name, "b"], kinds=[1, COUNTED], cursor=cursor):
        pass
    forged = ("A" if cursor[0] != "A" else "B") + cursor[1:]  # the last letters may have bits that mean nothing
    cut = cursor[: len(cursor) // 8 * 4]
    same = {"namespace_names": [limits.name, "b"], "kinds": [1, COUNTED]}
    for request in ({"cursor": cursor}, *(same | {"cursor": text} for text in (forged, cut, "x", "xxxx", "é"))):
        with refused("PAGE_TOKEN_INVALID"):
            await told(service, 0, **request)


async def test_a_cursor_of_another_database_is_refused(tmp_path):
    """Also with the same master key, and where rows have the same numbers."""
    cursors = []
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
        if cursors:
            (tmp_path / folder / "master.key").write_bytes((tmp_path / "one" / "master.key").read_bytes())
        async with running(tmp_path / folder, clock=ManualClock(), allow_empty_database=bool(cursors)) as service:
            limits = await make_limits(service)
            await limits.up()
            if cursors:
                with refused("CURSOR_EXPIRED"):
                    await told(service, 0, cursor=cursors[0])
            async with watching(service) as watcher:
                cursors.append(watcher.cursor)


async def test_a_cursor_from_after_a_backup_is_refused_when_that_is_restored(tmp_path):
    """The same folder, as it was: rows get the same numbers again, for other events."""
    folder, kept = tmp_path / "data", tmp_path / "kept"
    folder.mkdir()
    async with running(folder, clock=ManualClock()) as service:
        limits = await make_limits(service)
        async with watching(service) as watcher:
            before = watcher.cursor
    shutil.copytree(folder, kept)
    async with running(folder, clock=ManualClock()) as service:
        limits.service = service
        async with watching(service) as watcher:
            await limits.up()
            after = (await watcher.until(1))[0].cursor
    async with running(kept, clock=ManualClock()) as service:
        limits.service = service
        with refused("CURSOR_EXPIRED"):  # nothing stands there
            await told(service, 0, cursor=after)
        await limits.up(count_up_value=7)
        with refused("CURSOR_EXPIRED"):  # another event does
            await told(service, 0, cursor=after)
        assert [event.counting.count for event in await told(service, 1, cursor=before)] == [7]


async def test_what_is_old_is_removed_and_a_cursor_before_it_says_so(tmp_path):
    """A cursor is good for as long as all behind it is kept; oldest_cursor goes on with what is left."""
    clock = ManualClock()
    async with running(tmp_path, clock=clock, event_retention_seconds=DAY) as service:
        await service.stop_housekeeping()
        limits = await make_limits(service)
        async with watching(service) as watcher:
            old = watcher.cursor
            await limits.up()
            await limits.up()
            first, second = [event.cursor for event in await watcher.until(2)]
        clock.advance(seconds=DAY // 2)
        await limits.up()
        clock.advance(seconds=DAY // 2 + 1)
        while await service.maintenance.step():
            pass
        for cursor in (old, first):
            with refused("CURSOR_EXPIRED") as refusal:
                await told(service, 0, cursor=cursor)
        left = await told(service, 2, cursor=refusal.metadata["oldest_cursor"])
        assert [event.counting.count for event in left] == [2, 3]  # the old one shows that nothing is missing behind it
        assert [event.counting.count for event in await told(service, 1, cursor=second)] == [3]
        clock.advance(seconds=10 * DAY)
        while await service.maintenance.step():
            pass
        assert await told(service, 0, cursor=left[-1].cursor) == []  # nothing happened since, so nothing is missing
        await limits.up()
        while await service.maintenance.step():
            pass
        assert [event.counting.count for event in await told(service, 1, cursor=left[-1].cursor)] == [
            1
        ]  # of another day


async def test_without_retention_nothing_is_written_and_old_cursors_end(tmp_path):
    """A server that keeps no events refuses watchers; when it keeps them again, an old cursor is not good."""
    async with running(tmp_path, clock=ManualClock()) as service:
        async with watching(service) as watcher:
            old = watcher.cursor
        limits = await make_limits(service)
    async with running(tmp_path, clock=ManualClock(), event_retention_seconds=0) as service:
        await service.stop_housekeeping()
        limits.service = service
        await limits.up()
        with refused("EVENTS_NOT_KEPT"):
            await told(service, 0)
        while await service.maintenance.step():
            pass
        row = await service.store.run(lambda tx: tx.one(COUNT), write=False)
        assert row["number"] == 1
    async with running(tmp_path, clock=ManualClock()) as service:
        with refused("CURSOR_EXPIRED"):
            await told(service, 0, cursor=old)
