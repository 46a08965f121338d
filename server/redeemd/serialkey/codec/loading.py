"""Imports what only batches of codes need, on the first of them."""

import asyncio
import importlib

from redeemd.serialkey import codec

_BULK = "bulk"


async def load_bulk() -> None:
    """Import redeemd.serialkey.codec.bulk, if necessary; in a thread, because this takes 100 ms."""
    if not hasattr(codec, _BULK):  # set when the import is complete, unlike the entry of sys.modules
        await asyncio.to_thread(importlib.import_module, f"{codec.__name__}.{_BULK}")
