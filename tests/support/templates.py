"""Strategies for templates: JSON with placeholders, keys and values of all kinds."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

PLACEHOLDER = re.compile(r"#\{([^{}]{1,64})\}")
NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")
IMPOSSIBLE = re.compile(r"#\{([^{}]{65,})?\}")
KEY_LENGTH_MAX = 64
# What might break out of a string, be replaced a second time, or be taken for something else.
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
SIGNS = st.text('"\\{}#,:[]\n \x01\x85\u2028\ufeff\u202e\u0301\uffff\U0001f600', max_size=4)
WORDS = st.sampled_from(
    ["#{a}", "#{b}", "#{code}", "#{userId}", "#{#{a}}", '","metadata":"x', '{"a":"#{b}"}', "\\u0022"]
)
PIECES = st.one_of(SIGNS, WORDS, st.text(LETTERS, max_size=4))
VALUES = st.one_of(st.text(LETTERS, max_size=60), st.lists(PIECES, max_size=6).map("".join))
KEYS = st.one_of(
    st.sampled_from(["a", "b", "code", "userId", "k" * KEY_LENGTH_MAX]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00{}"), min_size=1, max_size=KEY_LENGTH_MAX),
)
PLACES = st.one_of(KEYS, st.just("k" * (KEY_LENGTH_MAX + 1))).map(lambda key: f"#{{{key}}}")  # the last is no key
TEMPLATES = st.lists(st.one_of(PIECES, PLACES), max_size=6).map("".join)
MEMBER_NAMES = TEMPLATES.filter(lambda name: not PLACEHOLDER.search(name))
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
TREES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEMPLATES),
    lambda inside: st.one_of(st.lists(inside, max_size=4), st.dictionaries(MEMBER_NAMES, inside, max_size=4)),
    max_leaves=12,
)


def strings(tree: Any) -> Iterator[str]:
    """Return the strings of a JSON value that are not names of members."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, list | dict):
        for item in tree.values() if isinstance(tree, dict) else tree:
            yield from strings(item)


def keys_of(tree: Any) -> list[str]:
    """Return the keys of the placeholders in a JSON value, sorted."""
    return sorted({key for text in strings(tree) for key in PLACEHOLDER.findall(text)})


def replaced(text: str, values: Mapping[str, str]) -> str:
    """Put values into a string, once, as one would."""
    return PLACEHOLDER.sub(lambda found: values[found[1]], text)


@st.composite
def trees_with_values(draw: Any, trees: Any = TREES) -> Any:
    """Draw a JSON value, and values for all of its placeholders, and some that it has no use for."""
    tree = draw(trees)
    values = {key: draw(VALUES) for key in keys_of(tree)}
    return tree, draw(st.dictionaries(KEYS, VALUES, max_size=2)) | values
