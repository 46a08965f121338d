"""The files that a server reads again on request. See redeemd.app.reloading."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from redeemd.app import master_keys
from redeemd.app.foundation import Foundation
from redeemd.app.master_keys import MasterKeys
from redeemd.app.reloading import Reload, ReloadFailed
from redeemd.base.tls_error import TlsError
from redeemd.config import ConfigError, Settings
from redeemd.crypto.keyring import KeyRingError
from redeemd.script.scripts import load
from redeemd.store.base import StoreError

T = TypeVar("T")


def reloads(foundation: Foundation) -> dict[str, Reload]:
    """Return what reads the files of settings again, by the names of the settings."""
    settings = foundation.settings

    async def move_handlers() -> None:
        with _failing():
            await foundation.handlers.move(await _read(settings.action_handlers, settings.read_action_handlers))

    async def use_github_keys() -> None:
        with _failing():
            foundation.checkout.use(await _read(settings.github_keys_file, settings.read_github_keys))

    async def use_identities() -> None:
        with _failing():
            foundation.access.use(await _read(settings.identities, settings.read_identities))

    async def use_webhooks() -> None:
        with _failing():
            await foundation.webhooks.use(await _read(settings.webhooks, settings.read_webhooks))

    async def use_scripts() -> None:
        folder = settings.scripts
        assert folder is not None, "only a server with scripts reloads them"
        with _failing():
            foundation.scripts.use(await _read(folder, lambda: load(folder)))

    found = {
        "action_handlers": (settings.action_handlers, move_handlers),
        "github_keys_file": (settings.github_keys_file, use_github_keys),
        "identities": (settings.identities, use_identities),
        "webhooks": (settings.webhooks, use_webhooks),
        "scripts": (settings.scripts, use_scripts),
    }
    return {name: reload for name, (path, reload) in found.items() if path is not None}


def reload_of(keys: MasterKeys, settings: Settings) -> Reload:
    """Return what reads the master keys again, and agrees upon them with the other replicas."""

    async def use_master_keys() -> None:
        with _failing():
            ring = await _read(settings.key_path, lambda: master_keys.read(settings))
            if ring is None:
                raise KeyRingError(f"the master key file {settings.key_path} is missing")
            await keys.agree(ring)

    return use_master_keys


async def _read(path: Path | None, read: Callable[[], T]) -> T:
    """Read a file without blocking the event loop. Raises OSError for one that may never end, or what `read` raises."""

    def checked() -> T:
        if path is not None and path.exists() and not (path.is_file() or path.is_dir()):
            raise OSError(f"{path} is not a regular file")
        return read()

    return await asyncio.to_thread(checked)


@contextlib.contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except (ConfigError, KeyRingError, OSError, StoreError, TlsError, ValueError) as problem:
        raise ReloadFailed(str(problem)) from None
