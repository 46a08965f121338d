"""Files with codes: what is read from what people save, and what is refused instead of guessed."""

import csv
import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redeemd.cli.code_files.options import read_codes
from redeemd.cli.code_files.reading import read_table
from redeemd.code_files.codes import codes_of, local_problems
from redeemd.code_files.column import find_column
from redeemd.code_files.spreadsheet import read_spreadsheet
from redeemd.code_files.table import Unreadable
from redeemd.code_files.text import read_text
from support.spreadsheets import workbook

CODES = ["XM26-9KZV-HRC5", "XM26-HTYL-AAAA"]


@pytest.fixture
def read(tmp_path):
    """Read bytes as a file; return the codes with their lines."""

    def read(data, column="", *, header=None, encoding=""):
        path = tmp_path / "codes"
        path.write_bytes(data)
        table = read_table(path, encoding=encoding)
        found = find_column(table, column, header=header)
        return [(code.line, code.text) for code in codes_of(table, found)]

    return read


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_table_is_read_whatever_wrote_it(read, encoding, separator, end):
    """Encoding, separator and line ends are found out; the header is none of the codes."""
    lines = [["Voucher Code", "für"], [CODES[0], "Box1"], [f" {CODES[1]}\u00a0", '"Box 2"']]
    data = "".join(separator.join(line) + end for line in lines).encode(encoding)
    assert read(data) == [(2, CODES[0]), (3, CODES[1])]


@pytest.mark.parametrize("header", ["code", "Code", "CODES", "Serial Key", "コード", "Gutschein"])
def test_a_header_is_known_in_any_case_and_language(read, header):
    """It is no code."""
    assert read(f"{header}\n{CODES[0]}\n".encode()) == [(2, CODES[0])]


def test_a_first_line_like_the_others_is_a_code(read):
    """Even if it contains a word for codes."""
    assert read(b"CODE-0001\nCODE-0002\n") == [(1, "CODE-0001"), (2, "CODE-0002")]


def test_the_first_line_is_what_the_caller_says(read):
    """`--header` and `--no-header` win."""
    assert read(b"FIRSTONE\nSECONDONE\n", header=True) == [(2, "SECONDONE")]
    assert read(b"Code\nSECONDONE\n", header=False) == [(1, "Code"), (2, "SECONDONE")]


@pytest.mark.parametrize("column", ["", "2", "code", " CODE "])
def test_the_column_of_codes_is_found_or_named(read, column):
    """By its header, by its name in any case, or by its number."""
    assert read(b"Nr,Code\r\n1,AB12-CD34-EF56\r\n2,AB12-CD34-EF57\r\n", column) == [
        (2, "AB12-CD34-EF56"),
        (3, "AB12-CD34-EF57"),
    ]


def test_the_only_column_that_can_be_codes_is_taken(read):
    """Without a header: the others are short or repeat themselves."""
    assert read(b"1;AB12-CD34;warehouse\n2;AB12-CD35;warehouse\n") == [(1, "AB12-CD34"), (2, "AB12-CD35")]


@pytest.mark.parametrize("line", ["sep=;", "SEP=;"])
def test_excel_can_declare_the_separator(read, line):
    """Its line is no row, and counts as a line."""
    assert read(f"{line}\r\nCode;Note\r\nAB12-CD34;x,y\r\n".encode()) == [(3, "AB12-CD34")]


def test_any_separator_can_be_declared(read):
    """Also one that is not found out."""
    assert read(b"sep=~\nCode~Note\nAB12-CD34~x\n") == [(3, "AB12-CD34")]


def test_a_byte_order_mark_is_no_part_of_the_header(read):
    """Also when the encoding is named."""
    assert read(b"\xef\xbb\xbfCode,Note\nAB12-CD34,x\n", "Code", encoding="utf-8") == [(2, "AB12-CD34")]


