"""Refusals of scripts."""

import functools
from pathlib import Path

from support.limits import make_limits
from support.refusals import Stage, provokes
from support.service import running

GRN = "grn:gs2:local:redeemd:script:game:script:{}"
_SOURCES = {
    "closed": 'fail(400, "the shop is closed")',
    "loops": "while true do end",
}


def write(folder: Path, **sources: str) -> Path:
    """Write scripts of the namespace game; return the folder of scripts."""
    game = folder / "scripts" / "game"
    game.mkdir(parents=True)
    for name, text in sources.items():
        (game / f"{name}.lua").write_text(text, encoding="utf-8")
    return game.parent


async def count_up_after(stage: Stage, *, script: str) -> None:
    """Count up in a namespace with a script."""
    async with running(stage.folder, scripts=write(stage.folder, **_SOURCES)) as service:
        limits = await make_limits(service)
        await limits.call("UpdateNamespace", count_up_script={"trigger_script_id": GRN.format(script)})
        await limits.up()


for _reason, _script in (("SCRIPT_NOT_FOUND", "absent"), ("SCRIPT_REFUSED", "closed"), ("SCRIPT_FAILED", "loops")):
    provokes(_reason)(functools.partial(count_up_after, script=_script))
