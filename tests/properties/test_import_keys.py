"""The keys of an import, against a dict."""

from hypothesis import example, given
from hypothesis import strategies as st
from redeemd.serialkey.importing.keys import Keys

# Few different bytes, so that keys repeat, overlap and share a bucket.
KEYS = st.lists(st.binary(min_size=16, max_size=16) | st.text("\0\1", min_size=16, max_size=16).map(str.encode))


@given(KEYS)
@example([bytes(16), bytes(15) + b"\1", bytes(16)])
def test_each_key_is_there_once_and_in_order(keys):
    """A repeated key is told apart from bytes of two neighbours; sorting gives each its ordinal back."""
    found, model = Keys(16), {}
    for key in keys:
        assert found.add(key, len(model)) == (key not in model)
        model.setdefault(key, len(model))
    assert list(found.sorted()) == sorted(model.items())
