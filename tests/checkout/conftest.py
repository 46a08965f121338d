"""A server, and a stand-in for GitHub that it checks out from."""

import pytest
from support.github import KEYS, github
from support.service import running


@pytest.fixture(scope="module")
async def hub():
    """A stand-in for GitHub that the tests of this module share."""
    async with github() as hub:
        yield hub


@pytest.fixture(scope="module")
async def server(hub, tmp_path_factory):
    """A server that checks out from it."""
    async with running(tmp_path_factory.mktemp("github"), github_url=hub.url, github_keys=KEYS) as server:
        yield server


@pytest.fixture
async def world(server, hub):
    """A namespace of the test's own, at a GitHub that has no files and responds as documented."""
    hub.files, hub.asked, hub.answer = {}, [], None
    return await server.world()
