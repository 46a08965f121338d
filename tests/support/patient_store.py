"""Opens stores as the server does, but lets a busy machine take its time to accept connections."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
from redeemd import config
from redeemd.app import database
from redeemd.store.base import Listener, Store

from support.patience import WAIT_SECONDS


@contextlib.asynccontextmanager
async def open_store(settings: config.Settings, listener: Listener) -> AsyncIterator[Store]:
    """Open the database of the settings."""
    if settings.embedded:
        async with database.open_store(settings, listener) as store:
            yield store
        return
    store = await database.open_postgres(settings, listener, _connect)
    try:
        yield store
    finally:
        await store.close()


async def _connect(*arguments: Any, **options: Any) -> Any:
    return await asyncpg.connect(*arguments, **options | {"timeout": WAIT_SECONDS})
