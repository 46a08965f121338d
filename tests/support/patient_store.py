"""Opens stores as the server does, but lets a busy machine take its time to connect, and to run calls of one player."""

from contextlib import AbstractAsyncContextManager

from redeemd import config
from redeemd.app import database
from redeemd.store.base import Listener, Store
from redeemd.store.postgres.times import Times

from support.patience import WAIT_SECONDS

_PATIENT = Times(host=WAIT_SECONDS, turn=WAIT_SECONDS)


def open_store(settings: config.Settings, listener: Listener) -> AbstractAsyncContextManager[Store]:
    """Open the database of the settings."""
    return database.open_store(settings, listener, times=_PATIENT)
