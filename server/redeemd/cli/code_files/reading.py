"""Reads a file with codes, whatever it is."""

import sys
from pathlib import Path

from redeemd.cli.code_files.spreadsheet import is_spreadsheet, read_spreadsheet
from redeemd.cli.code_files.table import Table, Unreadable
from redeemd.cli.code_files.text import read_text

STANDARD_INPUT = Path("-")


def read_table(path: Path, *, encoding: str) -> Table:
    """Read a file, or standard input. Raises Unreadable."""
    try:
        data = sys.stdin.buffer.read() if path == STANDARD_INPUT else path.read_bytes()
    except OSError as problem:
        raise Unreadable(problem.strerror or str(problem)) from None
    return read_spreadsheet(data) if is_spreadsheet(data) else read_text(data, encoding)
