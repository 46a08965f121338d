"""Checks of single strings without protovalidate: they decide as protovalidate does."""

import re
import uuid

from hypothesis import example, given
from hypothesis import strategies as st
from redeem.limit.v1 import requests_pb2 as limit_pb
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.contract.validation import string_check, violations
from redeemd.transaction.ids import new_id

TEXTS = st.one_of(st.text(max_size=60), st.text("a\x00é😀", min_size=44, max_size=52))


@given(TEXTS)
@example("")
@example("a" * 48)
@example("😀" * 48)
@example("a" * 49)
@example("a\x00")
def test_the_check_of_a_code_agrees_with_its_rules(code):
    """Length in characters, and what it may not contain."""
    request = pb.UseByUserIdRequest(namespace_name="n", user_id="u")
    try:
        request.code = code
    except ValueError:  # a surrogate, which no JSON text holds
        return
    check = string_check(pb.UseByUserIdRequest, "code")
    assert check is not None
    assert check(code) == (violations(request) == [])


def test_a_field_with_other_rules_has_no_check():
    """A pattern is left to protovalidate."""
    assert string_check(pb.UseByUserIdRequest, "user_id") is None
    assert string_check(limit_pb.CountUpByUserIdRequest, "counter_name") is None


def test_ids_are_random_uuids():
    """Version 4 in its canonical spelling."""
    ids = {new_id() for _ in range(500)}
    assert len(ids) == 500
    for each in ids:
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", each)
        assert (uuid.UUID(each).version, uuid.UUID(each).variant) == (4, uuid.RFC_4122)
