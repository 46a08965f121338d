"""Copies that `copy` refuses, or that fail: each says so in one line, and the target stays as it was."""

import contextlib
import sqlite3

import pytest
from support.cli import run
from support.copies import BACK, SOURCE, copy, make_database
from support.postgres import database_of
from support.service import running

pytestmark = pytest.mark.usefixtures("no_settings_of_the_developer")


@pytest.mark.parametrize("table", ["api_key", "serial_key"])
async def test_a_postgresql_with_a_row_is_refused(tmp_path, postgres, postgres_url, table):
    """Any table with a row is named in the refusal, and nothing is changed."""
    await make_database(tmp_path)
    await run("migrate", "--database", postgres_url)
    values = {
        "api_key": "('k', '', 1, '', '', 1, NULL)",
        "serial_key": "(1, 1, 1, 1, NULL, NULL, 1, 1, NULL)",
    }
    name = database_of(postgres_url)
    postgres.sql(f"INSERT INTO {table} VALUES {values[table]}", database=name)
    assert f"the target is not empty: there are rows in {table}\n" in await copy(SOURCE, postgres_url, code=1)
    assert postgres.sql("SELECT count(*) FROM namespace", database=name) == "0"


@pytest.mark.parametrize("left", ["redeemd.db", "redeemd.db-wal", "redeemd.db-journal"])
async def test_a_folder_with_a_database_is_refused(tmp_path, left):
    """Also where only the journal of one is left."""
    await make_database(tmp_path)
    (tmp_path / "back").mkdir()
    (tmp_path / "back" / left).write_bytes(b"precious")
    assert f"{left} exists" in await copy(SOURCE, BACK, code=1)
    assert (tmp_path / "back" / left).read_bytes() == b"precious"


async def test_the_folder_of_a_server_is_refused_as_a_target(tmp_path):
    """Even where its database has another name."""
    await make_database(tmp_path)
    async with running(tmp_path / "back"):
        assert "in use" in await copy(SOURCE, "sqlite:///back/other.db", code=1)
    assert not (tmp_path / "back" / "other.db").exists()


async def test_no_output_contains_the_password(tmp_path):
    """This holds for every fault of the URL, at either end of the copy."""
    await make_database(tmp_path)
    for url in (
        "postgresql://redeemd:geheim@127.0.0.1:1/x",
        "postgresql://redeemd:geh/eim@127.0.0.1/x",
        "postgresql://redeemd:geh#eim@127.0.0.1/x",
        "postgresql://redeemd:geheim@127.0.0.1:port/x",
        "mysql://redeemd:geheim@127.0.0.1/x",
    ):
        for said in (await copy(SOURCE, url, code=1), await copy(url, BACK, code=1)):
            assert said.strip().startswith("redeemd: ")
            assert len(said.strip().splitlines()) == 1
            assert not {"geh", "eim"} & set(said.replace("/", " ").replace("'", " ").replace(":", " ").split())
            assert "geheim" not in said


async def test_an_impossible_copy_is_refused_in_one_line(tmp_path, postgres_url):
    """No database, one that is not ours, one with nothing in it, the same twice, another scheme, another user."""
    await make_database(tmp_path)
    with contextlib.closing(sqlite3.connect(tmp_path / "other.db")) as database:
        database.execute("CREATE TABLE mine (a)")
    (tmp_path / "nonsense.db").write_bytes(b"nonsense" * 1000)
    stranger = postgres_url.replace("redeemd@", "nobody@")
    for source, target, expected in (
        ("sqlite:///absent.db", postgres_url, "the database absent.db does not exist"),
        ("sqlite:///other.db", postgres_url, "other.db is not a database of redeemd"),
        ("sqlite:///nonsense.db", postgres_url, "nonsense.db: file is not a database"),
        (postgres_url, BACK, "the source is not a database of redeemd"),
        (SOURCE, SOURCE, "the same database"),
        (SOURCE, f"sqlite:///{tmp_path}/data/redeemd.db", "the same database"),
        (postgres_url, postgres_url, "the same database"),
        ("file.db", postgres_url, "--from must be sqlite:///PATH or postgresql://"),
        (SOURCE, "mysql://x/y", "--to must be sqlite:///PATH or postgresql://"),
        (stranger, BACK, 'the source, PostgreSQL: role "nobody" does not exist'),
        (SOURCE, stranger, 'the target, PostgreSQL: role "nobody" does not exist'),
        (SOURCE, f"{postgres_url}-absent", "the target, PostgreSQL: database"),
    ):
        said = (await copy(source, target, code=1)).strip()
        assert said.startswith("redeemd: ")
        assert expected in said
        assert "\n" not in said
    assert not (tmp_path / "back" / "redeemd.db").exists()
