"""Servers with scripts."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from support.service import Service, running

GRN = "grn:gs2:local:redeemd:script:game:script:{}"


def write(folder: Path, namespace: str = "game", **sources: str) -> Path:
    """Write scripts of a namespace; return the folder of scripts."""
    game = folder / "scripts" / namespace
    game.mkdir(parents=True, exist_ok=True)
    for name, text in sources.items():
        (game / f"{name}.lua").write_text(text, encoding="utf-8")
    return game.parent


@contextlib.asynccontextmanager
async def running_with(folder: Path, namespace: str = "game", **sources: str) -> AsyncIterator[Service]:
    """Run a server with these scripts of a namespace."""
    async with running(folder, scripts=write(folder, namespace, **sources)) as service:
        yield service
