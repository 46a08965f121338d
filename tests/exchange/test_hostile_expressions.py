"""Expressions in rates that break a rule: refused by the path of what is wrong inside, and what is in force stays."""

import json

import pytest
from support.exchanges import document, make_exchanges
from support.service import refused

UP, VERIFY = "Gs2Limit:CountUpByUserId", "Gs2Limit:VerifyCounterByUserId"
AND, OR = "Gs2Distributor:AndExpressionByUserId", "Gs2Distributor:OrExpressionByUserId"
IF = "Gs2Distributor:IfExpressionByUserId"
PLAYER = {"userId": "#{userId}"}
COUNTER = PLAYER | {"namespaceName": "ns", "limitName": "ever", "counterName": "c"}


def _act(name, request):
    """Return an action whose request is an object."""
    return {"action": name, "request": request}


PRICE = _act(UP, COUNTER)
CHECK = _act(VERIFY, COUNTER | {"verifyType": "less"})


@pytest.fixture(scope="module")
async def exchanges(service):
    """Namespaces with a rate in force, for tests that change nothing."""
    exchanges = await make_exchanges(service)
    await exchanges.put_in_force({"name": "rate", "consumeActions": [PRICE]})
    return exchanges


def _all(*checks):
    """Return that all of some actions hold."""
    return _act(AND, PLAYER | {"actions": list(checks)})


def _any(*checks):
    """Return that one of some actions holds."""
    return _act(OR, PLAYER | {"actions": list(checks)})


def _choice(condition, **actions):
    """Return a price that depends."""
    return _act(IF, PLAYER | {"condition": condition} | actions)


WRONG = _act(VERIFY, COUNTER | {"verifyType": "less", "limitName": "a/b"})
EXPRESSIONS = {
    "no player": (_act(AND, {"actions": [CHECK]}), ".request.userId", "require"),
    "no actions": (_act(AND, PLAYER), ".request.actions", "tooFew"),
    "an empty list": (_all(), ".request.actions", "tooFew"),
    "11 actions": (_any(*[CHECK] * 11), ".request.actions", "tooMany"),
    "no list": (_act(OR, PLAYER | {"actions": CHECK}), ".request.actions", "invalid"),
    "a placeholder for a list": (_act(OR, PLAYER | {"actions": "#{all}"}), ".request.actions", "invalid"),
    "no object": (_all(CHECK, 5), ".request.actions[1]", "invalid"),
    "a placeholder for an object": (_all(CHECK, "#{one}"), ".request.actions[1]", "invalid"),
    "an unknown member": (_all(CHECK | {"requset": {}}), ".request.actions[0]", "invalid"),
    "no name of an action": (_all({"request": COUNTER}), ".request.actions[0]", "invalid"),
    "a placeholder for a name": (_all(_act("#{action}", COUNTER)), ".request.actions[0].action", "invalid"),
    "no action": (_all(CHECK, _act("Gs2Limit:Verify", COUNTER)), ".request.actions[1].action", "invalid"),
    "a price among conditions": (_any(CHECK, PRICE), ".request.actions[1].action", "invalid"),
    "no request": (_all({"action": VERIFY}), ".request.actions[0].request", "invalid"),
    "a request that is a list": (_all(_act(VERIFY, [])), ".request.actions[0].request", "invalid"),
    "a request that is no JSON": (_all(_act(VERIFY, "{")), ".request.actions[0].request", "invalid"),
    "a placeholder for a request": (_all(_act(VERIFY, "#{all}")), ".request.actions[0].request", "invalid"),
    "an unknown member of a request": (
        _all(_act(VERIFY, CHECK["request"] | {"x": 1})),
        ".request.actions[0].request",
        "invalid",
    ),
    "a placeholder in a name": (
        _all(_act(VERIFY, CHECK["request"] | {"#{x}": 1})),
        ".request.actions[0].request",
        "invalid",
    ),
    "a broken rule": (_all(CHECK, WRONG), ".request.actions[1].request.limitName", "invalid"),
    "a broken rule beside a placeholder": (
        _any(_act(VERIFY, WRONG["request"] | {"counterName": "#{c}"})),
        ".request.actions[0].request.limitName",
        "invalid",
    ),
    "a broken rule in an inner one": (
        _all(CHECK, _any(CHECK, CHECK, WRONG)),
        ".request.actions[1].request.actions[2].request.limitName",
        "invalid",
    ),
}


@pytest.mark.parametrize("as_text", [False, True], ids=["objects", "text"])
@pytest.mark.parametrize(("expression", "path", "error_type"), EXPRESSIONS.values(), ids=EXPRESSIONS)
async def test_an_expression_is_checked_inside(exchanges, expression, path, error_type, as_text):
    """By the whole path, whether the requests are objects in each other or text in text."""
    settings = document([{"name": "rate", "verifyActions": [CHECK, _in_text(expression) if as_text else expression]}])
    await exchanges.refuses(settings, f"rateModels[0].verifyActions[1]{path}", error_type=error_type)


def _in_text(value):
    """Return the same with all requests as text, the innermost first."""
    if isinstance(value, dict):
        inside = {name: _in_text(item) for name, item in value.items()}
        if isinstance(inside.get("request"), dict):
            inside["request"] = json.dumps(inside["request"])
        return inside
    return [_in_text(item) for item in value] if isinstance(value, list) else value


CHOICES = {
    "no condition": (_act(IF, PLAYER | {"trueActions": [PRICE]}), "condition", "require"),
    "a condition that is a price": (_choice(PRICE), "condition.action", "invalid"),
    "a list of conditions": (_act(IF, PLAYER | {"condition": [CHECK]}), "condition", "invalid"),
    "a condition with a broken rule": (_choice(WRONG), "condition.request.limitName", "invalid"),
    "a condition for a price": (_choice(CHECK, trueActions=[PRICE, CHECK]), "trueActions[1].action", "invalid"),
    "11 prices": (_choice(CHECK, falseActions=[PRICE] * 11), "falseActions", "tooMany"),
    "a price with a broken rule": (
        _choice(CHECK, falseActions=[_act(UP, COUNTER | {"countUpValue": 0})]),
        "falseActions[0].request.countUpValue",
        "invalid",
    ),
    "an inner choice": (
        _choice(CHECK, trueActions=[_choice(_all(WRONG))]),
        "trueActions[0].request.condition.request.actions[0].request.limitName",
        "invalid",
    ),
}


@pytest.mark.parametrize(("choice", "path", "error_type"), CHOICES.values(), ids=CHOICES)
async def test_a_choice_is_checked_inside(exchanges, choice, path, error_type):
    """The condition and both lists, by the whole path."""
    settings = document([{"name": "rate", "consumeActions": [PRICE, choice]}])
    await exchanges.refuses(settings, f"rateModels[0].consumeActions[1].request.{path}", error_type=error_type)


async def test_expressions_may_be_nested_three_deep(service):
    """And no deeper, or they could not be run: the path is that of what is too deep."""
    exchanges = await make_exchanges(service)
    deep = exchanges.verify("equal", 0)
    for _ in range(3):
        deep = _all(deep)
    await exchanges.put_in_force({"name": "rate", "verifyActions": [deep], "consumeActions": [exchanges.up()]})
    await exchanges.buy()
    with refused("COUNTER_VERIFICATION_FAILED"):
        await exchanges.buy()
    path = "rateModels[0].verifyActions[0]" + ".request.actions[0]" * 4
    for deeper in (_all(deep), _in_text(_any(_all(_all(deep))))):
        await exchanges.refuses(document([{"name": "rate", "verifyActions": [deeper]}]), path)
