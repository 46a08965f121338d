"""Erasing and importing go on after whatever interrupts them, on any replica."""

import ast
import asyncio
import json

import pytest
from redeemd.resources import user_data_walk, user_data_worker
from redeemd.store.base import CommitFailed, CommitUnknown
from support.service import refused
from support.uploads import keep_house
from support.user_data import (
    clean,
    dump,
    is_running,
    report,
    states,
    upload,
    use_all,
    without_stamp,
    work_off,
)

DAY = 24 * 60 * 60
WEEK = 7 * DAY
FEW = 4, 0, 2  # codes in each namespace: more than a step in all, in one namespace, and of the namespaces themselves


@pytest.fixture
async def service(own_service, monkeypatch):
    """A server of the test's own that works on demand, in steps so small that every job has several."""
    monkeypatch.setattr(user_data_worker, "STEP_LINES", 3)
    monkeypatch.setattr(user_data_worker, "STEP_NAMESPACES", 2)
    monkeypatch.setattr(user_data_walk, "PAGE_ROWS", 3)
    monkeypatch.setattr(user_data_walk, "STEP_ROWS", 3)
    await own_service.stop_housekeeping()
    return own_service


class Interruption:
    """Makes the store fail, once, at the `at`-th writing body from now on: before its commit, or just after it."""

    def __init__(self, store, *, at, committed):
        self._run, self._left, self._committed = store.run, at, committed
        self._store = store

    def __enter__(self):
        self._store.run = self.run
        return self

    def __exit__(self, *_):
        self._store.run = self._run

    @property
    def happened(self):
        """Whether that happened."""
        return self._left <= 0

    async def run(self, body, *, write, autocommit=False, grouped=False, queue=()):
        """See Store."""
        self._left -= write
        if not write or self._left != 0:
            return await self._run(body, write=write, autocommit=autocommit, grouped=grouped, queue=queue)
        if self._committed:
            await self._run(body, write=write, autocommit=autocommit, grouped=grouped, queue=queue)
            raise CommitUnknown("injected")
        raise CommitFailed("injected")


class Player:
    """A player with used codes in several namespaces, and their dump."""

    def __init__(self, service, user_id):
        self.service, self.user_id = service, user_id
        self.places = []
        self.before, self.dumped = [], b""

    @classmethod
    async def make(cls, service, user_id="alice", counts=(7, 0, 1, 0, 0, 3)):
        """Make a player use several codes in several namespaces."""
        player = cls(service, user_id)
        for count in counts:
            world = await service.world()
            codes = await world.codes(count + 1)
            await use_all(world, codes[:count], user_id)
            await use_all(world, codes[count:], "bob")
            player.places.append((world, codes))
        player.before = await player.states()
        player.dumped = await dump(service, user_id)
        return player

    @property
    def lines(self):
        """How many lines the dump has."""
        return len(self.dumped.splitlines())

    async def states(self):
        """Return the states of all the codes."""
        return [item for place in self.places for item in await states(*place)]

    async def start_import(self):
        """Upload the dump and start importing it; return the token."""
        token = await upload(self.service, self.user_id, self.dumped)
        await self.service.call("ImportUserDataByUserId", user_id=self.user_id, upload_token=token)
        return token

    async def is_cleaning(self):
        """Return whether a cleaning is under way."""
        return await is_running(self.service, "CheckCleanUserDataByUserId", user_id=self.user_id)

    async def expect_cleaned(self):
        """Check that no code is theirs, and bob's are untouched."""
        for old, new in zip(self.before, await self.states(), strict=True):
            assert new.status == old.status
            assert new == old if old.used_user_id == "bob" else not new.HasField("used_user_id")

    async def expect_restored(self):
        """Check that all is as before."""
        assert list(map(without_stamp, await self.states())) == list(map(without_stamp, self.before))


@pytest.mark.parametrize("committed", [False, True], ids=["not committed", "outcome unknown"])
async def test_a_job_that_was_interrupted_anywhere_goes_on(service, committed):
    """The store fails at every transaction in turn: cleaning and import both end correctly, each line reported once."""
    player = await Player.make(service, counts=FEW)
    at, interrupted = 1, True
    while interrupted:
        await service.call("CleanUserDataByUserId", user_id="alice")
        with Interruption(service.faults, at=at, committed=committed) as cleaning:
            await work_off(service)
        await work_off(service)
        assert not await player.is_cleaning()
        await player.expect_cleaned()
        token = await player.start_import()
        with Interruption(service.faults, at=at, committed=committed) as importing:
            await work_off(service)
        await work_off(service)
        assert await report(service, "alice", token) == dict.fromkeys(range(1, player.lines + 1), "restored")
        await player.expect_restored()
        interrupted = cleaning.happened or importing.happened
        at += 1
    assert at > 8


