"""Actions of rates that break a rule: refused by the path of what is wrong, and what is in force stays (DESIGN 7)."""

import itertools
import json

import pytest
from support.exchanges import document, make_exchanges

UP, DOWN = "Gs2Limit:CountUpByUserId", "Gs2Limit:CountDownByUserId"
VERIFY, USE = "Gs2Limit:VerifyCounterByUserId", "Gs2SerialKey:UseByUserId"
EXCHANGE = "Gs2Exchange:ExchangeByUserId"
AND, OR = "Gs2Distributor:AndExpressionByUserId", "Gs2Distributor:OrExpressionByUserId"
IF = "Gs2Distributor:IfExpressionByUserId"
PLAYER = {"userId": "#{userId}"}
COUNTER = PLAYER | {"namespaceName": "ns", "limitName": "ever", "counterName": "c"}
CODE = PLAYER | {"namespaceName": "ns", "code": "#{code}"}
RATE_NAME = PLAYER | {"namespaceName": "ns", "rateName": "r", "count": 1}
REQUEST_LENGTH_MAX = 524_288


def _act(name, request):
    """Return an action whose request is an object."""
    return {"action": name, "request": request}


def _check(**fields):
    """Return a good verify action, but for these fields."""
    return _act(VERIFY, COUNTER | {"verifyType": "less"} | fields)


GOOD = {
    "verifyActions": _check(),
    "consumeActions": _act(UP, COUNTER),
    "acquireActions": _act(DOWN, COUNTER),
}


@pytest.fixture(scope="module")
async def exchanges(service):
    """Namespaces with a good rate in force, for tests that change nothing."""
    exchanges = await make_exchanges(service)
    await exchanges.put_in_force({"name": "rate"} | {kind: [action] for kind, action in GOOD.items()})
    return exchanges


async def _refused(exchanges, kind, action, *fields, error_type="invalid"):
    """Check that an action, behind a good one in a rate behind a good one, is refused for these paths."""
    paths = [f"rateModels[1].{kind}[1]{field}" for field in fields]
    settings = document([{"name": "good"}, {"name": "rate", kind: [GOOD[kind], action]}])
    await exchanges.refuses(settings, *paths, error_type=error_type)


# Actions

NO_ACTIONS = {
    "another case": "gs2limit:CountUpByUserId",
    "a method that is no action": "Gs2Limit:CountUp",
    "another method that is none": "Gs2Exchange:AcquireByUserId",
    "a reading method": "Gs2Limit:GetCounterByUserId",
    "a service that is not here": "Gs2Inventory:ConsumeItemSetByUserId",
    "nothing": "",
    "a space": f"{UP} ",
    "a placeholder": "#{action}",
    "a placeholder in it": "Gs2Limit:#{what}ByUserId",
}


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize("name", NO_ACTIONS.values(), ids=NO_ACTIONS)
async def test_an_action_that_is_none_is_refused(exchanges, name, kind):
    """By the path of its name, in any list; its request is not looked at."""
    await _refused(exchanges, kind, {"action": name, "request": "{"}, ".action")


@pytest.mark.parametrize(("kind", "other"), list(itertools.permutations(GOOD, 2)))
async def test_an_action_of_another_kind_is_refused(exchanges, kind, other):
    """A verify action is no price, a consume action no reward, and so on."""
    await _refused(exchanges, kind, GOOD[other], ".action")


async def test_expressions_are_of_kinds_too(exchanges):
    """And, Or are verify actions, If is a consume action."""
    both = PLAYER | {"actions": [_check()]}
    choice = PLAYER | {"condition": _check(), "trueActions": [_act(UP, COUNTER)]}
    for kind, name, request in (("consumeActions", AND, both), ("acquireActions", OR, both)):
        await _refused(exchanges, kind, _act(name, request), ".action")
    for kind in ("verifyActions", "acquireActions"):
        await _refused(exchanges, kind, _act(IF, choice), ".action")


