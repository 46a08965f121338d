"""Fixtures of the tests of transactions."""

import contextlib

import pytest
from support import postgres as pg
from support.exchanges import make_exchanges
from support.service import running
from support.sheets import make_sheets


@pytest.fixture(params=["sqlite", "postgresql"])
async def servers(request, tmp_path):
    """Servers over one database: one on SQLite, three on PostgreSQL."""
    settings = {"database": ""}
    if request.param == "postgresql":
        request.getfixturevalue("postgres")  # skips where there is none
        settings = await pg.settings_for(tmp_path)
    async with contextlib.AsyncExitStack() as stack:
        count = 3 if request.param == "postgresql" else 1
        yield [await stack.enter_async_context(running(tmp_path, **settings)) for _ in range(count)]


@pytest.fixture
async def sheets(service):
    """Namespaces of the test's own."""
    return await make_sheets(service)


@pytest.fixture
async def own_sheets(own_service):
    """The same, on a server whose clock is stopped."""
    return await make_sheets(own_service)


@pytest.fixture
async def here(service):
    """Namespaces of the test's own."""
    return await make_exchanges(service)


@pytest.fixture
async def elsewhere(service):
    """Others on the same server."""
    return await make_exchanges(service)
