"""Imports of codes by the console: forms with files, and the pages that follow an import."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from redeemd.console import import_file, imports
from redeemd.serialkey.importing.importer import Import

from support.console import Person, Shown
from support.patience import WAIT_SECONDS
from support.world import World


async def sent(person: Person, world: World, action: str, file: bytes, **typed: str) -> Shown:
    """Send the form with a file; return the page that follows."""
    path = f"/console/codes/{world.name}/campaigns/spring/import"
    page = await person.get(path)
    return await with_file(person, path, page.form("preview") | typed | {"action": action}, file)


async def with_file(person: Person, path: str, fields: dict[str, str], file: bytes) -> Shown:
    """Send fields and a file."""
    form = aiohttp.FormData(quote_fields=False)
    for name, value in fields.items():
        form.add_field(name, value)
    form.add_field("file", file, filename="codes.csv", content_type="text/csv")
    data: Any = form
    return await person.post(path, data)


async def imported(person: Person, world: World, file: bytes, **typed: str) -> Shown:
    """Import a file; return the page of its progress once there is its report."""
    return await shown(person, await sent(person, world, "import", file, **typed), "Report")


async def shown(person: Person, page: Shown, text: str) -> Shown:
    """Follow a page of progress until it shows a text."""
    async with asyncio.timeout(WAIT_SECONDS):
        while text not in page.text:
            assert "/imports/" in page.path, page.text
            await asyncio.sleep(0.05)
            page = await person.get(page.path)
    return page


async def figures(person: Person, page: Shown) -> list[int]:
    """Return the numbers of codes of the batch to which a report leads."""
    [url] = re.findall(r'"([^"]+/batches/[^"]+)"', page.html)
    batch = await person.get(url)
    return [int(text.replace(",", "")) for text in re.findall(r"<dd>([0-9,]+)</dd></div>", batch.html)]


@contextlib.asynccontextmanager
async def halted(monkeypatch: pytest.MonkeyPatch, piece: int = 2) -> AsyncIterator[Callable[[], None]]:
    """Make pieces small, and imports wait with the second one during the block, or until what is yielded is called."""
    going_on, add = asyncio.Event(), Import.add

    async def waiting(made: Import, *given: Any) -> None:
        if made.report.received >= piece:
            await going_on.wait()
        await add(made, *given)

    with monkeypatch.context() as patched:
        patched.setattr(import_file, "PIECE_CODES", piece)
        patched.setattr(imports, "_RECORD_SECONDS", 0.05)
        patched.setattr(Import, "add", waiting)
        try:
            yield going_on.set
        finally:
            going_on.set()