NO_OBJECTS = {
    "no object": (5, "", "invalid"),
    "null": (None, "", "invalid"),
    "a name alone": (UP, "", "invalid"),
    "no action": ({"request": COUNTER}, ".action", "require"),
    "an action that is no text": ({"action": 5, "request": COUNTER}, ".action", "invalid"),
    "an action that is too long": ({"action": "a" * 129, "request": COUNTER}, ".action", "tooLong"),
    "no request": ({"action": UP}, ".request", "require"),
    "a request that is null": ({"action": UP, "request": None}, ".request", "require"),
    "a request that is a list": ({"action": UP, "request": [COUNTER]}, ".request", "invalid"),
    "a request that is a number": ({"action": UP, "request": 5}, ".request", "invalid"),
    "a request that is true": ({"action": UP, "request": True}, ".request", "invalid"),
}


@pytest.mark.parametrize(("action", "path", "error_type"), NO_OBJECTS.values(), ids=NO_OBJECTS)
async def test_an_action_without_its_parts_is_refused(exchanges, action, path, error_type):
    """It has a name and a request."""
    await _refused(exchanges, "consumeActions", action, path, error_type=error_type)


# Requests

NO_REQUESTS = {
    "nothing": "",
    "blank": " ",
    "no JSON": "userId",
    "cut off": json.dumps(COUNTER)[:-1],
    "two": json.dumps(COUNTER) * 2,
    "null": "null",
    "a list": json.dumps([COUNTER]),
    "a string of JSON": json.dumps(json.dumps(COUNTER)),
    "a member twice": '{"userId": "a", "userId": "a"}',
    "NaN": '{"countUpValue": NaN}',
    "a number beyond 64 bits": f'{{"countUpValue": {2**63}}}',
    "depth 33": '{"userId": ' * 33 + "1" + "}" * 33,
    "an escaped U+0000": r'{"userId": "\u0000"}',
    "a lone surrogate": r'{"userId": "\ud800"}',
    "a placeholder alone": "#{request}",
    "a placeholder where a number stands": '{"countUpValue": #{n}}',
    "a placeholder where a member stands": '{#{member}, "userId": "a"}',
    "an unknown member": COUNTER | {"count": 1},
    "an unknown member with a placeholder": COUNTER | {"count": "#{n}"},
    "a name as in the proto": COUNTER | {"counter_name": "c"},
    "a placeholder as the name of a member": COUNTER | {"#{name}": 1},
    "a placeholder in the name of a member": COUNTER | {"count#{Up}Value": 1},
}


@pytest.mark.parametrize("request_", NO_REQUESTS.values(), ids=NO_REQUESTS)
async def test_a_request_that_is_none_is_refused(exchanges, request_):
    """A request that is no JSON object with members that the action knows is refused as a whole."""
    await _refused(exchanges, "consumeActions", _act(UP, request_), ".request")


