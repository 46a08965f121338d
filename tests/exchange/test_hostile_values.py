"""Values for placeholders that do not fit: refused by the path of what they were for, before anything changes."""

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from support.exchanges import action, config, make_exchanges
from support.service import read_refusal, refused

CANARY = "canary-2e8d0b"
FITTING = {
    "type": "equal",
    "count": "0",
    "flag": "true",
    "counter": "c",
    "limit": "ever",
    "n": "2",
    "friend": "bob",
    "key": "k",
    "value": "v",
}


@pytest.fixture
async def exchanges(service):
    """Namespaces with a rate whose actions have placeholders, behind one that has none."""
    exchanges = await make_exchanges(service, enable_await_exchange=True)
    rate = {
        "name": "rate",
        "verifyActions": [exchanges.verify("#{type}", "#{count}", multiplyValueSpecifyingQuantity="#{flag}")],
        "consumeActions": [
            exchanges.up(),
            exchanges.up("#{counter}", "#{limit}", countUpValue="#{n}"),
            exchanges.up(userId="#{friend}"),
        ],
        "acquireActions": [exchanges.exchange("free", config=[{"key": "#{key}", "value": "#{value}#{value}"}])],
    }
    later = {"name": "later", "timingType": "await", "lockTime": 0, "acquireActions": [exchanges.down("#{counter}")]}
    rising = exchanges.incremental(consumeAction=exchanges.up("#{counter}"))
    await exchanges.put_in_force(rate, later, {"name": "free"}, incremental=[rising])
    return exchanges


