"""The documented actions of transactions, one by one: documented_api.json against what the services declare."""

import json
from pathlib import Path

import pytest
from redeem.exchange.v1 import exchange_service_pb2
from redeem.limit.v1 import limit_service_pb2
from redeem.options.v1 import options_pb2
from redeem.serialkey.v1 import serialkey_service_pb2
from redeem.transaction.v1 import requests_pb2 as transaction_pb
from redeemd.contract.documented_json import to_json
from redeemd.exchange import actions as exchange_actions
from redeemd.limit import actions as limit_actions
from redeemd.serialkey import actions as serialkey_actions
from redeemd.transaction.definition import Quantity
from support.contract import policy_of, rules_of, valid_request

TABLE = json.loads((Path(__file__).parent / "documented_api.json").read_text(encoding="utf-8"))
DOCUMENTED = {fact["action"]: fact for fact in TABLE["actions"]}
DECLARED = {
    "serial_key": (serialkey_service_pb2.DESCRIPTOR, serialkey_actions.ACTIONS),
    "exchange": (exchange_service_pb2.DESCRIPTOR, exchange_actions.ACTIONS),
    "limit": (limit_service_pb2.DESCRIPTOR, limit_actions.ACTIONS),
}
SPECS = {spec.name: spec for _, specs in DECLARED.values() for spec in specs}
SERVICES = {
    TABLE["services"][key]["action_prefix"]: file.services_by_name[TABLE["services"][key]["service"]]
    for key, (file, _) in DECLARED.items()
}
_KNOWN_FACTS = {"action", "kind", "quantity_field", "reverse", "rpc", "stamp_rpc", "request"}
ADDITIONS_FROM = 101  # fields from this number on are not of the documented API
# Of the requests of RPCs, and not of actions: a transaction has one key for all that it does.
_NOT_OF_ACTIONS = {"duplicationAvoider"}

every_action = pytest.mark.parametrize("name", DOCUMENTED)


def _service(name):
    return SERVICES[name.partition(":")[0]]


def _method(name):
    """Return the RPC of a documented action."""
    return _service(name).methods_by_name[DOCUMENTED[name]["rpc"]]


def _documented_default(name):
    """Return the default of the field that is multiplied; the table has it where it has the RPC."""
    fact = DOCUMENTED[name]
    (rpc,) = (
        rpc for service in TABLE["services"].values() for rpc in service["rpcs"] if _is_of(rpc, service, fact["action"])
    )
    (field,) = (field for field in rpc["request"] if field["name"] == fact["quantity_field"])
    return field.get("default")


def _is_of(rpc, service, name):
    return name == f"{service['action_prefix']}:{rpc['rpc']}"


def test_every_fact_of_the_table_is_compared():
    """The table says nothing about an action that these tests pass over in silence."""
    assert {name for fact in TABLE["actions"] for name in fact} <= _KNOWN_FACTS


def test_the_services_declare_the_documented_actions():
    """All of them, once, in the order of the table by service, and none besides."""
    assert [spec.name for _, specs in DECLARED.values() for spec in specs] == list(DOCUMENTED)


@pytest.mark.parametrize("key", DECLARED)
def test_a_service_declares_actions_of_its_own_prefix(key):
    """Gs2Limit: and so on; no service declares an action of another."""
    prefixes = {spec.name.partition(":")[0] for spec in DECLARED[key][1]}
    assert prefixes == {TABLE["services"][key]["action_prefix"]}


@every_action
def test_an_action_is_of_the_documented_kind(name):
    """The kind (verify, consume or acquire) decides when an action runs, and in which list it may appear."""
    assert SPECS[name].kind.value == DOCUMENTED[name]["kind"]


@every_action
def test_an_action_is_multiplied_by_the_documented_field(name):
    """Exactly where the documents have a quantity; and from the field's documented default when it is absent."""
    field = DOCUMENTED[name]["quantity_field"]
    if field is None:
        assert SPECS[name].quantity is None
    else:
        (found,) = (each for each in _method(name).input_type.fields if each.json_name == field)
        assert SPECS[name].quantity == Quantity(found.name, default=_documented_default(name))


@every_action
def test_an_action_is_undone_by_the_documented_one(name):
    """And that one by this one; one is at the player's cost, the other to the player's advantage."""
    reverse = DOCUMENTED[name]["reverse"]
    assert SPECS[name].reverse == reverse
    if reverse is not None:
        assert SPECS[reverse].reverse == name
        assert {SPECS[name].kind, SPECS[reverse].kind} == {"consume", "acquire"}


@every_action
def test_an_action_is_named_after_its_rpc(name):
    """The documented RPC is the one behind the colon, which the registry takes; it is no player's, for it names one."""
    method = _service(name).methods_by_name[SPECS[name].name.partition(":")[2]]
    assert method.name == DOCUMENTED[name]["rpc"]
    assert policy_of(method).access != options_pb2.ACCESS_PLAYER


@every_action
def test_an_action_has_its_documented_form_as_a_signed_task_or_sheet(name):
    """Tasks verify or consume, sheets acquire; both are for servers that present something signed."""
    rpc = DOCUMENTED[name]["stamp_rpc"]
    assert policy_of(_service(name).methods_by_name[rpc]).access == options_pb2.ACCESS_SIGNED
    assert rpc.endswith("ByStampSheet" if SPECS[name].kind == "acquire" else "ByStampTask")


@every_action
def test_an_action_request_has_the_documented_fields(name):
    """Those with a star are required, the others may be absent; more fields are additions."""
    documented = {text.removesuffix("*"): text.endswith("*") for text in DOCUMENTED[name]["request"]}
    fields = {
        field.json_name: rules_of(field).required
        for field in _method(name).input_type.fields
        if field.json_name not in _NOT_OF_ACTIONS and field.number < ADDITIONS_FROM
    }
    assert fields == documented


@every_action
async def test_an_action_is_one_that_the_server_runs(service, name):
    """Tried with documented fields alone, in the documented JSON, it is reported by its name, as done or refused."""
    request = to_json(valid_request(_method(name).input_type))
    assert request.keys() <= {text.removesuffix("*") for text in DOCUMENTED[name]["request"]}
    actions = {f"{DOCUMENTED[name]['kind']}Actions": [{"action": name, "request": request}]}
    tried = transaction_pb.PreflightRequest(user_id="every-rpc", transaction=json.dumps(actions))
    answer = await service.transactions.Preflight(tried, metadata=service.admin)
    assert [item.action for item in answer.items] == [name]
    assert answer.items[0].action_path == f"{DOCUMENTED[name]['kind']}Actions[0]"
    assert answer.items[0].reason not in {"INTERNAL", "VALIDATION_FAILED"}
