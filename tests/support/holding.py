"""Holds calls where they wait for the store."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from support.service import Service


@contextlib.asynccontextmanager
async def held_store(service: Service) -> AsyncIterator[None]:
    """Block the start of transactions inside the block."""
    faults: Any = service.faults
    begin, release = faults.run, asyncio.Event()

    async def wait_and_begin(*arguments: Any, **options: Any) -> Any:
        await release.wait()
        return await begin(*arguments, **options)

    faults.run = wait_and_begin
    try:
        yield
    finally:
        release.set()
        faults.run = begin
