"""The texts that a player tried, against a list of them."""

from hypothesis import given, settings
from hypothesis import strategies as st
from redeemd.serialkey.guessing.tried import HASH, LENGTH_MAX, TEXTS_MAX, added, removed, repeated

TEXTS = st.integers(0, 2 * TEXTS_MAX).map(lambda number: f"{number:0{HASH}x}")
STEPS = st.lists(st.tuples(st.sampled_from(["try", "fail", "right"]), TEXTS), max_size=100)


@settings(deadline=None)
@given(STEPS)
def test_texts_are_those_of_a_list(steps):
    """The newest come first; a repeated text stays unless it was right; one that failed alone is forgotten."""
    tried, plain = "", []
    for step, text in steps:
        known = next((entry for entry in plain if entry[0] == text), None)
        if step == "try":
            again = repeated(tried, text)
            assert (again is None) == (known is None)
            tried = added(tried, text) if again is None else again
            if known is None:
                plain = [[text, False], *plain][:TEXTS_MAX]
            else:
                known[1] = True
        else:
            left = removed(tried, text, right=step == "right")
            kept = step == "fail" and (known is None or known[1])
            assert (left is None) == kept
            tried = tried if left is None else left
            plain = plain if kept else [entry for entry in plain if entry is not known]
        assert len(tried) <= LENGTH_MAX
        assert tried == "".join(("*" if twice else "+") + text for text, twice in plain)
