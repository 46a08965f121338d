"""Rewards that are paid for and waited for (semantics 3.3, 11.4)."""

import pytest
from support.awaits import awaiting, pay
from support.exchanges import config, make_exchanges
from support.service import refused

HOUR_MS = 60 * 60 * 1000
COMPLETE, MINUTES, TOTAL_RATE, REMAIN_RATE = 1, 2, 3, 4


@pytest.fixture
async def exchanges(own_service):
    """Namespaces on a server whose clock is stopped, with a rate that is waited for."""
    exchanges = await make_exchanges(own_service, enable_await_exchange=True)
    await exchanges.limits.up(counter="got", limit="ever", count_up_value=100)
    await exchanges.put_in_force(awaiting(exchanges))
    return exchanges


async def test_the_price_is_paid_now_and_the_reward_waits(exchanges):
    """Semantics 11.4: the await has the count, the times, and the config; nothing is acquired."""
    now = exchanges.service.clock.now
    item = await pay(exchanges)
    assert await exchanges.count() == 2
    assert await exchanges.count("got") == 100
    assert (item.count, item.skip_seconds, item.exchanged_at, item.acquirable_at) == (2, 0, now, now + HOUR_MS)
    assert (item.user_id, item.rate_name, item.created_at, item.revision) == ("alice", "rate", now, 1)
    assert {each.key: each.value for each in item.config} == {"size": "10"}
    assert item.await_id == f"grn:gs2:local:redeemd:exchange:{exchanges.name}:user:alice:await:{item.name}"


async def test_it_is_acquired_when_its_time_has_come_and_gone_then(exchanges):
    """A millisecond before it is locked; then the reward comes once, multiplied by the count."""
    item = await pay(exchanges)
    exchanges.service.clock.now += HOUR_MS - 1
    with refused("AWAIT_LOCKED") as refusal:
        await exchanges.as_player("Acquire", "alice", await_name=item.name)
    assert refusal.metadata["code"] == "exchange.await.locked"
    assert refusal.metadata["acquirable_at"] == str(item.acquirable_at)
    exchanges.service.clock.now += 1
    answer = await exchanges.as_player("Acquire", "alice", await_name=item.name)
    assert answer.item == item
    assert [result.action for result in answer.transaction_result.consume_results] == [
        "Gs2Exchange:DeleteAwaitByUserId"
    ]
    assert await exchanges.count("got") == 80
    with refused("AWAIT_NOT_FOUND") as refusal:
        await exchanges.as_player("Acquire", "alice", await_name=item.name)
    assert refusal.metadata["component"] == "await"


async def test_a_player_whose_clock_is_ahead_acquires_earlier(exchanges):
    """Semantics 11.4: with an hour's offset in the access token, right after the exchange."""
    item = await pay(exchanges)
    token = await exchanges.offset_token("alice", seconds=3600)
    await exchanges.call("AcquireByUserId", user_id="alice", await_name=item.name, time_offset_token=token)
    assert await exchanges.count("got") == 80


async def test_skips_add_up_to_the_wait_and_no_further(exchanges):
    """The numbers of semantics 11.4, one after the other."""
    item = await pay(exchanges)
    began = item.exchanged_at
    steps = [
        (MINUTES, {"minutes": 10}, 600),
        (TOTAL_RATE, {"rate": 0.5}, 2400),
        (REMAIN_RATE, {"rate": 0.5}, 2700),
        (MINUTES, {"minutes": 1000}, 3600),
    ]
    for skip_type, fields, skipped in steps:
        if skip_type == REMAIN_RATE:
            exchanges.service.clock.advance(seconds=600)
        item = await exchanges.skip(item.name, skip_type=skip_type, **fields)
        assert (item.skip_seconds, item.acquirable_at) == (skipped, began + HOUR_MS - skipped * 1000)
    assert item.revision == 5
    await exchanges.as_player("Acquire", "alice", await_name=item.name)


async def test_a_skip_of_no_type_is_complete(exchanges):
    """The reward can be acquired at once."""
    item = await pay(exchanges)
    assert (await exchanges.skip(item.name)).skip_seconds == 3600
    await exchanges.as_player("Acquire", "alice", await_name=item.name)


@pytest.mark.parametrize("skip_type", [MINUTES, TOTAL_RATE, REMAIN_RATE])
async def test_a_skip_says_how_much(exchanges, skip_type):
    """Semantics 3.9: minutes or rate is required where the type needs it."""
    item = await pay(exchanges)
    with refused("VALIDATION_FAILED") as refusal:
        await exchanges.skip(item.name, skip_type=skip_type)
    assert refusal.metadata["component"] == "await"
    assert refusal.fields == ["minutes" if skip_type == MINUTES else "rate"]


async def test_forced_it_is_acquired_before_its_time(exchanges):
    """AcquireForce never refuses for time; config given now wins over that of the await."""
    item = await pay(exchanges)
    await exchanges.call(
        "AcquireForceByUserId", user_id="alice", await_name=item.name, config=config(size="1", other="x")
    )
    assert await exchanges.count("got") == 98


