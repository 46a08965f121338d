"""Cells of CSV files that people open in spreadsheets.

Excel and LibreOffice guess the types of cells, also of quoted ones: they compute `=1+1`, and turn 00123 and 1E5 into
numbers and 1-2-24 into a date. A cell that begins with a tab is text to both, whatever is chosen in the dialog of an
import, and the tab is not visible. (The other known way, `="00123"`, needs a LibreOffice that evaluates formulas.)
"""

import re
import unicodedata
from collections.abc import Sequence

_FORMULAS = tuple("=+-@\t\r")
_ERRORS = "#"  # the beginning of #N/A and the like
_TRUTHS = frozenset(["TRUE", "FALSE", "WAHR", "FALSCH", "VRAI", "FAUX", "VERDADERO", "VERDADEIRO", "FALSO", "VERO"])
# Without year, month, day, hour, minute and second of Chinese and Japanese.
_WORD = re.compile("[^\\W\\d_\u5e74\u6708\u65e5\u6642\u5206\u79d2]+")
_OF_NUMBERS = frozenset(["E", "AM", "PM"])
# The first letters of months in the languages in which spreadsheets are used most.
_MONTHS = frozenset(
    [
        *["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
        *["MAI", "M\u00c4R", "MRZ", "OKT", "DEZ"],
        *["AVR", "AO\u00db", "AOU", "D\u00c9C", "FEV", "F\u00c9V"],
        *["ABR", "AGO", "DIC", "ENE", "GEN", "GIU", "LUG", "MAG", "OTT", "OUT", "SET"],
        *["MEI", "MRT"],
    ]
)
_DASHES_MAX = 3  # in a time with its offset, 2026-11-29T20:00-05:00

# The comma, and what programs that guess a separator may take for one.
_QUOTED = tuple('",;|\r\n')
# A line of ASCII for which `is_taken` may be true: it has at most one word, or begins unusually.
_DOUBTFUL = re.compile(r"\n([^A-Za-z0-9\n][^\n]*|[^A-Za-z\n]*[A-Za-z]*[^A-Za-z\n]*)(?=\n)")


def csv_cell(text: str) -> str:
    """Return a cell of a CSV file (RFC 4180) that spreadsheets show as `text`.

    Readers have to ignore white space around the content of cells.
    """
    if is_taken(text):
        return _quote(f"\t{text}")
    return _quote(text) if _is_quoted(text) else text


def is_taken(text: str) -> bool:
    """Return whether a spreadsheet may take a text for a formula, a number, a time, a truth value or an error."""
    text = text.upper() if text.isascii() else unicodedata.normalize("NFKC", text).upper()
    if text.startswith((*_FORMULAS, _ERRORS)) or text in _TRUTHS:
        return True
    if not any(map(str.isdecimal, text)) or text.count("-") > _DASHES_MAX:
        return False
    words = _WORD.findall(text)
    return not words or (len(words) == 1 and _is_of_numbers(words[0], text))


def _is_of_numbers(word: str, text: str) -> bool:
    """Whether a number or time may contain a word, the only one in `text`."""
    era = len(word) == 1 and word.isascii() and not text.isalnum()  # R8.11.29 in Japan
    return era or word in _OF_NUMBERS or word[:3] in _MONTHS


def csv_lines(texts: Sequence[str]) -> str:
    """Return texts, which contain no line breaks, as the only cells of lines of CSV."""
    lines = "\n".join(texts)
    if not lines.isascii() or _is_quoted(lines.replace("\n", "")):
        return "".join([f"{csv_cell(text)}\n" for text in texts])
    return _DOUBTFUL.sub(lambda found: f"\n{csv_cell(found[1])}", f"\n{lines}\n")[1:] if texts else ""


def _is_quoted(text: str) -> bool:
    return any(character in text for character in _QUOTED)


def _quote(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
