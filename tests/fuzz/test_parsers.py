"""Any text to what reads codes, JSON, placeholders and GRNs: a value or a refusal of its own, and in good time."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redeemd.contract import json_text
from redeemd.contract.json_text import JsonError
from redeemd.exchange.definition import limit_of
from redeemd.serialkey.codec import codes
from redeemd.transaction import template
from redeemd.transaction.template import PlaceholderInName, Text, TooLong
from support.fuzz_values import documents
from support.fuzzing import examples

CODEC = codes.Codec({"k1": bytes(range(32)), "k2": bytes(range(1, 33))})
GOOD = [
    CODEC.encode(key_id, campaign, sequence)
    for key_id, campaign, sequence in (("k1", 1, 0), ("k2", 2**24 - 1, 2**40 - 1))
]
DECORATIONS = st.text("- \t\u00ad\u2010\u2212\u3000\u00a0\u2014", max_size=3)
WIDE = str.maketrans(string.ascii_uppercase, "".join(chr(0xFF21 + number) for number in range(26)))
LOOKALIKES = str.maketrans("OIB", "018")
RATE = {"version": "1", "rateModels": [{"name": "a", "acquireActions": [{"action": "x", "request": '{"a": "#{b}"}'}]}]}


@examples(300)
@given(st.text(max_size=60) | st.text(codes.ALPHABET + "01-8 ", min_size=20, max_size=30))
def test_a_text_opens_as_a_code_only_if_it_is_one(text):
    """No text raises an error, and an opened code prints as the folded input."""
    opened = CODEC.decode(text)
    assert codes.mask(text) is not None
    if opened is not None:
        assert codes.looks_like_code(text)
        assert CODEC.encode(opened.key_id, opened.campaign_number, opened.sequence) == opened.text


@examples(200)
@given(
    code=st.sampled_from(GOOD), between=st.lists(DECORATIONS, min_size=27, max_size=27),
    form=st.sampled_from(["same", "lower", "wide", "lookalikes"]),
)  # fmt: skip
def test_a_code_opens_however_it_is_typed(code, between, form):
    """Dashes and spaces of any kind anywhere, small letters, wide letters, and symbols that look alike."""
    typed = {
        "same": code, "lower": code.lower(), "wide": code.translate(WIDE), "lookalikes": code.translate(LOOKALIKES)
    }[form]  # fmt: skip
    decorated = "".join(piece + symbol for piece, symbol in zip(between, typed.ljust(27), strict=True))
    assert CODEC.decode(decorated).text == code


@examples(100)
@given(documents([RATE]) | st.text(max_size=60) | st.text('{}[]":,\\u0dD8e+-. \n', max_size=60))
def test_any_text_as_json(text):
    """A value that can be written and read again, or a JsonError."""
    try:
        value = json_text.read(text)
    except JsonError:
        return
    assert json_text.read(json_text.write(value)) == value


@examples(100)
@given(documents([RATE]), st.dictionaries(st.sampled_from(["b", "userId", "x"]), st.text(max_size=20)))
def test_any_json_as_a_template(text, values):
    """Filled, or refused for a name, for a value that is missing, or for too much."""
    try:
        parsed = template.parse(json_text.read(text))
    except (JsonError, PlaceholderInName):
        return
    keys = {key for _, found in template.texts(parsed) for key in found.keys}
    try:
        filled = template.fill(parsed, values, 1000)
    except KeyError:
        assert keys - set(values)
    except TooLong:
        assert keys
    else:
        assert keys <= set(values)
        assert not isinstance(filled, Text)


@examples(200)
@given(
    st.text(max_size=80)
    | st.lists(st.sampled_from(["grn", "gs2", "limit", "", "a", "*", "x" * 200, "\n"])).map(":".join)
)
def test_any_text_as_the_grn_of_a_limit(text):
    """Two names, or nothing."""
    assert limit_of(text) is None or len(limit_of(text)) == 2


@pytest.mark.parametrize("text", ["[" * 10**6, '{"a":' * 10**6, '"' + "\\" * 10**6, "[" + '"",' * 10**6], ids=len)
def test_a_megabyte_of_nonsense_is_refused_at_once(text):
    """Neither recursion nor more than linear time; the test would run into its timeout."""
    with pytest.raises(JsonError):
        json_text.read(text)