async def test_giving_up_forfeits_the_reward_and_not_the_price(exchanges):
    """The await is returned and gone; the price stays paid."""
    item = await pay(exchanges)
    assert (await exchanges.as_player("DeleteAwait", "alice", await_name=item.name)).item == item
    with refused("AWAIT_NOT_FOUND"):
        await exchanges.as_player("DeleteAwait", "alice", await_name=item.name)
    assert (await exchanges.count(), await exchanges.count("got")) == (2, 100)


async def test_if_the_reward_refuses_the_await_stays(exchanges):
    """Semantics 12.16: nothing is lost; with the reason gone it can be acquired."""
    missing = [exchanges.down("missing")]
    await exchanges.put_in_force(awaiting(exchanges, acquireActions=missing, awaitReward="current"))
    item = await pay(exchanges)
    exchanges.service.clock.now += HOUR_MS
    with refused("COUNTER_NOT_FOUND") as refusal:
        await exchanges.as_player("Acquire", "alice", await_name=item.name)
    assert refusal.metadata["action_path"] == "acquireActions[0]"
    assert await exchanges.await_of(item.name) == item
    await exchanges.put_in_force(awaiting(exchanges))
    await exchanges.as_player("Acquire", "alice", await_name=item.name)


async def test_an_await_belongs_to_its_player(exchanges):
    """Another player finds nothing by its name."""
    item = await pay(exchanges)
    for rpc in ("GetAwait", "Acquire", "DeleteAwait"):
        with refused("AWAIT_NOT_FOUND"):
            await exchanges.as_player(rpc, "bob", await_name=item.name)
    with refused("AWAIT_NOT_FOUND"):
        await exchanges.skip(item.name, user_id="bob")


async def test_awaits_are_listed_by_age(exchanges):
    """Oldest first, page by page, of one rate if it is named; a player without any has an empty list."""
    await exchanges.put_in_force(awaiting(exchanges), awaiting(exchanges, name="other"))
    made = []
    for rate in ("rate", "other", "rate", "rate"):
        answer = await exchanges.call("CreateAwaitByUserId", user_id="alice", rate_name=rate)
        made.append(answer.item)
        exchanges.service.clock.now += 1
    first = await exchanges.as_player("DescribeAwaits", "alice", limit=3)
    assert list(first.items) == made[:3]
    rest = await exchanges.as_player("DescribeAwaits", "alice", limit=3, page_token=first.next_page_token)
    assert list(rest.items) == made[3:]
    assert not rest.HasField("next_page_token")
    of_rate = await exchanges.call("DescribeAwaitsByUserId", user_id="alice", rate_name="rate")
    assert list(of_rate.items) == [made[0], made[2], made[3]]
    assert not (await exchanges.as_player("DescribeAwaits", "nobody")).items


async def test_an_await_can_be_made_without_a_price(exchanges):
    """CreateAwait takes nothing; the count is 1 if absent."""
    item = (await exchanges.call("CreateAwaitByUserId", user_id="alice", rate_name="rate")).item
    assert (item.count, await exchanges.count()) == (1, 0)


async def test_only_a_rate_that_is_waited_for_makes_awaits(exchanges):
    """Semantics 3.3: an immediate rate is refused, an unknown one not found."""
    await exchanges.put_in_force({"name": "rate"})
    with refused("RATE_NOT_AWAITING") as refusal:
        await exchanges.call("CreateAwaitByUserId", user_id="alice", rate_name="rate")
    assert (refusal.metadata["component"], refusal.metadata["error_type"]) == ("rateModel", "invalid")
    with refused("RATE_MODEL_NOT_FOUND"):
        await exchanges.call("CreateAwaitByUserId", user_id="alice", rate_name="other")


async def test_a_namespace_has_to_allow_waiting(exchanges):
    """Semantics 12.9: with enableAwaitExchange off it is refused, also as an action; what waits can be acquired."""
    item = await pay(exchanges)
    await exchanges.call("UpdateNamespace", enable_await_exchange=False)
    with refused("AWAIT_EXCHANGE_DISABLED") as refusal:
        await exchanges.buy(values={"size": "1"})
    assert refusal.metadata["component"] == "namespace"
    with refused("AWAIT_EXCHANGE_DISABLED"):
        await exchanges.run(acquire=[exchanges.exchange("rate", config=[{"key": "size", "value": "1"}])])
    assert await exchanges.count() == 2
    exchanges.service.clock.now += HOUR_MS
    await exchanges.as_player("Acquire", "alice", await_name=item.name)


async def test_direct_exchange_off_leaves_waiting_on(exchanges):
    """The one flag is about immediate rates, the other about those that are waited for."""
    await exchanges.call("UpdateNamespace", enable_direct_exchange=False)
    await pay(exchanges)


