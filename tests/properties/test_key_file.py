"""The master key file that commands edit: what they change, and that they change nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redeemd.crypto import key_file, keyring
from redeemd.crypto.keyring import KeyRingError

COMMENTS = st.sampled_from(["", "# oldest first: k1:secret\n", "\n", "# k2:of:no:key\n"])


def content(text):
    """Return what a server reads in a file."""
    ring = keyring.parse(text)
    return {key_id: (ring.check_value(key_id), key_id in ring.accept_only) for key_id in ring.key_ids}


@given(st.lists(COMMENTS, min_size=1, max_size=4), st.sampled_from(["\n", ",", " "]), st.booleans())
def test_every_edit_is_undone_by_its_opposite(comments, separator, ends):
    """Any separator and comments are accepted; other keys and comments are preserved."""
    keys = separator.join([keyring.entry("k1"), f"{keyring.entry('k3')}:accept"])
    text = "".join(comments) + keys + "\n" * ends
    before = content(text)
    added, key_id = key_file.add(text)
    assert key_id == "k4"
    assert added.startswith(text.rstrip("\n"))
    value, accepted = content(added)["k4"]
    assert content(added) == before | {"k4": (value, True)}
    assert accepted
    used = key_file.mark(added, "k4", accept_only=False)
    assert content(used) == before | {"k4": (value, False)}
    assert key_file.mark(used, "k4", accept_only=True) == added
    assert content(key_file.remove(added, "k4")) == before


def test_what_would_break_a_file_is_refused():
    """A key that is not there, an id that is, an id that is none, and the first key, which is always in use."""
    text = f"{keyring.entry('k1')}\n{keyring.entry('k2')}\n"
    for edit in (
        lambda: key_file.mark(text, "k9", accept_only=True),
        lambda: key_file.mark(text, "k1", accept_only=True),
        lambda: key_file.add(text, "k2"),
        lambda: key_file.add(text, "k 2"),
        lambda: key_file.remove(text, "k2"),
        lambda: key_file.remove(text, "k9"),
    ):
        with pytest.raises(KeyRingError):
            edit()


@pytest.mark.parametrize("mark", [":", ":accepted", ":accept:", ":ACCEPT", ":accept:accept"])
def test_another_mark_is_refused(mark):
    """So that a mistyped one is not taken for none."""
    with pytest.raises(KeyRingError, match="entry 2"):
        keyring.parse(f"{keyring.entry('k1')},{keyring.entry('k2')}{mark}")
