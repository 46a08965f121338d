"""Actions that are performed without a call: the same result, event and refusal as a call of their RPC."""

import json

import grpc
import pytest
from redeem.limit.v1 import requests_pb2 as limit_pb
from redeem.options.v1 import options_pb2
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.contract.documented_json import to_json
from support.events import told
from support.exchanges import make_exchanges
from support.service import read_refusal

TIMES = {"createdAt", "updatedAt", "usedAt", "nextResetAt"}


@pytest.fixture
async def shop(service):
    """Namespaces of the test's own."""
    return await make_exchanges(service)


def without_times(tree):
    """Return JSON without the times in it."""
    if isinstance(tree, list):
        return [without_times(item) for item in tree]
    return {k: without_times(v) for k, v in tree.items() if k not in TIMES} if isinstance(tree, dict) else tree


def content(event):
    """Return an event without what differs between two players, and between a call and an action."""
    found = type(event)()
    found.CopyFrom(event)
    for field in ("cursor", "at", "transaction_id", "user_id"):
        found.ClearField(field)
    if found.HasField("redemption"):
        found.redemption.ClearField("code")
    return found


async def by_call(shop, given, user_id):
    """Call the RPC of an action for a player; return its reply as JSON, or its refusal."""
    name = given["action"].partition(":")[2]
    serial = given["action"].startswith("Gs2SerialKey")
    request = json.loads(given["request"].replace("#{userId}", user_id))
    message = getattr(pb if serial else limit_pb, f"{name}Request")()
    for member, value in request.items():
        field = next(each for each in message.DESCRIPTOR.fields if each.json_name == member)
        number = field.enum_type and field.enum_type.values_by_name[f"VERIFY_TYPE_{value.upper()}"].number
        setattr(message, field.name, value if number is None else number)
    stub = shop.service.serial_keys if serial else shop.service.limits
    try:
        return to_json(await getattr(stub, name)(message, metadata=shop.service.admin))
    except grpc.aio.AioRpcError as error:
        return read_refusal(error).reason


async def as_action(shop, given, kind, user_id):
    """Run an action for a player; return its result as JSON, or its refusal."""
    try:
        item = (await shop.run(user_id=user_id, **{kind: [given]})).item
    except grpc.aio.AioRpcError as error:
        return read_refusal(error).reason
    [result] = getattr(item, f"{kind}_results")
    return json.loads(getattr(result, f"{kind}_result"))


@pytest.mark.parametrize("limit", ["ever", "daily"])
async def test_actions_on_counters_do_what_their_rpcs_do(shop, limit):
    """Count up, verify and count down, and what each of them refuses, with and without a reset."""
    script = [
        ("acquire", shop.down(limit=limit, counter="c")),
        ("verify", shop.verify("equal", 0, limit=limit, counter="c")),
        ("consume", shop.up(limit=limit, counter="c")),
        ("consume", shop.up(limit=limit, counter="c", countUpValue=3, maxValue=4)),
        ("consume", shop.up(limit=limit, counter="c", countUpValue=1, maxValue=4)),
        ("verify", shop.verify("equal", 4, limit=limit, counter="c")),
        ("verify", shop.verify("less", 4, limit=limit, counter="c")),
        ("acquire", shop.down(limit=limit, counter="c", countDownValue=3)),
        ("acquire", shop.down(limit=limit, counter="c", countDownValue=3)),
        ("consume", shop.up(limit="unknown", counter="c")),
    ]
    for kind, given in script:
        called = without_times(await by_call(shop, given, "alice"))
        acted = without_times(await as_action(shop, given, kind, "bobby"))
        assert json.loads(json.dumps(acted).replace("bobby", "alice")) == called, given


async def test_the_action_uses_a_code_as_the_rpc_does(shop):
    """A code of its own, a code used before, and a text that is no code."""
    first, second = await shop.world.codes(2)
    for code, other in ((first, second), (first, second), ("nothing", "nothing")):
        called = without_times(await by_call(shop, shop.use(code), "alice"))
        acted = without_times(await as_action(shop, shop.use(other), "consume", "bobby"))
        assert json.loads(json.dumps(acted).replace("bobby", "alice").replace(second, first)) == called


async def test_actions_emit_the_events_of_their_rpcs(shop):
    """Once each, with the same content and caller; only those of actions name a transaction."""
    codes = await shop.world.codes(2)
    for user_id, code in zip(("alice", "bobby"), codes, strict=True):
        script = [("consume", shop.up()), ("consume", shop.use(code)), ("acquire", shop.down("bought"))]
        for kind, given in script:
            done = await (
                by_call(shop, given, user_id) if user_id == "alice" else as_action(shop, given, kind, user_id)
            )
            assert not isinstance(done, str), done
    names = [shop.world.name, shop.limits.name]
    kinds = [options_pb2.EVENT_KIND_COUNTED, options_pb2.EVENT_KIND_REDEEMED]
    events = await told(shop.service, 6, namespace_names=names, kinds=kinds)
    assert [event.user_id for event in events] == ["alice"] * 3 + ["bobby"] * 3
    assert list(map(content, events[:3])) == list(map(content, events[3:]))
    assert [event.HasField("transaction_id") for event in events] == [False] * 3 + [True] * 3
