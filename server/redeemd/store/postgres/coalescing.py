"""A store on PostgreSQL that runs statements of different calls together where queries have set forms."""

import asyncio
import contextvars
from collections.abc import Collection, Mapping, Sequence
from typing import cast

from redeemd.base.tasks import Tasks
from redeemd.store.base import NO_LISTENER, Body, Listener, Row, StoreError, T, Tx, Unavailable
from redeemd.store.delegating import DelegatingStore
from redeemd.store.postgres.coalescer import Coalescer
from redeemd.store.postgres.grouping import Grouped, Groups
from redeemd.store.postgres.set_queue import Batch, Element, Run
from redeemd.store.postgres.store import PostgresStore, Shared
from redeemd.store.set_form import SetForm, set_form
from redeemd.store.sql import Query
from redeemd.store.stepped import Ended, Statement, SteppedBody, SteppedTx


class CoalescingStore(DelegatingStore):
    """Coalesces bodies with `autocommit` or `grouped`; runs all other bodies as the store beneath does."""

    def __init__(self, store: PostgresStore, listener: Listener = NO_LISTENER) -> None:
        super().__init__(store)
        self._listener = listener
        self._postgres = store
        self._coalescers: dict[Query, Coalescer] = {}
        self._groups = Groups(store, self.failed)
        self._running: set[asyncio.Future[object]] = set()
        self._tasks = Tasks()
        self._closing = False

    @property
    def waiting(self) -> int:
        """See Store."""
        coalesced = sum(coalescer.waiting for coalescer in self._coalescers.values())
        return super().waiting + coalesced + self._groups.waiting

    async def run(
        self,
        body: Body[T],
        *,
        write: bool,
        autocommit: bool = False,
        grouped: bool = False,
        queue: Collection[str] = (),
        callers: int = 1,
    ) -> T:
        """See Store."""
        if not autocommit and not grouped:
            return await self._postgres.run(body, write=write, queue=queue, callers=callers)
        self._postgres.require_open(write=write)
        if self._closing:
            raise Unavailable("the store is closed")
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[object] = loop.create_future()
        self._running.add(outcome)
        outcome.add_done_callback(self._running.discard)
        context = contextvars.copy_context()
        if grouped:
            self._groups.add(Grouped(body, tuple(queue), outcome, context, loop.time()))
        else:
            stepped = SteppedBody(body, SteppedTx(pins=False), context)
            self._go_on(Run(stepped, write, tuple(queue), outcome), stepped.proceed())
        return cast("T", await outcome)

    def _go_on(self, run: Run, at: Statement | Ended) -> None:
        """Run the statement for which a body waits, or give its end to the caller.

        Every statement is a transaction of its own, so the names that a body locks are locked in that of its next one.
        """
        while isinstance(at, Statement) and at.query is None:
            run.locks.update(map(str, at.arguments))
            at = run.body.proceed()
        if isinstance(at, Ended):
            at.settle(run.outcome)
            return
        assert at.query is not None
        form = set_form(at.query) if at.method == "one" else None
        if form is None or (form.writes and not run.write):
            self._tasks.start(self._run_alone(run, at))
        else:
            self._coalescer(at.query, form).add(Element(run, at.parameters, asyncio.get_running_loop().time()))

    def _coalescer(self, query: Query, form: SetForm) -> Coalescer:
        found = self._coalescers.get(query)
        if found is None:
            found = self._coalescers[query] = Coalescer(query, form, self)
        return found

    async def _run_alone(self, run: Run, statement: Statement) -> None:
        if run.outcome.cancelled():
            run.body.leave()
            return
        try:
            result = await self._transaction(run, statement.of)
        except Exception as error:  # noqa: BLE001 -- the body gets it
            self.proceed_with(run, error)
        else:
            self.proceed(run, result)

    async def together(self, form: SetForm, batch: Batch) -> Sequence[Sequence[Row]]:
        """See Steps."""

        locks = {name for element in batch.elements for name in element.run.locks}

        async def body(tx: Tx) -> list[Sequence[Row]]:
            if locks:
                await tx.lock(*locks)
            arguments = (form.arguments([element.parameters for element in each]) for each in batch.sets)
            return [await tx.all(form.query, **each) for each in arguments]

        queued = [element.queued for element in batch.elements]
        shared = Shared(len(queued), min(queued), locks)
        autocommit = len(batch.sets) == 1 and not locks
        return await self._postgres.run_set(body, write=form.writes, autocommit=autocommit, shared=shared)

    async def alone(self, run: Run, query: Query, parameters: Mapping[str, object]) -> Row | None:
        """See Steps."""

        async def body(tx: Tx) -> Row | None:
            return await tx.one(query, **parameters)

        return await self._transaction(run, body)

    async def _transaction(self, run: Run, statement: Body[T]) -> T:
        """Run a statement in a transaction of its own, with the locks that it requires."""
        if not run.locks:
            return await self._postgres.run(statement, write=run.write, autocommit=True, queue=run.queue)

        async def body(tx: Tx) -> T:
            await tx.lock(*run.locks)
            return await statement(tx)

        return await self._postgres.run(body, write=run.write, queue=run.locks.union(run.queue))

    def failed(self, error: Exception) -> None:
        """See Steps. The store beneath has reported its own errors."""
        if not isinstance(error, StoreError):
            self._listener.fault(error)

    def proceed(self, run: Run, result: object) -> None:
        """See Steps."""
        run.locks.clear()
        self._go_on(run, run.body.proceed(result))

    def proceed_with(self, run: Run, error: Exception) -> None:
        """See Steps."""
        run.locks.clear()
        self._go_on(run, run.body.proceed_with(error))

    async def close(self) -> None:
        """See Store."""
        self._closing = True
        while self._running:
            await asyncio.wait(set(self._running))
        await self._postgres.close()
