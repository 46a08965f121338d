"""Named queries from .sql files.

A file is a sequence of blocks that start with `-- name: <name>`. Each has a comment that says what it does and one
statement with `:parameters`, which are converted once, at import: to `?` for SQLite, to `$n` for PostgreSQL.
`/*postgres ...*/` holds text for PostgreSQL only, and is a comment in SQLite: a cast, or a lock that the embedded store
with its single writer does not need. `/*postgres ... else*/ ... /*end*/` holds a text for each: the first for
PostgreSQL, the second for SQLite.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from operator import itemgetter

_NAME = re.compile(r"^-- name: *(?P<name>[a-z_]+) *$", re.MULTILINE)
_POSTGRES_ONLY = re.compile(r"/\*postgres\b(.*?)\*/", re.DOTALL)
_EITHER = re.compile(r"/\*postgres\b((?:(?!\*/).)*?)\belse\*/(.*?)/\*end\*/", re.DOTALL)
# Quoted text, comments and casts are skipped; any other :word is a parameter.
_TOKEN = re.compile(r"'[^']*'|--[^\n]*|::|:(?P<parameter>[a-z][a-z0-9_]*)")

Pick = Callable[[Mapping[str, object]], tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Query:
    """One statement in both dialects, with functions that pick positional parameters from named ones."""

    name: str
    text: str  # the source
    sqlite: str
    sqlite_parameters: Pick
    postgres: str
    postgres_parameters: Pick


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
    return Queries({name: query(name, block) for name, block in blocks.items()})


def query(name: str, text: str) -> Query:
    """Convert one statement."""
    sqlite, sqlite_names = _positional(_POSTGRES_ONLY.sub("", _EITHER.sub(r"\2", text)), lambda _: "?", repeat=True)
    only = _POSTGRES_ONLY.sub(r"\1", _EITHER.sub(r"\1", text))
    postgres, postgres_names = _positional(only, lambda n: f"${n}", repeat=False)
    return Query(name, text, sqlite, _picker(sqlite_names), postgres, _picker(postgres_names))


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


def _picker(names: list[str]) -> Pick:
    if not names:
        return lambda _: ()
    if len(names) == 1:
        only = names[0]
        return lambda parameters: (parameters[only],)
    return itemgetter(*names)
