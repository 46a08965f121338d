"""Transactions that a trusted server composes (semantics 5, 12.48)."""

import json
import uuid

import grpc
import pytest
from redeem.transaction.v1 import requests_pb2 as pb
from support.exchanges import action, make_exchanges
from support.service import refused


@pytest.fixture
async def exchanges(service):
    """Namespaces of the test's own."""
    return await make_exchanges(service)


async def _run(exchanges, text, user_id="alice"):
    """Run a text as a transaction."""
    request = pb.RunTransactionRequest(user_id=user_id, transaction=text)
    return await exchanges.service.transactions.RunTransaction(request, metadata=exchanges.service.admin)


async def _result(exchanges, transaction_id, user_id="alice"):
    """Return the result that was kept."""
    request = pb.GetTransactionResultByUserIdRequest(user_id=user_id, transaction_id=transaction_id)
    metadata = exchanges.service.admin
    return (await exchanges.service.transactions.GetTransactionResultByUserId(request, metadata=metadata)).item


async def test_actions_of_all_kinds_run_in_order(exchanges):
    """Verify, consume, acquire, whatever the order of the members; each has its result."""
    await exchanges.limits.up(counter="got", limit="ever", count_up_value=3)
    answer = await exchanges.run(
        acquire=[exchanges.down(), exchanges.issue()],
        consume=[exchanges.up(), exchanges.up()],
        verify=[exchanges.verify("equal", 0)],
    )
    item = answer.item
    sizes = [len(results) for results in (item.verify_results, item.consume_results, item.acquire_results)]
    assert sizes == [1, 2, 2]
    assert json.loads(item.consume_results[1].consume_result)["item"]["count"] == 2
    assert await exchanges.count("got") == 2
    assert item.transaction_result_id == (
        f"grn:gs2:local:redeemd:distributor:default:user:alice:transaction:result:{item.transaction_id}"
    )
    assert await _result(exchanges, item.transaction_id) == item


async def test_if_one_action_refuses_nothing_happened(exchanges):
    """The refusal is that of the first, with its place; there is no result."""
    chosen = str(uuid.uuid4())
    with refused("COUNTER_NOT_FOUND") as refusal:
        await exchanges.run(
            consume=[exchanges.up()], acquire=[exchanges.issue(), exchanges.down("missing")], transaction_id=chosen
        )
    assert refusal.metadata["action_path"] == "acquireActions[1]"
    assert await exchanges.count() == 0
    with refused("TRANSACTION_RESULT_NOT_FOUND") as refusal:
        await _result(exchanges, chosen)
    assert refusal.metadata["component"] == "transactionResult"
    await exchanges.run(consume=[exchanges.up()], transaction_id=chosen)


async def test_a_transaction_with_an_id_runs_once(exchanges):
    """Also with other actions; another player's ids are others."""
    chosen = str(uuid.uuid4())
    answer = await exchanges.run(consume=[exchanges.up()], transaction_id=chosen)
    assert answer.item.transaction_id == chosen
    for actions in ([exchanges.up()], [exchanges.up("other")]):
        with refused("TRANSACTION_ALREADY_RUN") as refusal:
            await exchanges.run(consume=actions, transaction_id=chosen)
        assert refusal.code == grpc.StatusCode.ALREADY_EXISTS
    await exchanges.run(consume=[exchanges.up()], transaction_id=chosen, user_id="bob")
    assert [await exchanges.count(user_id=user) for user in ("alice", "bob")] == [1, 1]


async def test_the_transaction_of_an_exchange_can_be_run_unchanged(exchanges):
    """Semantics 12.48: with another id, for the same has been run."""
    await exchanges.put_in_force({"name": "rate", "acquireActions": [exchanges.issue(metadata="#{value}")]})
    answer = await exchanges.buy(values={"value": "<#{"})
    with refused("TRANSACTION_ALREADY_RUN"):
        await _run(exchanges, answer.transaction)
    text = json.loads(answer.transaction)
    del text["transactionId"]
    [acquired] = (await _run(exchanges, json.dumps(text))).item.acquire_results
    assert json.loads(acquired.acquire_result)["item"]["metadata"] == "<#{"


async def test_a_request_may_be_json_itself(exchanges):
    """As text or as an object; the result has it as text."""
    request = json.loads(exchanges.up()["request"].replace("#{userId}", "alice"))
    text = json.dumps({"consumeActions": [{"action": "Gs2Limit:CountUpByUserId", "request": request}]})
    [consumed] = (await _run(exchanges, text)).item.consume_results
    assert json.loads(consumed.consume_request) == request


REQUEST = {"namespaceName": "n", "userId": "alice", "limitName": "l", "counterName": "c"}


def _consume(**members):
    return json.dumps({"consumeActions": [{"action": "Gs2Limit:CountUpByUserId", "request": REQUEST} | members]})


