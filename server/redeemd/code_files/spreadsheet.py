"""Reads spreadsheets: .xlsx, .xls and .ods, with the extra `redeemd[spreadsheets]`."""

import json
import os
import subprocess
import sys
from typing import TypedDict, cast

from redeemd.code_files.table import Rows, Table, Unreadable

_MAGIC = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")  # of ZIP, which .xlsx and .ods are, and of .xls
_PROCESS = "redeemd.code_files.spreadsheet_process"
MEMORY_BYTES_MAX = 1024 * 1024 * 1024
_SECRETS = "REDEEMD_"  # the beginning of variables of the environment that may have one


class _Read(TypedDict, total=False):
    """What the process writes: see redeemd.code_files.spreadsheet_process."""

    problem: str
    sheet: str
    rows: list[tuple[int, list[str], list[int]]]


def is_spreadsheet(data: bytes) -> bool:
    """Whether a file is a spreadsheet rather than text, by its first bytes."""
    return data.startswith(_MAGIC)


def read_spreadsheet(data: bytes, *, memory_bytes_max: int = MEMORY_BYTES_MAX) -> Table:
    """Read the only sheet that is not empty. Raises Unreadable.

    A process of its own reads it, within bounds: the library ends its process when memory is short.
    """
    done = subprocess.run(  # noqa: S603 -- our own module
        [sys.executable, "-P", "-m", _PROCESS, str(memory_bytes_max)],
        input=data,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if not name.startswith(_SECRETS)},
        check=False,
    )
    if done.returncode:
        raise Unreadable("is a spreadsheet that takes too much memory or time to read; save the codes alone as CSV")
    read = cast("_Read", json.loads(done.stdout))
    if "problem" in read:
        raise Unreadable(read["problem"])
    return _table(read)


def _table(read: _Read) -> Table:
    texts = Rows((number, cells) for number, cells, _ in read["rows"])
    numbers = {(row, column) for row, (_, _, columns) in enumerate(read["rows"]) for column in columns}
    return Table(texts, f"spreadsheet, sheet {read['sheet']}", number_cells=frozenset(numbers))
