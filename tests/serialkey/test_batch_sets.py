"""Items of a batch that are executed as a set: one transaction, and the outcomes of single calls."""

import asyncio

import grpc
import pytest
from redeem.options.v1 import options_pb2
from redeemd.store.base import CommitFailed, CommitUnknown
from redeemd.store.sql import query
from support.batches import batch_use, outcomes_of, use_item
from support.events import told
from support.heard import heard
from support.lane import ON_POSTGRES
from support.patience import WAIT_SECONDS

HOLD = query("hold", "SELECT sequence FROM serial_key ORDER BY namespace_id, sequence FOR UPDATE")
REDEEMED = options_pb2.EVENT_KIND_REDEEMED


def with_keys(world, codes, prefix="k"):
    """Return an item for each code; the even ones have idempotency keys."""
    keys = [{"duplication_avoider": f"{prefix}{number}"} if number % 2 == 0 else {} for number in range(len(codes))]
    return [
        use_item(world, number, code, f"player-{number}", **key)
        for number, (code, key) in enumerate(zip(codes, keys, strict=True))
    ]


async def players_of(world, codes):
    """Return who used each code."""
    return [(await world.call("GetSerialKey", code=code)).item.used_user_id for code in codes]


async def events_of(world, count):
    """Return who used which code, according to the events."""
    found = await told(world.service, count, namespace_names=[world.name], kinds=[REDEEMED])
    return [(event.redemption.code, event.user_id) for event in found]


async def test_good_codes_are_used_in_one_transaction(own_service):
    """Sixty-four items, half of them with keys; each has its event, in the order of the items."""
    world = await own_service.world()
    codes = await world.codes(64)
    own_service.faults.bodies = 0
    outcomes = await batch_use(world, with_keys(world, codes))
    assert own_service.faults.bodies == 1
    players = [f"player-{number}" for number in range(64)]
    assert [outcome.response.item.used_user_id for outcome in outcomes] == players
    assert await players_of(world, codes) == players
    assert await events_of(world, 64) == list(zip(codes, players, strict=True))


@pytest.mark.parametrize("count", [1, 2])
async def test_a_batch_without_valid_items_is_no_defect(tmp_path, count):
    """Each item is refused, nothing is logged as unexpected."""
    async with heard(tmp_path) as service:
        world = await service.world()
        outcomes = await batch_use(world, [use_item(world, number, "x" * 49, "alice") for number in range(count)])
        assert {outcome.error.reason for outcome in outcomes} == {"VALIDATION_FAILED"}
        assert not service.heard.events("defect")


@pytest.mark.parametrize("failure", [CommitFailed, KeyError])
async def test_a_set_that_fails_is_undone_and_its_items_are_executed_one_by_one(own_service, failure):
    """Wherever it fails: each item succeeds, once."""
    world = await own_service.world()
    used = await world.codes(1)
    await world.call("UseByUserId", user_id="before", code=used[0])
    faults, failed = own_service.faults, 0
    while not faults.failed_at_end:
        codes = await world.codes(4)
        items = with_keys(world, [*codes, *used], f"try-{failed}-")
        failed += 1
        faults.bodies, faults.fail_in, faults.fail_at, faults.failure, faults.or_at_end = 0, 1, failed, failure, True
        outcomes = await batch_use(world, items)
        faults.fail_in, faults.fail_at, faults.or_at_end = None, None, False
        assert faults.bodies == 1 + len(items)
        assert list(outcomes_of(outcomes).values()) == ["OK"] * 4 + ["CODE_STATUS_INVALID"]
        assert await players_of(world, codes) == [f"player-{number}" for number in range(4)]
    # The keys (on SQLite one by one), the codes, the events, the key of the used code, the replies, the end.
    assert failed == (6 if ON_POSTGRES else 8)
    assert len(await events_of(world, 1 + 4 * failed)) == 1 + 4 * failed


