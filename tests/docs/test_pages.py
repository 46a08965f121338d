"""The smaller pages under docs/: their commands run, their settings are taken."""

import configparser
import contextlib
import json
import re
import shutil
import textwrap
from pathlib import Path

import grpc
import pytest
from redeem.options.v1 import options_pb2
from redeemd import config
from redeemd.contract import options
from redeemd.crypto import keyring
from support import postgres as pg
from support.contract import REPOSITORY
from support.process import serving
from support.reader import printed_by, run, served_by
from support.world import World

DATABASE = "postgresql://redeemd@db.example/redeemd"


async def test_a_backup_is_made_and_restored_as_written(page, clone):
    """With the master key beside it, what was issued before is good after."""
    commands, *_ = page("how-to/backup.md").blocks("sh")
    commands = commands.replace("/backups/", f"{clone}/")
    async with serving(clone / "data") as (_, service):
        world = await service.world()
        [code] = await world.codes(1)
        await run(commands, clone)
    for name in ("master.key", "admin.key"):
        shutil.copy(clone / "data" / name, clone / "new")
    async with serving(clone / "new") as (_, service):
        used = await World(service, world.name).as_player("Use", "alice", code=code)
        assert used.item.used_user_id == "alice"


async def test_backups_are_made_continuously_and_restored_as_written(page, clone):
    """The command that checks their age finds the last one."""
    text = page("how-to/backup.md").text
    _, backup, restore = (block.replace("/backups/", f"{clone}/") for block in page("how-to/backup.md").blocks("sh"))
    [check] = re.findall(r"`(find .*)`", text)
    async with serving(clone / "data") as (_, service), printed_by(backup, clone) as line:
        await (await service.world()).codes(1)
        generation = json.loads(await line())["generation"]
        assert generation in await run(check.replace("/backups/", f"{clone}/"), clone)
        assert generation in await run(restore, clone)
    assert (clone / "from-live" / "redeemd.db").exists()


async def test_a_master_key_that_was_used_is_not_removed(page, clone):
    """Not even one that is no longer used for new data: the server would not start without it."""
    assert "refuses a key that was used" in page("how-to/rotate-keys.md").text
    async with serving(clone / "data"):
        pass
    await run("redeemd master-keys add", clone)
    await run("redeemd master-keys use k2", clone)
    async with serving(clone / "data"):
        pass
    said = await run("redeemd master-keys accept k2; redeemd master-keys remove k2 2>&1 || true", clone)
    assert "master key k2 was used for new data" in said
    assert keyring.parse((clone / "data" / "master.key").read_text()).key_ids == ["k1", "k2"]
    await run("redeemd master-keys add; redeemd master-keys remove k3", clone)


@pytest.mark.usefixtures("master_key")
async def test_a_master_key_is_rotated_and_rolled_back_as_written(page, clone, postgres_url):
    """The file changes as the page says; the status lists all keys."""
    await pg.migrated(postgres_url)
    states, listed = [], ""
    for command in page("how-to/rotate-keys.md").blocks("sh"):
        listed += await run(command.replace(DATABASE, postgres_url), clone)
        ring = keyring.parse((clone / "master.key").read_text())
        states.append((ring.key_ids, ring.wanted))
    both = ["k1", "k2"]
    assert states == [(both, "k1"), (both, "k2"), (both, "k2"), (both, "k1"), (["k1"], "k1")]
    assert re.search(r"^k2 +use +unused$", listed, re.MULTILINE)


async def test_a_database_is_migrated_as_written(page, clone, postgres, postgres_url):
    """The dry run prints what the next command applies, the status lists it, and the role gets its rights."""
    dry, apply, status, grants = (
        textwrap.dedent(block).replace(DATABASE, postgres_url)
        for block in re.findall(r"^ *```sh\n(.*?)^ *```$", page("how-to/upgrade.md").text, re.MULTILINE | re.DOTALL)
    )
    assert "CREATE TABLE serial_key" in await run(dry, clone)
    assert "applied 0001 initial" in await run(apply, clone)
    assert "applied 0001 initial" in await run(status, clone)
    postgres.sql("CREATE ROLE redeemd_serve")
    try:
        await run(grants.replace("psql", str(postgres.binaries / "psql")), clone)
        right = "SELECT has_table_privilege('redeemd_serve', 'serial_key', 'UPDATE')"
        assert postgres.sql(right, url=postgres_url) == "t"
    finally:
        postgres.sql("DROP OWNED BY redeemd_serve", url=postgres_url)
        postgres.sql("DROP ROLE redeemd_serve")


