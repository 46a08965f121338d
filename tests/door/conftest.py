"""A server with its log, for the tests of the JSON door."""

import pytest
from support.heard import heard


@pytest.fixture(scope="module")
async def service(tmp_path_factory):
    """A server whose log is `service.heard`; its door is open to the page https://game.example."""
    async with heard(tmp_path_factory.mktemp("door"), cors_origins="https://game.example") as served:
        yield served
