"""The texts that a player tried, so that a text which is repeated counts as one guess. Functions on strings.

They are strings because the store changes them in the statement that takes a guess (see queries.sql). Each text is an
entry of ENTRY characters: a mark and a keyed hash of the text. The newest entry comes first.

A text that is tried again is marked as repeated. If the call that took its guess then fails without a lookup, the guess
is not returned: the call that repeated the text may have learned something, for no guess of its own.
"""

TEXTS_MAX = 16  # the oldest further text counts again
HASH = 16  # hexadecimal digits
TRIED, REPEATED = "+", "*"
ENTRY = len(TRIED) + HASH
LENGTH_MAX = TEXTS_MAX * ENTRY


def added(tried: str, text: str) -> str:
    """Add the hash of a text for which a guess was taken."""
    return f"{TRIED}{text}{tried}"[:LENGTH_MAX]


def repeated(tried: str, text: str) -> str | None:
    """Mark a text as repeated; return None if it was not tried."""
    return tried.replace(TRIED + text, REPEATED + text) if text in tried else None


def removed(tried: str, text: str, *, right: bool) -> str | None:
    """Remove a text whose guess is to be returned; return None if it is not: it was repeated, or is forgotten.

    `right`: the text was a code, so its guess is returned in any case.
    """
    entry = TRIED + text
    if right:
        return tried.replace(entry, "").replace(REPEATED + text, "")
    return tried.replace(entry, "") if entry in tried else None
