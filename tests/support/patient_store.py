"""Opens stores as the server does, but lets a busy machine take its time to accept connections."""

from contextlib import AbstractAsyncContextManager
from typing import Any

import asyncpg
from redeemd import config
from redeemd.app import database
from redeemd.store.base import Listener, Store

from support.patience import WAIT_SECONDS


def open_store(settings: config.Settings, listener: Listener) -> AbstractAsyncContextManager[Store]:
    """Open the database of the settings."""
    return database.open_store(settings, listener, _connect)


async def _connect(*arguments: Any, **options: Any) -> Any:
    return await asyncpg.connect(*arguments, **options | {"timeout": WAIT_SECONDS})
