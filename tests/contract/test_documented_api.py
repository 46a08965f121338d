"""The documented API, line by line: documented_api.json against the descriptors.

The limits are not read off the rules but tried on the validation that the server uses: a value at the limit passes, one
past it is refused.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from buf.validate import validate_pb2
from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor
from redeem.common.v1 import common_pb2
from redeem.exchange.v1 import exchange_service_pb2
from redeem.exchange.v1 import resources_pb2 as exchange_resources
from redeem.limit.v1 import limit_service_pb2
from redeem.limit.v1 import resources_pb2 as limit_resources
from redeem.options.v1 import options_pb2
from redeem.serialkey.v1 import resources_pb2 as serialkey_resources
from redeem.serialkey.v1 import serialkey_service_pb2
from redeem.transaction.v1 import resources_pb2 as transaction_resources
from redeemd.contract import validation
from redeemd.exchange.definition import MASTER_DATA as EXCHANGE_MASTER_DATA
from redeemd.limit.definition import MASTER_DATA as LIMIT_MASTER_DATA
from redeemd.serialkey.definition import MASTER_DATA as SERIALKEY_MASTER_DATA
from support.contract import policy_of, valid_request

TABLE = json.loads((Path(__file__).parent / "documented_api.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Served:
    """A service of the table that is there: its files, its master data, its methods that are additions."""

    service_file: Any
    resources_file: Any
    master_data: Any
    additions: frozenset[str] = frozenset()


SERVED = {
    "exchange": Served(
        exchange_service_pb2.DESCRIPTOR,
        exchange_resources.DESCRIPTOR,
        EXCHANGE_MASTER_DATA,
        frozenset({"ImportAwaits"}),
    ),
    "limit": Served(
        limit_service_pb2.DESCRIPTOR,
        limit_resources.DESCRIPTOR,
        LIMIT_MASTER_DATA,
        frozenset({"PreviewResets", "BatchCountUp", "ImportCounters"}),
    ),
    "serial_key": Served(
        serialkey_service_pb2.DESCRIPTOR,
        serialkey_resources.DESCRIPTOR,
        SERIALKEY_MASTER_DATA,
        frozenset(
            {
                *("IssueBatch", "IssueForUsers", "StreamSerialKeys", "ImportSerialKeys"),
                *("SetIssueJobStatus", "SetIssueJobValidity", "DeleteIssueJob", "MoveIssueJob"),
                "SetSerialKeyStatus",
                "SetCampaignStatus",
                "GetCampaignStatus",
                *("DescribeRedemptions", "GetRedemptionCounts"),
                *("GetGuessAlarm", "GetGuessBudget", "ResetGuessBudget"),
                *("BatchVerify", "BatchUse", "UseStream"),
            }
        ),
    ),
}

ADDITIONS_FROM = 101  # fields from this number on are not of the documented API
_KINDS = {
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_BOOL: "bool",
    FieldDescriptor.TYPE_INT32: "int32",
    FieldDescriptor.TYPE_INT64: "int64",
    FieldDescriptor.TYPE_DOUBLE: "double",
    FieldDescriptor.TYPE_ENUM: "enum",
}
_KNOWN_FACTS = {"name", "type", "required", "max_length", "max_items", "range", "values", "default", "also"}
# Required in the table by mistake: semantics 5.6 calls the key deprecated, and the vendor's own templates leave it out.
_NOT_REQUIRED = {"redeem.exchange.v1.CreateNamespaceRequest.key_id"}


def _service(key):
    return SERVED[key].service_file.services_by_name[TABLE["services"][key]["service"]]


def _entity(key, name):
    for file in (SERVED[key].resources_file, common_pb2.DESCRIPTOR, transaction_resources.DESCRIPTOR):
        if name in file.message_types_by_name:
            return file.message_types_by_name[name]
    raise AssertionError(f"there is no message {name}")


RPCS = [
    pytest.param(_service(key), rpc, id=f"{key}.{rpc['rpc']}")
    for key in SERVED
    for rpc in TABLE["services"][key]["rpcs"]
]
ENTITIES = [
    pytest.param(_entity(key, name), facts, id=f"{key}.{name}")
    for key in SERVED
    for name, facts in TABLE["services"][key]["messages"].items()
]


def _request_fields():
    """Return every documented field that callers fill in, of requests, of what those hold, of master data."""
    for key, served in SERVED.items():
        service, entities = _service(key), TABLE["services"][key]["messages"]
        held = {}
        for rpc in TABLE["services"][key]["rpcs"]:
            request = service.methods_by_name[rpc["rpc"]].input_type
            yield from ((request, fact) for fact in rpc["request"])
            held |= {fact["type"]: None for fact in rpc["request"] if fact["type"] in entities}
        for name in held:
            yield from ((_entity(key, name), fact) for fact in entities[name])
        for kind in served.master_data.kinds:
            model = kind.message.DESCRIPTOR
            given = (fact for fact in entities[model.name] if _field(model, fact).name != kind.id_field)
            yield from ((model, fact) for fact in given)


def _field(message, fact):
    field = next((field for field in message.fields if field.json_name == fact["name"]), None)
    assert field is not None, f"{message.full_name} has no field with the JSON name {fact['name']}"
    return field


def _kind(field):
    kind = field.message_type.name if field.message_type is not None else _KINDS[field.type]
    return f"repeated {kind}" if field.is_repeated else kind


def _is_required(field):
    return field.GetOptions().Extensions[validate_pb2.field].required


def _check_fields(message, facts):
    """Every documented field is there as documented; whatever else is there is numbered as an addition."""
    documented = {_field(message, fact).name: fact for fact in facts}
    for field in message.fields:
        assert (field.name in documented) == (field.number < ADDITIONS_FROM), field.full_name
    for name, fact in documented.items():
        field = message.fields_by_name[name]
        assert _kind(field) == fact["type"], field.full_name
        if "values" in fact:
            spellings = [value.GetOptions().Extensions[options_pb2.documented] for value in field.enum_type.values]
            assert spellings == ["", *fact["values"]], field.full_name


def _refuses(message, field, value):
    """Return whether validation refuses the value of the field, alone in its message, by that field's name."""
    request = message_factory.GetMessageClass(message)()
    if field.is_repeated:
        getattr(request, field.name).extend(value)
    else:
        setattr(request, field.name, value)
    return field.name in {violation.field for violation in validation.violations(request)}


