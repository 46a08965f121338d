"""Transactions with verify or consume actions of handlers.

A body cannot call out of the process, so the body of such a call runs twice. The first run is a dry run: it tries local
actions and collects those of handlers as steps. If nothing refuses, the steps are stored as PENDING, and the handlers
are called in order, outside any transaction. The second run commits: each external step must equal the one that was
executed, and the same transaction ends the saga. In every other case the saga becomes COMPENSATING, and everything that
may have been consumed is cancelled in reverse order until every handler has confirmed it: by this process or, if it has
died, by another.
"""

import asyncio
import contextlib
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from redeemd.base.clock import Clock
from redeemd.base.trace import Trace
from redeemd.base.wake import Wake
from redeemd.crypto.sealing import Box
from redeemd.errors import Conflict
from redeemd.handlers.ports import MESSAGE_CHARACTERS_MAX, Execution, Handler, HandlerReply
from redeemd.handlers.queries import QUERIES
from redeemd.rpc.call import Step
from redeemd.store.base import CommitUnknown, Row, Store, StoreError, Tx
from redeemd.transaction.errors import ActionRefused, HandlerUnavailable

T = TypeVar("T")

STEP_TRIES_MAX = 3  # attempts at a step that is neither done nor refused
STEP_PAUSE_SECONDS = 0.1
CALLS_SECONDS = 20.0  # for all steps of a transaction
# After this time, any process may compensate the saga. The owner needs the rest for its second run.
PENDING_SECONDS = 60.0


class HandlersWanted(Exception):
    """Raised at the end of a dry run: handlers must execute these steps before it can commit. Not a refusal."""

    def __init__(self, steps: list[Step], *, created_at: int, trace: Trace | None) -> None:
        super().__init__()
        self.trace = trace
        self.steps = steps
        self.created_at = created_at


@dataclass(slots=True)
class Executed:
    """The steps that handlers executed, for the second run of a body. See redeemd.rpc.call.Executed."""

    saga_id: str
    transaction_id: str
    results: dict[str, tuple[Step, str]] = field(default_factory=dict)  # by path: the step and its result
    ended: bool = False  # the last run of the body reached its end
    consumes: bool = False  # a consume action was sent to a handler

    def result(self, step: Step) -> str:
        """Return the result of a step. Raises Conflict if the dry run did not have this step."""
        done = self.results.get(step.path)
        if done is None or done[0] != step:
            raise Conflict
        return done[1]

    async def end(self, tx: Tx) -> None:
        """End the saga in the transaction that commits it. Raises HandlerUnavailable if it is being compensated."""
        if await tx.one(QUERIES.saga_finish, saga_id=self.saga_id) is None:
            raise HandlerUnavailable(handler_code="DEADLINE_EXCEEDED")


