"""Folds imported codes: all spellings of a code have the same folded text."""

import functools
import unicodedata

_NFKC = functools.partial(unicodedata.normalize, "NFKC")
# Control and format characters, white space, dashes, brackets and quotation marks.
_IGNORED_CATEGORIES = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp", "Pd", "Ps", "Pe", "Pi", "Pf"})
_IGNORED = frozenset("\"'`\u2212")  # and quotation marks and dashes of other categories


def fold(text: str) -> str:
    """Return what all spellings of a code have in common: NFKC, lower case, without what printing and copying add.

    White space, dashes, quotation marks, brackets, invisible characters and full stops at the end are ignored.
    """
    if text.isascii():
        return text.translate(_ASCII).rstrip(".")
    text = _NFKC(_NFKC(text).casefold())
    kept = "".join(character for character in text if not _is_ignored(character))
    return _NFKC(kept).rstrip(".")  # normalised again, because an accent may have lost the space before it


def _is_ignored(character: str) -> bool:
    return character in _IGNORED or unicodedata.category(character) in _IGNORED_CATEGORIES


# What the rules say of ASCII, for which they are the same without normalisation.
_ASCII = {code: None if _is_ignored(chr(code)) else chr(code).lower() for code in range(128)}
