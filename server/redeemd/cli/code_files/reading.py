"""Reads a file with codes, whatever it is."""

import sys
from pathlib import Path

from redeemd.code_files.files import table_of
from redeemd.code_files.table import Table, Unreadable

STANDARD_INPUT = Path("-")


def read_table(path: Path, *, encoding: str) -> Table:
    """Read a file, or standard input. Raises Unreadable."""
    try:
        data = sys.stdin.buffer.read() if path == STANDARD_INPUT else path.read_bytes()
    except OSError as problem:
        raise Unreadable(problem.strerror or str(problem)) from None
    return table_of(data, encoding)
