"""Upgrading replicas on PostgreSQL and rolling back, with the release before and with a role that owns nothing."""

import asyncio
import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from redeemd.crypto import keyring
from redeemd.store import migrate
from support import lacking
from support import postgres as pg
from support.contract import REPOSITORY
from support.process import serving
from support.replicas import HonestPlayers, Replicas

# The first build that accepts newer compatible migrations. It knows nine.
PREVIOUS = "97734148022875d768f2e747ef8e7ffc010b7228"
PREVIOUS_MIGRATIONS = 9
PLAYERS = 6
ROUNDS = 15
MINUTES_MAX = 15 * 60
ROLE = "serves_only"
GRANTS = REPOSITORY / "docs" / "how-to" / "grants.sql"


@pytest.fixture(scope="module")
def previous(tmp_path_factory):
    """Return the environment in which `python -m redeemd` is the previous build."""
    command = ["git", "archive", "--format=tar", PREVIOUS, "server", "generated/python"]
    made = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=False)
    if made.returncode:
        lacking.skip(f"the history lacks {PREVIOUS}; a shallow clone needs `git fetch --unshallow`")
    folder = tmp_path_factory.mktemp("previous")
    with tarfile.open(fileobj=io.BytesIO(made.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return {"PYTHONPATH": os.pathsep.join([str(folder / "server"), str(folder / "generated" / "python")])}


def redeemd(*arguments, **environment):
    """Run a command in a process; return what it printed, and its exit code."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("REDEEMD_")}
    command = [sys.executable, "-m", "redeemd", *arguments]
    done = subprocess.run(command, env=clean | environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr, done.returncode


async def test_no_response_is_wrong_while_replicas_are_upgraded_and_rolled_back(tmp_path, postgres_url, previous):
    """Old replicas serve while and after the database is migrated, beside new ones; and old ones start again."""
    keyring.write_new(tmp_path / "master.key")
    replicas = Replicas(tmp_path, drain_seconds=1)
    settings = {"database": postgres_url, "master_key_file": tmp_path / "master.key"}
    database = {"REDEEMD_DATABASE": postgres_url}
    assert redeemd("migrate", **database, **previous)[1] == 0
    (tmp_path / "admin.key").write_text(redeemd("keys", "create", "admin", **database, **previous)[0])
    async with (
        replicas.running(settings, **previous),
        replicas.service() as service,
        asyncio.timeout(MINUTES_MAX),
    ):
        players = HonestPlayers(await service.world())
        async with players.playing(PLAYERS):
            await players.rounds_more(ROUNDS)
            said, code = await asyncio.to_thread(redeemd, "migrate", **database)
            assert code == 0
            assert said.count("applied") == len(migrate.load()) - PREVIOUS_MIGRATIONS
            await players.rounds_more(ROUNDS)
            for environment in ({}, previous):
                for address in replicas.addresses:
                    await replicas.restart(address, **environment)
                    await players.rounds_more(ROUNDS)
        assert players.wrong == []


@pytest.fixture
def role(postgres, postgres_url):
    """A role with the rights of docs/how-to/grants.sql, and no others; return the URL with which it connects."""
    name = pg.database_of(postgres_url)
    postgres.sql(f"CREATE ROLE {ROLE} LOGIN", database=name)
    yield postgres_url.replace("redeemd@", f"{ROLE}@")
    postgres.sql(f"DROP OWNED BY {ROLE}", f"DROP ROLE {ROLE}", database=name)


def grant(postgres, url):
    """Run the script of the page."""
    arguments = ["-v", "ON_ERROR_STOP=1", "-v", f"serving={ROLE}", "-d", url, "-f", str(GRANTS)]
    subprocess.run([postgres.binaries / "psql", "-X", "-q", *arguments], check=True, capture_output=True)


async def test_a_role_with_the_rights_of_the_page_serves(tmp_path, postgres, postgres_url, role):
    """Also after a later migration, whose tables it may use by itself; it cannot migrate, and says so in one line."""
    first, later = migrate.load()[:-1], migrate.load()
    await apply(postgres_url, first)
    grant(postgres, postgres_url)
    said, code = redeemd("migrate", REDEEMD_DATABASE=role)
    assert (said, code) == ("redeemd: PostgreSQL: permission denied for schema public\n", 1)
    await apply(postgres_url, later)
    keyring.write_new(tmp_path / "master.key")
    (tmp_path / "admin.key").write_text(redeemd("keys", "create", "admin", REDEEMD_DATABASE=role)[0])
    environment = {"REDEEMD_DATABASE": role, "REDEEMD_MASTER_KEY_FILE": str(tmp_path / "master.key")}
    async with serving(tmp_path, **environment) as (_, service):
        world = await service.world()
        (code,) = await world.codes()
        assert (await world.as_player("Use", "alice", code=code)).item.used_user_id == "alice"


async def apply(url, known):
    """Apply migrations as the owner of the tables."""
    async with pg.opened(url) as store:
        await migrate.apply(store, now=1, known=known)


def test_the_previous_build_is_one_of_this_history():
    """Otherwise it could be lost."""
    command = ["git", "merge-base", "--is-ancestor", PREVIOUS, "HEAD"]
    if not (Path(REPOSITORY) / ".git").exists():
        lacking.skip("there is no history here")
    assert subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True).returncode == 0