async def test_a_set_whose_commit_is_in_doubt_leaves_each_item_in_doubt(own_service):
    """Each of them can be repeated with its key; an item outside the set has its own outcome."""
    world = await own_service.world()
    items = [use_item(world, n, code, duplication_avoider=f"k{n}") for n, code in enumerate(await world.codes(3))]
    faults = own_service.faults
    faults.bodies, faults.fail_in, faults.fail_at, faults.failure = 0, 1, 1, CommitUnknown
    other = use_item(world, 3, "no code")
    outcomes = list(outcomes_of(await batch_use(world, [*items, other])).values())
    assert outcomes == ["OUTCOME_UNKNOWN"] * 3 + ["CODE_NOT_FOUND"]
    assert faults.bodies == 1
    faults.fail_in, faults.fail_at = None, None
    assert set(outcomes_of(await batch_use(world, items)).values()) == {"OK"}


@pytest.mark.parametrize("refused", [1, 2])
async def test_items_that_are_refused_keep_no_reply_under_their_keys(own_service, refused):
    """They run by themselves, and the others as a set; once the cause is gone, the same items succeed."""
    world = await own_service.world()
    codes = await world.codes(4)
    for code in codes[:refused]:
        await world.call("SetSerialKeyStatus", code=code, availability=2)
    items = [use_item(world, number, code, duplication_avoider=f"k{number}") for number, code in enumerate(codes)]
    own_service.faults.bodies = 0
    outcomes = list(outcomes_of(await batch_use(world, items)).values())
    assert outcomes == ["CODE_STATUS_INVALID"] * refused + ["OK"] * (4 - refused)
    assert own_service.faults.bodies == 1 + refused
    for code in codes[:refused]:
        await world.call("SetSerialKeyStatus", code=code, availability=1)
    assert set(outcomes_of(await batch_use(world, items)).values()) == {"OK"}


async def test_batches_and_calls_race_for_the_same_codes(world):
    """Each code is used once, by whoever was told so, and has one event."""
    codes = await world.codes(30)

    async def call(number, code):
        try:
            return [(await world.call("UseByUserId", user_id=f"caller-{number}", code=code)).item]
        except grpc.aio.AioRpcError:
            return []

    async def batch(name, order):
        items = [use_item(world, number, code, f"{name}-{number}") for number, code in enumerate(order)]
        return [it.response.item for it in await batch_use(world, items) if it.HasField("response")]

    calls = [call(number, code) for number, code in enumerate(codes)]
    found = await asyncio.gather(batch("forward", codes), *calls, batch("backward", reversed(codes)))
    winners = {item.code: item.used_user_id for items in found for item in items}
    assert sum(map(len, found)) == len(winners) == 30
    assert await players_of(world, codes) == [winners[code] for code in codes]
    assert sorted(await events_of(world, 30)) == sorted(winners.items())


@pytest.mark.skipif(not ON_POSTGRES, reason="the one writer of SQLite never waits for the lock of a row")
async def test_a_code_that_another_transaction_holds_delays_only_its_item(world):
    """The items with other codes are executed meanwhile, each by itself."""
    held, *others = await world.codes(4)
    for availability in (2, 1):  # so that it has a row
        await world.call("SetSerialKeyStatus", code=held, availability=availability)
    holds, release = asyncio.Event(), asyncio.Event()

    async def hold(tx):
        await tx.all(HOLD)
        holds.set()
        await release.wait()

    holder = asyncio.create_task(world.service.store.run(hold, write=True))
    await holds.wait()
    codes = [others[0], held, *others[1:]]
    items = [use_item(world, number, code, duplication_avoider=f"k{number}") for number, code in enumerate(codes)]
    batch = asyncio.create_task(batch_use(world, items))
    async with asyncio.timeout(WAIT_SECONDS):
        while "" in await players_of(world, others):
            pass
    assert not batch.done()
    release.set()
    await holder
    assert set(outcomes_of(await batch).values()) == {"OK"}
