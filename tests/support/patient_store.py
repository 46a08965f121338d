"""Opens stores as the server does, but lets a busy machine take its time."""

from contextlib import AbstractAsyncContextManager

from redeemd import config
from redeemd.app import database
from redeemd.store.base import Listener, Store

from support.patience import PATIENT


def open_store(settings: config.Settings, listener: Listener) -> AbstractAsyncContextManager[Store]:
    """Open the database of the settings."""
    return database.open_store(settings, listener, times=PATIENT)