def test_every_fact_of_the_table_is_compared():
    """The table says nothing about a field that these tests pass over in silence."""
    for key in SERVED:
        service = TABLE["services"][key]
        lists = [rpc[way] for rpc in service["rpcs"] for way in ("request", "response")]
        lists += service["messages"].values()
        assert {name for facts in lists for fact in facts for name in fact} <= _KNOWN_FACTS


@pytest.mark.parametrize("key", SERVED)
def test_the_service_has_the_documented_rpcs_and_declared_additions(key):
    """The RPCs are those of the table, in its order, and after them the additions."""
    names = [method.name for method in _service(key).methods]
    documented = [rpc["rpc"] for rpc in TABLE["services"][key]["rpcs"]]
    assert _service(key).full_name == ".".join(TABLE["services"][key][part] for part in ("package", "service"))
    assert [name for name in names if name not in SERVED[key].additions] == documented
    assert SERVED[key].additions <= set(names)


@pytest.mark.parametrize(("service", "rpc"), RPCS)
def test_a_request_has_the_documented_fields(service, rpc):
    """Names, types and enum values are the documented ones; more fields are additions."""
    _check_fields(service.methods_by_name[rpc["rpc"]].input_type, rpc["request"])


@pytest.mark.parametrize(("service", "rpc"), RPCS)
def test_a_response_has_the_documented_fields(service, rpc):
    """Names, types and enum values are the documented ones; more fields are additions."""
    _check_fields(service.methods_by_name[rpc["rpc"]].output_type, rpc["response"])


@pytest.mark.parametrize(("message", "facts"), ENTITIES)
def test_an_entity_has_the_documented_fields(message, facts):
    """Names, types and enum values are the documented ones; more fields are additions."""
    _check_fields(message, facts)