def test_a_header_decides_which_separator_there_is(read):
    """However few lines have the other columns."""
    data = b"code,a,b\nAAAA-BBBB-7101\nAAAA-BBBB-7102,1,2,3,4\nAAAA-BBBB-7103\n"
    assert [text for _, text in read(data)] == ["AAAA-BBBB-7101", "AAAA-BBBB-7102", "AAAA-BBBB-7103"]


def test_lines_without_a_code_are_left_out(read):
    """Although their other cells are filled."""
    assert read(b"Code;Note\nAB12-CD34;x\n;y\nAB12-CD35;z\n") == [(2, "AB12-CD34"), (4, "AB12-CD35")]


def test_quoted_cells_may_contain_anything(read):
    """A separator, a quote and a line break."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["Code", "Note"], ['A,"B\nC', "x"]])
    assert read(text.getvalue().encode()) == [(3, 'A,"B\nC')]


def test_characters_that_copying_adds_around_a_code_are_dropped(read):
    """Zero-width characters and byte order marks."""
    assert read(f"\u200b{CODES[0]}\ufeff\n{CODES[1]}\n".encode()) == [(1, CODES[0]), (2, CODES[1])]


UNCLEAR = {
    "nothing": (b"", "contains no codes"),
    "only a header": (b"code\n", "contains no codes"),
    "two columns of codes": (b"AB12-CD34;EF12-GH34\nAB12-CD35;EF12-GH35\n", "more than one"),
    "no column of codes": (b"a;b\na;b\n", "none of them"),
    "UTF-16 without a mark": ("AB12-CD34\n".encode("utf-16-le"), "--encoding"),
    "cut UTF-16": (b"\xff\xfe\xfd", "--encoding"),
    "codes in an unknown 8-bit encoding": ("GRÜN-2026\n".encode("cp1252"), "--encoding"),
    "no cp1252 either": (b"AB12-CD34,\x81\n", "--encoding"),
    "a cell that is never closed": (b'Code,Note\nAB12-CD34,"oops\nAB12-CD35,ok\n', "quotation marks"),
    "a cell that swallows a line": (b'Code,Note\nAB12-CD34,"oops\nAB12-CD35,"oops\n', "line 3"),
    "a cell without an end in sight": (b'Code,Note\nAB12-CD34,"' + b"x" * 140_000 + b'"\n', "131,072 characters"),
    "JSON that is nested too deeply": (b'{"code": ' + b"[" * 100_000, "nested deeper"),
    "JSON with half a character": (b'{"code": "AB12-CD34", "usedUserId": "\\ud800"}', "lone surrogate"),
    "JSON with two states of a code": (b'{"code": "AB12-CD34", "status": "USED", "status": "ACTIVE"}', "duplicate key"),
    "JSON that is no number": (b'{"code": NaN}', "NaN"),
    "a list of JSON": (b'[{"code": "AB12-CD34"}]', "each object on a line"),
    "JSON of as many members as lines": (
        b"".join(b'{"code%d": "AB12-CD34"}\n' % n for n in range(1001)),
        "1,000 columns",
    ),
    "a row of more columns than a table has": (b"code" + b"," * 1000 + b"\n", "1,000 columns"),
    "a ZIP file": (b"PK\x03\x04" + bytes(50), "spreadsheet"),
}


@pytest.mark.parametrize("case", UNCLEAR)
def test_what_is_not_clear_is_refused_with_what_to_do(read, case):
    """Nothing is guessed that could lose a code."""
    data, text = UNCLEAR[case]
    with pytest.raises(Unreadable, match=text):
        read(data)


@pytest.mark.parametrize("column", ["3", "0", "Number"])
def test_a_column_that_is_not_there_is_refused(read, column):
    """The refusal shows the first line."""
    with pytest.raises(Unreadable, match="Code, Note"):
        read(b"Code,Note\nAB12-CD34,x\n", column)


def test_an_encoding_can_be_named(read):
    """Also one that could not be found out; an unknown one is refused."""
    assert read("コード,夏\n夏のコード2026,x\n".encode("cp932"), encoding="cp932") == [(2, "夏のコード2026")]
    with pytest.raises(Unreadable, match="no known encoding"):
        read(b"AB12-CD34\n", encoding="morse")


@pytest.mark.parametrize("encoding", ["utf-7", "raw_unicode_escape", "a\0b"])
def test_encodings_that_can_express_no_text_are_refused(read, encoding):
    """Half a character has no bytes in UTF-8, in which codes are sent; a name is what it is."""
    with pytest.raises(Unreadable, match="is not text in"):
        read(b"AB12-CD34+2AA-\\ud800\n", encoding=encoding)


def test_a_spreadsheet_is_read_like_a_table(read):
    """Its only sheet that is not empty; lines are those of the sheet."""
    assert read(workbook(["Nr", "Code"], ["1", CODES[0]], [], ["2", CODES[1]])) == [(2, CODES[0]), (4, CODES[1])]


@given(st.lists(st.text("ABCDEF0123456789-", min_size=8, max_size=20), min_size=1, max_size=20, unique=True))
def test_a_column_of_codes_comes_back_as_it_was(codes):
    """Any codes, under a header."""
    table = read_text("".join(f"{line}\r\n" for line in ["Code", *codes]).encode(), "")
    assert [code.text for code in codes_of(table, find_column(table, "", header=None))] == codes


CHANGED = {
    "1.23457E+12": "number",
    "1234567890.0": "number",
    "#NAME?": "error value",
    "AB12": "fewer than 8",
}


@pytest.mark.parametrize("text", CHANGED)
def test_codes_that_a_spreadsheet_changed_or_that_are_short_are_doubtful(text):
    """Each with its reason; the others of the file have none."""
    (problem,) = problems(f"Code\n{text}\nAB12-CD34\n")
    assert (problem.code.text, problem.doubtful) == (text, True)
    assert CHANGED[text] in problem.text


@pytest.mark.parametrize(("cell", "text"), [("A" * 49, "more than 48"), ('"AB12\nCD34"', "line break")])
def test_what_no_import_accepts_is_a_problem(cell, text):
    """Such a problem is more than doubtful."""
    (problem,) = problems(f"Code\n{cell}\nAB12-CD34\n")
    assert text in problem.text
    assert not problem.doubtful


def test_a_separator_in_a_file_of_one_column_is_doubtful():
    """Columns may not have been recognised."""
    (problem,) = problems("Code\nAB12-CD34;x\nAB12-CD35\nAB12-CD36\n")
    assert problem.code.text == "AB12-CD34;x"


def test_codes_of_hexadecimal_digits_have_no_problem():
    """However much they look like numbers to people."""
    assert not problems("Code\n57e777258404\n12E456789012\n1e5000000000\n")


def test_numbers_of_a_spreadsheet_are_problems():
    """A spreadsheet has 15 digits of a number, and no leading zeros."""
    table = read_spreadsheet(workbook(["Code"], ["AB12-CD34"], [1234567890123456.0]))
    column = find_column(table, "", header=None)
    (problem,) = local_problems(table, column, codes_of(table, column))
    assert problem.code.line == 3


def test_numbers_of_different_lengths_may_have_lost_zeros():
    """In a column of digits alone; of one length they are codes like others."""
    assert len(problems("Code\n0012345678\n12345678\n")) == 2
    assert not problems("Code\n0012345678\n0112345678\n")


def problems(text):
    """Return the problems of the codes of a CSV file."""
    table = read_text(text.encode(), "")
    column = find_column(table, "", header=None)
    return list(local_problems(table, column, codes_of(table, column)))


def test_a_file_of_codes_takes_little_more_memory_than_its_texts(tmp_path):
    """A text of 19 characters takes 68 bytes; with its line, it takes 120 at most, and 400 at the highest point."""
    path = tmp_path / "codes"
    path.write_text("".join(f"SUMMER-{number:012}\n" for number in range(20_000)))
    read_codes(path, "", "", None, exact=False)  # what is imported and compiled on the way is not counted
    tracemalloc.start()
    try:
        codes, _ = read_codes(path, "", "", None, exact=False)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 120 * len(codes)
    assert peak < 400 * len(codes)
