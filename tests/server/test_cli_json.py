"""What commands print for programs, and what they import for it."""

import json
import subprocess
import sys

import pytest
from redeemd.cli.commands import every
from redeemd.cli.results import plain
from support.cli import run

pytestmark = pytest.mark.usefixtures("no_settings_of_the_developer")

WITHOUT = {("serve",), ("demo",)}  # one serves, the other shows
# What takes longer to import than a call takes, and no command that calls a server needs.
HEAVY = ["pydantic", "cryptography", "protovalidate", "rich", "numpy", "asyncpg", "aiosqlite", "aiohttp"]
HEAVY += ["redeemd.app", "redeemd.store"]


def commands(command=None, path=()):
    """Yield the path and the command of every command, without groups."""
    command = command or every()
    inside = getattr(command, "commands", {})
    if not inside:
        yield path, command
    for name, inner in inside.items():
        yield from commands(inner, (*path, name))


def test_every_command_has_the_option():
    """It has the same name everywhere."""
    lacking = {path for path, command in commands() if not any("--json" in each.opts for each in command.params)}
    assert lacking == WITHOUT


async def test_commands_print_the_documented_json(cli, world, tmp_path):
    """Entities have the names and enum values of the documented JSON; other results are objects, too."""
    job = json.loads(await cli("issue", world.name, "spring", 2, "--json"))
    assert (job["issuedCount"], job["status"], job["availability"]) == (2, "COMPLETE", "ACTIVE")
    out = tmp_path / "codes.csv"
    written = json.loads(await cli("export", world.name, "spring", job["name"], "--out", out, "--json"))
    assert (written["count"], written["file"]) == (2, str(out))
    code = out.read_text().split()[1]
    found = json.loads(await cli("lookup", code, "--namespace", world.name, "--json"))
    assert (found["namespaceName"], found["item"]["code"], found["issueJob"]["name"]) == (world.name, code, job["name"])
    off = json.loads(await cli("switch", world.name, "spring", "off", "--code", code, "--json"))
    assert (off["code"], off["status"]) == (code, "INACTIVE")
    made = json.loads(await cli("campaign", "create", world.name, "summer", "--json"))
    assert (made["namespaceName"], made["name"]) == (world.name, "summer")
    listed = [json.loads(line)["name"] for line in (await cli("campaign", "list", world.name, "--json")).splitlines()]
    assert sorted(listed) == ["spring", "summer"]
    source = tmp_path / "old.csv"
    source.write_text("OLD-CARD-1\nOLD-CARD-2\n")
    imported = json.loads(await cli("import", world.name, "spring", source, "--yes", "--json"))
    assert (imported["importedCount"], imported["item"]["imported"]) == (2, True)


async def test_a_lookup_without_a_match_prints_no_json(service, world):
    """Standard output is empty, and standard error says why."""
    there = "--server", f"127.0.0.1:{service.port}", "--key", service.key
    result = await run("lookup", "nothing", "--namespace", world.name, "--json", *there)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no code of namespace" in result.stderr


async def test_local_commands_print_json(service, tmp_path):
    """Keys, migrations, backups, health and version."""
    data = "--data", tmp_path / "new"
    applied = [json.loads(line) for line in (await run("migrate", *data, "--json")).stdout.splitlines()]
    assert applied[0] == {"version": 1, "name": "initial", "state": "applied"}
    key = json.loads((await run("keys", "create", "read", *data, "--json")).stdout)
    assert key["key"].startswith(f"{key['keyId']}.")
    keys = [json.loads(line) for line in (await run("keys", "list", *data, "--json")).stdout.splitlines()]
    assert {each["role"] for each in keys} == {"admin", "read"}
    revoked = json.loads((await run("keys", "revoke", key["keyId"], *data, "--json")).stdout)
    assert revoked == {"keyId": key["keyId"], "revoked": True}
    copied = json.loads((await run("backup", "--to", tmp_path / "copy.db", *data, "--json")).stdout)
    assert copied["to"] == str(tmp_path / "copy.db")
    health = json.loads((await run("health", "--json", "--server", f"127.0.0.1:{service.port}")).stdout)
    assert health["status"] == "SERVING"
    assert set(json.loads((await run("version", "--json")).stdout)) == {"version"}


def test_absent_members_are_left_out():
    """None is no member."""
    assert plain({"a": 1, "b": None}) == {"a": 1}


def test_commands_that_call_a_server_import_little():
    """A command has 0.3 s of CPU to start; what it may import is checked here, because time depends on the machine."""
    modules = ["audit", "campaigns", "codes", "files", "health", "importing", "jobs", "player", "revert", "switching"]
    program = f"""
import importlib, sys
for module in {modules}:
    importlib.import_module(f"redeemd.cli.{{module}}")
print(*(set({HEAVY}) & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
