"""docs/how-to/vendor-sdks.md: its programs redeem a code with the SDKs, and print what the page says."""

import asyncio
import os
import subprocess
import sys

import pytest
from support import npm_sdk
from support.http import at
from support.service import running


@pytest.fixture
async def shop(tmp_path):
    """The namespace of the programs, with the campaign `spring`."""
    async with running(tmp_path / "data") as service:
        world = await service.world()
        await service.call("CreateNamespace", name="shop")
        world.name = "shop"
        await world.put_in_force("spring")
        yield world


async def printed_by(shop, program, *command):
    """Return what a program of the page prints when it is run with a code of the namespace."""
    client_id, secret = shop.service.key.split(".")
    [code] = await shop.codes()
    done = await asyncio.to_thread(
        subprocess.run,
        [*command, code],
        input=program.replace("https://codes.example", at(shop.service, "")),
        env=os.environ | {"CLIENT_ID": client_id, "CLIENT_SECRET": secret},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


async def test_the_program_in_python_prints_what_the_page_says(page, shop):
    """With the package of PyPI."""
    [program], [printed] = (page("how-to/vendor-sdks.md").blocks(language) for language in ("python", "text"))
    assert await printed_by(shop, program, sys.executable, "-") == printed


async def test_the_program_in_javascript_prints_what_the_page_says(page, shop):
    """With the package of npm."""
    [program], [printed] = (page("how-to/vendor-sdks.md").blocks(language) for language in ("js", "text"))
    modules = npm_sdk.installed() / "node_modules"
    command = ["env", f"NODE_PATH={modules}", "node", "-"]
    assert await printed_by(shop, program, *command) == printed
