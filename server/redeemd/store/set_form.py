"""Set forms: one statement of PostgreSQL that does what a query does, for each of many elements.

See redeemd.store.sql for how a query declares its set form.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from redeemd.store import sql
from redeemd.store.sql import Pick, Query, SetSource


@dataclass(frozen=True, slots=True)
class SetForm:
    """The set form of a query.

    query   its parameters are arrays, one per parameter of an element; a row has the `ordinal` of its element
    names   the parameters of an element
    key     picks the key of an element from its parameters; None if elements need not differ
    writes  whether it writes
    skips   whether a row whose column `skipped` is true means that its element was not tried
    undo    reverts what the set form did to elements, in the same transaction; None if that cannot be reverted
    """

    query: Query
    names: tuple[str, ...]
    key: Pick | None
    writes: bool
    skips: bool
    undo: Query | None

    def arguments(self, elements: Sequence[Mapping[str, object]]) -> dict[str, list[object]]:
        """Return the parameters of the query for elements, whose ordinals are 1 and up in the given order."""
        return {name: [element[name] for element in elements] for name in self.names}


@functools.cache
def set_form(query: Query) -> SetForm | None:
    """Return the set form of a query; None if it declares none."""
    source = query.set_source
    if source is None:
        return None
    text = _around(source) if source.text else _lateral(query, source)
    return SetForm(
        query=sql.query(f"{query.name}_set", text),
        names=tuple(source.types),
        key=sql.picker(source.key) if source.key else None,
        writes=not query.postgres.startswith("SELECT"),
        skips=source.skips,
        undo=sql.query(f"{query.name}_undo", _with_elements(source, source.undo)) if source.undo else None,
    )


def _around(source: SetSource) -> str:
    return _with_elements(source, f", {sql.of_element(source.text)} {source.columns} FROM done")


def _with_elements(source: SetSource, text: str) -> str:
    names = ", ".join((*source.types, "ordinal"))
    element = f"element AS MATERIALIZED (SELECT {names} FROM {_unnested(source)})"  # noqa: S608 -- our names
    return f"/*postgres WITH {element}{text}*/"


def _lateral(query: Query, source: SetSource) -> str:
    of_one = sql.of_element(query.text)
    return f"/*postgres SELECT done.*, element.ordinal FROM {_unnested(source)} CROSS JOIN LATERAL ({of_one}) AS done*/"  # noqa: S608 -- our names


def _unnested(source: SetSource) -> str:
    arrays = ", ".join(f":{name}::{of_type}[]" for name, of_type in source.types.items())
    return f"unnest({arrays}) WITH ORDINALITY AS element ({', '.join(source.types)}, ordinal)"