BROKEN = {
    "no name of a limit": (UP, {"limitName": None}, "limitName", "require"),
    "an empty name": (UP, {"limitName": ""}, "limitName", "require"),
    "a bad name": (UP, {"limitName": "a/b"}, "limitName", "invalid"),
    "a name that is too long": (UP, {"limitName": "a" * 129}, "limitName", "invalid"),
    "a name that is a number": (UP, {"limitName": 5}, "limitName", "invalid"),
    "a name that is a list": (UP, {"limitName": ["ever"]}, "limitName", "invalid"),
    "a player with a colon": (UP, {"userId": "a:b"}, "userId", "invalid"),
    "no placeholder: empty": (UP, {"limitName": "#{}"}, "limitName", "invalid"),
    "no placeholder: open": (UP, {"limitName": "#{limit"}, "limitName", "invalid"),
    "no placeholder: 65 characters": (UP, {"limitName": f"#{{{'a' * 65}}}"}, "limitName", "invalid"),
    "a template variable of the platform": (UP, {"limitName": "{region}"}, "limitName", "invalid"),
    "0": (UP, {"countUpValue": 0}, "countUpValue", "invalid"),
    "a negative number": (UP, {"countUpValue": -1}, "countUpValue", "invalid"),
    "too great a number": (UP, {"countUpValue": 2_147_483_647}, "countUpValue", "invalid"),
    "a number beyond 32 bits": (UP, {"countUpValue": 2**31}, "countUpValue", "invalid"),
    "half a number": (UP, {"countUpValue": 1.5}, "countUpValue", "invalid"),
    "a whole number with a point": (UP, {"countUpValue": 1.0}, "countUpValue", "invalid"),
    "true for a number": (UP, {"countUpValue": True}, "countUpValue", "invalid"),
    "a list for a number": (UP, {"countUpValue": [1]}, "countUpValue", "invalid"),
    "words for a number": (UP, {"countUpValue": "one"}, "countUpValue", "invalid"),
    "nothing for a number": (UP, {"countUpValue": ""}, "countUpValue", "invalid"),
    "a space before a number": (UP, {"countUpValue": " 1"}, "countUpValue", "invalid"),
    "a line end behind a number": (UP, {"countUpValue": "1\n"}, "countUpValue", "invalid"),
    "a plus before a number": (UP, {"countUpValue": "+1"}, "countUpValue", "invalid"),
    "half a number as text": (UP, {"countUpValue": "1.5"}, "countUpValue", "invalid"),
    "an exponent": (UP, {"countUpValue": "1e3"}, "countUpValue", "invalid"),
    "digits of another script": (UP, {"countUpValue": "\u0661"}, "countUpValue", "invalid"),
    "underscores": (UP, {"countUpValue": "1_0"}, "countUpValue", "invalid"),
    "0 as text": (UP, {"countUpValue": "0"}, "countUpValue", "invalid"),
    "too great a number as text": (UP, {"countUpValue": "2147483647"}, "countUpValue", "invalid"),
    "a number beyond 64 bits as text": (UP, {"countUpValue": "9" * 20}, "countUpValue", "invalid"),
    "a code that is too long": (USE, {"code": "A" * 49}, "code", "tooLong"),
}


@pytest.mark.parametrize(("name", "change", "field", "error_type"), BROKEN.values(), ids=BROKEN)
async def test_a_request_that_breaks_a_rule_is_refused(exchanges, name, change, field, error_type):
    """By the path of the field inside the request, whether that is an object or text."""
    request = (CODE if name == USE else COUNTER) | change
    for given in (request, json.dumps(request)):
        path = f".request.{field}"
        await _refused(exchanges, "consumeActions", _act(name, given), path, error_type=error_type)


async def test_values_of_other_types_are_refused(exchanges):
    """Spellings of enums, flags, and lists of objects in requests."""
    for fields, path in (
        ({"verifyType": "Less"}, "verifyType"),
        ({"verifyType": 1}, "verifyType"),
        ({"verifyType": "VERIFY_TYPE_LESS"}, "verifyType"),
        ({"multiplyValueSpecifyingQuantity": "yes"}, "multiplyValueSpecifyingQuantity"),
        ({"multiplyValueSpecifyingQuantity": "TRUE"}, "multiplyValueSpecifyingQuantity"),
        ({"multiplyValueSpecifyingQuantity": 1}, "multiplyValueSpecifyingQuantity"),
    ):
        await _refused(exchanges, "verifyActions", _check(**fields), f".request.{path}")
    for config, path in (({}, ""), ("x", ""), ([5], "[0]"), ([{"key": "k", "value": 5}], "[0].value")):
        action = _act(EXCHANGE, RATE_NAME | {"config": config})
        await _refused(exchanges, "acquireActions", action, f".request.config{path}")


