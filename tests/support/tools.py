"""Well-known programs that call gRPC services, as our users have them."""

import asyncio
import sys
from pathlib import Path

from support import lacking
from support.contract import REPOSITORY
from support.patience import WAIT_SECONDS

FOLDER = REPOSITORY / ".tools"
BUF = Path(sys.executable).parent / "buf"


def tool(name: str) -> Path:
    """Return the path of a program that `make test` installs; skip the test where it is not, but not in CI."""
    path = FOLDER / name
    if not path.exists():
        lacking.skip(f"{name} is missing: `make test` installs it where Go is (https://go.dev/dl)")
    return path


async def run(program: Path | str, *arguments: object) -> tuple[int | None, str, str]:
    """Run a program; return its exit code, what it printed, and what it said on standard error."""
    process = await asyncio.create_subprocess_exec(
        program, *map(str, arguments), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(WAIT_SECONDS):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()
