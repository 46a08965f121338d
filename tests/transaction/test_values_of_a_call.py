"""All JSON texts of one call share a limit of values, however many actions they are spread over."""

import json

import pytest
from redeem.transaction.v1 import requests_pb2 as pb
from support.exchanges import action, make_exchanges
from support.keys import key_of
from support.service import refused

MANY = 11_000  # values; a call may have 30,000


@pytest.fixture
async def exchanges(service):
    """Namespaces of the test's own."""
    return await make_exchanges(service)


async def call(exchanges, rpc, metadata=None, user_id="alice", **fields):
    """Call a method of the Transaction service."""
    request = getattr(pb, f"{rpc}Request")(user_id=user_id, **fields)
    return await getattr(exchanges.service.transactions, rpc)(request, metadata=metadata or exchanges.service.admin)


def large(asked):
    """Return the action with a member that has no effect and holds many values."""
    return asked | {"request": json.dumps(json.loads(asked["request"]) | {"contextStack": [0] * MANY})}


def expression(*actions):
    """Return an expression as an action."""
    return action("Gs2Distributor:AndExpressionByUserId", userId="#{userId}", actions=list(actions))


def apart(verify):
    """Put three actions side by side."""
    return [large(verify)] * 3, "[2].request"


def nested(verify):
    """Put them into an expression."""
    return [expression(*[large(verify)] * 3)], "[0].request.actions[2].request"


def nested_in_several(verify):
    """Put each into an expression of its own, at several depths."""
    inside = expression(large(verify))
    return [inside, expression(inside), expression(expression(inside))], (
        "[2].request.actions[0].request.actions[0].request.actions[0].request"
    )


@pytest.mark.parametrize("rpc", ["RunTransaction", "Preflight"])
@pytest.mark.parametrize("spread", [apart, nested, nested_in_several])
async def test_a_transaction_has_one_limit_of_values(exchanges, rpc, spread):
    """The action beyond it is refused, and nothing happened; two such actions are run."""
    actions, path = spread(exchanges.verify("less", 1))
    text = json.dumps({"verifyActions": actions, "consumeActions": [exchanges.up()]})
    with refused("VALIDATION_FAILED") as refusal:
        await call(exchanges, rpc, transaction=text)
    assert refusal.fields[0] == f"transaction.verifyActions{path}"
    two = json.dumps({"verifyActions": [large(exchanges.verify("less", 1))] * 2})
    await call(exchanges, rpc, transaction=two)


@pytest.mark.parametrize("rpc", ["AndExpressionByUserId", "OrExpressionByUserId"])
async def test_an_expression_has_one_limit_of_values(exchanges, rpc):
    """The third of its actions is refused; two are evaluated."""
    verify = large(exchanges.verify("less", 1))
    with refused("VALIDATION_FAILED") as refusal:
        await call(exchanges, rpc, actions=[verify] * 3)
    assert refusal.fields == ["actions[2].request"]
    await call(exchanges, rpc, actions=[verify] * 2)


async def test_both_sides_of_an_if_share_the_limit(exchanges):
    """Although only one of them is run."""
    up = large(exchanges.up())
    condition = exchanges.verify("less", 1)
    with refused("VALIDATION_FAILED") as refusal:
        await call(exchanges, "IfExpressionByUserId", condition=condition, true_actions=[up] * 2, false_actions=[up])
    assert refusal.fields == ["false_actions[0].request"]


async def test_a_rate_has_one_limit_of_values(exchanges):
    """Its master data is refused by the action beyond the limit; with two actions it takes effect."""
    up = large(exchanges.up())
    with refused("MASTER_DATA_INVALID") as refusal:
        await exchanges.put_in_force({"name": "rate", "consumeActions": [up] * 3})
    assert refusal.fields == ["settings.rateModels[0].consumeActions[2].request"]
    await exchanges.put_in_force({"name": "rate", "consumeActions": [up] * 2})
    await exchanges.buy()
    assert await exchanges.count() == 2


@pytest.mark.parametrize("spelling", ["#{userId}", "#\\u007buserId}", "#\\u007BuserId}", "\\u0023{userId}"])
async def test_placeholders_count_as_values(exchanges, spelling):
    """In whatever way they are spelled: the whole request is refused, not the text that they would make."""
    issue = exchanges.issue(metadata="METADATA")
    issue["request"] = issue["request"].replace("METADATA", spelling * 30_000)
    with refused("VALIDATION_FAILED") as refusal:
        await call(exchanges, "RunTransaction", user_id="a", transaction=json.dumps({"acquireActions": [issue]}))
    assert refusal.fields == ["transaction.acquireActions[0].request"]


async def test_999_nested_conditions_are_checked(exchanges):
    """As many as a transaction may have beside its price."""
    verify = exchanges.verify("less", 1)
    conditions = [expression(*[expression(*[verify] * 10)] * 10)] * 9
    text = json.dumps({"verifyActions": conditions, "consumeActions": [exchanges.up()]})
    await call(exchanges, "RunTransaction", transaction=text)
    assert await exchanges.count() == 1


async def test_actions_nested_deeper_than_4_are_refused(exchanges):
    """By the path of the first that is too deep; one less is run."""
    deep = expression(expression(expression(exchanges.verify("less", 1))))
    await call(exchanges, "RunTransaction", transaction=json.dumps({"verifyActions": [deep]}))
    with refused("VALIDATION_FAILED") as refusal:
        await call(exchanges, "RunTransaction", transaction=json.dumps({"verifyActions": [expression(deep)]}))
    assert refusal.fields == ["transaction.verifyActions[0]" + ".request.actions[0]" * 4]


@pytest.mark.parametrize("rpc", ["RunTransaction", "Preflight"])
async def test_the_role_is_checked_before_any_request_is_read(exchanges, rpc):
    """A server may not issue codes, whatever is in the requests of the transaction."""
    server = await key_of(exchanges.service, "server")
    broken = [{"action": "Gs2Limit:CountUpByUserId", "request": "{"}]
    text = json.dumps({"consumeActions": broken, "acquireActions": [exchanges.issue() | {"request": "["}]})
    with refused("ROLE_NOT_ALLOWED"):
        await call(exchanges, rpc, server, transaction=text)
