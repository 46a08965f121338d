"""Input that breaks a rule of the contract: refused, by the name of the field, with nothing done.

All of it is made from the descriptors: a valid request of each RPC, in which one field is broken.
"""

import math

import grpc
import pytest
from google.protobuf.descriptor import FieldDescriptor
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.contract.options import request_bytes_max
from redeemd.errors import VIOLATIONS_MAX
from support.clock import ManualClock
from support.contract import (
    METHODS,
    PLACES,
    everything,
    lengths_of,
    policy_of,
    rules_of,
    send,
    valid_request,
)
from support.service import Refusal, running

ASTRAL = "\U0001f600"
# Checked before validation, by whoever reads them: a broken one is no credential.
CREDENTIALS = {"access_token", "time_offset_token"}
# What breaks no rule of these is read, and has to be a request of an action, or a transaction: test_hostile_actions.py.
JSON_TEXTS = {"request", "transaction"}
_EXTREMES = {
    FieldDescriptor.TYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_INT64: (-(2**63), 2**63 - 1),
}
_MIB = 1024 * 1024
_ROOM_BYTES = 4096  # for the other fields of a request that has a long one
(DELETE_DRAFT,) = (method for method in METHODS if method.name == "DeleteCampaignModelMaster")
# A name is limited by a pattern; any other text by a length.
NAMES = [place for place in PLACES if place.rules.string.pattern]
TEXTS = [place for place in PLACES if place.field.type == FieldDescriptor.TYPE_STRING and place not in NAMES]
_NUMBER_TYPES = {
    FieldDescriptor.TYPE_INT32: "int32",
    FieldDescriptor.TYPE_INT64: "int64",
    FieldDescriptor.TYPE_DOUBLE: "double",
}
NUMBERS = [place for place in PLACES if place.field.type in _NUMBER_TYPES]
ENUMS = [place for place in PLACES if place.field.enum_type is not None]
FREE_TEXTS = [place for place in TEXTS if place.names[-1] not in CREDENTIALS]
# As long as names of actions may be, none is one that the server has: test_hostile_actions.py.
ACTIONS = [place for place in TEXTS if place.names[-1] == "action"]
LISTS = [(method, field) for method in METHODS for field in method.input_type.fields if field.is_repeated]


def test_every_field_that_can_be_broken_is_broken():
    """A request has names, texts, numbers, enums and flags, and none of another kind escapes these tests."""
    flags = [place for place in PLACES if place.field.type == FieldDescriptor.TYPE_BOOL]
    assert len(PLACES) == len(NAMES) + len(TEXTS) + len(NUMBERS) + len(ENUMS) + len(flags)


def _bad_names(place):
    low, high = lengths_of(place.rules)
    yield from (_lengthened(name, low) for name in _names_with_bad_characters(place))
    yield "a" * (high + 1)
    if low:
        yield ""
    if low > 1:
        yield "a" * (low - 1)


def _lengthened(name, low):
    """Make a name long enough, so that it is not refused for that; both its ends stay."""
    return name[:1] + "a" * (low - len(name)) + name[1:]


def _names_with_bad_characters(place):
    yield from ("a\x00b", "\x1f", "name\n", "\nname")
    if ":" in place.rules.string.pattern or "\\x00" not in place.rules.string.pattern:
        yield "a:b"
    if "\\x00" not in place.rules.string.pattern:  # user ids and imported codes may be any other text
        if "/" not in place.rules.string.pattern:  # which time zones have
            yield "a/b"
        yield from ("a b", "..\\", "\u00e9", ASTRAL, "\uff21")
    else:
        yield from ("\x7f", "\x85", ASTRAL * (lengths_of(place.rules)[1] + 1))


def _bad_texts(place):
    high = place.rules.string.max_len
    if high >= request_bytes_max(policy_of(place.method)):  # too long for the request, whose size is refused before
        return ("\x00", "a\x00b")
    return ("\x00", "a\x00b", "a" * (high + 1))


def _bad_numbers(place):
    low, high = _ends(place)
    if place.field.type == FieldDescriptor.TYPE_DOUBLE:
        return (math.nextafter(low, -math.inf), math.nextafter(high, math.inf), -math.inf, math.inf, math.nan)
    return (low - 1, high + 1, *_EXTREMES[place.field.type])


