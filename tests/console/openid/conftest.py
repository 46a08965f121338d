"""A provider, a server whose console is its client, and somebody who logs in."""

import pytest
from support.openid import openid, visitor


@pytest.fixture(scope="module")
async def world(tmp_path_factory):
    """A provider, and a server whose console is its client."""
    async with openid(tmp_path_factory.mktemp("openid")) as world:
        yield world


@pytest.fixture
async def provider(world):
    """The provider, which does everything right."""
    world[0].be_right()
    return world[0]


@pytest.fixture
async def somebody(world):
    """Somebody who is not logged in."""
    async with visitor(world[1]) as somebody:
        yield somebody
