"""Counts that two replicas on PostgreSQL run together: each within the maximum, each caller its own count and event."""

import asyncio

import grpc
import pytest
from redeem.options.v1 import options_pb2
from redeemd.store import locks
from support.events import told
from support.limits import Limits, make_limits
from support.postgres import settings_for
from support.service import read_refusal, running, store_faults

COUNTED = options_pb2.EVENT_KIND_COUNTED
CALLS = 200


@pytest.fixture
async def replicas(tmp_path, postgres):  # noqa: ARG001 -- skips where there is none
    """A namespace, as each of two replicas has it."""
    settings = await settings_for(tmp_path)
    async with running(tmp_path, **settings) as first, running(tmp_path, **settings) as second:
        limits = await make_limits(first)
        yield limits, Limits(second, limits.name)
        assert not store_faults(first, second)  # a batch that failed would run one by one, and nobody would notice


async def count_all(replicas, *counted):
    """Count up at once, at both replicas in turn; return counters and reasons of refusals."""
    calls = [replicas[n % 2].up(**fields) for n, fields in enumerate(counted)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    return [read_refusal(it).reason if isinstance(it, grpc.aio.AioRpcError) else it for it in answers]


async def events(replicas, count):
    """Return the players and counts of the events."""
    found = await told(replicas[0].service, count, namespace_names=[replicas[0].name], kinds=[COUNTED])
    return sorted((event.user_id, event.counting.count) for event in found)


async def test_one_counter_never_exceeds_its_maximum(replicas):
    """Of 200 calls, 50 count; each gets a count of its own, with an event."""
    answers = await count_all(replicas, *[{"max_value": 50}] * CALLS)
    counts = sorted(answer.count for answer in answers if not isinstance(answer, str))
    assert counts == list(range(1, 51))
    assert set(filter(lambda answer: isinstance(answer, str), answers)) == {"COUNTER_OVERFLOW"}
    assert await events(replicas, 50) == [("alice", count) for count in range(1, 51)]


async def test_many_counters_are_counted_by_their_callers(replicas):
    """Each with its own value and maximum, twice: a new counter and one that is there."""
    fields = [
        {"user_id": f"u{n:03}", "count_up_value": n + 1, "max_value": 2 * n + 1 + n % 2} for n in reversed(range(60))
    ]
    first = await count_all(replicas, *fields)
    assert [answer.count for answer in first] == [each["count_up_value"] for each in fields]
    second = await count_all(replicas, *fields)
    over = [answer for answer in second if answer == "COUNTER_OVERFLOW"]
    assert len(over) == 30
    assert second[1::2] == over
    assert [answer.count for answer in second[::2]] == [each["max_value"] for each in fields[::2]]
    assert len(await events(replicas, 90)) == 90


async def test_a_player_that_is_locked_holds_up_nobody_else(replicas):
    """Those of other players are counted meanwhile; the player's own count follows, once, with its event."""
    await count_all(replicas, {"user_id": "other"})
    locked, release = asyncio.Event(), asyncio.Event()

    async def hold(tx):
        await tx.lock(locks.player("bob"))
        locked.set()
        await release.wait()

    store = replicas[1].service.store
    holder = asyncio.create_task(store.run(hold, write=True, queue=[locks.player("bob")]))
    await locked.wait()
    waiting = asyncio.create_task(count_all(replicas, {"user_id": "bob"}, {"user_id": "bob", "counter": "d"}))
    others = await count_all(replicas, *({"user_id": f"u{n}"} for n in range(40)))
    assert [answer.count for answer in others] == [1] * 40
    assert not waiting.done()
    release.set()
    await holder
    assert [answer.count for answer in await waiting] == [1, 1]
    assert (await events(replicas, 43)).count(("bob", 1)) == 2


async def test_counts_with_keys_happen_once(replicas):
    """Each is sent twice at once, to both replicas: one counter of all, and one of each."""
    calls = [{"user_id": "all", "duplication_avoider": f"all-{n}"} for n in range(30)]
    calls += [{"user_id": f"u{n}", "duplication_avoider": f"each-{n}"} for n in range(30)]
    answers = await count_all(replicas, *(call for call in calls for _ in range(2)))
    assert answers[::2] == answers[1::2]
    assert sorted(answer.count for answer in answers[:60:2]) == list(range(1, 31))
    assert [answer.count for answer in answers[60::2]] == [1] * 30
    assert len(await events(replicas, 60)) == 60
