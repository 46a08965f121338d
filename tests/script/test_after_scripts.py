"""Scripts after events: when they run, with what, and what becomes of the actions that they add."""

import hashlib

import pytest
from redeem.transaction.v1 import requests_pb2 as pb
from support.after_scripts import AWS, SOURCES, after, after_counting, after_exchanges, buy, counters, ids
from support.deliveries import DEAD, DELIVERED, PENDING, deliveries, retry, settled
from support.events import watching
from support.exchanges import config, make_exchanges
from support.handler import until
from support.heard import Heard
from support.scripts import GRN, write
from support.service import refused, running


async def result_of(exchanges, transaction_id):
    """Return the result of a transaction."""
    service = exchanges.service
    request = pb.GetTransactionResultByUserIdRequest(user_id="alice", transaction_id=transaction_id)
    return (await service.transactions.GetTransactionResultByUserId(request, metadata=service.admin)).item


async def test_a_script_after_an_exchange_adds_a_transaction(exchanges):
    """It has the ID of the delivery, and names the script with its version; the delivery names the exchange."""
    await after_exchanges(exchanges, "counts")
    response = await buy(exchanges, count=3)
    await settled(exchanges, DELIVERED)
    assert await counters(exchanges) == {"bought": 3, "after": 3}
    [delivery] = await deliveries(exchanges)
    assert (delivery.action, delivery.transaction_id) == ("script/after:exchange", response.transaction_id)
    found = await result_of(exchanges, delivery.delivery_id)
    [run] = found.scripts
    version = hashlib.sha256(SOURCES["counts"].encode()).hexdigest()
    assert (run.script_id, run.version) == (GRN.format("counts"), version)
    assert len(found.consume_results) == 1
    assert response.transaction_result.scripts == []


async def test_the_arguments_after_an_exchange(exchanges):
    """They are those of the script before it."""
    await after_exchanges(exchanges, "seen")
    await buy(exchanges, count=2)
    await settled(exchanges, DELIVERED)
    assert "config-count-namespace-rateModel-userId.rate2alice" in await counters(exchanges)


async def test_the_arguments_after_an_incremental_exchange(exchanges):
    """They are those of the script before it."""
    await after_exchanges(exchanges, "seen", "incremental_exchange")
    await exchanges.rise(count=2, config=config(limits=exchanges.limits.name))
    await settled(exchanges, DELIVERED)
    assert "config-count-namespace-rateModel-userId.rising2alice" in await counters(exchanges)


async def test_the_arguments_after_acquiring(exchanges):
    """They are those of the script before it."""
    await after_exchanges(exchanges, "seen_await", "acquire_await", timingType="await", lockTime=0)
    name = await exchanges.wait_for(config=config(limits=exchanges.limits.name))
    await exchanges.call("AcquireByUserId", user_id="alice", await_name=name)
    await settled(exchanges, DELIVERED)
    assert "await-config-namespace-userId.rate" in await counters(exchanges)


@pytest.mark.parametrize("within", [False, True], ids=["by a call", "by a transaction"])
async def test_the_arguments_after_counting_up(service, within):
    """The counter before and after; the maximum, if there is one."""
    exchanges = await make_exchanges(service)
    await after_counting(exchanges, "seen_counters")
    for value in (4, 1):
        if within:
            await exchanges.run(consume=[exchanges.up("c", countUpValue=value, maxValue=9)])
        else:
            await exchanges.limits.up(limit="ever", count_up_value=value, max_value=9)
    await settled(exchanges, *[DELIVERED] * 4)  # what the script counts up is an event as well
    names = "countUpValue-limitModel-maxValue-namespace-newCounter-oldCounter-userId"
    assert await counters(exchanges) == {"c": 5, f"{names}.4": 1, f"{names}.405": 1}
    events = await deliveries(exchanges)
    assert {each.action for each in events} == {"script/after:countUp"}
    assert events[0].HasField("transaction_id") == within