async def _violations(call):
    """Expect VALIDATION_FAILED; return the component, the fields with what is wrong, and every text of the refusal."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    refusal = read_refusal(caught.value)
    assert refusal.reason == "VALIDATION_FAILED"
    status = rpc_status.from_call(caught.value)
    bad = error_details_pb2.BadRequest()
    assert any(detail.Unpack(bad) for detail in status.details)
    fields = [(violation.field, violation.reason) for violation in bad.field_violations]
    return refusal.metadata["component"], fields, str((status, caught.value.debug_error_string()))


async def _counters(exchanges, *players):
    """Return all counters of players."""
    answers = [await exchanges.limits.call("DescribeCountersByUserId", user_id=player) for player in players]
    return [item for answer in answers for item in answer.items]


VERIFY, UP = "verifyActions[0].request", "consumeActions[1].request"
CONFIG = "acquireActions[0].request.config[0]"
UNFIT = {
    "another spelling": ({"type": "Equal"}, f"{VERIFY}.verifyType", "invalid"),
    "a number for an enum": ({"type": "5"}, f"{VERIFY}.verifyType", "invalid"),
    "nothing for an enum": ({"type": ""}, f"{VERIFY}.verifyType", "invalid"),
    "a negative count": ({"count": "-1"}, f"{VERIFY}.count", "invalid"),
    "half a count": ({"count": "0.5"}, f"{VERIFY}.count", "invalid"),
    "no flag": ({"flag": "yes"}, f"{VERIFY}.multiplyValueSpecifyingQuantity", "invalid"),
    "a slash": ({"counter": "a/b"}, f"{UP}.counterName", "invalid"),
    "nothing for a name": ({"counter": ""}, f"{UP}.counterName", "require"),
    "a name that is too long": ({"counter": "c" * 129}, f"{UP}.counterName", "invalid"),
    "a very long name": ({"counter": "c" * 51_200}, f"{UP}.counterName", "invalid"),
    "a line end": ({"limit": "ever\n"}, f"{UP}.limitName", "invalid"),
    "JSON": ({"limit": '", "counterName": "x'}, f"{UP}.limitName", "invalid"),
    "a placeholder": ({"limit": "#{counter}"}, f"{UP}.limitName", "invalid"),
    "no number": ({"n": "many"}, f"{UP}.countUpValue", "invalid"),
    "nothing for a number": ({"n": ""}, f"{UP}.countUpValue", "invalid"),
    "0": ({"n": "0"}, f"{UP}.countUpValue", "invalid"),
    "too great a number": ({"n": "2147483647"}, f"{UP}.countUpValue", "invalid"),
    "a number beyond 64 bits": ({"n": "9" * 20}, f"{UP}.countUpValue", "invalid"),
    "a number of 51,200 digits": ({"n": "9" * 51_200}, f"{UP}.countUpValue", "invalid"),
    "an exponent": ({"n": "1e1"}, f"{UP}.countUpValue", "invalid"),
    "a player with a colon": ({"friend": "a:b"}, "consumeActions[2].request.userId", "invalid"),
    "a key that is too long": ({"key": "k" * 65}, f"{CONFIG}.key", "tooLong"),
    "a value that is too long": ({"value": "v" * 25_601}, f"{CONFIG}.value", "tooLong"),
}


async def test_values_that_fit_are_taken(exchanges):
    """Each refusal below is for the one value that is changed."""
    await exchanges.buy(values=FITTING)
    assert (await exchanges.count("c"), await exchanges.count("bought", "bob")) == (2, 1)


@pytest.mark.parametrize(("change", "path", "error_type"), UNFIT.values(), ids=UNFIT)
async def test_a_value_that_does_not_fit_is_refused(exchanges, change, path, error_type):
    """By the field that it was for; no action was run, also none before the one that it was for."""
    component, fields, _ = await _violations(exchanges.buy(values=FITTING | change))
    assert fields == [(path, error_type)]
    assert component == ("rateModel" if path.startswith("acquire") else "counter")
    assert await _counters(exchanges, "alice", "bob", "a") == []


async def test_a_refusal_does_not_repeat_the_value(exchanges):
    """A value that does not fit may be a code: it is in no text of the refusal."""
    for key in ("type", "count", "counter", "limit", "n"):
        _, fields, told = await _violations(exchanges.buy(values=FITTING | {key: f"{CANARY} {CANARY}"}))
        assert len(fields) == 1
        assert CANARY not in told


async def test_missing_values_are_reported_together(exchanges):
    """Semantics 12.14: component config, error type require, one for each key, whatever else does not fit."""
    component, fields, told = await _violations(exchanges.buy(values={"n": "0", "other": CANARY, "counter": "a"}))
    assert (component, fields) == ("config", [("config", "require")] * 7)
    assert all(key in told for key in FITTING.keys() - {"n", "counter"})
    assert CANARY not in told
    assert await _counters(exchanges, "alice", "bob") == []


async def test_a_key_has_its_own_spelling(exchanges):
    """Neither another case nor white space makes it the same."""
    for key in ("N", " n", "n ", "#{n}"):
        values = {name: FITTING[name] for name in FITTING.keys() - {"n"}}
        component, fields, _ = await _violations(exchanges.buy(values=values | {key: "1"}))
        assert (component, fields) == ("config", [("config", "require")])


async def test_an_incremental_exchange_without_a_value_counts_nothing(exchanges):
    """Neither without the value nor with one that does not fit."""
    component, fields, _ = await _violations(exchanges.rise())
    assert (component, fields) == ("config", [("config", "require")])
    component, fields, _ = await _violations(exchanges.rise(config=config(counter="a/b")))
    assert (component, fields) == ("counter", [("consumeAction.request.counterName", "invalid")])
    assert await _counters(exchanges, "alice") == []
    await exchanges.rise(config=config(counter="c"))
    assert await exchanges.count("c") == 10


async def test_a_reward_that_lacks_a_value_can_still_be_acquired_with_it(exchanges):
    """Acquiring the reward is refused until a suitable value is given, and the await remains."""
    await exchanges.limits.up(counter="got", limit="ever", count_up_value=5)
    item = await exchanges.wait()
    wanted = {"user_id": "alice", "await_name": item.name}
    component, fields, _ = await _violations(exchanges.call("AcquireByUserId", **wanted))
    assert (component, fields) == ("config", [("config", "require")])
    unfit = exchanges.call("AcquireForceByUserId", **wanted, config=config(counter="a/b"))
    component, fields, _ = await _violations(unfit)
    assert (component, fields) == ("counter", [("acquireActions[0].request.counterName", "invalid")])
    assert await exchanges.awaits() == [item]
    await exchanges.call("AcquireByUserId", **wanted, config=config(counter="got"))
    assert (await exchanges.awaits(), await exchanges.count("got")) == ([], 4)


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"when": "a b", "then": "c"}, "condition.request.counterName"),
        ({"when": "c", "then": "a b"}, "trueActions[0].request.counterName"),
    ],
)
async def test_a_value_for_an_action_inside_another_has_to_fit(exchanges, count, values, path):
    """It is found when the expression is run, or multiplied, and reported by the whole path; nothing is done."""
    choice = action(
        "Gs2Distributor:IfExpressionByUserId",
        userId="#{userId}",
        condition=exchanges.verify("equal", 0, counter="#{when}"),
        trueActions=[exchanges.up("#{then}")],
    )
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.up(), choice]})
    with refused("VALIDATION_FAILED") as refusal:
        await exchanges.buy(count=count, values=values)
    assert refusal.fields == [f"consumeActions[1].request.{path}"]
    assert await _counters(exchanges, "alice") == []
