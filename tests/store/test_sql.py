"""Named queries: how they are read, and that every one of ours is good SQL on our schema."""

import ast
import importlib
import re
import sqlite3

import pytest
from redeemd.store import migrate, sql
from redeemd.store.table import Table
from support.queries import PACKAGES, PURGED, SERVER, TABLES, ours


def test_blocks_become_queries_by_name():
    """Each block is one query; comments, line breaks and the closing semicolon are gone."""
    queries = sql.parse("-- name: first\n-- What it does.\nSELECT 1,\n  2;\n\n-- name: second\nSELECT 3 -- why\n")
    assert {query.name: query.sqlite for query in queries.all()} == {"first": "SELECT 1, 2", "second": "SELECT 3"}
    assert queries.second.postgres == "SELECT 3"


_EVERY_COLUMN = re.compile(r"\b(?:SELECT|RETURNING)\s+(?:\w+\.)?\*|,\s*\w+\.\*")
# A statement around one of ours, whose columns are named: see redeemd.event.recorder.
_OF_NAMED_COLUMNS = "SELECT done.*"


@pytest.mark.parametrize("text", ["SELECT * FROM t", "SELECT a, t.* FROM t", "INSERT INTO t SELECT 1 RETURNING\n *"])
def test_a_list_of_every_column_is_found(text):
    """The search that the next test relies on finds such a list."""
    assert _EVERY_COLUMN.search(text)


def test_statements_name_their_columns():
    """Behind PgBouncer, a migration that adds a column fails every `SELECT *` for as long as its connections last."""
    sources = [path for path in SERVER.rglob("*") if path.suffix in {".py", ".sql"} and "migrations" not in path.parts]
    texts = [path.read_text("utf-8") for path in sources] + [query.text for query in ours()]
    found = {match for text in texts for match in _EVERY_COLUMN.findall(text)}
    assert found == {_OF_NAMED_COLUMNS}


def test_a_name_that_stands_twice_is_refused():
    """Two blocks of one name would hide one of them."""
    with pytest.raises(ValueError, match="twice"):
        sql.parse("-- name: same\nSELECT 1\n-- name: same\nSELECT 2\n")


def test_an_unknown_name_is_an_attribute_error():
    """A mistyped query name fails where it is used."""
    with pytest.raises(AttributeError, match="absent"):
        sql.parse("-- name: there\nSELECT 1\n").absent  # noqa: B018 -- the access is the test


def test_text_for_postgres_is_a_comment_to_sqlite():
    """`/*postgres ...*/` is taken in by PostgreSQL only, with its parameters; another comment stays one."""
    query = sql.query("q", "SELECT :a/*postgres ::bigint*/, :b /*postgres FROM t\n WHERE c = :c*/ /* why */")
    assert (query.sqlite, query.postgres) == (
        "SELECT ?, ? /* why */",
        "SELECT $1 ::bigint, $2 FROM t WHERE c = $3 /* why */",
    )
    assert query.sqlite_parameters({"a": 1, "b": 2}) == (1, 2)
    assert query.postgres_parameters({"a": 1, "b": 2, "c": 3}) == (1, 2, 3)


def test_a_text_for_each_engine():
    """`/*postgres ... else*/ ... /*end*/` is the first part for PostgreSQL and the second one for SQLite."""
    query = sql.query(
        "q", "SELECT /*postgres now() else*/ :a /*end*/, :b/*postgres ::int*/, /*postgres :c else*/1/*end*/"
    )
    assert query.sqlite == "SELECT ? , ?, 1"
    assert query.postgres == "SELECT now() , $1 ::int, $2"


def test_repeated_parameters_are_given_as_each_engine_wants_them():
    """SQLite gets a value for every `?`, PostgreSQL one for every different `$n`."""
    query = sql.query("q", "SELECT :b, :a, :b, :ab")
    assert (query.sqlite, query.postgres) == ("SELECT ?, ?, ?, ?", "SELECT $1, $2, $1, $3")
    given = {"a": 1, "b": 2, "ab": 3}
    assert query.sqlite_parameters(given) == (2, 1, 2, 3)
    assert query.postgres_parameters(given) == (2, 1, 3)


