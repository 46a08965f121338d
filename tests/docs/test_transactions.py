"""docs/explanation/transactions.md says what the server does: its tables are those of the code, its example runs."""

from buf.validate import validate_pb2
from google.protobuf.descriptor import FieldDescriptor
from redeem.common.v1 import common_pb2
from redeem.exchange.v1 import requests_pb2 as exchange_pb
from redeem.exchange.v1 import resources_pb2 as exchange_resources
from redeem.limit.v1 import requests_pb2 as limit_pb
from redeem.transaction.v1 import requests_pb2 as pb
from redeem.transaction.v1 import resources_pb2
from redeemd.exchange import actions as exchange_actions
from redeemd.idempotency.idempotency import REPLY_LIFETIME_MS
from redeemd.limit import actions as limit_actions
from redeemd.serialkey import actions as serialkey_actions
from redeemd.transaction import actions as transaction_actions
from redeemd.transaction.limits import ACTIONS_MAX, DEPTH_MAX, TEXT_BYTES_MAX, VALUES_MAX
from support.limits import document
from support.world import World

PAGE = "explanation/transactions.md"


def quantity_of(spec):
    """Render the quantity of an action as the page does."""
    if spec.quantity is None:
        return ""
    head, *rest = spec.quantity.field.split("_")
    name = head + "".join(part.capitalize() for part in rest)
    return name if spec.quantity.default is None else f"{name} ({spec.quantity.default})"


def test_the_table_of_actions_is_that_of_the_server(page):
    """It lists every action that the server runs, with kind, quantity and reverse, and no other."""
    served = [
        [spec.name, str(spec.kind), quantity_of(spec), spec.reverse or ""]
        for module in (serialkey_actions, limit_actions, exchange_actions, transaction_actions)
        for spec in module.ACTIONS
    ]
    assert sorted(page(PAGE).rows("| action | kind | quantity | reverse |")) == sorted(served)


def most(message, name):
    """Return the greatest number of items, or of characters, that the contract allows a field."""
    field: FieldDescriptor = message.DESCRIPTOR.fields_by_name[name]
    rules = field.GetOptions().Extensions[validate_pb2.field]
    return rules.repeated.max_items if field.is_repeated else rules.string.max_len


def test_the_table_of_limits_is_that_of_the_server(page):
    """Every number on the page is that of the contract or of the code."""
    rate, incremental, text = exchange_resources.RateModel, exchange_resources.IncrementalRateModel, resources_pb2
    kinds = ("verify_actions", "consume_actions", "acquire_actions")
    of_a_rate = [most(rate, kind) for kind in kinds]
    assert most(incremental, "acquire_actions") == of_a_rate[-1]
    [of_a_text] = {most(text.Transaction, kind) for kind in kinds}
    [of_an_expression] = {
        most(pb.AndExpressionByUserIdRequest, "actions"),
        most(pb.OrExpressionByUserIdRequest, "actions"),
        most(pb.IfExpressionByUserIdRequest, "true_actions"),
        most(pb.IfExpressionByUserIdRequest, "false_actions"),
    }
    config = [
        most(exchange_pb.ExchangeRequest, "config"),
        most(common_pb2.Config, "key"),
        most(common_pb2.Config, "value"),
    ]
    expected = [
        of_a_rate,
        [of_a_text],
        [of_an_expression],
        [ACTIONS_MAX],
        [VALUES_MAX],
        [DEPTH_MAX],
        [TEXT_BYTES_MAX],
        config,
        [REPLY_LIFETIME_MS / 3_600_000],
    ]
    told = [cells[-1] for cells in page(PAGE).rows("| limit | at most |")]
    assert told == [", ".join(f"{number:,.0f}" for number in numbers) for numbers in expected]


async def test_the_example_of_run_transaction_runs(page, own_service):
    """In namespaces of the names that it has, it checks the counter and uses the campaign code."""
    [text] = page(PAGE).blocks("json")
    admin, codes = own_service.admin, World(own_service, "codes")
    await own_service.call("CreateNamespace", name=codes.name)
    await own_service.limits.CreateNamespace(limit_pb.CreateNamespaceRequest(name="counters"), metadata=admin)
    await codes.put_in_force("WELCOME2026", campaign_codes=("WELCOME2026",))
    settings = document({"name": "redeemed", "resetType": "notReset"})
    upload = limit_pb.UpdateCurrentLimitMasterRequest(namespace_name="counters", settings=settings)
    await own_service.limits.UpdateCurrentLimitMaster(upload, metadata=admin)
    request = pb.RunTransactionRequest(user_id="alice", transaction=text)
    result = (await own_service.transactions.RunTransaction(request, metadata=admin)).item
    [verified], [consumed] = result.verify_results, result.consume_results
    assert (verified.action, verified.status_code) == ("Gs2Limit:VerifyCounterByUserId", 200)
    assert (consumed.action, consumed.status_code) == ("Gs2SerialKey:UseByUserId", 200)
