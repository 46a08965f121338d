"""Batches that are deleted while their codes are used, and while others delete or move them."""

import asyncio
import contextlib
import itertools

import grpc
import pytest
from redeemd.store.sql import query
from support.imports import jobs
from support.lane import ON_POSTGRES
from support.service import read_refusal

USED = 2
_DRY_RUN = [("x-dry-run", "true")]
# Uses the first key of a batch.
_USE_ANY = query(
    "use_any",
    "INSERT INTO serial_key "
    "(namespace_id, campaign_number, sequence, status, used_user_id, used_at, updated_at, revision) "
    "SELECT namespace_id, campaign_number, first_sequence, 2, 'alice', 1, 1, 1 FROM issue_job WHERE name = :name",
)


async def outcome(call):
    """Return the reply to a call, or the reason of its refusal."""
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        return read_refusal(error).reason


async def delete(world, job, **fields):
    """Delete a batch of the campaign `spring`; return the reply or the reason."""
    fields = {"campaign_model_name": "spring", "issue_job_name": job.name, **fields}
    return await outcome(world.call("DeleteIssueJob", **fields))


async def use(world, code):
    """Use a code, again if that is refused with CONFLICT; return the reply or the reason."""
    while (found := await outcome(world.call("UseByUserId", user_id="alice", code=code))) == "CONFLICT":
        pass
    return found


class Players:
    """Players who use codes one after the other, until they have seen that it is over."""

    def __init__(self, world):
        self.world = world
        self.used, self.unknown = [], []
        self.is_over = False  # the response to the deletion has arrived

    async def play(self, codes):
        """Use code after code, and three more after the deletion."""
        late = 0
        while late < 3 and (code := next(codes, None)) is not None:
            late += self.is_over
            began_late = self.is_over
            found = await use(self.world, code)
            if found == "CODE_NOT_FOUND":
                self.unknown.append(code)
            else:
                assert found.item.status == USED
                assert not began_late
                self.used.append(code)

    async def delete(self, job, **fields):
        """Delete when the play is in full swing; return the reply or the reason."""
        while len(self.used) < 10:  # noqa: ASYNC110 -- any moment in the middle will do
            await asyncio.sleep(0)
        found = await delete(self.world, job, **fields)
        self.is_over = True
        return found


@pytest.mark.parametrize("imported", [False, True], ids=["issued", "imported"])
async def test_of_a_batch_in_use_exactly_the_used_keys_stay(world, imported):
    """A use that succeeds came before the deletion, and its key stays; all others are unknown."""
    codes = [f"CARD-{world.name}-{number:04}" for number in range(400)]
    job = (await world.bring(codes)).item if imported else await world.issue(400)
    codes = [key.code for key in await world.keys(job)]
    players = Players(world)
    plays = (players.play(iter(codes[place::4])) for place in range(4))
    reply, *_ = await asyncio.gather(players.delete(job, unused_only=True), *plays)
    assert reply.item.unused_deleted
    assert players.unknown
    assert {key.code for key in await world.keys(job)} == set(players.used)
    redemptions = (await world.call("DescribeRedemptions", campaign_model_name="spring", limit=1000)).items
    assert {key.code for key in redemptions} == set(players.used)
    for code in itertools.islice(set(codes) - set(players.used), 5):
        assert await use(world, code) == "CODE_NOT_FOUND"


@contextlib.asynccontextmanager
async def deletion_that_waits(world, job):
    """Delete a batch while a use of one of its keys is in progress, which prevents the deletion when the block ends."""
    late, other = [key.code for key in await world.keys(job)]
    begun, commits = asyncio.Event(), asyncio.Event()

    async def body(tx):
        await tx.run(_USE_ANY, name=job.name)
        begun.set()
        await commits.wait()

    using = asyncio.create_task(world.service.store.run(body, write=True))
    await begun.wait()
    deleting = asyncio.create_task(delete(world, job))
    while await outcome(world.call("UseByUserId", user_id="bob", code=other, headers=_DRY_RUN)) != "CONFLICT":
        pass
    try:
        yield other
        assert not deleting.done()
    finally:
        commits.set()
    await using
    assert await deleting == "ISSUE_JOB_USED"
    assert (await world.call("GetSerialKey", code=late)).item.status == USED