@pytest.mark.parametrize(
    ("text", "parameters"),
    [("SELECT 1", ()), ("SELECT :a", (1,)), ("SELECT :a, :a", (1, 1))],
)
def test_parameters_are_always_a_tuple(text, parameters):
    """None, one and several parameters alike; parameters that are not named are left out."""
    assert sql.query("q", text).sqlite_parameters({"a": 1, "b": 2}) == parameters


def test_a_missing_parameter_is_an_error():
    """A parameter that is not given is not NULL."""
    for text in ("SELECT :a", "SELECT :a, :b"):
        with pytest.raises(KeyError, match="a"):
            sql.query("q", text).sqlite_parameters({"b": 1})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT ':no', 'it''s :no', :yes", "SELECT ':no', 'it''s :no', $1"),
        ("SELECT :yes::text, now()::date", "SELECT $1::text, now()::date"),
        ("SELECT :yes -- :no 'quote\n, 2", "SELECT $1 , 2"),
        ("SELECT '--', :yes", "SELECT '--', $1"),
    ],
)
def test_quotes_comments_and_casts_hold_no_parameters(text, expected):
    """Only a name outside of strings and comments is a parameter."""
    query = sql.query("q", text)
    assert query.postgres == expected
    assert query.postgres_parameters({"yes": 1}) == (1,)


@pytest.fixture(scope="module")
def database():
    """An empty database with our schema."""
    with sqlite3.connect(":memory:", isolation_level=None) as connection:
        for migration in migrate.load():
            for statement in migration.statements():
                connection.execute(statement)
        yield connection
    connection.close()


@pytest.mark.parametrize("query", ours(), ids=lambda query: query.name)
def test_every_query_can_be_prepared(database, query):
    """SQLite knows its tables, columns and conflict targets, and takes as many parameters as it is given."""
    database.execute(f"EXPLAIN {query.sqlite}", (None,) * query.sqlite.count("?")).fetchall()


def test_every_table_of_a_namespace_is_purged(database):
    """A table keyed by namespace_id that no purge knows would keep what is left of deleted namespaces for ever."""
    names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    keys = {}
    for name in names:
        columns = database.execute(f"SELECT name, pk FROM pragma_table_info('{name}')").fetchall()
        if "namespace_id" in {column for column, _ in columns}:
            keys[name] = tuple(column for column, pk in sorted(columns, key=lambda column: column[1]) if pk)
    assert {name: key for name, key in keys.items() if name not in {"namespace", "deleted_namespace"}} == PURGED


def test_all_tables_that_make_queries_are_known_here():
    """A new Table in the server must be added to TABLES, or its queries are not prepared."""
    made = 0
    for path in SERVER.rglob("*.py"):
        text = path.read_text()
        for node in ast.walk(ast.parse(text)) if f"from {Table.__module__} import Table" in text else ():
            made += isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == Table.__name__
    assert made == len(TABLES)


def references():
    """Return (file, package of the queries, name) of every `QUERIES.name` in the server."""
    for path in sorted(path for path in SERVER.rglob("*.py") if "QUERIES" in path.read_text()):
        module = importlib.import_module("redeemd." + ".".join(path.relative_to(SERVER).with_suffix("").parts))
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value).endswith("QUERIES"):
                yield path.name, eval(ast.unparse(node.value), vars(module)), node.attr


def test_every_query_that_is_used_exists_and_every_query_is_used():
    """No name is mistyped, in code that may run rarely, and none was left behind."""
    used = set()
    for file, queries, name in references():
        assert getattr(queries, name, None) is not None, f"{file} uses {name}"
        used.add(name)
    assert len(used) > 20
    assert used == {query.name for package in PACKAGES for query in sql.load(package).all()}
