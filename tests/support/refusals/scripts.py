"""Refusals of scripts."""

import functools

from support.limits import make_limits
from support.refusals import Stage, provokes
from support.scripts import GRN, running_with

_SOURCES = {
    "closed": 'fail(400, "the shop is closed")',
    "loops": "while true do end",
}


async def count_up_after(stage: Stage, *, script: str) -> None:
    """Count up in a namespace with a script."""
    async with running_with(stage.folder, **_SOURCES) as service:
        limits = await make_limits(service)
        await limits.call("UpdateNamespace", count_up_script={"trigger_script_id": GRN.format(script)})
        await limits.up()


for _reason, _script in (("SCRIPT_NOT_FOUND", "absent"), ("SCRIPT_REFUSED", "closed"), ("SCRIPT_FAILED", "loops")):
    provokes(_reason)(functools.partial(count_up_after, script=_script))
