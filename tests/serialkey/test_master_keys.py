"""Master keys: what they protect, and what a rotation does."""

import base64
import shutil
import sqlite3

from support.clock import ManualClock
from support.service import refused, running


def entry(key_id, byte):
    """Return a master key entry made of one byte."""
    return f"{key_id}:{base64.b64encode(bytes([byte]) * 32).decode()}"


async def test_codes_of_an_older_key_stay_good_after_a_rotation(tmp_path):
    """With k2 added, codes of k1 work, new ones are made under k2, and both are listed right."""
    async with running(tmp_path, master_key=entry("k1", 1)) as service:
        world = await service.world()
        old = await world.codes(2)
    async with running(tmp_path, master_key=f"{entry('k1', 1)},{entry('k2', 2)}") as service:
        world.service = service
        new = await world.codes(2)
        for code in (old[0], new[0]):
            assert (await world.as_player("Use", "alice", code=code)).item.status == 2
    async with running(tmp_path, master_key=f"{entry('k1', 1)} {entry('k2', 2)}") as service:
        world.service = service
        jobs = (await world.call("DescribeIssueJobs", campaign_model_name="spring")).items
        assert [[key.code for key in await world.keys(job)] for job in jobs] == [old, new]


async def test_a_code_made_under_one_key_does_not_open_a_batch_of_another(tmp_path):
    """A thief of k1 can make k1 codes of any sequence; they are not codes of batches issued under k2."""
    stolen, server = tmp_path / "stolen", tmp_path / "server"
    async with running(server, master_key=entry("k1", 1)) as service:
        world = await service.world()
    shutil.copytree(server, stolen)
    async with running(stolen, master_key=entry("k1", 1)) as service:
        world.service = service
        forged = await world.codes(5)
    async with running(server, master_key=f"{entry('k1', 1)},{entry('k2', 2)}") as service:
        world.service = service
        issued = await world.codes(5)
        for code in forged:
            with refused("CODE_NOT_FOUND"):
                await world.as_player("Use", "alice", code=code)
            with refused("CODE_NOT_FOUND"):
                await world.call("RevertUseByUserId", user_id="alice", code=code)
        assert (await world.as_player("Use", "alice", code=issued[0])).item.status == 2


async def test_codes_survive_a_copy_of_their_namespace(tmp_path):
    """A namespace whose rows were copied into another database, salt included, knows its codes there."""
    first, second = tmp_path / "first", tmp_path / "second"
    async with running(first, master_key=entry("k1", 1)) as service:
        world = await service.world()
        codes = await world.codes(3)
        await world.as_player("Use", "alice", code=codes[0])
    async with running(second, master_key=entry("k1", 1)) as service:
        await service.world()  # so that numbers differ if they can
    _copy_namespaces(first / "redeemd.db", second / "redeemd.db", offset=100)
    async with running(second, master_key=entry("k1", 1)) as service:
        world.service, world.name = service, f"{world.name}-copy"
        assert (await world.call("GetSerialKey", code=codes[0])).item.used_user_id == "alice"
        assert (await world.as_player("Use", "bob", code=codes[1])).item.status == 2


def _copy_namespaces(source, target, *, offset):
    """Copy all namespaces under new numbers and names, as a tool would."""
    database = sqlite3.connect(target)
    database.execute("ATTACH ? AS source", (str(source),))
    for table in ("namespace", "campaign", "issue_job", "serial_key", "model", "model_master", "current_master"):
        columns = [row[1] for row in database.execute(f"PRAGMA source.table_info({table})")]
        values = {"namespace_id": f"namespace_id + {offset}"} | (
            {"name": "name || '-copy'"} if table == "namespace" else {}
        )
        selected = ", ".join(values.get(column, column) for column in columns)
        database.execute(f"INSERT INTO main.{table} ({', '.join(columns)}) SELECT {selected} FROM source.{table}")
    database.commit()
    database.close()


async def test_tokens_and_page_tokens_survive_a_rotation(tmp_path):
    """Players stay logged in, listings go on, and idempotency keys stay known when a key is added."""
    clock = ManualClock()
    async with running(tmp_path, clock=clock, master_key=entry("k1", 1)) as service:
        world = await service.world()
        codes = await world.codes(2)
        job = (await world.call("DescribeIssueJobs", campaign_model_name="spring")).items[0]
        fields = {"campaign_model_name": "spring", "issue_job_name": job.name, "limit": 1}
        page = await world.call("DescribeSerialKeys", **fields)
        used = await world.as_player("Use", "alice", code=codes[0], duplication_avoider="k")
        tokens = service.tokens
    async with running(tmp_path, clock=clock, master_key=f"{entry('k1', 1)},{entry('k2', 2)}") as service:
        world.service, service.tokens = service, tokens
        assert await world.as_player("Use", "alice", code=codes[0], duplication_avoider="k") == used
        following = await world.call("DescribeSerialKeys", page_token=page.next_page_token, **fields)
        assert [item.code for item in following.items] == codes[1:]
