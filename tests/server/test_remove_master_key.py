"""`master-keys remove` of a key that a PostgreSQL database was used with."""

import base64

import pytest
from support import postgres as pg
from support.cli import run
from support.service import running

pytestmark = pytest.mark.usefixtures("no_settings_of_the_developer")


async def test_a_used_master_key_is_not_removed(tmp_path, postgres_url):
    """Its codes would be void; a key that was only added can be removed."""
    path = tmp_path / "master.key"
    path.write_text(f"k1:{base64.b64encode(bytes(32)).decode()}\n")
    (tmp_path / "admin.key").write_text("k0.of-no-use")  # for `running`, which makes no call here
    await pg.migrated(postgres_url)
    async with running(tmp_path, database=postgres_url, master_key_file=path):
        pass
    there = ["--master-key-file", path, "--database", postgres_url]
    assert (await run("master-keys", "add", *there[:2])).exit_code == 0
    before = path.read_text()
    refused = await run("master-keys", "remove", "k1", *there)
    assert refused.exit_code == 1
    assert "master key k1 was used" in refused.output
    assert path.read_text() == before
    removed = await run("master-keys", "remove", "k2", *there)
    assert removed.exit_code == 0, removed.output
    assert "k2" not in path.read_text()