async def test_more_than_10000_at_once_are_refused(exchanges):
    """Semantics 12.10: the count of an await has a bound of its own."""
    with refused("VALIDATION_FAILED") as refusal:
        await exchanges.buy(count=10_001, values={"size": "1"})
    assert (refusal.metadata["component"], refusal.fields) == ("await", ["count"])
    assert await exchanges.count() == 0


async def test_a_reward_that_cannot_be_multiplied_is_refused_when_paying(exchanges):
    """Semantics 12.11: not when it is too late."""
    await exchanges.put_in_force(awaiting(exchanges, acquireActions=[exchanges.issue()]))
    with refused("VALIDATION_FAILED") as refusal:
        await exchanges.buy(count=2)
    assert refusal.fields == ["count"]
    assert await exchanges.count() == 0


async def test_a_wait_ends_in_the_year_3000_at_the_latest(exchanges):
    """The longest lock time is 1,024 years; the documents know no later moment. A complete skip ends it at once."""
    await exchanges.put_in_force(awaiting(exchanges, lockTime=538_214_400))
    item = await pay(exchanges)
    assert 32_503_680_000_000 - item.acquirable_at in range(1000)
    item = await exchanges.skip(item.name)
    assert (item.skip_seconds, item.acquirable_at) == (2_147_483_646, exchanges.service.clock.now)
    await exchanges.as_player("Acquire", "alice", await_name=item.name)


async def test_acquiring_with_the_same_key_happens_once(exchanges):
    """A repeated call finds no await, and gets the response of the first."""
    item = await pay(exchanges)
    exchanges.service.clock.now += HOUR_MS
    fields = {"await_name": item.name, "duplication_avoider": "once"}
    first = await exchanges.as_player("Acquire", "alice", **fields)
    again = await exchanges.call("AcquireByUserId", user_id="alice", **fields)
    assert again.SerializeToString() == first.SerializeToString()
    assert await exchanges.count("got") == 80


async def test_acquiring_runs_no_script(exchanges):
    """Semantics 12.22: with a script on acquiring it is refused, and the await stays."""
    item = await pay(exchanges)
    await exchanges.call("UpdateNamespace", acquire_await_script={"trigger_script_id": "grn"})
    with refused("SCRIPT_NOT_SUPPORTED"):
        await exchanges.call("AcquireForceByUserId", user_id="alice", await_name=item.name)
    assert await exchanges.await_of(item.name) == item


async def test_waits_can_be_parts_of_transactions(exchanges):
    """CreateAwait, Skip, AcquireForce are acquire actions, DeleteAwait is a consume action; quantities multiply."""
    skip = exchanges.on_await("SkipByUserId", "#{await}", skipType="minutes", minutes=5)
    force = exchanges.on_await("AcquireForceByUserId", "#{await}")
    create = exchanges.create_await("rate", config=[{"key": "size", "value": "2"}])
    await exchanges.put_in_force(
        awaiting(exchanges),
        {"name": "skip", "acquireActions": [skip]},
        {"name": "force", "acquireActions": [force]},
        {"name": "create", "acquireActions": [create]},
        {"name": "give-up", "consumeActions": [exchanges.on_await("DeleteAwaitByUserId", "#{await}")]},
    )
    await exchanges.buy("create", count=3)
    [item] = (await exchanges.as_player("DescribeAwaits", "alice")).items
    assert item.count == 3
    await exchanges.buy("skip", count=2, values={"await": item.name})
    assert (await exchanges.await_of(item.name)).skip_seconds == 600
    await exchanges.buy("force", values={"await": item.name})
    assert await exchanges.count("got") == 94
    await exchanges.buy("create")
    [item] = (await exchanges.as_player("DescribeAwaits", "alice")).items
    await exchanges.buy("give-up", values={"await": item.name})
    assert not (await exchanges.as_player("DescribeAwaits", "alice")).items


async def test_what_an_await_keeps_is_bounded(exchanges):
    """All values of its config together may be as long as one; nothing is paid for what would be longer."""
    await exchanges.put_in_force(awaiting(exchanges, consumeActions=[exchanges.up()]))
    await exchanges.buy(values={"size": "1", "note": "x" * 51_199})
    with refused("VALIDATION_FAILED") as refusal:
        await exchanges.buy(values={"size": "1", "note": "x" * 51_200})
    assert (refusal.metadata["component"], refusal.fields) == ("await", ["config"])
    assert await exchanges.count() == 1


async def test_long_configs_make_short_pages(exchanges):
    """A page ends early and says that there is more; none is left out, none twice."""
    made = []
    for _ in range(60):
        answer = await exchanges.call(
            "CreateAwaitByUserId", user_id="alice", rate_name="rate", config=config(note="あ" * 51_200)
        )
        made.append(answer.item.name)
        exchanges.service.clock.now += 1
    seen, token = [], None
    while token != "":
        page = await exchanges.as_player("DescribeAwaits", "alice", limit=1000, page_token=token)
        assert page.ByteSize() < 4 * 1024 * 1024
        seen += [item.name for item in page.items]
        token = page.next_page_token
    assert seen == made
