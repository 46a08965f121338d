"""docs/how-to/browsers.md: its programs redeem a code, as a page would, and learn why not."""

import asyncio
import json
import subprocess

import pytest
from support import web_page
from support.connect import KEYS
from support.http import at
from support.service import running

CALLER = """
import { redeem } from "./page.mjs";
for (const attempt of ["first", "second"]) {
  const redeemed = redeem(...process.argv.slice(2), attempt);
  console.log(await redeemed.then((item) => item.usedUserId, (error) => error.message));
}
"""
# Stands for the packed stubs: the same descriptions, read from the descriptor set.
STUBS = """
import { readFileSync } from "node:fs";
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync("DESCRIPTORS")));
export const ErrorInfoSchema = registry.getMessage("google.rpc.ErrorInfo");
export const SerialKeyService = registry.getService("redeem.serialkey.v1.SerialKeyService");
"""


@pytest.fixture
async def service(tmp_path):
    """A server."""
    async with running(tmp_path / "data") as service:
        yield service


@pytest.fixture
async def shop(service):
    """The namespace of the page, with the campaign `spring`."""
    world = await service.world()
    await service.call("CreateNamespace", name="shop")
    world.name = "shop"
    await world.put_in_force("spring")
    return world


@pytest.mark.parametrize("number", [0, 1], ids=["fetch", "connect"])
async def test_the_programs_redeem_as_the_page_says(page, service, shop, tmp_path, number):
    """Once; the second attempt is refused with the reason."""
    program = page("how-to/browsers.md").blocks("js")[number].replace("https://codes.example", at(service, ""))
    (tmp_path / "node_modules").mkdir()
    for package in (web_page.installed() / "node_modules").iterdir():
        (tmp_path / "node_modules" / package.name).symlink_to(package)
    (tmp_path / "stubs.mjs").write_text(STUBS.replace("DESCRIPTORS", str(web_page.DESCRIPTORS)))
    lines = [line.partition(' from "redeemd-client-connect')[0] for line in program.splitlines()]
    stubs = [
        f'{line} from "./stubs.mjs";' if line != whole else line
        for line, whole in zip(lines, program.splitlines(), strict=True)
    ]
    (tmp_path / "page.mjs").write_text("\n".join(stubs))
    (tmp_path / "caller.mjs").write_text(CALLER)
    [code] = await shop.codes()
    command = ["node", "caller.mjs", await service.token("alice"), code]
    done = await asyncio.to_thread(subprocess.run, command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["alice", "CODE_STATUS_INVALID"]


async def test_a_refusal_looks_as_shown(page, service, shop):
    """With these members; there are more."""
    [shown] = page("how-to/browsers.md").blocks("json")
    [code] = await shop.codes()
    request = {"namespaceName": "shop", "accessToken": await service.token("alice"), "code": code}
    replies = [await service.http("POST", at(service, f"{KEYS}/Use"), json=request) for _ in range(2)]
    expected, given = json.loads(shown), json.loads(replies[1].body)
    [detail] = given["details"]
    assert expected["details"][0]["debug"].items() <= detail["debug"].items()
    assert {**expected, "details": None} == {**given, "details": None}
