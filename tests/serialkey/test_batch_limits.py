"""Batches: the calls that they count as, and the size of their replies."""

import asyncio
import functools

from support.batches import batch_use, outcomes_of, use_item
from support.service import refused, running
from support.store_faults import until


async def test_other_calls_do_not_wait_for_a_whole_batch(own_service, monkeypatch):
    """A call that arrives when a batch of 200 has begun is executed after the first transaction of the batch."""
    world = await own_service.world()
    await own_service.stop_housekeeping()
    codes = await world.codes(201)
    run, executed, waiting = own_service.faults.run, [], []

    async def watched(body, **options):
        if not options["write"]:
            return await run(body, **options)
        waiting.append(body)
        result = await run(body, **options)
        executed.append(options.get("callers", 1))
        return result

    monkeypatch.setattr(own_service.faults, "run", watched)
    items = [use_item(world, number, code) for number, code in enumerate(codes[1:])]
    with own_service.faults.holding():
        batch = asyncio.create_task(batch_use(world, items))
        await until(lambda: len(waiting) == 1)
        call = asyncio.create_task(world.call("UseByUserId", user_id="bob", code=codes[0]))
        await until(lambda: len(waiting) == 2)
    await call
    assert set(outcomes_of(await batch).values()) == {"OK"}
    assert sorted(executed[:2]) == [1, 64]
    assert executed[2:] == [64, 64, 8]


async def test_a_batch_counts_as_its_items_in_progress(tmp_path):
    """While its items are executed, at most a quarter of the calls of the server."""
    async with running(tmp_path, calls_max=16) as service:
        world = await service.world()
        items = [use_item(world, number, code) for number, code in enumerate(await world.codes(9))]
        in_flight = functools.partial(service.telemetry.registry.get_sample_value, "redeemd_calls_in_flight")
        with service.faults.holding():
            first = asyncio.create_task(batch_use(world, items[:4]))
            await until(lambda: in_flight() == 4)
            second = asyncio.create_task(batch_use(world, items[4:8]))
            await until(lambda: in_flight() == 8)
            # A key may have half of the calls in progress.
            with refused("OVERLOADED"):
                await batch_use(world, items[8:])
        assert set(outcomes_of([*await first, *await second]).values()) == {"OK"}
        assert in_flight() == 0


async def test_a_group_without_room_is_refused_by_its_items(tmp_path):
    """The call itself has its slot, its items do not."""
    async with running(tmp_path, calls_max=16) as service:
        world = await service.world()
        codes = await world.codes(8)
        in_flight = functools.partial(service.telemetry.registry.get_sample_value, "redeemd_calls_in_flight")
        with service.faults.holding():
            calls = [asyncio.create_task(world.call("UseByUserId", user_id="alice", code=code)) for code in codes[:6]]
            await until(lambda: in_flight() == 6)
            items = [use_item(world, number, code) for number, code in enumerate(codes[4:])]
            outcomes = await batch_use(world, items)
        assert set(outcomes_of(outcomes).values()) == {"OVERLOADED"}
        assert all(outcome.error.retry_after_ms for outcome in outcomes)
        await asyncio.gather(*calls)


async def test_responses_beyond_3_mib_are_omitted(world):
    """The items have succeeded: the outcome says so, and the key of the item returns the response."""
    job = await world.issue(450, metadata="\U0001f600" * 2048)
    codes = [key.code for key in await world.keys(job)]
    items = [use_item(world, number, code, duplication_avoider=f"k{number}") for number, code in enumerate(codes)]
    outcomes = await batch_use(world, items)
    omitted = [outcome for outcome in outcomes if outcome.response_omitted]
    assert 0 < len(omitted) < len(outcomes)
    assert all(outcome.HasField("response") for outcome in outcomes)
    assert not any(outcome.response.HasField("item") for outcome in omitted)
    size = sum(outcome.ByteSize() for outcome in outcomes)
    assert size < 4 * 1024 * 1024
    wrong = [use_item(world, number, "", user_id=":", time_offset_token="\0") for number in range(len(items), 1000)]
    trimmed = (await batch_use(world, [*items, *wrong]))[-1]
    assert trimmed.error.reason == "VALIDATION_FAILED"
    assert (trimmed.error.message, len(trimmed.error.violations)) == ("", 0)
    [again] = await batch_use(world, [items[omitted[0].id]])
    assert again.response.item.code == codes[omitted[0].id]
