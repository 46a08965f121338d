"""Inserts that COPY does for many rows: it costs half of what an INSERT with arrays does."""

import functools
import re
from collections.abc import Sequence
from typing import NamedTuple

from redeemd.store.sql import Query

ROWS_MIN = 100  # fewer are cheaper as a statement, which takes one round trip instead of two
_PLAIN = re.compile(r"INSERT INTO (?P<table>\w+)\s*\((?P<columns>[\w,\s]+)\)\s*VALUES\s*\((?P<values>[$\w,\s]+)\)")


class Target(NamedTuple):
    """A table, and its columns in the order of the parameters of a query."""

    table: str
    columns: Sequence[str]


@functools.cache
def target(query: Query) -> Target | None:
    """Return the table into which a query inserts its parameters as they are; None if it does anything else."""
    plain = _PLAIN.fullmatch(query.postgres)
    if plain is None:
        return None
    columns = [name.strip() for name in plain["columns"].split(",")]
    values = [value.strip() for value in plain["values"].split(",")]
    return Target(plain["table"], columns) if values == [f"${n}" for n in range(1, len(columns) + 1)] else None
