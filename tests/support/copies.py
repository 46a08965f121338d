"""The `copy` command, and a database to copy."""

from pathlib import Path

from support.cli import run
from support.service import running

SOURCE = "sqlite:///data/redeemd.db"
BACK = "sqlite:///back/redeemd.db"


async def copy(source: str, target: str, code: int = 0) -> str:
    """Run the command; return what it said."""
    said = await run("copy", "--from", source, "--to", target)
    assert said.exit_code == code, said.output
    assert "Traceback" not in said.output
    return said.output


async def make_database(tmp_path: Path) -> list[str]:
    """Make a database that was served."""
    async with running(tmp_path / "data") as service:
        return await (await service.world()).codes(3)
