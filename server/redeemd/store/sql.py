"""Named queries from .sql files.

A file is a sequence of blocks that start with `-- name: <name>`. Each has a comment that says what it does and one
statement with `:parameters`, which are converted once, at import: to `?` for SQLite, to `$n` for PostgreSQL.
`/*postgres ...*/` holds text for PostgreSQL only, and is a comment in SQLite: a cast, or a lock that the embedded store
with its single writer does not need. `/*postgres ... else*/ ... /*end*/` holds a text for each: the first for
PostgreSQL, the second for SQLite.

A query may also have a *set form*, which does in one statement of PostgreSQL what the query does for each of many
elements: see redeemd.store.set_form. It begins with `-- set: key (<name> <type>, ...) with <name> <type>, ...`, which
declares the parameters of the query with their types; `with` and what follows are left out where all parameters are the
key. No two elements of a set have the same key.

The set form of a query that reads follows from the query, and needs no key. Otherwise, common table expressions after
the declaration do the work: they read `element`, which has the parameters of each element and its `ordinal`. The last
of them is `done`, with the columns of the query and the ordinal of each element that succeeded. If `done` has a column
`skipped`, elements for which it is true were not tried. `-- undo: <statement>` reverts the set form for its elements.

A set form that contains `{one}`, which stands for the query with the columns of an element as parameters, also replaces
the query on PostgreSQL: it does more than one statement of SQLite can do.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from operator import itemgetter
from typing import NamedTuple

_SET = re.compile(r"^-- set: (?:key \((?P<key>.*)\)(?: with |$))?(?P<others>(?:.*,\n--)*.*)$", re.MULTILINE)
_UNDO = re.compile(r"^-- undo:(?P<undo>.*)$", re.MULTILINE)
_NAME = re.compile(r"^-- name: *(?P<name>[a-z_]+) *$", re.MULTILINE)
_POSTGRES_ONLY = re.compile(r"/\*postgres\b(.*?)\*/", re.DOTALL)
_EITHER = re.compile(r"/\*postgres\b((?:(?!\*/).)*?)\belse\*/(.*?)/\*end\*/", re.DOTALL)
# Quoted text, comments and casts are skipped; any other :word is a parameter.
_TOKEN = re.compile(r"'[^']*'|--[^\n]*|::|:(?P<parameter>[a-z][a-z0-9_]*)")

Pick = Callable[[Mapping[str, object]], tuple[object, ...]]


class SetSource(NamedTuple):
    """The source of a set form: the types of parameters by name, the names of the key, and the expressions.

    `columns` are selected from the expression `done` at the end.
    """

    types: Mapping[str, str]
    key: tuple[str, ...]
    text: str
    columns: str = "SELECT done.*"
    undo: str = ""
    is_single: bool = False  # whether it replaces the query on PostgreSQL

    @property
    def skips(self) -> bool:
        """Whether elements may not be tried."""
        return " AS skipped" in self.text


@dataclass(frozen=True, slots=True, eq=False)  # there is one object per query
class Query:
    """One statement in both dialects, with functions that pick positional parameters from named ones."""

    name: str
    text: str  # the source
    sqlite: str
    sqlite_parameters: Pick
    postgres: str
    postgres_parameters: Pick
    set_source: SetSource | None = None


class Queries:
    """The queries of one file, as attributes. Stubs (queries.pyi) declare their names for type checkers."""

    def __init__(self, queries: Mapping[str, Query]) -> None:
        self.__dict__.update(queries)

    def all(self) -> list[Query]:
        """Return every query, for tests that prepare all of them."""
        return list(vars(self).values())


def load(package: str) -> Queries:
    """Read `queries.sql` of a package. Raises ValueError for a duplicate name."""
    return parse(resources.files(package).joinpath("queries.sql").read_text(encoding="utf-8"))


def parse(text: str) -> Queries:
    """Parse the blocks of one file. Raises ValueError for a duplicate name."""
    blocks: dict[str, str] = {}
    heads = list(_NAME.finditer(text))
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        if head["name"] in blocks:
            raise ValueError(f"query {head['name']} is defined twice")
        blocks[head["name"]] = text[head.end() : following.start() if following else len(text)].strip()
    return Queries({name: _block(name, block) for name, block in blocks.items()})


def _block(name: str, block: str) -> Query:
    declared = _SET.search(block)
    if declared is None:
        return query(name, block)
    key = _types(declared["key"] or "")
    single, text = block[: declared.start()].strip(), block[declared.end() :].strip()
    undo = _UNDO.search(text)
    source = SetSource(
        key | _types(declared["others"]),
        tuple(key),
        text.replace("{one}", single),
        undo=undo["undo"] if undo else "",
        is_single="{one}" in text,
    )
    return query(name, single, source)


def _types(text: str) -> dict[str, str]:
    pairs = [part.removeprefix("\n--").split() for part in text.split(",") if part]
    return {name: " ".join(of_type) for name, *of_type in pairs}


def query(name: str, text: str, set_source: SetSource | None = None) -> Query:
    """Convert one statement."""
    source = text
    sqlite, sqlite_names = _positional(_only_sqlite(text), lambda _: "?", repeat=True)
    if set_source is not None and set_source.is_single:
        text = _of_one_element(set_source)
    postgres, postgres_names = _positional(_only_postgres(text), lambda n: f"${n}", repeat=False)
    return Query(name, source, sqlite, picker(sqlite_names), postgres, picker(postgres_names), set_source)


def _of_one_element(source: SetSource) -> str:
    """Return the text of a set form for a single element."""
    columns = ", ".join(f":{name}::{of_type} AS {name}" for name, of_type in source.types.items())
    element = f"element AS MATERIALIZED (SELECT {columns}, 1::bigint AS ordinal)"
    return f"WITH {element}, {of_element(source.text)} {source.columns} FROM done"


def _only_sqlite(text: str) -> str:
    return _POSTGRES_ONLY.sub("", _EITHER.sub(r"\2", text))


def _only_postgres(text: str) -> str:
    return _POSTGRES_ONLY.sub(r"\1", _EITHER.sub(r"\1", text))


def of_element(text: str) -> str:
    """Return a text for PostgreSQL with a column of `element` instead of each parameter."""
    return _of_table("element", _only_postgres(text))


def of_embedded_table(table: str, text: str) -> str:
    """Return a text for SQLite with a column of `table` instead of each parameter, on one line."""
    return re.sub(r"\s+", " ", _of_table(table, _only_sqlite(text))).strip()


def _of_table(table: str, text: str) -> str:
    return _TOKEN.sub(lambda found: _without_comment(found) or f"{table}.{found['parameter']}", text)


def _without_comment(token: re.Match[str]) -> str | None:
    """Return the text of a token, a space for a comment, and None for a parameter."""
    if token["parameter"] is not None:
        return None
    return " " if token[0].startswith("--") else token[0]


def _positional(text: str, placeholder: Callable[[int], str], *, repeat: bool) -> tuple[str, list[str]]:
    names: list[str] = []

    def replace(token: re.Match[str]) -> str:
        name = token["parameter"]
        if name is None:
            return "" if token[0].startswith("--") else token[0]
        if repeat or name not in names:
            names.append(name)
        return placeholder(names.index(name) + 1)

    return re.sub(r"\s+", " ", _TOKEN.sub(replace, text)).strip().rstrip(";"), names


def picker(names: Sequence[str]) -> Pick:
    """Return a function that picks these parameters as a tuple."""
    if not names:
        return lambda _: ()
    if len(names) == 1:
        only = names[0]
        return lambda parameters: (parameters[only],)
    return itemgetter(*names)