def _ends(place):
    rules = getattr(place.rules, _NUMBER_TYPES[place.field.type])
    return rules.gte, rules.lte


def _longest(place):
    """Return a text of the most characters that fit the request, of four bytes each where it may hold such."""
    length = place.rules.string.max_len
    if place.names[-1] not in JSON_TEXTS:
        length = min(length, (request_bytes_max(policy_of(place.method)) - _ROOM_BYTES) // 4)
    if place.names[-1] in JSON_TEXTS:
        return place.example.ljust(length)  # white space, for what else it may hold has limits of its own
    if place.names[-1] == "exchange_count_id":  # a GRN of a limit, of which the region may be anything
        return place.example.replace("local", ASTRAL * (length - len(place.example) + len("local")))
    return ASTRAL * length


def _bad_values(place):
    if place in NAMES:
        return _bad_names(place)
    if place in NUMBERS:
        return _bad_numbers(place)
    if place in ENUMS:
        return (0, 99)
    return _bad_texts(place) if place in FREE_TEXTS else ()


def _each(places):
    ids = [f"{place.method.containing_service.name}.{place.method.name}.{place.path}" for place in places]
    return pytest.mark.parametrize("place", places, ids=ids)


async def _outcome(service, place, value):
    request = place.put(valid_request(place.method.input_type), value)
    return await send(service, place.method, request, await everything(service, place.method)) or Refusal()


async def _not_refused(service, place, values):
    """Return those values that are not refused as an invalid value of the field, with the response instead."""
    outcomes = [(value, await _outcome(service, place, value)) for value in values]
    return [
        (value[:40] if isinstance(value, str) else value, outcome)
        for value, outcome in outcomes
        if (outcome.code, outcome.reason) != (grpc.StatusCode.INVALID_ARGUMENT, "VALIDATION_FAILED")
        or place.path not in outcome.fields
    ]


@_each(NAMES)
async def test_a_bad_name_is_refused(service, place):
    """Separators, control characters, too many characters, other alphabets where not allowed, a line end, nothing."""
    assert await _not_refused(service, place, _bad_names(place)) == []


@_each(NAMES)
async def test_a_name_of_every_allowed_length_passes(service, place):
    """The shortest and the longest name are not refused by validation."""
    low, high = lengths_of(place.rules)
    pattern = place.rules.string.pattern
    character = ASTRAL if "\\x00" in pattern else "-" if "-]" in pattern else "A"
    for length in (low, high):
        request = place.put(valid_request(place.method.input_type), character * length)
        if policy_of(place.method).batch_of and place.names[-1] == "namespace_name":
            request.namespace_name = character * length  # items have that of their batch
        refusal = await send(service, place.method, request, await everything(service, place.method)) or Refusal()
        assert place.path not in refusal.fields


@_each(FREE_TEXTS)
async def test_a_text_with_a_null_or_too_long_is_refused(service, place):
    """U+0000, which no database column takes, and one character more than the most."""
    assert await _not_refused(service, place, _bad_texts(place)) == []


@_each([place for place in TEXTS if place not in ACTIONS])
async def test_a_text_of_the_most_characters_passes_whatever_their_bytes(service, place):
    """Lengths count characters: as many of four bytes each pass validation and break nothing behind it."""
    outcome = await _outcome(service, place, _longest(place))
    assert place.path not in outcome.fields or outcome.reason != "VALIDATION_FAILED"
    assert outcome.code not in {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.RESOURCE_EXHAUSTED}


@_each([place for place in TEXTS if place.names[-1] in CREDENTIALS])
async def test_a_credential_with_a_null_or_too_long_is_refused(service, place):
    """As invalid, by validation or by whoever reads credentials."""
    for value in _bad_texts(place):
        assert (await _outcome(service, place, value)).reason in {"VALIDATION_FAILED", "CREDENTIAL_INVALID"}


@_each(NUMBERS)
async def test_a_number_outside_its_range_is_refused(service, place):
    """The neighbours of both ends and the ends of its bits."""
    assert await _not_refused(service, place, _bad_numbers(place)) == []


@_each(NUMBERS)
async def test_a_number_at_an_end_of_its_range_passes(service, place):
    """Both ends are not refused by validation."""
    for value in _ends(place):
        if place.path == "code_format.length":
            continue  # it also has to leave check bits, which depends on the alphabet: tests/serialkey/test_formats.py
        if place.method.name == "UpdateCampaignModelMaster":  # the draft must not have the other end of a window
            await send(service, DELETE_DRAFT, valid_request(DELETE_DRAFT.input_type), service.admin)
        assert place.path not in (await _outcome(service, place, value)).fields


@pytest.mark.parametrize(
    ("method", "field"),
    [pytest.param(method, field, id=f"{method.full_name}.{field.name}") for method, field in LISTS],
)
async def test_a_list_may_have_its_most_items_and_no_more(service, method, field):
    """Also the fewest and no fewer, where it may not be empty; the refusal is by the name of the list."""
    rules, metadata = rules_of(field).repeated, await everything(service, method)
    assert rules.max_items
    for count in {rules.min_items - 1, rules.min_items, rules.max_items, rules.max_items + 1} - {-1}:
        request = valid_request(method.input_type)
        request.ClearField(field.name)
        getattr(request, field.name).extend(count * [_item(field)])
        refusal = await send(service, method, request, metadata) or Refusal()
        assert (field.name in refusal.fields) == (not rules.min_items <= count <= rules.max_items)


def _item(field):
    """Return an item that breaks no rule."""
    if field.enum_type is not None:
        return field.enum_type.values[1].number
    return "every-rpc" if field.message_type is None else valid_request(field.message_type)


@_each(ENUMS)
async def test_an_enum_without_a_meaning_is_refused(service, place):
    """UNSPECIFIED, also when it is sent explicitly, and a number without a name."""
    assert await _not_refused(service, place, (0, 99)) == []


@pytest.mark.parametrize(
    "method", [method for method in METHODS if method.input_type.fields], ids=lambda method: method.full_name
)
async def test_all_broken_fields_are_reported_at_once(service, method):
    """A request in which every field is broken is refused with all their names, up to the most that are reported.

    So is an item of a batch, whose message is refused before its items are looked at.
    """
    request, broken = valid_request(method.input_type), []
    for place in PLACES:
        inside = place.names[0] == "items" or not policy_of(method).batch_of
        if place.method is method and inside and (values := list(_bad_values(place))):
            request = place.put(request, values[0])
            broken.append(place.path)
    refusal = await send(service, method, request, await everything(service, method)) or Refusal()
    assert set(broken) <= set(refusal.fields) or len(refusal.fields) == VIOLATIONS_MAX


async def test_of_a_hundred_broken_values_twenty_are_reported(service):
    """Error details travel as metadata, which is bounded."""
    method = next(method for method in METHODS if method.name == "CreateKey")
    request = valid_request(method.input_type)
    request.namespace_names.extend("a:b" for _ in range(100))
    refusal = await send(service, method, request, service.admin)
    assert refusal.fields == [f"namespace_names[{index}]" for index in range(VIOLATIONS_MAX)]


@pytest.fixture(scope="session")
async def quiet_service(tmp_path_factory):
    """A server that only the tests below write to; its clock is stopped."""
    async with running(tmp_path_factory.mktemp("quiet"), clock=ManualClock()) as service:
        yield service


@pytest.mark.parametrize(
    "method", [method for method in METHODS if policy_of(method).writes], ids=lambda method: method.full_name
)
async def test_refused_input_changes_nothing(quiet_service, method):
    """After every refusal of a writing method, with all else in the request good, the database is what it was."""
    service = quiet_service
    world = await service.world("every-rpc")
    await world.call("CreateCampaignModelMaster", name="every-rpc")
    (code,) = await world.codes(campaign="every-rpc")
    request = valid_request(method.input_type, namespace_name=world.name, code=code, user_id="alice")
    metadata = await everything(service, method)
    before = await service.dump()
    sent = 0
    for place in PLACES:
        for value in _bad_values(place) if place.method is method else ():
            if len(str(value)) < _MIB:  # greater ones were refused above, and take long
                assert await send(service, method, place.put(request, value), metadata) is not None
                sent += 1
    assert sent
    assert await service.dump() == before


async def test_a_good_request_does_change_something(quiet_service):
    """The comparison above sees a change: one issued code is a difference."""
    world = await quiet_service.world("every-rpc")
    before = await quiet_service.dump()
    await quiet_service.serial_keys.IssueOnce(
        pb.IssueOnceRequest(namespace_name=world.name, campaign_model_name="every-rpc"), metadata=quiet_service.admin
    )
    assert await quiet_service.dump() != before
