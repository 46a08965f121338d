"""docs/how-to/move.md: its commands, run in their order, move a database to PostgreSQL and back."""

import shlex
import shutil

import pytest
from support.cli import run
from support.process import serving
from support.service import refused
from support.world import World

DATABASES = "postgresql://redeemd@db.example/"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """The folder in which the commands are run, without settings of the developer."""
    for name in ("DATA", "DATABASE", "MASTER_KEY", "MASTER_KEY_FILE"):
        monkeypatch.delenv(f"REDEEMD_{name}", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def databases(postgres):
    """PostgreSQL with an empty database `redeemd`, and without it at the end."""

    def drop():
        for name in ("redeemd", "rehearsal"):
            postgres.sql(f"DROP DATABASE IF EXISTS {name}")

    drop()
    postgres.create("redeemd")
    yield postgres
    drop()


def commands(page):
    """Return the commands of the part about downtime, in order."""
    text = page("how-to/move.md").text.partition("## With the shortest downtime")[2]
    blocks = text.split("```")[1::2]
    return [line.strip() for block in blocks for line in block.splitlines()[1:] if line.strip()]


async def test_the_commands_of_the_page_move_everything_there_and_back(page, folder, databases):
    """After each start a used code is refused, and one more is used."""
    async with serving(folder / "data") as (_, service):
        world = await service.world()
        unused = await world.codes(4)
        used = []
        await use_one(service, world.name, unused, used)
    served = 0
    for command in commands(page):
        program, *arguments = shlex.split(command.replace(DATABASES, databases.url("")))
        match program, arguments:
            case "createdb" | "dropdb", [name]:
                databases.sql(f"{'CREATE' if program == 'createdb' else 'DROP'} DATABASE {name}")
            case "cp", [source, target]:
                shutil.copy(source, target)
            case "redeemd", ["copy", *_]:
                said = await run(*arguments)
                assert said.exit_code == 0, said.output
            case "redeemd", ["serve", *flags]:
                async with serving(folder / "data", *flags) as (_, service):
                    await use_one(service, world.name, unused, used)
                served += 1
            case _:
                pytest.fail(f"the page has a command that this test does not know: {command}")
    assert served == 2


async def use_one(service, namespace, unused, used):
    """Check that every used code is refused, and use one more."""
    world = World(service, namespace)
    for code in used:
        with refused("CODE_STATUS_INVALID"):
            await world.as_player("Use", "bob", code=code)
    used.append(unused.pop())
    assert (await world.as_player("Use", "alice", code=used[-1])).item.used_user_id == "alice"
