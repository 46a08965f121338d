"""The models of a document that differ from those of another."""

from hypothesis import given
from hypothesis import strategies as st
from redeemd.contract import differences

MODELS = st.dictionaries(
    st.sampled_from(["a", "b", "c"]),
    st.dictionaries(st.sampled_from(["x", "y"]), st.none() | st.booleans() | st.integers(0, 1) | st.text(max_size=1)),
)


def document(models):
    """Return a document with these models, by name."""
    return {"models": [{"name": name, **fields} for name, fields in models.items()]}


@given(MODELS, MODELS)
def test_those_that_differ_are_found_at_their_places(before, after):
    """A model is found if and only if a difference of the documents is in it."""
    one, other = document(before), document(after)
    paths = [change.path for change in differences.of_documents(one, other, ["models"])]
    differ = {name for name in after if any(path.startswith(f"models[{name}]") for path in paths)}
    found = differences.changed(one, other, "models")
    assert {model["name"] for _, model in found} == differ
    assert all(other["models"][place] is model for place, model in found)
    assert [place for place, _ in found] == sorted(place for place, _ in found)