@pytest.mark.parametrize(("service", "rpc"), RPCS)
def test_required_fields_are_required_and_others_may_be_absent(service, rpc):
    """A field is required if and only if the documents say so, and one that is not distinguishes unset from zero."""
    request = service.methods_by_name[rpc["rpc"]].input_type
    for fact in rpc["request"]:
        field = _field(request, fact)
        required = fact["required"] != (field.full_name in _NOT_REQUIRED)
        assert _is_required(field) == required, field.full_name
        assert required or field.is_repeated or field.has_presence, field.full_name


@pytest.mark.parametrize(("message", "_facts"), ENTITIES)
def test_an_absent_field_of_an_entity_differs_from_zero(message, _facts):
    """Every scalar of an entity is optional."""
    assert [field.name for field in message.fields if not (field.is_repeated or field.has_presence)] == []


@pytest.mark.parametrize(("service", "rpc"), RPCS)
def test_an_absent_field_of_a_response_differs_from_zero(service, rpc):
    """Every scalar of a response is optional."""
    answer = service.methods_by_name[rpc["rpc"]].output_type
    assert [field.name for field in answer.fields if not (field.is_repeated or field.has_presence)] == []


@pytest.mark.parametrize(
    ("message", "field", "length"),
    [
        pytest.param(message, _field(message, fact), fact["max_length"], id=_field(message, fact).full_name)
        for message, fact in _request_fields()
        if "max_length" in fact
    ],
)
def test_a_text_may_have_its_documented_length_and_no_more(message, field, length):
    """Validation passes a text of the documented length and refuses one that is a character longer."""
    assert not _refuses(message, field, "a" * length)
    assert _refuses(message, field, "a" * (length + 1))


@pytest.mark.parametrize(
    ("message", "field", "low", "high"),
    [
        pytest.param(message, _field(message, fact), *fact["range"], id=_field(message, fact).full_name)
        for message, fact in _request_fields()
        if "range" in fact
    ],
)
def test_a_number_may_be_in_its_documented_range_and_not_outside(message, field, low, high):
    """Validation passes both ends of the documented range and refuses their neighbours outside."""
    assert [_refuses(message, field, value) for value in (low - 1, low, high, high + 1)] == [True, False, False, True]


@pytest.mark.parametrize(
    ("message", "field", "most"),
    [
        pytest.param(message, _field(message, fact), fact["max_items"], id=_field(message, fact).full_name)
        for message, fact in _request_fields()
        if "max_items" in fact
    ],
)
def test_a_list_may_have_its_documented_number_of_items_and_no_more(message, field, most):
    """Validation passes a list of the documented length and refuses one that has an item more."""
    item = valid_request(field.message_type)
    assert [_refuses(message, field, count * [item]) for count in (0, most, most + 1)] == [False, False, True]


@pytest.mark.parametrize(
    ("message", "field"),
    [
        pytest.param(message, _field(message, fact), id=_field(message, fact).full_name)
        for message, fact in _request_fields()
        if "values" in fact
    ],
)
def test_an_enum_takes_its_documented_values_and_no_other(message, field):
    """Validation passes every value but UNSPECIFIED, and refuses that and numbers without a name."""
    numbers = [value.number for value in field.enum_type.values]
    refused = [number for number in (*numbers, max(numbers) + 1) if _refuses(message, field, number)]
    assert refused == [0, max(numbers) + 1]


@pytest.mark.parametrize(("service", "rpc"), RPCS)
def test_a_method_is_for_the_documented_kind_of_caller(service, rpc):
    """The policy's access kind is the documented one."""
    method = service.methods_by_name[rpc["rpc"]]
    assert options_pb2.Access.Name(policy_of(method).access) == f"ACCESS_{rpc['access'].upper()}"


@pytest.mark.parametrize(("service", "rpc"), RPCS)
def test_a_method_takes_an_idempotency_key_where_documented(service, rpc):
    """The field duplication_avoider is there if and only if documented; a writing method then honours it."""
    method = service.methods_by_name[rpc["rpc"]]
    assert ("duplication_avoider" in method.input_type.fields_by_name) == rpc["idempotency_key"]
    if rpc["idempotency_key"]:
        assert policy_of(method).idempotent == policy_of(method).writes