class Sagas:
    """Runs the sagas of this process."""

    def __init__(self, store: Store, box: Box, clock: Clock, handlers: Mapping[str, Handler], wake: Wake) -> None:
        """`wake` is set when a saga needs compensation."""
        self._store = store
        self._box = box
        self._clock = clock
        self._handlers = handlers
        self._running: set[asyncio.Task[object]] = set()
        self._wake = wake

    async def run(
        self,
        wanted: HandlersWanted,
        *,
        scope: bytes | None,
        earlier_reply: Callable[[Tx], Awaitable[T | None]],
        commit: Callable[[Executed], Awaitable[T]],
    ) -> T:
        """Send the steps of a dry run to their handlers, then run the body to commit; return its result.

        `scope` is that of the call's idempotency key; `earlier_reply` returns the reply stored under it. Raises
        ActionRefused, HandlerUnavailable, Conflict if a call with the same key is in progress or the second run has
        other steps, or whatever the body raises. A saga that has begun is finished even if the caller is cancelled.
        """
        task = asyncio.create_task(self._run(wanted, scope, earlier_reply, commit))
        self._running.add(task)
        task.add_done_callback(self._finished)
        return await asyncio.shield(task)

    def _finished(self, task: "asyncio.Task[object]") -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # marks it as retrieved: the caller may have been cancelled

    async def close(self) -> None:
        """Stop; other processes finish the sagas in progress."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _run(
        self,
        wanted: HandlersWanted,
        scope: bytes | None,
        earlier_reply: Callable[[Tx], Awaitable[T | None]],
        commit: Callable[[Executed], Awaitable[T]],
    ) -> T:
        saga_id = str(uuid.uuid4())
        executions = [_execution(step, saga_id, number, wanted.created_at) for number, step in enumerate(wanted.steps)]
        earlier = await self._begin(saga_id, executions, scope, earlier_reply)
        if earlier is not None:
            return earlier
        executed = Executed(saga_id, wanted.steps[0].transaction_id)
        try:
            await self._execute(wanted, executions, executed)
            reply = await commit(executed)
        except CommitUnknown:
            raise  # the database knows whether it ended; if not, it is found there
        except BaseException:
            await self._give_up(executed)
            raise
        if not executed.ended:  # meanwhile, a call with the same key was served, or one without handlers
            await self._give_up(executed)
        return reply

    async def _begin(
        self,
        saga_id: str,
        executions: Sequence[Execution],
        scope: bytes | None,
        earlier_reply: Callable[[Tx], Awaitable[T | None]],
    ) -> T | None:
        """Store the steps before any handler is called; return the reply of an earlier call with this key, or None."""
        now = self._clock.now_ms()
        steps = self._box.seal(json.dumps(executions).encode(), saga_id.encode())
        due = now + int(PENDING_SECONDS * 1000)

        async def body(tx: Tx) -> T | None:
            row = await tx.one(QUERIES.saga_begin, saga_id=saga_id, scope=scope, steps=steps, now=now, due=due)
            if row is None:
                raise Conflict
            earlier = await earlier_reply(tx)
            if earlier is not None:
                await tx.one(QUERIES.saga_finish, saga_id=saga_id)
            return earlier

        return await self._store.run(body, write=True)

    async def _execute(self, wanted: HandlersWanted, executions: Sequence[Execution], executed: Executed) -> None:
        """Call the handlers in order. Raises ActionRefused or HandlerUnavailable."""
        end = asyncio.get_running_loop().time() + CALLS_SECONDS
        for step, execution in zip(wanted.steps, executions, strict=True):
            executed.consumes = executed.consumes or step.kind == "consume"
            reply = await self._try(execution, end, wanted.trace)
            if not reply.done:
                raise _refusal(reply, step)
            executed.results[step.path] = step, reply.result

    async def _try(self, execution: Execution, end: float, trace: Trace | None) -> HandlerReply:
        handler = self._handlers.get(execution.prefix)
        if handler is None:  # it was in the configuration when the master data was read
            return HandlerReply("UNIMPLEMENTED")
        reply = HandlerReply("DEADLINE_EXCEEDED")
        for attempt in range(1, STEP_TRIES_MAX + 1):
            try:
                async with asyncio.timeout_at(end):
                    reply = await handler.execute(execution, attempt, trace)
                    if reply.done or reply.final:
                        break
                    await asyncio.sleep(STEP_PAUSE_SECONDS * attempt)
            except TimeoutError:
                break
        return reply

    async def _give_up(self, executed: Executed) -> None:
        """Start compensation. If this cannot be stored now, the saga is found when its time has expired."""
        query = QUERIES.saga_give_up if executed.consumes else QUERIES.saga_finish

        async def body(tx: Tx) -> None:
            await tx.run(query, saga_id=executed.saga_id, now=self._clock.now_ms())

        with contextlib.suppress(StoreError):
            await self._store.run(body, write=True)
        self._wake.set()

    def executions(self, row: Row) -> list[Execution]:
        """Read the steps of a saga."""
        text = self._box.open(row["steps"], row["saga_id"].encode())
        return [Execution(*fields) for fields in json.loads(text)]

    async def compensate(self, execution: Execution, attempt: int) -> bool:
        """Call Cancel of the handler of a step; return whether the step is cancelled. Only consume actions need it."""
        if execution.kind != "consume":
            return True
        handler = self._handlers.get(execution.prefix)
        return handler is not None and (await handler.cancel(execution, attempt)).done


def _execution(step: Step, saga_id: str, number: int, created_at: int) -> Execution:
    return Execution(
        key=str(uuid.uuid5(uuid.UUID(saga_id), str(number))),
        kind=step.kind,
        action=step.action,
        request=step.request,
        user_id=step.user_id,
        transaction_id=step.transaction_id,
        created_at=created_at,
    )


def _refusal(reply: HandlerReply, step: Step) -> ActionRefused | HandlerUnavailable:
    refusal: ActionRefused | HandlerUnavailable
    if reply.final:
        refusal = ActionRefused(handler_code=reply.code, handler_message=reply.message[:MESSAGE_CHARACTERS_MAX])
    else:
        refusal = HandlerUnavailable(handler_code=reply.code)
    refusal.metadata |= {"action": step.action, "action_index": step.place, "action_path": step.path}
    return refusal