async def test_what_does_not_happen_has_no_script_after_it(exchanges):
    """An exchange that is refused, a dry run and a preflight."""
    await after_exchanges(exchanges, "counts")
    await exchanges.put_in_force({"name": "rate", "verifyActions": [exchanges.verify("greater", 0)]})
    with refused("COUNTER_VERIFICATION_FAILED"):
        await buy(exchanges)
    await after_exchanges(exchanges, "counts")
    await buy(exchanges, headers=[("x-dry-run", "true")])
    exchange = exchanges.exchange("rate", config=[{"key": "limits", "value": exchanges.limits.name}])
    assert (await exchanges.run("Preflight", acquire=[exchange])).would_succeed
    assert await deliveries(exchanges) == []


async def test_a_repeated_call_has_one_script_after_it(exchanges):
    """With the same idempotency key."""
    await after_exchanges(exchanges, "counts")
    for _ in range(3):
        await buy(exchanges, duplication_avoider="k")
    await settled(exchanges, DELIVERED)
    assert await counters(exchanges) == {"bought": 1, "after": 1}


async def test_an_exchange_inside_a_transaction_has_its_script(exchanges):
    """The delivery names the outermost transaction."""
    await after_exchanges(exchanges, "nothing")
    await exchanges.put_in_force(
        {"name": "rate", "consumeActions": [exchanges.up()]},
        {"name": "outer", "acquireActions": [exchanges.exchange("rate"), exchanges.exchange("rate")]},
    )
    response = await exchanges.buy("outer")
    await settled(exchanges, *[DELIVERED] * 3)
    assert {each.transaction_id for each in await deliveries(exchanges)} == {response.transaction_id}


async def test_the_result_of_a_script_after_an_event_is_ignored(exchanges):
    """Whatever it is; a script that adds no actions has no transaction."""
    await after_exchanges(exchanges, "nonsense")
    await buy(exchanges)
    await settled(exchanges, DELIVERED)
    with refused("TRANSACTION_RESULT_NOT_FOUND"):
        await result_of(exchanges, (await ids(exchanges))[0])


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("fails", "SCRIPT_FAILED"),
        ("loops", "SCRIPT_FAILED"),
        ("refuses", "SCRIPT_REFUSED"),
        ("wrong", "SCRIPT_FAILED"),
        ("lacks", "COUNTER_VERIFICATION_FAILED"),
    ],
)
async def test_a_script_that_fails_after_an_event_is_dead_at_once(exchanges, script, reason):
    """The exchange stays, and the next script of the player runs; the log has the reason, without the text."""
    log = exchanges.service.telemetry._log = Heard()
    await after_exchanges(exchanges, script)
    await buy(exchanges)
    await exchanges.call("UpdateNamespace", exchange_script=after("counts"))
    await buy(exchanges)
    await settled(exchanges, DEAD, DELIVERED)
    assert await counters(exchanges) == {"bought": 2, "after": 1}
    dead = (await deliveries(exchanges))[0]
    assert (dead.attempts, dead.last_error) == (1, "FAILED_PRECONDITION")
    [line] = log.events("script_after_failed")
    assert (line["reason"], line["delivery_id"], line["script"]) == (reason, dead.delivery_id, GRN.format(script))
    assert "secret" not in str(line)
    assert (line.get("at") == "game/fails:1") == (script == "fails")


async def test_a_dead_script_runs_when_it_is_corrected(tmp_path, service, exchanges):
    """RetryDelivery runs it with the arguments of its event."""
    await after_exchanges(exchanges, "fails")
    await buy(exchanges, count=4)
    await settled(exchanges, DEAD)
    write(tmp_path, fails=SOURCES["counts"])
    await service.app.components.reloading.reload()
    assert (await retry(exchanges, (await ids(exchanges))[0])).state == PENDING
    await settled(exchanges, DELIVERED)
    assert await counters(exchanges) == {"bought": 4, "after": 4}


async def test_a_script_that_is_missing_is_tried_again(tmp_path, service, exchanges):
    """Until the server has it."""
    await after_exchanges(exchanges, "absent")
    await buy(exchanges)

    async def tried():
        [found] = await deliveries(exchanges)
        return found.last_error == "FAILED_PRECONDITION" and found.state == PENDING

    await until(tried)
    write(tmp_path, absent=SOURCES["counts"])
    await service.app.components.reloading.reload()
    await settled(exchanges, DELIVERED)
    assert await counters(exchanges) == {"bought": 1, "after": 1}


