"""docs/how-to/move-from-gs2.md: its template is applied by its commands, as the page shows."""

import shlex

import pytest
from support import lacking
from support.cli import run
from support.service import running

lacking.module("yaml")


@pytest.fixture
async def server(tmp_path):
    """A server with the region and the owner of a project of the vendor."""
    async with running(tmp_path / "data", region="ap-northeast-1", owner_id="7Hc3-owner") as service:
        yield service


async def test_the_template_is_applied_with_the_names_of_the_vendor(page, server, tmp_path, monkeypatch):
    """The dry run shows what the page shows; then the namespace has the GRN that it had; then nothing is left to do."""
    monkeypatch.chdir(tmp_path)
    shown = page("how-to/move-from-gs2.md")
    [template], [commands], [expected] = (shown.blocks(language) for language in ("yaml", "sh", "text"))
    (tmp_path / "game.yaml").write_text(template)
    planning, applying = (shlex.split(line)[1:] for line in commands.splitlines())
    there = ["--server", f"127.0.0.1:{server.port}", "--key", server.key]
    assert (await run(*planning, *there)).stdout == expected
    assert (await run(*applying, "--yes", *there)).stdout == f"{expected}2 applied\n"
    item = (await server.call("GetNamespace", namespace_name="game-0001")).item
    assert item.namespace_id == "grn:gs2:ap-northeast-1:7Hc3-owner:serialKey:game-0001"
    assert (await run(*applying, *there)).stdout.endswith("nothing to apply: the server has all of this already\n")