@pytest.mark.parametrize("statement", range(1, 8))
async def test_a_step_that_fails_at_any_statement_is_done_later(service, statement):
    """Nothing of it stays, and then it works."""
    player = await Player.make(service)
    await service.call("CleanUserDataByUserId", user_id="alice")
    service.faults.fail_at = statement
    await work_off(service)
    service.faults.fail_at = None
    await work_off(service)
    await player.expect_cleaned()
    token = await player.start_import()
    service.faults.fail_at = statement
    await work_off(service)
    service.faults.fail_at = None
    await work_off(service)
    assert set((await report(service, "alice", token)).values()) == {"restored"}
    await player.expect_restored()


def worker_of(service):
    """Return the chore that works on jobs. It holds nothing of its own, so running it twice is two replicas."""
    works = (chore for chore in service.maintenance.chores if chore.__name__ == "work")
    return next(work for work in works if work.__self__._service == "serialKey")


@pytest.mark.parametrize("replicas", [2, 5])
async def test_replicas_that_work_on_one_job_at_once_end_right(service, replicas):
    """Each step is done by one of them; the others find that out."""
    player = await Player.make(service)
    work = worker_of(service)

    async def replica():
        while await work():
            pass

    for _ in range(3):
        await service.call("CleanUserDataByUserId", user_id="alice")
        await asyncio.gather(*(replica() for _ in range(replicas)))
        assert not await player.is_cleaning()
        await player.expect_cleaned()
        token = await player.start_import()
        await asyncio.gather(*(replica() for _ in range(replicas)))
        assert await report(service, "alice", token) == dict.fromkeys(range(1, player.lines + 1), "restored")
        await player.expect_restored()


async def test_a_replica_that_dies_leaves_the_job_to_another(service):
    """Cancelled at many moments, as a process that is stopped; the next one goes on."""
    player = await Player.make(service, counts=FEW)
    for moment in range(40):
        await clean(service, "alice")
        token = await player.start_import()
        dying = asyncio.create_task(service.maintenance.step())
        for _ in range(moment):
            await asyncio.sleep(0)
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        await work_off(service)
        assert await report(service, "alice", token) == dict.fromkeys(range(1, player.lines + 1), "restored")
        await player.expect_restored()


async def test_jobs_of_several_players_are_worked_on_in_turn(service):
    """A long one does not keep the others waiting until its end."""
    players = [await Player.make(service, user_id, (count,)) for user_id, count in (("alice", 30), ("carol", 1))]
    for player in players:
        service.clock.advance(seconds=1)
        await service.call("CleanUserDataByUserId", user_id=player.user_id)
    long, short = players
    steps = 0
    while await short.is_cleaning():
        service.clock.advance(seconds=1)
        await service.maintenance.step()
        steps += 1
    assert await long.is_cleaning()
    assert steps < 10
    await work_off(service)
    await long.expect_cleaned()


async def test_a_repeated_cleaning_begins_again(service):
    """Also codes that were used behind its back, in namespaces it had been through, are erased."""
    player = await Player.make(service)
    await service.call("CleanUserDataByUserId", user_id="alice")
    while json.loads(position := await position_of(service) or '["", 0, ""]')[0] <= player.places[0][0].name:
        await service.maintenance.step()
        assert await player.is_cleaning(), position
    (code,) = await player.places[0][0].codes()
    await use_all(player.places[0][0], [code], "alice")
    await service.call("CleanUserDataByUserId", user_id="alice")
    await work_off(service)
    assert not await player.is_cleaning()
    assert await dump(service, "alice") == b""


async def position_of(service):
    """Return how far the only cleaning has come."""
    (row,) = [row for row in (await service.dump())["user_data_job"] if "'clean'" in row]
    return ast.literal_eval(row)[6]


async def test_what_was_started_is_remembered_for_a_week(service):
    """Dumps, cleanings and imports; a second later nobody started them."""
    player = await Player.make(service)
    await service.call("CleanUserDataByUserId", user_id="alice")
    token = await player.start_import()
    await work_off(service)
    checks = [
        ("CheckDumpUserDataByUserId", {}),
        ("CheckCleanUserDataByUserId", {}),
        ("CheckImportUserDataByUserId", {"upload_token": token}),
    ]
    service.clock.advance(seconds=WEEK)
    await keep_house(service)
    for rpc, fields in checks:
        await service.call(rpc, user_id="alice", **fields)
    service.clock.advance(seconds=1)
    await keep_house(service)
    for rpc, fields in checks:
        with refused("USER_DATA_JOB_NOT_FOUND"):
            await service.call(rpc, user_id="alice", **fields)
    assert (await service.dump())["upload_chunk"] == []


async def test_an_import_that_nobody_worked_on_for_a_week_ends(service):
    """Its upload is gone by then; it is not tried for ever, and restores nothing."""
    player = await Player.make(service)
    await clean(service, "alice")
    token = await player.start_import()
    service.clock.advance(seconds=WEEK)
    await keep_house(service)
    assert await report(service, "alice", token) == {}
    await player.expect_cleaned()
