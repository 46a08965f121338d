"""Conditions joined by and, or, if: as calls, and as actions of transactions (semantics 6.3)."""

import json

import pytest
from redeem.transaction.v1 import requests_pb2 as pb
from support.exchanges import action, make_exchanges
from support.service import refused


@pytest.fixture
async def exchanges(service):
    """Namespaces of the test's own, with the counter `bought` at 3."""
    exchanges = await make_exchanges(service)
    await exchanges.limits.up(counter="bought", limit="ever", count_up_value=3)
    return exchanges


def _plain(item, user_id="alice"):
    """Return an action as a caller gives it, without placeholders."""
    return {"action": item["action"], "request": item["request"].replace("#{userId}", user_id)}


async def _call(exchanges, rpc, **fields):
    request = getattr(pb, f"{rpc}Request")(user_id="alice", **fields)
    return await getattr(exchanges.service.transactions, rpc)(request, metadata=exchanges.service.admin)


def _joined(word, *items, kind="actions"):
    """Return an and- or or-expression as an action."""
    return action(f"Gs2Distributor:{word}ExpressionByUserId", userId="#{userId}", **{kind: list(items)})


def _if(condition, true=(), false=(), **fields):
    """Return an if-expression as an action."""
    members = {"userId": "#{userId}", "condition": condition, "trueActions": list(true), "falseActions": list(false)}
    return action("Gs2Distributor:IfExpressionByUserId", **members, **fields)


async def test_and_holds_if_all_hold(exchanges):
    """The refusal is that of the first which does not."""
    three, four = _plain(exchanges.verify("equal", 3)), _plain(exchanges.verify("equal", 4))
    await _call(exchanges, "AndExpressionByUserId", actions=[three, three])
    with refused("COUNTER_VERIFICATION_FAILED") as refusal:
        await _call(exchanges, "AndExpressionByUserId", actions=[three, four])
    assert refusal.metadata["action_path"] == "actions[1]"


async def test_or_holds_if_one_holds(exchanges):
    """The refusal is its own when none does."""
    three, four = _plain(exchanges.verify("equal", 3)), _plain(exchanges.verify("equal", 4))
    await _call(exchanges, "OrExpressionByUserId", actions=[four, three])
    with refused("EXPRESSION_FALSE"):
        await _call(exchanges, "OrExpressionByUserId", actions=[four, four])


async def test_an_undecidable_condition_is_a_mistake(exchanges):
    """A limit that does not exist is a mistake, not a condition that does not hold."""
    missing, three = _plain(exchanges.verify("equal", 3, limit="away")), _plain(exchanges.verify("equal", 3))
    with refused("LIMIT_MODEL_NOT_FOUND"):
        await _call(exchanges, "OrExpressionByUserId", actions=[missing, three])
    with refused("LIMIT_MODEL_NOT_FOUND"):
        await _call(exchanges, "IfExpressionByUserId", condition=missing)


async def test_a_used_code_is_a_condition_that_does_not_hold(exchanges):
    """As are an unknown one and one of another campaign."""
    [code] = await exchanges.world.codes(1)
    await exchanges.world.call("UseByUserId", user_id="alice", code=code)
    for text in (code, "AAAAA-AAAA-AAAAA-AAAA-AAAA"):
        answer = await _call(
            exchanges, "IfExpressionByUserId", condition=_plain(exchanges.verify_code(text)), false_actions=[]
        )
        assert not answer.expression_result


@pytest.mark.parametrize(("count", "holds"), [(3, True), (4, False)])
async def test_if_runs_the_one_or_the_other(exchanges, count, holds):
    """The result says which, with the results of the actions."""
    answer = await _call(
        exchanges,
        "IfExpressionByUserId",
        condition=_plain(exchanges.verify("equal", count)),
        true_actions=[_plain(exchanges.up("yes"))],
        false_actions=[_plain(exchanges.up("no"))],
    )
    assert answer.expression_result == holds
    assert [await exchanges.count(counter) for counter in ("yes", "no")] == [int(holds), int(not holds)]
    [consumed] = answer.item.consume_results
    assert json.loads(consumed.consume_request)["counterName"] == ("yes" if holds else "no")
    assert len(answer.item.verify_results) == int(holds)


async def test_expressions_are_actions(exchanges):
    """Inside each other, in a rate, with placeholders at any depth."""
    either = _joined("Or", exchanges.verify("equal", 9), exchanges.verify("equal", "#{count}"))
    both = _joined("And", either, exchanges.verify("greater", 0))
    pay = _if(exchanges.verify("less", 5), true=[exchanges.up("#{cheap}")], false=[exchanges.up("dear")])
    await exchanges.put_in_force({"name": "rate", "verifyActions": [both], "consumeActions": [pay]})
    values = {"count": "3", "cheap": "cheap"}
    await exchanges.buy(values=values)
    assert [await exchanges.count(counter) for counter in ("cheap", "dear")] == [1, 0]
    with refused("EXPRESSION_FALSE") as refusal:
        await exchanges.buy(values=values | {"count": "4"})
    assert refusal.metadata["action_path"] == "verifyActions[0]/actions[0]"
    await exchanges.limits.up(counter="bought", limit="ever", count_up_value=6)
    await exchanges.buy(values=values)
    assert [await exchanges.count(counter) for counter in ("cheap", "dear")] == [1, 1]


async def test_a_count_multiplies_what_is_inside(exchanges):
    """Unless the expression says that it does not."""
    inside = exchanges.up("paid", countUpValue=2)
    pay = _if(exchanges.verify("equal", 1), true=[inside], false=[exchanges.up("other")])
    fixed = _if(exchanges.verify("equal", 3), true=[inside], multiplyValueSpecifyingQuantity=False)
    await exchanges.put_in_force({"name": "rate", "consumeActions": [pay, fixed]})
    await exchanges.buy(count=3)
    assert [await exchanges.count(counter) for counter in ("paid", "other")] == [6 + 2, 0]


async def test_a_value_cannot_change_an_expression(exchanges):
    """A value full of JSON stays a value, however deep the string that it goes into."""
    attack = '"}]},{"action":"Gs2Limit:CountUpByUserId"}'
    rate = {"name": "rate", "verifyActions": [_joined("And", _joined("And", exchanges.verify_code()))]}
    await exchanges.put_in_force(rate)
    with refused("CODE_NOT_FOUND"):
        await exchanges.buy(values={"code": attack})


async def test_an_expression_has_actions_of_its_kind(exchanges):
    """Verify actions to join and to check, consume actions to run; at least one to join."""
    up, verify = _plain(exchanges.up()), _plain(exchanges.verify("equal", 3))
    for fields, where in (({"actions": [up]}, "actions[0].action"), ({"actions": []}, "actions")):
        with refused("VALIDATION_FAILED") as refusal:
            await _call(exchanges, "OrExpressionByUserId", **fields)
        assert refusal.fields == [where]
    with refused("VALIDATION_FAILED") as refusal:
        await _call(exchanges, "IfExpressionByUserId", condition=up, true_actions=[verify])
    assert sorted(refusal.fields) == ["condition.action", "true_actions[0].action"]


async def test_if_with_a_key_happens_once(exchanges):
    """The condition is not evaluated again."""
    fields = {
        "condition": _plain(exchanges.verify("equal", 3)),
        "true_actions": [_plain(exchanges.up())],
        "duplication_avoider": "once",
    }
    first = await _call(exchanges, "IfExpressionByUserId", **fields)
    assert await _call(exchanges, "IfExpressionByUserId", **fields) == first
    assert await exchanges.count() == 4
