"""Databases of two sizes, and the steps that SQLite takes for a statement in each.

Every table has a base row, whose values the statements ask for. For each index, and for each shorter prefix of its
columns, it also has rows that have the prefix in common with the base row and differ from it in all other columns. A
statement that uses less of a key than it could visits all of these.
"""

import itertools
import sqlite3
from collections.abc import Mapping
from typing import Any, NamedTuple

from redeemd.store import migrate
from redeemd.store.sql import Query

_LIMIT = 4  # rows of a page
_OTHERS = 1_000  # the first value of the rows that differ
_NOW = 1_000_000  # after every time in the tables
# A used code, in its batch, and an import that is done; the other values are 1 or x.
_BASE = {("serial_key", "status"): 2, ("issue_job", "count"): 10, ("code_import", "status"): 2}

# The parameters that are not named like a column; those not here are 1.
_PARAMETERS: Mapping[str, object] = {
    **dict.fromkeys(("now", "expired", "old", "before", "silent_since", "due", "lease", "event_at"), _NOW),
    **dict.fromkeys(("span", "span_max", "used_until"), _NOW),
    **dict.fromkeys(("after", "after_campaign", "after_sequence", "after_limit_name", "after_name"), 0),
    **dict.fromkeys(("first", "start", "left", "value", "interval", "again", "lifetime", "admin"), 1),
    **dict.fromkeys(("event_kind", "namespace_revision"), 1),
    **dict.fromkeys(("limit", "end", "max_value", "bytes_max", "last_campaign", "last_sequence", "rows"), _LIMIT),
    **dict.fromkeys(("campaign_name", "error", "event_place", "reason", "old_position"), "x"),
    **dict.fromkeys(("event_body", "mark", "model", "exact_key", "folded_key"), b"x"),
}


class _Values(dict[str, object]):
    def __missing__(self, _: str) -> object:
        return 1


class Cost(NamedTuple):
    """The rows that a statement returned or changed, and its steps: at least one for each row that it visited."""

    rows: int
    steps: int


class Filled:
    """A database in memory, with rows in all tables."""

    def __init__(self, rows: int) -> None:
        """`rows` is their number for each prefix of each index."""
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        for migration in migrate.load():
            for text in migration.statements():
                self.connection.execute(text)
        self._base: dict[str, object] = {}  # by column, of any table
        for (table,) in self._all("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*'"):
            self._fill(table, rows)

    def _all(self, text: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(text).fetchall()

    def _fill(self, table: str, rows: int) -> None:
        columns = self._all(f"PRAGMA table_info({table})")
        types = {name: kind for _, name, kind, *_ in columns}
        base = {name: _BASE.get((table, name), _value(kind)) for name, kind in types.items()}
        self._base |= base
        insert = f"INSERT OR IGNORE INTO {table} VALUES ({', '.join('?' * len(types))})"
        self.connection.execute(insert, [*base.values()])
        numbers = itertools.count(_OTHERS)
        for key in self._keys(table, columns):
            for depth, _ in itertools.product(range(len(key)), range(rows)):
                number = next(numbers)
                others = {name: _value(types[name], number) for name in types if name not in key[:depth]}
                self.connection.execute(insert, [*(base | others).values()])

    def _keys(self, table: str, columns: list[tuple[Any, ...]]) -> list[list[str]]:
        primary = [name for _, name, *_, place in sorted(columns, key=lambda column: column[-1]) if place]
        indexes = [name for _, name, *_ in self._all(f"PRAGMA index_list({table})")]
        return [primary, *([name for _, _, name in self._all(f"PRAGMA index_info({index})")] for index in indexes)]

    def cost(self, query: Query) -> Cost:
        """Run a query about the base rows, and undo it."""
        steps = rows = 0

        def step() -> int:
            nonlocal steps
            steps += 1
            return 0

        self.connection.execute("BEGIN")
        self.connection.set_progress_handler(step, 1)
        try:
            cursor = self.connection.execute(
                query.sqlite, query.sqlite_parameters(_Values({**self._base, **_PARAMETERS}))
            )
            rows = max(len(cursor.fetchall()), cursor.rowcount)
        except sqlite3.IntegrityError:
            pass  # it inserts a row of which there is one
        finally:
            self.connection.set_progress_handler(None, 1)
            self.connection.execute("ROLLBACK")
        return Cost(rows, steps)

    def plan(self, query: Query) -> str:
        """Return SQLite's plan of a query."""
        parameters = query.sqlite_parameters(_Values({**self._base, **_PARAMETERS}))
        return "\n".join(row[3] for row in self.connection.execute(f"EXPLAIN QUERY PLAN {query.sqlite}", parameters))


def _value(kind: str, number: int | None = None) -> object:
    if kind == "INTEGER":
        return 1 if number is None else number
    text = "x" if number is None else f"x{number}"
    return text if kind == "TEXT" else text.encode()
