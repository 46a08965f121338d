"""The advice of `backup` and `restore`: about keys, and about paths that do not exist."""

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


async def test_a_folder_for_backups_that_does_not_exist_is_named(tmp_path):
    """Not the file in it that is written first, and no number of an error."""
    assert (await run("migrate", "--data", tmp_path / "data")).exit_code == 0
    backup = await run("backup", "--data", tmp_path / "data", "--to", tmp_path / "absent" / "backup")
    assert (backup.exit_code, backup.stderr) == (1, f"redeemd: there is no folder {tmp_path / 'absent'}\n")


async def test_a_backup_that_does_not_exist_is_named(tmp_path):
    """Nothing is restored."""
    restored = await run("restore", "--from", tmp_path / "absent", "--data", tmp_path / "new")
    assert (restored.exit_code, restored.stderr) == (1, f"redeemd: there is no backup {tmp_path / 'absent'}\n")
    assert not (tmp_path / "new").exists()
