"""The advice of `restore` about keys."""

import pytest
from support.cli import run

pytestmark = pytest.mark.usefixtures("no_settings_of_the_developer")


async def test_restore_of_a_database_that_was_never_served_asks_for_no_key(tmp_path):
    """It was used with none."""
    assert (await run("migrate", "--data", tmp_path / "data")).exit_code == 0
    assert (await run("backup", "--data", tmp_path / "data", "--to", tmp_path / "backup")).exit_code == 0
    restored = await run("restore", "--from", tmp_path / "backup", "--data", tmp_path / "new")
    assert restored.exit_code == 0
    assert "the first start makes a master key" in restored.stdout
    assert "()" not in restored.stdout
