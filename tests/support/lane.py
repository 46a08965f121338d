"""Which store the tests of a lane use where they do not choose one themselves."""

import os
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support import postgres

# Whether the servers of tests keep their data in PostgreSQL; `partitioned` says in what tables.
ON_POSTGRES = os.environ.get("REDEEMD_TEST_DATABASE") in {"postgresql", "partitioned"}


class _Use:
    """The stores that were opened without a choice, which depend on the lane. `notice` is called for each."""

    def __init__(self) -> None:
        self._stores: weakref.WeakSet[Any] = weakref.WeakSet()
        self.notice: Callable[[], None] = lambda: None

    def opened(self, store: object) -> None:
        """Record a store of the lane."""
        self._stores.add(store)
        self.notice()

    def __contains__(self, store: object) -> bool:
        return store in self._stores


USE = _Use()


async def settings(folder: Path, chosen: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a server over a folder that keeps its data where the lane says, unless a test chose."""
    if "database" in chosen:
        return chosen
    USE.notice()
    return await postgres.settings_beside(folder, chosen) if ON_POSTGRES else chosen
