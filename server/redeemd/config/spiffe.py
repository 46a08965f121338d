"""SPIFFE IDs: https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md, section 2."""

import re

LENGTH_MAX = 2048

_ID = re.compile(r"spiffe://[a-z0-9._-]{1,255}(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._-]+)*")


def is_spiffe_id(text: str) -> bool:
    """Return whether a text is a SPIFFE ID."""
    return len(text) <= LENGTH_MAX and _ID.fullmatch(text) is not None


def check_spiffe_id(text: str) -> str:
    """Return a SPIFFE ID. Raises ValueError for any other text."""
    if not is_spiffe_id(text):
        raise ValueError("must be a SPIFFE ID: spiffe://TRUST-DOMAIN/PATH")
    return text
