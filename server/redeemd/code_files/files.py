"""Reads the content of a file with codes, whatever it is."""

from redeemd.code_files.spreadsheet import is_spreadsheet, read_spreadsheet
from redeemd.code_files.table import Table
from redeemd.code_files.text import read_text


def table_of(data: bytes, encoding: str) -> Table:
    """Return the table of a file; `encoding` is that of text, "" to find it out. Raises Unreadable."""
    return read_spreadsheet(data) if is_spreadsheet(data) else read_text(data, encoding)
