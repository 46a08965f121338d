"""Requests of actions as JSON text: what is rendered is read back equal, and strings fill numbers."""

import math
import re

import pytest
from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor as Field
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redeem.exchange.v1 import exchange_service_pb2
from redeem.limit.v1 import limit_service_pb2
from redeem.limit.v1 import resources_pb2 as limit_pb
from redeem.serialkey.v1 import resources_pb2 as serialkey_pb
from redeem.serialkey.v1 import serialkey_service_pb2
from redeem.transaction.v1 import transaction_service_pb2
from redeemd.contract import json_text
from redeemd.contract.documented_json import Reader, renderer, to_json, to_text
from redeemd.contract.options import is_json_text
from redeemd.exchange import actions as exchange
from redeemd.limit import actions as limit
from redeemd.serialkey import actions as serialkey
from redeemd.transaction import actions as transaction

SERVICES = {
    exchange: exchange_service_pb2.DESCRIPTOR.services_by_name["ExchangeService"],
    limit: limit_service_pb2.DESCRIPTOR.services_by_name["LimitService"],
    serialkey: serialkey_service_pb2.DESCRIPTOR.services_by_name["SerialKeyService"],
    transaction: transaction_service_pb2.DESCRIPTOR.services_by_name["TransactionService"],
}
REQUESTS = {
    spec.name: service.methods_by_name[spec.name.partition(":")[2]].input_type
    for module, service in SERVICES.items()
    for spec in module.ACTIONS
}
_INTEGER = r"-?\d+"
_DOUBLE = _INTEGER + r"(\.\d+)?([eE][-+]?\d\d?)?"
INTEGERS = {Field.TYPE_INT32: (-(2**31), 2**31 - 1), Field.TYPE_INT64: (-(2**63), 2**63 - 1)}

many = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))

# What a field of a message may hold: any text that UTF-8 and PostgreSQL know, and what looks like something else.
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40),
    st.sampled_from(["", "null", "true", "1", "-1.5", "{}", '"', "\\", '{"a": [1, "\\u0041"]}', "#{userId}", "\u2028"]),
)
JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        TEXTS,
    ),
    lambda inside: st.one_of(st.lists(inside, max_size=3), st.dictionaries(TEXTS, inside, max_size=3)),
    max_leaves=6,
)
VALUES = st.one_of(st.booleans(), st.integers(-2, 2), st.floats(0, 2), JSON).filter(
    lambda value: value is not None and not isinstance(value, str)
)


def of(descriptor):
    """Make an empty message."""
    return message_factory.GetMessageClass(descriptor)()


def contents(field):
    """Draw what a field may hold."""
    if field.message_type is not None:
        return messages(field.message_type)
    if field.enum_type is not None:
        return st.sampled_from([value.number for value in field.enum_type.values if value.number])
    if field.type in INTEGERS:
        return st.integers(*INTEGERS[field.type])
    if field.type == Field.TYPE_DOUBLE:
        return st.floats(allow_nan=False, allow_infinity=False)
    return st.booleans() if field.type == Field.TYPE_BOOL else TEXTS


@st.composite
def messages(draw, descriptor):
    """Draw a message with some of its fields set."""
    message = of(descriptor)
    for field in descriptor.fields:
        if field.is_repeated:
            getattr(message, field.name).extend(draw(st.lists(contents(field), max_size=3)))
        elif draw(st.booleans()):
            value = draw(contents(field))
            if field.message_type is None:
                setattr(message, field.name, value)
            else:
                getattr(message, field.name).CopyFrom(value)
    return message


def read(descriptor, value):
    """Read a message strictly; return it and what is wrong."""
    message, reader = of(descriptor), Reader(strict=True)
    reader.read(value, message, "")
    return message, reader.problems


def fields_of(*types):
    """Return the fields of all requests of these types, without those that are in messages inside."""
    found = {(each.full_name, field.name): field for each in REQUESTS.values() for field in each.fields}
    chosen = [field for field in found.values() if field.type in types and not field.is_repeated]
    assert chosen
    return st.sampled_from(sorted(chosen, key=lambda field: field.full_name))


def filled(field, given, *, strict=True):
    """Fill one field; return its value, None when it was refused."""
    message, reader = of(field.containing_type), Reader(strict=strict)
    reader.fill(field, given, message, "here")
    if not reader.problems:
        return getattr(message, field.name)
    assert [problem.field for problem in reader.problems] == ["here"]
    assert not message.ListFields()
    return None


@pytest.mark.parametrize("name", REQUESTS)
def test_what_is_rendered_is_read_back_equal(name):
    """A request survives conversion to JSON and back, whatever its fields contain."""

    @settings(many, max_examples=25)
    @given(messages(REQUESTS[name]))
    def example(message):
        tree = json_text.read(to_text(message))
        assert tree == to_json(message)
        assert read(message.DESCRIPTOR, tree) == (message, [])

    example()


@pytest.mark.parametrize("message", [limit_pb.Counter, serialkey_pb.SerialKey], ids=["Counter", "SerialKey"])
def test_fields_are_rendered_as_their_message(message):
    """Without the message, in any order; None is absence."""

    @settings(many, max_examples=50)
    @given(messages(message.DESCRIPTOR), st.randoms())
    def example(drawn, draw):
        fields = {field.name: getattr(drawn, field.name) for field in message.DESCRIPTOR.fields}
        absent = {field.name for field in message.DESCRIPTOR.fields if field.has_presence} - {
            field.name for field, _ in drawn.ListFields()
        }
        items = [(name, None if name in absent else value) for name, value in fields.items()]
        draw.shuffle(items)
        assert renderer(message)(dict(items)) == to_text(message(**dict(items))) == to_text(drawn)

    example()


