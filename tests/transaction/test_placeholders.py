"""`#{userId}` in action requests that callers compose: it is the player, wherever an action can appear."""

import json
from pathlib import Path

import pytest
from redeem.transaction.v1 import requests_pb2 as pb
from support.contract import METHODS, everything, send, valid_request
from support.exchanges import action, make_exchanges
from support.service import refused
from support.sheets import make_sheets

ACTIONS = json.loads((Path(__file__).parents[1] / "contract" / "documented_api.json").read_text("utf-8"))["actions"]
PLAYER = "#{userId}"
RUNNERS = ("RunTransaction", "Preflight")
IS_3 = {"AndExpressionByUserId": "actions", "OrExpressionByUserId": "actions", "IfExpressionByUserId": "condition"}
DAY = 24 * 60 * 60
# What makes a request of any documented action a good one, but for the namespace, which does not exist.
FIELDS = {
    "namespaceName": "nowhere",
    "userId": PLAYER,
    "code": "AAAAA-AAAA-AAAAA-AAAA-AAAA",
    "campaignModelName": "spring",
    "awaitName": "0f5c1e9a-7d34-4b62-9c81-2f6ab0d3e7c5",
    "rateName": "rate",
    "limitName": "ever",
    "counterName": "bought",
    "count": 1,
}
VERIFY_TYPES = {"Gs2SerialKey:VerifyCodeByUserId": "active", "Gs2Limit:VerifyCounterByUserId": "less"}


@pytest.fixture
async def exchanges(service):
    """Namespaces of the test's own, with alice's counter `bought` at 3."""
    exchanges = await make_exchanges(service)
    await exchanges.limits.up(counter="bought", limit="ever", count_up_value=3)
    return exchanges


def transaction(**actions):
    """Return the text of a transaction."""
    return json.dumps({f"{kind}Actions": items for kind, items in actions.items()})


async def call(exchanges, rpc, user_id="alice", **fields):
    """Call a method of the Transaction service for a player."""
    request = getattr(pb, f"{rpc}Request")(user_id=user_id, **fields)
    return await getattr(exchanges.service.transactions, rpc)(request, metadata=exchanges.service.admin)


def expression(word, *items, kind="actions", **fields):
    """Return an expression as an action."""
    return action(f"Gs2Distributor:{word}ExpressionByUserId", userId=PLAYER, **{kind: list(items)}, **fields)


def documented_request(fact):
    """Return a request of a documented action that names the player by the placeholder."""
    names = [field.rstrip("*") for field in fact["request"]]
    request = {name: FIELDS[name] for name in names if name in FIELDS}
    return request | ({"verifyType": VERIFY_TYPES[fact["action"]]} if "verifyType" in names else {})


@pytest.mark.parametrize("rpc", RUNNERS)
@pytest.mark.parametrize("fact", ACTIONS, ids=lambda fact: fact["action"])
async def test_every_documented_action_takes_the_player(exchanges, fact, rpc):
    """The id is put in before the request is checked: what is left to refuse is the namespace."""
    text = transaction(**{fact["kind"]: [action(fact["action"], **documented_request(fact))]})
    if rpc == "Preflight":
        (forecast,) = (await call(exchanges, rpc, transaction=text)).items
        assert forecast.reason == "NAMESPACE_NOT_FOUND"
    else:
        with refused("NAMESPACE_NOT_FOUND"):
            await call(exchanges, rpc, transaction=text)


async def test_a_transaction_counts_for_the_player(exchanges):
    """Each player has a counter; the results say whose."""
    text = transaction(verify=[exchanges.verify("less", 9)], consume=[exchanges.up()])
    for user_id in ("alice", "bob", "bob"):
        item = (await call(exchanges, "RunTransaction", user_id, transaction=text)).item
        for asked in (item.verify_results[0].verify_request, item.consume_results[0].consume_request):
            assert json.loads(asked)["userId"] == user_id
    assert [await exchanges.count(user_id=user_id) for user_id in ("alice", "bob")] == [4, 2]


@pytest.mark.parametrize("rpc", IS_3)
@pytest.mark.parametrize("nested", [False, True])
async def test_an_expression_is_about_the_player(exchanges, rpc, nested):
    """Also in an expression inside of it: alice's counter is 3, that of everybody else 0."""
    holder = IS_3[rpc]
    check = exchanges.verify("equal", 3)
    check = expression("And", expression("Or", check)) if nested else check
    fields = {holder: [check] if holder == "actions" else check}
    for user_id, holds in (("alice", True), ("bob", False)):
        if rpc == "IfExpressionByUserId":
            assert (await call(exchanges, rpc, user_id, **fields)).expression_result == holds
        elif holds:
            await call(exchanges, rpc, user_id, **fields)
        else:
            with refused("EXPRESSION_FALSE" if rpc.startswith("Or") or nested else "COUNTER_VERIFICATION_FAILED"):
                await call(exchanges, rpc, user_id, **fields)


