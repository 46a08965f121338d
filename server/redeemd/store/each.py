"""Runs a query for each of many elements, as one statement where it has a set form for the store."""

import functools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from redeemd.store import sql
from redeemd.store.base import Row, Tx
from redeemd.store.set_form import set_form
from redeemd.store.sql import Pick, Query

Element = Mapping[str, object]

_INSERT = re.compile(r"(?P<into>INSERT INTO (?P<table>\w+) .*?) FROM (?P<rest>.*) RETURNING (?P<columns>.*)")


async def each(tx: Tx, query: Query, elements: Sequence[Element]) -> list[Row | None]:
    """Return the row that a query returns for each element, or None.

    The query has a set form with a key, and no two elements have the same key.
    """
    if tx.serial:
        form = embedded_form(query)
        if form is None:
            return [await tx.one(query, **element) for element in elements]
        rows = await tx.all(form.query, elements=form.argument(elements))
        by_key = {form.key(row): row for row in rows}  # type: ignore[arg-type]  # a row has columns by name
        return [by_key.get(form.key(element)) for element in elements]
    return await _each_of_set(tx, query, elements)


async def _each_of_set(tx: Tx, query: Query, elements: Sequence[Element]) -> list[Row | None]:
    """Run the set form of PostgreSQL, with the elements in the order of their keys, in which all sets lock rows."""
    form = set_form(query)
    assert form is not None, "the query has a set form"
    assert form.key is not None, "its elements have keys"
    key = form.key
    order = sorted(range(len(elements)), key=lambda place: key(elements[place]))
    rows = await tx.all(form.query, **form.arguments([elements[place] for place in order]))
    found: list[Row | None] = [None] * len(elements)
    for row in rows:
        if not (form.skips and row["skipped"]):
            found[order[row["ordinal"] - 1]] = row
    return found


@dataclass(frozen=True, slots=True)
class EmbeddedForm:
    """The set form of a query for SQLite: its parameter is a JSON array of elements, and a row has their key."""

    query: Query
    pick: Pick
    key: Pick

    def argument(self, elements: Sequence[Element]) -> str:
        """Return the parameter of the query for elements."""
        return json.dumps(list(map(self.pick, elements)), ensure_ascii=False)


@functools.cache
def embedded_form(query: Query) -> EmbeddedForm | None:
    """Return the set form of a query for SQLite; None if it has none.

    It follows from a query that inserts what it selects: the elements become the first table that is read, whose
    columns replace the parameters. Values that JSON cannot represent have no set form.
    """
    source = query.set_source
    if source is None or not source.key or "bytea" in source.types.values():
        return None
    text = sql.of_embedded_table("element", query.text)
    inserted = _INSERT.fullmatch(text)
    if inserted is None:
        return None
    table = inserted["table"]
    columns = ", ".join(f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(source.types))
    keys = ", ".join(f"{table}.{name} AS {name}" for name in source.key)
    results = inserted["columns"].replace("element.", f"{table}.")  # what the elements inserted is no longer in scope
    # Materialized, because otherwise each use of a column reads the JSON again; CROSS JOIN keeps the order of tables.
    text = (
        f"WITH element AS MATERIALIZED (SELECT {columns} FROM json_each(:elements)) "  # noqa: S608 -- our names
        f"{inserted['into']} FROM element CROSS JOIN {inserted['rest']} RETURNING {results}, {keys}"
    )
    return EmbeddedForm(sql.query(f"{query.name}_each", text), sql.picker(tuple(source.types)), sql.picker(source.key))