@settings(many, max_examples=200)
@given(st.data(), st.sampled_from(sorted(REQUESTS)))
def test_any_json_is_read_or_refused(data, name):
    """An invalid request is refused; a valid one keeps its meaning when it is rendered again."""
    descriptor = REQUESTS[name]
    names = [field.json_name for field in descriptor.fields]
    members = st.dictionaries(st.one_of(st.sampled_from(names), TEXTS), JSON, max_size=4)
    tree = data.draw(st.one_of(JSON, members))
    message, problems = read(descriptor, tree)
    if problems:
        assert all(isinstance(problem.field, str) and problem.description for problem in problems)
    else:
        assert tree.keys() <= set(names)
        assert read(descriptor, to_json(message)) == (message, [])


@many
@given(st.sampled_from(sorted(REQUESTS)).flatmap(lambda name: messages(REQUESTS[name])), TEXTS, JSON)
def test_a_name_that_no_request_has_is_refused(message, name, value):
    """A mistyped member is reported, not ignored; its name, which a player may have written, is not."""
    _, [problem] = read(message.DESCRIPTOR, to_json(message) | {f"{name}\u1234": value})
    assert "\u1234" not in problem.description + problem.field


@many
@given(st.data(), fields_of(*INTEGERS))
def test_a_string_that_holds_an_integer_fills_an_integer(data, field):
    """This holds for any number that the field can hold."""
    number = data.draw(st.integers(*INTEGERS[field.type]))
    assert filled(field, str(number)) == number


@many
@given(st.data(), fields_of(*INTEGERS))
def test_a_string_with_more_than_the_field_holds_is_refused(data, field):
    """No number wraps around, and none is cut off."""
    low, high = INTEGERS[field.type]
    number = data.draw(st.one_of(st.integers(max_value=low - 1), st.integers(min_value=high + 1)))
    assert filled(field, str(number)) is None
    assert filled(field, number) is None


@many
@given(st.decimals(-(10**9), 10**9, places=6), fields_of(Field.TYPE_DOUBLE))
def test_a_string_that_holds_a_number_fills_a_number(number, field):
    """Also with a fraction, and with an exponent, as .NET writes small numbers."""
    assert math.isclose(filled(field, f"{number:f}"), number, rel_tol=1e-15)
    assert math.isclose(filled(field, f"{float(number):E}"), number, rel_tol=1e-6)


@many
@given(st.booleans(), fields_of(Field.TYPE_BOOL))
def test_a_string_that_holds_a_flag_fills_a_flag(flag, field):
    """As JSON spells flags, and as .NET does."""
    assert filled(field, str(flag).lower()) is flag
    assert filled(field, str(flag)) is flag


@many
@given(
    st.text("0123456789+-.eE_ x\n\u0663\uff11", max_size=6), fields_of(*INTEGERS, Field.TYPE_DOUBLE, Field.TYPE_BOOL)
)
def test_no_other_string_fills_a_number(text, field):
    """Neither blanks nor plus signs nor digits of other scripts: what is no number in JSON is none."""
    plain = {Field.TYPE_DOUBLE: _DOUBLE, Field.TYPE_BOOL: "true|false"}.get(field.type, _INTEGER)
    fits = re.fullmatch(plain, text, re.ASCII) is not None
    found = filled(field, text)
    assert (found is not None) == fits
    if fits:
        assert found == float(text)


@many
@given(TEXTS, fields_of(*INTEGERS, Field.TYPE_DOUBLE, Field.TYPE_BOOL))
def test_only_requests_of_actions_read_strings_as_numbers(text, field):
    """In master data and user data every value has its own type."""
    assert filled(field, text, strict=False) is None


@many
@given(VALUES, fields_of(Field.TYPE_STRING, Field.TYPE_BOOL, Field.TYPE_DOUBLE, *INTEGERS))
def test_a_value_has_the_type_of_its_field(value, field):
    """A flag is no number, a number is no text, and a list or an object is none of these."""
    low, high = INTEGERS.get(field.type, (0, 0))
    fits = {
        Field.TYPE_STRING: False,
        Field.TYPE_BOOL: isinstance(value, bool),
        Field.TYPE_DOUBLE: isinstance(value, int | float) and not isinstance(value, bool),
    }.get(field.type, type(value) is int and low <= value <= high)
    found = filled(field, value)
    if fits:
        assert found == (float(value) if field.type == Field.TYPE_DOUBLE else value)
    else:
        assert found is None


@many
@given(st.dictionaries(TEXTS, JSON, max_size=3))
def test_json_may_stand_where_its_text_is_meant(request):
    """The request of an action inside a request may be an object; what is kept is its text."""
    descriptor = REQUESTS["Gs2Distributor:AndExpressionByUserId"]
    message, problems = read(descriptor, {"actions": [{"action": "a", "request": request}]})
    assert problems == []
    [inside] = message.actions
    assert is_json_text(inside.DESCRIPTOR.fields_by_name["request"])
    assert json_text.read(inside.request) == request
