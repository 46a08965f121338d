"""Lists are bounded before a message is parsed: what is refused keeps its reason, and the rest is untouched."""

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st
from redeem.exchange.v1 import requests_pb2 as exchange_pb
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.contract import validation
from redeemd.contract.list_bounds import FIELDS_MAX, bounded
from redeemd.errors import RequestMalformed
from support.contract import METHODS, everything, send

_ITEM = b"\x12\x00"  # an empty one in field 2, where BatchUse and ImportAwaits have their items
_ITEMS_MAX = 1_000  # of BatchUse
_UNKNOWN = b"\xf8\x3e\x01"  # field 1007, the number 1
_BYTES = 2_000_000


def too_long(message):
    """Return the lists of a message that validation finds too long."""
    return {found.field for found in validation.violations(message) if found.error_type == "tooMany"}


def cut(data, message_type=pb.BatchUseRequest):
    """Return the bounded message."""
    return bounded(data, message_type)


@given(st.integers(0, 202), st.lists(st.sampled_from([0, 1, 32, 33, 70]), max_size=5))
def test_a_message_with_a_list_that_is_too_long_ends_there(plain, configs):
    """In a message or in an item; validation finds one of the lists that it finds in the whole. Others stay whole."""
    request = exchange_pb.ImportAwaitsRequest(namespace_name="shop")
    for count in configs:
        item = request.items.add(rate_name="rate")
        for _ in range(count):
            item.config.add(key="key", value="value")
    for _ in range(plain):
        request.items.add()
    data = request.SerializeToString()
    found = cut(data, exchange_pb.ImportAwaitsRequest)
    expected = too_long(request)
    remaining = too_long(exchange_pb.ImportAwaitsRequest.FromString(found))
    if expected:
        assert remaining
        assert {name.partition("[")[0] for name in remaining} <= {name.partition("[")[0] for name in expected}
    else:
        assert found == data


@pytest.mark.parametrize("item", [_ITEM, b"\x92\x00\x00", b"\x12\x80\x00", b"\x12\x02\x08\x01"])
def test_items_are_found_in_every_encoding(item):
    """Tags and lengths may have more bytes than they need."""
    assert cut(item * _ITEMS_MAX) == item * _ITEMS_MAX
    found = pb.BatchUseRequest.FromString(cut(item * (_ITEMS_MAX + 500)))
    assert len(found.items) == _ITEMS_MAX + 1


@given(st.binary(max_size=40))
def test_a_message_that_cannot_be_read_is_refused_as_before(tail):
    """It is bounded or left to the parser, or it has groups."""
    data = _ITEM * (_ITEMS_MAX - 1) + tail
    try:
        found = cut(data)
    except RequestMalformed:
        return
    try:
        whole = pb.BatchUseRequest.FromString(data)
    except DecodeError:
        if found == data:
            return
        whole = None
    assert whole is None or found == data or too_long(whole)


def test_other_fields_are_limited_where_a_list_may_be_too_long():
    """They would hide it: each of them is a step, and so is a field that is there again."""
    items = _ITEM * _ITEMS_MAX
    assert cut(_UNKNOWN * FIELDS_MAX + items) == _UNKNOWN * FIELDS_MAX + items
    for hidden in (_UNKNOWN * (FIELDS_MAX + 1), b"\x0a\x01a" * (FIELDS_MAX + 1), b"\x7b\x7c"):
        with pytest.raises(RequestMalformed):
            cut(hidden + items + _ITEM)


def test_texts_are_bounded_with_messages():
    """Codes may have the bytes of a tag of states, so that nothing tells that no list of messages is too long."""
    data = pb.ImportSerialKeysRequest(codes=["ZZZZ"] * 25_000).SerializeToString()
    assert too_long(pb.ImportSerialKeysRequest.FromString(cut(data, pb.ImportSerialKeysRequest))) == {"codes"}


@pytest.mark.parametrize("name", ["BatchUse", "BatchVerify", "ImportAwaits"])
async def test_a_request_full_of_items_is_refused_for_its_list(service, name):
    """As one with an item too many is."""
    (method,) = (method for method in METHODS if method.name == name)
    refusal = await send(service, method, _ITEM * (_BYTES // 2), await everything(service, method))
    assert (refusal.reason, refusal.fields) == ("VALIDATION_FAILED", ["items"])
