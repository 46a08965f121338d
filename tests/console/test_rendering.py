"""Long pages are rendered in steps, between which other calls run."""

import asyncio
from types import SimpleNamespace

from redeemd.console import rendering
from support.world import World

CODES = 50  # as many as a page shows


async def test_each_row_of_a_table_is_a_step(service, admin, monkeypatch):
    """However long a table is, no more than a row is rendered at once."""
    await service.call("CreateNamespace", name="long")
    world = World(service, "long")
    await world.put_in_force("spring")
    job = await world.issue(CODES)
    turns = 0

    async def sleep(seconds):
        nonlocal turns
        turns += 1
        await asyncio.sleep(seconds)

    monkeypatch.setattr(rendering, "_STEP_SECONDS", 0)
    monkeypatch.setattr(rendering, "asyncio", SimpleNamespace(sleep=sleep))
    page = await admin.get(f"/console/codes/long/campaigns/spring/batches/{job.name}/codes")
    assert page.html.count("<tr>") == 1 + CODES
    assert turns > CODES