async def test_scripts_after_events_cannot_cause_each_other_without_end(exchanges):
    """A script after counting up that counts up runs five times; the fifth causes no event."""
    await after_counting(exchanges, "itself")
    await exchanges.limits.up(limit="ever")
    await settled(exchanges, *[DELIVERED] * 4, DEAD)
    assert await counters(exchanges) == {"c": 1, "after": 4}


async def test_events_name_the_script(exchanges):
    """As the actor of what its actions change; the end of the delivery is an event as well."""
    await after_exchanges(exchanges, "counts")
    async with watching(exchanges.service, kinds=["EVENT_KIND_COUNTED", "EVENT_KIND_DELIVERED"]) as watcher:
        await buy(exchanges)
        events = await watcher.until(3)
    by_script = [each for each in events if each.actor == f"script:{GRN.format('counts')}"]
    assert [each.counting.counter_name for each in by_script] == ["after"]
    [delivered] = [each.delivery for each in events if each.HasField("delivery")]
    assert (delivered.action, delivered.dead) == ("script/after:exchange", False)


async def test_a_metric_counts_the_attempts(exchanges):
    """With the prefix of scripts after events."""
    await after_exchanges(exchanges, "fails")
    await buy(exchanges)
    await settled(exchanges, DEAD)
    service = exchanges.service
    metrics = (await service.http("GET", f"http://127.0.0.1:{service.http_port}/metrics")).text
    assert 'redeemd_delivery_attempts_total{outcome="dead",prefix="script/after"} 1.0' in metrics


async def test_scripts_before_and_after_an_event(exchanges):
    """The second runs only after what the first permits."""
    await after_counting(exchanges, "nothing", before="below")
    for _ in range(2):
        await exchanges.limits.up(limit="ever")
    with refused("SCRIPT_REFUSED"):
        await exchanges.limits.up(limit="ever")
    await settled(exchanges, DELIVERED, DELIVERED)


@pytest.mark.parametrize(
    "setting",
    [
        {"done_trigger_target_type": AWS},
        {"done_trigger_target_type": AWS, "done_trigger_script_id": "grn"},
        {"done_trigger_target_type": 2},
        {"done_trigger_script_id": "grn"},
    ],
    ids=["aws", "aws with a script", "no script", "no target"],
)
async def test_what_would_run_after_an_event_elsewhere_is_refused(exchanges, setting):
    """The namespace keeps the setting; the event changes nothing."""
    await after_exchanges(exchanges, "counts")
    await exchanges.call("UpdateNamespace", exchange_script={**setting, "trigger_script_id": GRN.format("yes")})
    await exchanges.limits.call("UpdateNamespace", count_up_script=setting)
    for event in (buy(exchanges), exchanges.limits.up()):
        with refused("SCRIPT_NOT_SUPPORTED"):
            await event
    assert await counters(exchanges) == {}


async def test_an_exchange_whose_sheet_the_caller_runs_has_no_script_after_it(exchanges):
    """It has no end in the call, so it is refused."""
    await after_exchanges(exchanges, "counts")
    await exchanges.call("UpdateNamespace", transaction_setting={"enable_auto_run": False})
    with refused("SCRIPT_NOT_SUPPORTED"):
        await buy(exchanges)


async def test_a_server_without_scripts_refuses_the_event(tmp_path):
    """Of exchanges and of counting up."""
    async with running(tmp_path) as service:
        exchanges = await make_exchanges(service)
        await after_exchanges(exchanges, "counts")
        await after_counting(exchanges, "counts")
        for event in (buy(exchanges), exchanges.limits.up()):
            with refused("SCRIPT_NOT_SUPPORTED"):
                await event
        assert await counters(exchanges) == {}


async def test_arguments_that_no_script_can_have_refuse_the_event(exchanges):
    """As before an event."""
    await after_exchanges(exchanges, "counts")
    with refused("SCRIPT_FAILED") as refusal:
        await exchanges.buy(values={"a": "x" * 40_000, "b": "y" * 40_000})
    assert refusal.metadata["problem"] == "arguments"
    assert await counters(exchanges) == {}
