"""Bodies that run in steps: each statement is yielded to the caller, which sends its result back."""

import asyncio
import contextvars
import types
from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
from typing import Generic, Literal, NamedTuple, TypeVar, cast

from redeemd.store.base import Body, Row, RunAgain, Tx
from redeemd.store.sql import Query

T = TypeVar("T")


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


class SteppedBody(Generic[T]):
    """A body that runs in steps, and its outcome."""

    __slots__ = ("_context", "_coroutine", "outcome")

    def __init__(self, body: Body[T], tx: SteppedTx) -> None:
        """Runs in a copy of the current context."""
        self._context = contextvars.copy_context()
        self._coroutine = cast("Coroutine[Statement, object, T]", body(tx))
        self.outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    @property
    def abandoned(self) -> bool:
        """Whether the caller was cancelled and no longer waits."""
        return self.outcome.cancelled()

    def proceed(self, result: object = None) -> Statement | None:
        """Run up to the next statement and return it; None if the body has ended, which settles the outcome."""
        return self._step(self._coroutine.send, result)

    def proceed_with(self, error: Exception) -> Statement | None:
        """Raise an error at the statement for which the body waits, and run up to the next one as `proceed` does."""
        return self._step(self._coroutine.throw, error)

    def _step(self, resume: Callable[..., Statement], value: object) -> Statement | None:
        try:
            statement = self._context.run(resume, value)
        except StopIteration as done:
            self.settle(done.value)
        except Exception as error:  # noqa: BLE001 -- the caller gets whatever a body raises
            self.fail(error)
        else:
            if isinstance(statement, Statement):
                return statement
            self._coroutine.close()
            self.fail(RuntimeError("a body awaited something other than its transaction"))
        return None

    def settle(self, result: T) -> None:
        """Give the caller a result, unless it no longer waits."""
        if not self.outcome.done():
            self.outcome.set_result(result)

    def fail(self, error: BaseException) -> None:
        """Raise an error in the caller, unless it no longer waits."""
        if not self.outcome.done():
            self.outcome.set_exception(error)
            self.outcome.exception()  # marks it as retrieved: the caller may be cancelled before it does so

    def leave(self) -> None:
        """End the body of a caller that no longer waits."""
        self._coroutine.close()