@pytest.mark.skipif(not ON_POSTGRES, reason="SQLite has one writer")
async def test_a_deletion_waits_for_uses_in_progress(world):
    """A use that began before and commits late prevents it; meanwhile, other codes are refused with CONFLICT."""
    job = await world.issue(2)
    async with deletion_that_waits(world, job) as other:
        pass
    assert (await use(world, other)).item.status == USED


@pytest.mark.skipif(not ON_POSTGRES, reason="SQLite has one writer")
@pytest.mark.parametrize(
    ("rpc", "fields"),
    [
        ("MoveIssueJob", {"to_campaign_model_name": "summer"}),
        ("SetIssueJobStatus", {"availability": 2}),
        ("SetIssueJobValidity", {"valid_until": 1_000_000_000_000}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_batch_that_is_being_deleted_is_not_changed(service, rpc, fields):
    """The change is refused with CONFLICT; once the deletion was refused, the batch is as it was, at once."""
    world = await service.world("spring", "summer")
    job = await world.issue(2)
    names = {"campaign_model_name": "spring", "issue_job_name": job.name}
    async with deletion_that_waits(world, job) as other:
        assert await outcome(world.call(rpc, **names, **fields)) == "CONFLICT"
    assert (await world.call("UseByUserId", user_id="alice", code=other)).item.status == USED
    assert (await world.call("GetIssueJob", **names)).item == job
    assert await outcome(world.call(rpc, **names, **fields)) != "CONFLICT"


@pytest.mark.parametrize("attempt", range(6))
async def test_a_first_use_and_a_deletion_do_not_both_succeed(world, attempt):
    """Either the use comes first and prevents the deletion, which then has no effect, or it finds no code."""
    job = await world.issue(4)
    codes = [key.code for key in await world.keys(job)]

    async def use_late(code):
        await asyncio.sleep(attempt / 500)  # each attempt meets the deletion elsewhere
        return await use(world, code)

    deleted, *used = await asyncio.gather(delete(world, job), *map(use_late, codes))
    if deleted == "ISSUE_JOB_USED":
        assert [each.item.status for each in used] == [USED] * 4
        assert [key.status for key in await world.keys(job)] == [USED] * 4
    else:
        assert deleted.item == job
        assert used == ["CODE_NOT_FOUND"] * 4
        assert await jobs(world) == []


async def test_of_racing_deletions_one_wins(world):
    """The others find no such batch, or are refused with CONFLICT because it was changed."""
    for _ in range(3):
        job = await world.issue(3)
        found = await asyncio.gather(*(delete(world, job) for _ in range(6)))
        assert [each for each in found if not isinstance(each, str)]
        assert {each for each in found if isinstance(each, str)} <= {"ISSUE_JOB_NOT_FOUND", "CONFLICT"}
        assert len([each for each in found if not isinstance(each, str)]) == 1
        assert await jobs(world) == []


async def test_a_batch_that_is_moved_meanwhile_is_deleted_or_moved(service):
    """Whoever comes first; the batch is in one campaign or in none."""
    world = await service.world("spring", "summer")
    for _ in range(3):
        job = await world.issue(2)
        fields = {"campaign_model_name": "spring", "issue_job_name": job.name, "to_campaign_model_name": "summer"}
        deleted, moved = await asyncio.gather(delete(world, job), outcome(world.call("MoveIssueJob", **fields)))
        assert isinstance(deleted, str) != isinstance(moved, str), (deleted, moved)
        left = [*await jobs(world), *await jobs(world, "summer")]
        assert [each.name for each in left] == ([] if isinstance(moved, str) else [job.name])
        if left:
            code = (await world.keys(job, "summer"))[0].code
            assert (await use(world, code)).item.campaign_model_name == "summer"
        world = await service.world("spring", "summer")
