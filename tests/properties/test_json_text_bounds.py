"""What the reader of JSON refuses before it parses: whoever sends it must not choose how long that takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redeemd.contract import json_text

MOST = json_text.VALUES_MAX


@pytest.mark.parametrize("item", ["1", "[]", "{}", '"a"'])
def test_a_text_of_too_many_values_is_refused(item):
    """Numbers, lists, objects and strings alike."""
    with pytest.raises(json_text.JsonError, match="more than 250000 values"):
        json_text.read(f"[{','.join([item] * (MOST + 1))}]")


def test_commas_and_brackets_in_strings_are_no_values():
    """A long text is one value, whatever it holds."""
    text = ",[{" * MOST
    assert json_text.read(json_text.write([text])) == [text]


@given(st.text())
def test_a_string_reads_as_it_was_written(text):
    """Escapes, quotes and brackets included; U+0000 is refused."""
    written = json_text.write([text]).encode(errors="replace").decode()
    if "\x00" in text:
        with pytest.raises(json_text.JsonError):
            json_text.read(written)
    else:
        assert json_text.read(written) == [text.encode(errors="replace").decode()]