def test_the_configuration_of_handlers_is_taken(page, tmp_path, monkeypatch):
    """Every name in it is a setting; the files that it names exist."""
    [text] = page("how-to/handlers.md").blocks("json")
    monkeypatch.chdir(tmp_path)
    for name in ("ca.pem", "client.pem", "client.key"):
        (tmp_path / name).touch()
    path = tmp_path / "handlers.json"
    path.write_text(text)
    [name] = config.load(data=tmp_path, action_handlers=path).read_action_handlers()
    assert name == "Game"


def test_the_file_of_identities_is_taken(page, tmp_path):
    """Everything listed there is a setting."""
    [text] = page("how-to/identity.md").blocks("json")
    path = tmp_path / "identities.json"
    path.write_text(text)
    tls = {name: tmp_path / name for name in ("tls_cert", "tls_key", "tls_client_ca")}  # SPIFFE IDs need them
    for file in tls.values():
        file.touch()
    identities = config.load(data=tmp_path, identities=path, **tls).read_identities()
    assert identities.peers
    assert identities.issuers


def test_the_filter_of_envoy_responds_with_headers_that_are_read(page):
    """Nothing else of the policy service's response reaches redeemd."""
    [text] = page("how-to/ext-authz.md").blocks("yaml")
    [returned] = re.findall(r"allowed_upstream_headers: (.*)", text)
    assert re.findall(r"exact: ([a-z-]+)", returned) == ["authorization", "x-access-token"]


async def test_the_channel_with_the_service_config_is_made_as_written(page, monkeypatch):
    """gRPC takes the file and the addresses."""
    [program] = page("how-to/postgresql.md").blocks("python")
    monkeypatch.chdir(REPOSITORY)
    made = {"grpc": grpc, "Path": Path}
    exec(program, made)
    with contextlib.closing(made["channel"]) as channel:
        assert isinstance(channel, grpc.Channel)


def test_the_settings_of_pgbouncer_are_an_ini_file(page):
    """Values end before comments."""
    [text] = page("how-to/postgresql.md").blocks("ini")
    parser = configparser.ConfigParser(inline_comment_prefixes=";")
    parser.read_string("[pgbouncer]\n" + text)
    assert dict(parser["pgbouncer"]) == {
        "pool_mode": "transaction",
        "query_wait_timeout": "5",
        "server_login_retry": "1",
    }


@pytest.mark.usefixtures("master_key")
async def test_the_commands_for_postgresql_run_as_written(page, clone, postgres_url):
    """With a master key in the folder, and another database."""
    commands, *_ = page("how-to/postgresql.md").blocks("sh")
    assert commands.count(DATABASE) == 1
    async with served_by(commands.replace(DATABASE, postgres_url), clone) as address:
        assert address


@pytest.mark.usefixtures("master_key")
async def test_the_server_starts_behind_a_pooler_as_written(page, clone, postgres_url):
    """With prepared statements off, on a database that has the schema."""
    _, command, _ = page("how-to/postgresql.md").blocks("sh")
    command = command.replace("postgresql://redeemd@pooler.example:6432/redeemd", postgres_url)
    assert postgres_url in command
    before = f"export REDEEMD_DATABASE={postgres_url} REDEEMD_MASTER_KEY_FILE=master.key; redeemd migrate"
    async with served_by(f"{before}; redeemd keys create admin; {command}", clone) as address:
        assert address


def test_the_table_of_access_is_that_of_the_contract(page):
    """For each kind of access and each role: may it call methods that read, and those that write?"""
    roles = [role for role in options_pb2.Role.DESCRIPTOR.values if role.number]
    expected = {}
    for access in options_pb2.Access.DESCRIPTOR.values:
        if access.number and access.number != options_pb2.ACCESS_PLAYER:
            expected[access.name.removeprefix("ACCESS_").lower()] = [may(role, access.number) for role in roles]
    rows = page("reference/access.md").rows(
        "| access | the method | admin | issuer | server | read | client |\n|---|---|---|---|---|---|---|"
    )
    assert {access: said for access, _, *said in rows} == expected


def may(role, access):
    """Return what the page says about a role and a kind of access."""
    rule = options.role_rule(role)
    if access == options_pb2.ACCESS_PUBLIC:
        return "yes"
    reads, writes = access in rule.reads, access in rule.writes
    return "yes" if reads and writes else "reads" if reads else "no"
