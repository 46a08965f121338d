"""A store that fails at a chosen statement."""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Unpack

from redeemd.app.maintenance import Maintenance
from redeemd.handlers.compensator import Compensator
from redeemd.handlers.dispatcher import Dispatcher
from redeemd.rpc.call import RolledBack
from redeemd.store.base import Body, CommitFailed, Row, RunOptions, Store, T, Tx
from redeemd.store.delegating import DelegatingStore, DelegatingTx
from redeemd.store.sql import Query

_BACKGROUND = {
    work.__qualname__ for work in (Maintenance.run, Dispatcher.run, Compensator.run, Compensator._compensate)
}


class FaultyStore(DelegatingStore):
    """Passes everything on, and makes the `fail_at`-th statement of each writing body fail.

    `statements` counts those of the last writing body, so that a test can try every place. For calls that take several
    bodies, `bodies` counts these, and with `fail_in` only that one fails. With `or_at_end`, a body that has fewer
    statements fails at its end, and `failed_at_end` is true; not with autocommit, where each statement may have been
    committed by then. What the server does in the background, at moments of its own, neither counts nor fails.
    """

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.fail_at: int | None = None
        self.fail_in: int | None = None
        self.bodies = 0
        self.or_at_end = False
        self.failed_at_end = False
        self.autocommit = False
        self.failure: type[Exception] = CommitFailed
        self.statements = 0
        self.failed: set[str] = set()  # the modules of the bodies that failed
        self._open = asyncio.Event()
        self._open.set()

    async def run(self, body: Body[T], **options: Unpack[RunOptions]) -> T:
        """See Store."""
        if not options["write"] or _in_background():
            return await super().run(body, **options)
        await self._open.wait()
        self.bodies += 1
        fails = self.fail_in in {None, self.bodies}
        if fails:
            self.failed_at_end, self.autocommit = False, options.get("autocommit", False)

        async def counted(tx: Tx) -> T:
            self.statements = 0
            if not fails:
                return await body(tx)
            try:
                with self._failing_at_end():
                    return await body(_FaultyTx(tx, self))
            except self.failure:
                self.failed.add(body.__module__)
                raise

        return await super().run(counted, **options)

    @contextlib.contextmanager
    def holding(self) -> Iterator[None]:
        """Make writing bodies wait for as long as the block lasts."""
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    @contextlib.contextmanager
    def _failing_at_end(self) -> Iterator[None]:
        if not self.or_at_end or self.autocommit:
            yield
            return
        with contextlib.suppress(RolledBack):  # which ends a dry run
            yield
        self.failed_at_end = True
        raise self.failure("injected at the end")

    def about_to_run(self) -> None:
        """Count a statement; raise where a failure was requested."""
        self.statements += 1
        if self.statements == self.fail_at:
            raise self.failure("injected")


def _in_background() -> bool:
    task: Any = asyncio.current_task()
    return task.get_coro().__qualname__ in _BACKGROUND


class _FaultyTx(DelegatingTx):
    def __init__(self, tx: Tx, faults: FaultyStore) -> None:
        super().__init__(tx)
        self._faults = faults

    async def one(self, query: Query, **parameters: object) -> Row | None:
        self._faults.about_to_run()
        return await super().one(query, **parameters)

    async def all(self, query: Query, **parameters: object) -> Sequence[Row]:
        self._faults.about_to_run()
        return await super().all(query, **parameters)

    async def run(self, query: Query, **parameters: object) -> int:
        self._faults.about_to_run()
        return await super().run(query, **parameters)

    async def many(self, query: Query, parameters: Sequence[Mapping[str, object]]) -> None:
        self._faults.about_to_run()
        await super().many(query, parameters)

    async def lock(self, *names: str) -> None:
        self._faults.about_to_run()
        await super().lock(*names)