async def test_what_an_if_runs_is_for_the_player(exchanges):
    """In a call and in a transaction."""
    choice = expression(
        "If", kind="trueActions", condition=exchanges.verify("equal", 0), falseActions=[exchanges.up("no")]
    )
    fields = json.loads(choice["request"])
    await call(exchanges, "IfExpressionByUserId", condition=fields["condition"], false_actions=fields["falseActions"])
    await call(exchanges, "RunTransaction", transaction=transaction(consume=[choice]))
    assert await exchanges.count("no") == 2


async def test_a_nested_exchange_is_for_the_player(exchanges):
    """By its user, and by the values that it passes on."""
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.up("#{counter}")]})
    config = [{"key": "counter", "value": f"of-{PLAYER}"}]
    await call(
        exchanges,
        "RunTransaction",
        transaction=transaction(acquire=[exchanges.exchange("rate", config=config)]),
    )
    assert await exchanges.count("of-alice") == 1


async def test_a_time_offset_stands_next_to_the_player(own_service):
    """The token of the player shifts the action; another player's is refused."""
    exchanges = await make_exchanges(own_service)
    token = await exchanges.offset_token("alice", seconds=DAY)
    shifted = json.loads(exchanges.up(limit="daily", timeOffsetToken=token)["request"])
    text = transaction(consume=[action("Gs2Limit:CountUpByUserId", **shifted)])
    item = (await call(exchanges, "RunTransaction", transaction=text)).item
    counter = json.loads(item.consume_results[0].consume_result)["item"]
    assert counter["userId"] == "alice"
    assert counter["nextResetAt"] > own_service.clock.now_ms() + DAY * 1000
    with refused("CREDENTIAL_INVALID"):
        await call(exchanges, "RunTransaction", "bob", transaction=text)


async def test_a_sheet_holds_the_player(service):
    """A signed action has no placeholder left, also inside an expression, and applies to the player when it is run."""
    sheets = await make_sheets(service)
    exchanges = sheets.exchanges
    paid = expression("If", exchanges.up("yes"), kind="trueActions", condition=exchanges.verify("equal", 0))
    signed = await sheets.sign(consume=[paid], acquire=[exchanges.issue(metadata=PLAYER)])
    assert PLAYER not in json.dumps(signed.body)
    await sheets.sheet(signed, "RunStampSheetExpress")
    assert await exchanges.count("yes") == 1


@pytest.mark.parametrize("text", ["#{code}", "#{userId}#{code}", "#{}", f"#{{{'k' * 65}}}", "x#{user_id}", "#{USERID}"])
@pytest.mark.parametrize("deep", [False, True])
async def test_what_nothing_replaces_is_refused_by_its_path(exchanges, text, deep):
    """A caller who composes actions has no other values; nothing happened."""
    check, path = exchanges.verify("equal", 3, counter=text), "request.counterName"
    if deep:
        check, path = expression("Or", exchanges.verify("less", 0), check), f"request.actions[1].{path}"
    for rpc in RUNNERS:
        with refused("VALIDATION_FAILED") as refusal:
            await call(exchanges, rpc, transaction=transaction(consume=[exchanges.up()], verify=[check]))
        assert refusal.fields == [f"transaction.verifyActions[0].{path}"]
    with refused("VALIDATION_FAILED") as refusal:
        await call(exchanges, "AndExpressionByUserId", actions=[check])
    assert refusal.fields == [f"actions[0].{path}"]
    assert await exchanges.count() == 3


@pytest.mark.parametrize("text", ["#{}", f"#{{{'k' * 65}}}", "#{code}#{}"])
async def test_what_no_value_can_replace_is_refused_at_upload(exchanges, text):
    """No config can bring a key like that; also beside a placeholder that is one."""
    with refused("MASTER_DATA_INVALID") as refusal:
        await exchanges.put_in_force({"name": "rate", "acquireActions": [exchanges.issue(metadata=text)]})
    assert refusal.fields == ["settings.rateModels[0].acquireActions[0].request.metadata"]


BY_USER_ID = [method for method in METHODS if "user_id" in method.input_type.fields_by_name]


@pytest.mark.parametrize("user_id", [PLAYER, "a#{", "#{#{userId}}"])
@pytest.mark.parametrize("method", BY_USER_ID, ids=lambda method: method.full_name)
async def test_no_player_is_called_like_a_placeholder(service, method, user_id):
    """A caller that forgets to replace it gets an error, from every method that takes a player."""
    request = valid_request(method.input_type)
    request.user_id = user_id
    refusal = await send(service, method, request, await everything(service, method))
    assert (refusal.reason, refusal.fields) == ("VALIDATION_FAILED", ["user_id"])
