"""Limits that the JSON reader enforces before it parses, so that a sender cannot choose how long parsing takes."""

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


def _size(value):
    """Return how many values a value counts as, and its depth: a list or an object counts once more."""
    if not isinstance(value, (list, dict)):
        return 1, 0
    sizes = [_size(item) for item in (value.values() if isinstance(value, dict) else value)]
    values = [count for count, _ in sizes] or [1]
    return 1 + sum(values), 1 + max((depth for _, depth in sizes), default=0)


_TEXTS = st.text('[]{},:"\\ab', max_size=6)
_VALUES = st.recursive(
    st.none() | st.integers(-9, 9) | _TEXTS, lambda inside: st.lists(inside) | st.dictionaries(_TEXTS, inside)
)


@given(_VALUES)
def test_a_budget_holds_as_many_values_as_there_are(value):
    """Exactly as many are accepted; with one less, the text is refused."""
    count, _ = _size(value)
    text = json_text.write(value)
    budget = json_text.Budget(count + 7)
    assert json_text.read(text, budget) == value
    assert budget.left == 7
    with pytest.raises(json_text.JsonError, match=f"more than {count - 1} values"):
        json_text.read(text, json_text.Budget(count - 1))


@given(_VALUES, st.sampled_from([("[", "]"), ('{"a":', "}")]))
def test_a_text_is_as_deep_as_allowed_or_refused(value, around):
    """32 levels of lists and objects are read; one more is refused."""
    _, depth = _size(value)
    more, (before, after) = json_text.DEPTH_MAX - depth, around
    text = before * more + json_text.write(value) + after * more
    json_text.read(text)
    with pytest.raises(json_text.JsonError, match="nested deeper than 32"):
        json_text.read(f"[{text}]")


@given(st.lists(_VALUES, max_size=4))
def test_texts_share_a_budget(values):
    """A text cannot use what an earlier one has used up."""
    budget = json_text.Budget(sum(_size(value)[0] for value in values))
    assert [json_text.read(json_text.write(value), budget) for value in values] == values
    assert budget.left == 0
    with pytest.raises(json_text.JsonError):
        json_text.read("1", budget)


@given(st.text())
def test_a_string_reads_as_it_was_written(text):
    """Escapes, quotes and brackets included; U+0000 is refused."""
    written = json_text.write([text]).encode(errors="replace").decode()
    if "\x00" in text:
        with pytest.raises(json_text.JsonError):
            json_text.read(written)
    else:
        assert json_text.read(written) == [text.encode(errors="replace").decode()]
