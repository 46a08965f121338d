"""Servers with scripts."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from support.service import Service, running

GRN = "grn:gs2:local:redeemd:script:game:script:{}"


def write(folder: Path, **sources: str) -> Path:
    """Write scripts of the namespace game; return the folder of scripts."""
    game = folder / "scripts" / "game"
    game.mkdir(parents=True, exist_ok=True)
    for name, text in sources.items():
        (game / f"{name}.lua").write_text(text, encoding="utf-8")
    return game.parent


@contextlib.asynccontextmanager
async def running_with(folder: Path, settings: Any = None, **sources: str) -> AsyncIterator[Service]:
    """Run a server with these scripts of the namespace game."""
    async with running(folder, scripts=write(folder, **sources), **(settings or {})) as service:
        yield service