async def test_every_missing_field_is_reported(exchanges):
    """Every field, with its path."""
    paths = [f".request.{name}" for name in ("namespaceName", "limitName", "counterName", "userId")]
    await _refused(exchanges, "acquireActions", _act(DOWN, {}), *paths, error_type="require")


async def test_a_request_that_is_too_long_is_refused(exchanges):
    """As text and as an object."""
    frame = len(json.dumps(COUNTER, separators=(",", ":")))
    padded = COUNTER | {"counterName": "c" * (REQUEST_LENGTH_MAX + 2 - frame)}
    for request in (padded, json.dumps(padded, separators=(",", ":"))):
        action = _act(UP, request)
        await _refused(exchanges, "consumeActions", action, ".request", error_type="tooLong")
    padded["counterName"] = padded["counterName"][:-1]  # now it may be read
    await _refused(exchanges, "consumeActions", _act(UP, padded), ".request.counterName")


async def test_beside_placeholders_all_is_checked(exchanges):
    """The value of a placeholder is checked later; its neighbours, even in the same list, are checked now."""
    for request, path, error_type in (
        (COUNTER | {"limitName": "#{limit}", "counterName": "a b"}, "counterName", "invalid"),
        (COUNTER | {"limitName": "a b", "countUpValue": "#{n}"}, "limitName", "invalid"),
        ({"countUpValue": "#{n}"} | COUNTER | {"userId": None}, "userId", "require"),
    ):
        action = _act(UP, request)
        await _refused(exchanges, "consumeActions", action, f".request.{path}", error_type=error_type)
    config = [{"key": "k", "value": "#{v}"}, {"value": "#{v}"}]
    action = _act(EXCHANGE, RATE_NAME | {"config": config})
    await _refused(exchanges, "acquireActions", action, ".request.config[1].key", error_type="require")


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ("#{all}", ".config"),
        (["#{one}"], ".config[0]"),
        ([{"key": "k"}, "#{one}"], ".config[1]"),
        ([{"key": "k", "vaule": "#{v}"}], ".config[0]"),
        ([{"key": ["#{k}"]}], ".config[0].key"),
        ([{"key": "k", "value": {"v": "#{v}"}}], ".config[0].value"),
    ],
)
async def test_a_placeholder_where_no_text_can_be_is_refused(exchanges, config, path):
    """A string never becomes a list or an object, whatever its value will be."""
    action = _act(EXCHANGE, RATE_NAME | {"config": config})
    await _refused(exchanges, "acquireActions", action, f".request{path}")


async def test_what_is_just_good_is_taken(service):
    """Placeholders in fields of any type, numbers and flags as text, a player by name, a request of full length."""
    exchanges = await make_exchanges(service)
    fine = [
        _act(UP, COUNTER | {"countUpValue": "#{n}", "maxValue": "1#{zeros}", "limitName": "#{a}-#{b}"}),
        _act(UP, COUNTER | {"countUpValue": "0012", "maxValue": "2147483646", "userId": "bob"}),
        _act(UP, COUNTER | {"countUpValue": None, "limitName": f"#{{{'a' * 64}}}", "timeOffsetToken": "#{token}"}),
        _act(USE, CODE | {"code": "#{code}" * 20}),
        _act(UP, json.dumps(COUNTER).ljust(REQUEST_LENGTH_MAX)),
    ]
    checks = [_check(verifyType="#{type}", multiplyValueSpecifyingQuantity="false", count="#{count}")]
    nested = _act(EXCHANGE, RATE_NAME | {"config": [{"key": "#{k}", "value": "#{v}"}], "count": "#{n}"})
    await exchanges.put_in_force(
        {"name": "rate", "verifyActions": checks, "consumeActions": fine, "acquireActions": [nested]}
    )
    _, [rate], _ = await exchanges.in_force()
    assert [len(rate.verify_actions), len(rate.consume_actions), len(rate.acquire_actions)] == [1, 5, 1]
