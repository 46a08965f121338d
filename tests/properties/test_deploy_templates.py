"""The reader of Deploy templates: what writers of YAML write is read as they mean it, within bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redeemd.cli.templates.values import Items, NotApplicable, line_of
from redeemd.contract import differences, json_text
from support import lacking

yaml = lacking.module("yaml")
yaml_text = pytest.importorskip("redeemd.cli.templates.yaml_text")

# Texts that a version of YAML reads as something else than text, and any text that JSON and YAML have.
TEXTS = st.one_of(
    st.sampled_from(["on", "No", "08", "010", "0x1F", "0o7", "1_000", "12:30", "2019-05-01", "null", "~", "", "1e3"]),
    st.sampled_from(["=", "<<", "- a", "a: b", "# a", "!x", "&a", "*a", "'", ".5", "+1", "-0", "1.", ".inf", ".nan"]),
    # PyYAML itself does not read U+0085 as it wrote it.
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\x85")),
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda number: float(repr(number))),
    TEXTS,
)
JSON_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.text(st.characters(exclude_categories=["C", "Z"]))
)


def nested(inner):
    """Return lists and objects of values."""
    return st.lists(inner, max_size=4) | st.dictionaries(st.text("ab:- #", max_size=3), inner, max_size=4)


VALUES = st.recursive(SCALARS, nested, max_leaves=12)


@given(VALUES)
def test_what_pyyaml_writes_is_read_as_it_was(value):
    """Although the reader has the types of JSON, and PyYAML those of YAML 1.1."""
    assert differences._text(yaml_text.read_yaml(yaml.safe_dump(value, allow_unicode=True))) == differences._text(value)


@given(st.recursive(JSON_SCALARS, nested, max_leaves=12))
def test_json_is_read_as_yaml(value):
    """Templates have JSON within YAML, for master data. Characters that YAML treats differently are left out."""
    assert differences._text(yaml_text.read_yaml(json_text.write(value))) == differences._text(value)


@given(VALUES, VALUES)
def test_values_differ_exactly_where_something_has_changed(one, other):
    """A value does not differ from itself, nor from what differs only in nulls; otherwise it does."""
    assert list(differences.of_values(one, one)) == []
    plain = [differences._text(without_nulls(value)) for value in (one, other)]
    assert plain[0] == plain[1] or list(differences.of_values(one, other))


def without_nulls(value):
    """Return a value without members that are null, and lists without the nulls at their end."""
    if isinstance(value, dict):
        return {name: without_nulls(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        items = [without_nulls(item) for item in value]
        while items and items[-1] is None:
            items.pop()
        return items
    return value


def test_values_know_their_lines():
    """The closest that a path leads to; settings by their names in templates and in requests."""
    value = yaml_text.read_yaml("Settings:\n  limitModels:\n  - name: a\n  -\n    name: b\nLogSetting:\n  KeyId: x\n")
    assert line_of(value, "settings.limitModels[1].name") == 5
    assert line_of(value, "Settings.limitModels[1].resetType") == 5
    assert line_of(value, "settings.limitModels[7]") == 2
    assert line_of(value, "logSetting.keyId") == 7
    assert line_of(value, "absent") is None


def test_a_plain_scalar_is_text_unless_json_has_it():
    """A version is no date, `on` is not true, and a number with a zero in front is a name."""
    text = "[2019-05-01, on, No, 08, 1_000, 12:30, +1, .5, -1, 1.5, 1.0e3, 1e3, true, True, null, ~, '1']"
    names = ["2019-05-01", "on", "No", "08", "1_000", "12:30", "+1", ".5"]
    assert yaml_text.read_yaml(text) == Items([*names, -1, 1.5, 1000.0, "1e3", True, True, None, None, "1"])


def doubling(levels):
    """Return YAML whose aliases double its values at each level."""
    lines = ["l0: &l0 x", *(f"l{level}: &l{level} [*l{level - 1}, *l{level - 1}]" for level in range(1, levels))]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (doubling(60), "it has more than 1000 values"),
        ("&a [*a]", "it is nested deeper than 32"),
        ("[" * 900 + "]" * 900, "it is nested deeper than 32"),
        ("[" * 200_000, "it is n"),  # not YAML, or nested too deep: as far as the parser gets
        ("a: 1\na: 2", "the key a occurs twice"),
        ("a: &a {b: 1}\nc: {<<: *a}", "the merge key << is not supported"),
        ("? [a]\n: b", "a key is not text"),
        ("!!python/object/apply:os.system [true]", "its type is not one of JSON"),
        ("!!set {a, b}", "its type is not one of JSON"),
        ("!!int abc", "abc is not a number"),
        ("a: *b", "it is not YAML: found undefined alias"),
        ("a: b\n---\nc: d", "it is not YAML: "),
        ('"\\ud800"', "it is not YAML: "),
        ("9" * 5000, "is not a number"),
    ],
)
def test_bad_yaml_is_refused(text, said, monkeypatch):
    """In a sentence with the line, and without much work."""
    monkeypatch.setattr(json_text, "VALUES_MAX", 1000)
    with pytest.raises(NotApplicable) as refused:
        yaml_text.read_yaml(text)
    [problem] = refused.value.problems
    assert said in problem.text
