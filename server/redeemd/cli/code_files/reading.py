"""Reads a file that an operator names: text, CSV, spreadsheet or standard input."""

import sys
from pathlib import Path
from typing import BinaryIO

from redeemd.code_files.files import table_of
from redeemd.code_files.table import Table, Unreadable

STANDARD_INPUT = Path("-")
FILE_BYTES_MAX = 512 * 1024 * 1024
_PIECE_BYTES = 1024 * 1024


def read_file(path: Path) -> bytes:
    """Return the content of a file, or of standard input. Raises Unreadable, also for more than FILE_BYTES_MAX."""
    try:
        if path == STANDARD_INPUT:
            return _bounded(sys.stdin.buffer)
        with path.open("rb") as file:
            return _bounded(file)
    except OSError as problem:
        raise Unreadable(problem.strerror or str(problem)) from None


def _bounded(file: BinaryIO) -> bytes:
    content = bytearray()
    while piece := file.read(_PIECE_BYTES):
        content += piece
        if len(content) > FILE_BYTES_MAX:
            raise Unreadable(f"is longer than {FILE_BYTES_MAX:,} bytes; split it")
    return bytes(content)


def read_table(path: Path, *, encoding: str) -> Table:
    """Read a file with codes, or standard input. Raises Unreadable."""
    return table_of(read_file(path), encoding)