BAD = {
    "no JSON": ("{", ["transaction"]),
    "no object": ("[]", ["transaction"]),
    "an unknown member": ('{"actions": []}', ["transaction"]),
    "a bad id": ('{"transactionId": "x"}', ["transaction.transactionId"]),
    "another player": ('{"userId": "bob"}', ["transaction.userId"]),
    "no list": ('{"consumeActions": {}}', ["transaction.consumeActions"]),
    "101 actions": (
        json.dumps({"verifyActions": [{"action": "a", "request": "{}"}] * 101}),
        ["transaction.verifyActions"],
    ),
    "no action": ('{"consumeActions": [{"request": "{}"}]}', ["transaction.consumeActions[0].action"]),
    "an unknown action": (
        _consume(action="Gs2Inventory:ConsumeItemSetByUserId"),
        ["transaction.consumeActions[0].action"],
    ),
    "of another kind": (
        _consume(action="Gs2Limit:CountDownByUserId"),
        ["transaction.consumeActions[0].action"],
    ),
    "a request that is no JSON": (_consume(request="{"), ["transaction.consumeActions[0].request"]),
    "a request that is no object": (_consume(request="[]"), ["transaction.consumeActions[0].request"]),
    "an unknown field": (_consume(request=REQUEST | {"x": 1}), ["transaction.consumeActions[0].request"]),
    "a missing field": (
        _consume(request={"namespaceName": "n"}),
        [f"transaction.consumeActions[0].request.{name}" for name in ("limitName", "counterName", "userId")],
    ),
    "a field out of range": (
        _consume(request=REQUEST | {"countUpValue": 0}),
        ["transaction.consumeActions[0].request.countUpValue"],
    ),
    "a field of another type": (
        _consume(request=REQUEST | {"countUpValue": [1]}),
        ["transaction.consumeActions[0].request.countUpValue"],
    ),
    "a placeholder": (
        _consume(request=REQUEST | {"counterName": "#{c}"}),
        ["transaction.consumeActions[0].request.counterName"],
    ),
}


@pytest.mark.parametrize(("text", "fields"), BAD.values(), ids=BAD.keys())
async def test_a_text_that_is_no_transaction_is_refused(exchanges, text, fields):
    """With the paths of what is wrong."""
    with refused("VALIDATION_FAILED") as refusal:
        await _run(exchanges, text)
    assert sorted(refusal.fields) == sorted(fields)


async def test_an_empty_transaction_is_one(exchanges):
    """It does nothing, and has a result."""
    item = (await _run(exchanges, "{}")).item
    assert await _result(exchanges, item.transaction_id) == item


async def test_a_dry_run_changes_nothing_and_keeps_nothing(exchanges):
    """Semantics 12.53: also the id stays free."""
    chosen = str(uuid.uuid4())
    dry = (("x-dry-run", "true"),)
    answer = await exchanges.run(consume=[exchanges.up()], transaction_id=chosen, headers=dry)
    assert answer.item.transaction_id == chosen
    assert await exchanges.count() == 0
    await exchanges.run(consume=[exchanges.up()], transaction_id=chosen)


async def test_a_repeated_call_gets_the_same_response(exchanges):
    """With an idempotency key it runs once."""
    key = (("idempotency-key", "once"),)
    first = await exchanges.run(consume=[exchanges.up()], headers=key)
    again = await exchanges.run(consume=[exchanges.up()], headers=key)
    assert first == again
    assert await exchanges.count() == 1


async def test_results_belong_to_their_player(exchanges):
    """Another player finds nothing by the id."""
    item = (await exchanges.run(consume=[exchanges.up()])).item
    with refused("TRANSACTION_RESULT_NOT_FOUND"):
        await _result(exchanges, item.transaction_id, user_id="bob")
    request = pb.GetTransactionResultRequest(
        access_token=await exchanges.service.token("bob"), transaction_id=item.transaction_id
    )
    with refused("TRANSACTION_RESULT_NOT_FOUND"):
        await exchanges.service.transactions.GetTransactionResult(request)


async def test_results_are_forgotten_after_a_day(own_service):
    """As the responses of idempotent calls are."""
    exchanges = await make_exchanges(own_service)
    item = (await exchanges.run(consume=[exchanges.up()])).item
    own_service.clock.advance(seconds=24 * 60 * 60)
    with refused("TRANSACTION_RESULT_NOT_FOUND"):
        await _result(exchanges, item.transaction_id)


async def test_the_database_holds_no_code_of_a_result(own_service):
    """The result of a transaction may contain codes and is stored encrypted."""
    exchanges = await make_exchanges(own_service)
    answer = await exchanges.run(acquire=[exchanges.issue()])
    code = json.loads(answer.item.acquire_results[0].acquire_result)["item"]["code"]
    rows = await own_service.dump()
    assert code not in "".join(rows.pop("event"))  # which says by which method it was issued
    assert not [table for table, found in rows.items() if code in "".join(found) or "IssueOnce" in "".join(found)]


async def test_an_action_of_a_service_that_is_not_here_is_refused(exchanges):
    """Before anything runs."""
    away = action("Gs2Inventory:AcquireItemSetByUserId", userId="#{userId}")
    with refused("VALIDATION_FAILED") as refusal:
        await exchanges.run(consume=[exchanges.up()], acquire=[away])
    assert refusal.fields == ["transaction.acquireActions[0].action"]
    assert await exchanges.count() == 0
