"""Cells that people open in spreadsheets: shown as text there, and read again without loss."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from redeemd.base.cells import csv_cell, csv_lines
from redeemd.code_files.codes import codes_of
from redeemd.code_files.column import find_column
from redeemd.code_files.text import read_text
from redeemd.serialkey.codec.codes import ALPHABET, SYMBOLS, print_code

# What LibreOffice 7.4 or Excel turns into something else; tools/spreadsheet_cells.py tries LibreOffice.
TAKEN = [
    *["=1+1", '="abc"', "+123", "-5-4", "@SUM(1)", "\uff1d1+1", '=HYPERLINK("x")', "\t1", "-A", "+A"],
    *["00123", "123456789012345678", "1E5", "1e5", "123E4567", "1.5", "1,234", "(123)", "50%", "$5", "1 2", "\uff11"],
    *["1-2-24", "12-2024", "1/2", "JAN-01", "MAY2024", "7MAY", "SEPT1", "1. M\u00e4rz", "R8.11.29"],
    *["10:30", "1:2", "1AM", "1:30 PM", "2026-11-29T20:00-05:00", "2026\u5e7411\u670829\u65e5"],
    *["TRUE", "false", "#N/A"],
]
KEPT = [
    "XM26-9KZV-HRC5",
    "SUMMERSALE",
    "ABC-1",
    "0x1F",
    "3D5",
    "A1",
    "12P",
    "A1B2C3",
    "WELCOME26",
    "\u30b3\u30fc\u30c91",
]

# Hardly anything but what makes cells special; white space around codes is refused by imports.
CODES = st.text(st.sampled_from("=+-@#019EeJAN.,:;|/'\"% \uff1d\uff11\u5e74\u00e4T"), min_size=1, max_size=8).filter(
    lambda code: code == code.strip()
)


@pytest.mark.parametrize("text", TAKEN)
def test_what_a_spreadsheet_would_change_is_marked_as_text(text):
    """By a tab in a quoted cell, which readers that strip white space do not notice."""
    assert csv_lines([text]) == '"\t' + text.replace('"', '""') + '"\n'


@pytest.mark.parametrize("text", KEPT)
def test_other_texts_stay_as_they_are(text):
    """Programs that read the file see the text alone."""
    assert csv_lines([text]) == f"{text}\n"


@given(st.lists(CODES, min_size=1, unique=True))
@example(["a;b", "c;d"])
@example(["a|b", "c,d", 'e"f'])
@example(["=1", "00123"])
def test_an_export_is_read_again_without_loss(codes):
    """By the import of this command line, whatever separator most codes contain."""
    table = read_text(f"code\n{csv_lines(codes)}".encode(), "")
    assert [code.text for code in codes_of(table, find_column(table, "", header=None))] == codes


@given(st.lists(CODES))
@example(["\uff1d1+1", "plain"])
def test_many_lines_are_those_of_each_code(codes):
    """The short cut for codes that are clearly text changes nothing."""
    assert csv_lines(codes) == "".join(f"{csv_cell(code)}\n" for code in codes)


@given(CODES)
def test_a_line_is_one_cell(code):
    """To readers of RFC 4180 and to those that take another separator."""
    for separator in ",;|\t":
        ((cell,),) = csv.reader(io.StringIO(csv_lines([code])), delimiter=separator, strict=True)
        assert cell.strip() == code


@given(st.text(ALPHABET, min_size=SYMBOLS, max_size=SYMBOLS))
@example("2" * SYMBOLS)
@example("E" * SYMBOLS)
def test_lines_of_issued_codes_have_one_length(symbols):
    """None is marked, so a download can begin anywhere."""
    assert csv_lines([print_code(symbols)]) == f"{print_code(symbols)}\n"
