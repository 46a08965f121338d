"""Fixtures of the tests of transactions."""

import contextlib

import pytest
from support import postgres as pg
from support.service import running


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
