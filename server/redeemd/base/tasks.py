"""Tasks that nobody waits for."""

import asyncio
import contextvars
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")


class Tasks(set["asyncio.Task[object]"]):
    """The tasks of an object that have not ended, kept here because the event loop has only weak references."""

    def start(
        self, work: Coroutine[object, object, T], *, context: contextvars.Context | None = None
    ) -> "asyncio.Task[T]":
        """Run work in a task of its own, so that it is not cancelled with its caller."""
        task = asyncio.get_running_loop().create_task(work, context=context)
        self.add(task)
        task.add_done_callback(self.discard)
        return task

    async def cancel(self) -> None:
        """Cancel all tasks, and wait until they have ended."""
        for task in list(self):
            task.cancel()
        await asyncio.gather(*self, return_exceptions=True)
