"""Reads CSV files: finds out the encoding and the separator."""

import codecs
import csv
import itertools
import re
from collections.abc import Iterable, Iterator

from redeemd.code_files.column import names_codes
from redeemd.code_files.objects import is_json_array, is_json_lines, read_json_lines
from redeemd.code_files.table import Rows, Table, Unreadable

SEPARATORS = {",": ",", ";": ";", "\t": "tab", "|": "|"}
_NONE = "\x1f"  # separates nothing in a text
_SAMPLE_LINES = 200
_LINE = re.compile(r".*\n|.+")
# Longest first: the mark of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_FALLBACK = "cp1252"  # Excel's encoding of CSV files in Western Europe and America


def read_text(data: bytes, encoding: str) -> Table:
    """Read a CSV file, or JSON lines. Without `encoding`, it is found out. Raises Unreadable."""
    text, name, guessed = _decode(data, encoding)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if is_json_lines(text):
        return read_json_lines(text)
    if is_json_array(text):
        raise Unreadable("is a list of JSON; write each object on a line of its own")
    declared, text = _declared(text)
    separator = declared or _separator(text)
    rows = Rows(_rows(_lines(text), separator))
    described = f", separated by {SEPARATORS.get(separator, separator)}" if separator != _NONE else ""
    return Table(rows, f"text in {name}{described}", separated=separator != _NONE, guessed=guessed)


def _decode(data: bytes, encoding: str) -> tuple[str, str, bool]:
    """Return the text, the name of its encoding, and whether that is a guess."""
    marked = next((known for known in _MARKS if data.startswith(known[0])), None)
    if encoding:
        return _decoded(data, encoding), encoding, False
    if marked is not None:
        return _decoded(data, marked[1]), marked[2], False
    if b"\0" in data:
        raise Unreadable("contains zero bytes, as UTF-16 without a byte order mark does: name the --encoding")
    try:
        return data.decode(), "UTF-8", False
    except UnicodeDecodeError:
        return _decoded(data, _FALLBACK), _FALLBACK, True


def _decoded(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
        text.encode()  # not so for a surrogate alone, which some encodings can express
        return text
    except LookupError:
        raise Unreadable(f"{encoding} is no known encoding") from None
    except ValueError as problem:  # of the bytes, or of the name
        raise Unreadable(f"is not text in {encoding}: {problem}; name the --encoding") from None


def _declared(text: str) -> tuple[str, str]:
    """Return the separator that a first line `sep=;` of Excel declares, or nothing, and the text without this line."""
    first, _, rest = text.partition("\n")
    if first[:4].lower() == "sep=" and len(first) == len("sep=;"):
        return first[4], "\n" + rest  # so that lines keep their numbers
    return "", text


def _separator(text: str) -> str:
    """Return the separator that gives most lines the same number of columns, more than one; _NONE if there is none."""
    sample = list(itertools.islice(_lines(text), _SAMPLE_LINES))
    best, best_share = _NONE, 0.5  # of the lines; what occurs in fewer is part of some codes
    for separator in SEPARATORS:
        rows = [cells for _, cells in _rows(sample, separator, strict=False)]
        counts = [len(cells) for cells in rows]
        columns = max(set(counts), key=counts.count, default=1)
        share = counts.count(columns) / len(counts) if columns > 1 else 0
        if rows and len(rows[0]) > 1 and any(map(names_codes, rows[0])):
            return separator  # only a header has a name of codes among other names
        if share > best_share:
            best, best_share = separator, share
    return best


def _lines(text: str) -> Iterator[str]:
    """Yield the lines one by one: io.StringIO would take four bytes per character."""
    return (found[0] for found in _LINE.finditer(text))


def _rows(lines: Iterable[str], separator: str, *, strict: bool = True) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank with the numbers of their lines.

    Raises Unreadable, with `strict` also for a quotation mark that does not close where a cell ends: the cell would
    swallow the lines that follow.
    """
    rows = csv.reader(lines, delimiter=separator, strict=strict)
    try:
        for cells in rows:
            if any(cell.strip() for cell in cells):
                yield rows.line_num, cells
    except csv.Error as problem:
        if "field limit" in str(problem):
            longest = f"{csv.field_size_limit():,}"
            raise Unreadable(
                f"has a cell of more than {longest} characters that ends in line {rows.line_num}"
            ) from None
        raise Unreadable(f"cannot be read in line {rows.line_num}, check its quotation marks: {problem}") from None
