"""Bodies that run in steps: each statement is yielded to the caller, which sends its result back."""

import asyncio
import contextvars
import types
from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
from typing import Literal, NamedTuple, cast

from redeemd.store.base import Body, Row, RunAgain, Tx
from redeemd.store.sql import Query


class Statement(NamedTuple):
    """One call of a method of Tx, which a body waits for."""

    method: Literal["one", "all", "run", "many", "lock"]
    query: Query | None  # None for a lock
    arguments: Sequence[object]
    parameters: Mapping[str, object]

    async def of(self, tx: Tx) -> object:
        """Make the call on a transaction and return its result."""
        query = () if self.query is None else (self.query,)
        result: object = await getattr(tx, self.method)(*query, *self.arguments, **self.parameters)
        return result


@types.coroutine
def _wait_for(statement: Statement) -> Generator[Statement, object, object]:
    return (yield statement)


class SteppedTx:
    """The transaction of a body that runs in steps."""

    __slots__ = ("_pinned",)

    serial = False

    def __init__(self, *, pins: bool) -> None:
        """`pins` is whether the statements of the body are one transaction."""
        self._pinned: dict[str, int] | None = {} if pins else None

    async def one(self, query: Query, **parameters: object) -> Row | None:
        """See Tx."""
        return cast("Row | None", await _wait_for(Statement("one", query, (), parameters)))

    async def all(self, query: Query, **parameters: object) -> Sequence[Row]:
        """See Tx."""
        return cast("Sequence[Row]", await _wait_for(Statement("all", query, (), parameters)))

    async def run(self, query: Query, **parameters: object) -> int:
        """See Tx."""
        return cast("int", await _wait_for(Statement("run", query, (), parameters)))

    async def many(self, query: Query, parameters: Sequence[Mapping[str, object]]) -> None:
        """See Tx."""
        await _wait_for(Statement("many", query, (parameters,), {}))

    async def lock(self, *names: str) -> None:
        """See Tx."""
        await _wait_for(Statement("lock", None, names, {}))

    def pin(self, name: str, version: int) -> None:
        """See Tx."""
        if self._pinned is not None and self._pinned.setdefault(name, version) != version:
            raise RunAgain([name])


class Ended(NamedTuple):
    """The end of a body: its result or its error."""

    result: object = None
    error: Exception | None = None

    def settle(self, outcome: "asyncio.Future[object]") -> None:
        """Give it to the caller, unless the caller no longer waits."""
        if outcome.done():
            return
        if self.error is None:
            outcome.set_result(self.result)
        else:
            outcome.set_exception(self.error)
            outcome.exception()  # marks it as retrieved: the caller may be cancelled before it does so


class SteppedBody:
    """A body that runs in steps."""

    __slots__ = ("_context", "_coroutine")

    def __init__(self, body: Body[object], tx: SteppedTx, context: contextvars.Context) -> None:
        self._context = context
        self._coroutine = cast("Coroutine[Statement, object, object]", body(tx))

    def proceed(self, result: object = None) -> Statement | Ended:
        """Run up to the next statement or to the end."""
        return self._step(self._coroutine.send, result)

    def proceed_with(self, error: Exception) -> Statement | Ended:
        """Raise an error at the statement for which the body waits, and run on as `proceed` does."""
        return self._step(self._coroutine.throw, error)

    def _step(self, resume: Callable[..., Statement], value: object) -> Statement | Ended:
        try:
            statement = self._context.run(resume, value)
        except StopIteration as done:
            return Ended(done.value)
        except Exception as error:  # noqa: BLE001 -- the caller gets whatever a body raises
            return Ended(error=error)
        if isinstance(statement, Statement):
            return statement
        self.leave()
        return Ended(error=RuntimeError("a body awaited something other than its transaction"))

    def leave(self) -> None:
        """End the body where it is."""
        self._coroutine.close()
