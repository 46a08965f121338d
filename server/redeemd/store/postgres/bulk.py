"""Plain inserts of many rows, by COPY: it costs less than an INSERT with arrays."""

import functools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from redeemd.store.sql import Query

ROWS_MIN = 100  # fewer are cheaper as a statement, which takes one round trip instead of two
# asyncpg buffers 512 KiB of a COPY, then waits until the network takes more. It does not notice there that a connection
# is lost.
PART_BYTES = 500_000
_FIXED_BYTES = 4 + 8  # the length of a value, and a number
_PLAIN = re.compile(r"INSERT INTO (?P<table>\w+)\s*\((?P<columns>[\w,\s]+)\)\s*VALUES\s*\((?P<values>[$\w,\s]+)\)")

Row = Sequence[object]


class Target(NamedTuple):
    """A table, and its columns in the order of the parameters of a query."""

    table: str
    columns: Sequence[str]


def parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Yield the rows in parts of at most PART_BYTES, or of one row."""
    if len(rows) > 1 and sum(map(_bytes, zip(*rows, strict=True))) > PART_BYTES:
        middle = len(rows) // 2
        yield from parts(rows[:middle])
        yield from parts(rows[middle:])
    elif rows:
        yield rows


def _bytes(column: Sequence[object]) -> int:
    """Return the most bytes that the values of a column take in a COPY."""
    kinds = {*map(type, column)}
    texts = 4 * _length(column, str) if str in kinds else 0
    return _FIXED_BYTES * len(column) + texts + (_length(column, bytes) if bytes in kinds else 0)


def _length(column: Sequence[object], kind: type[str] | type[bytes]) -> int:
    return sum(len(value) for value in column if isinstance(value, kind))


@functools.cache
def target(query: Query) -> Target | None:
    """Return the table into which a query inserts its parameters as they are; None if it does anything else."""
    plain = _PLAIN.fullmatch(query.postgres)
    if plain is None:
        return None
    columns = [name.strip() for name in plain["columns"].split(",")]
    values = [value.strip() for value in plain["values"].split(",")]
    return Target(plain["table"], columns) if values == [f"${n}" for n in range(1, len(columns) + 1)] else None
