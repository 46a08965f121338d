"""The contract between redeemd and a database.

A caller hands `Store.run` a *body*, a coroutine function of one `Tx`. A function, so that a store can run it again
after a conflict; so a body has no effect outside its transaction, awaits nothing but the Tx, and writes at most
BODY_ROWS_MAX rows.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from redeemd.store.sql import Query

T = TypeVar("T")

# Nobody waits long for the one writer: what writes more than this works in steps. Only a master data document, which
# has to change as a whole, may write more.
BODY_ROWS_MAX = 1000


# A guarded statement that did nothing and a reading one that tells why: where others write meanwhile, the reason may be
# gone, and both are tried again, so often.
TRIES = 5


class Row(Protocol):
    """One row of an answer; columns by name."""

    def __getitem__(self, column: str, /) -> Any: ...

    def keys(self) -> Iterable[str]:
        """Answer the names of the columns."""


class Tx(Protocol):
    """One transaction. Every method exhausts its cursor."""

    @property
    def serial(self) -> bool:
        """Whether no other transaction writes meanwhile, so that locking has no effect."""

    async def one(self, query: Query, **parameters: Any) -> Row | None:
        """Answer the only row, or None. Two rows are a defect of the query and raise."""

    async def all(self, query: Query, **parameters: Any) -> Sequence[Row]:
        """Answer all rows."""

    async def run(self, query: Query, **parameters: Any) -> int:
        """Answer how many rows were written."""

    async def many(self, query: Query, parameters: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement once for each set of parameters."""

    async def lock(self, *names: str) -> None:
        """Wait until no other transaction holds one of these names; hold them until the end of this one.

        For rules that take more than one statement: what reads and then writes by what it read. An embedded store runs
        one writing transaction after the other anyway. Raises RunAgain for names that the run does not have a turn at.
        """

    def pin(self, name: str, version: int) -> None:
        """Note the version of something that is replaced as a whole by transactions that lock `name`.

        Raises RunAgain when this transaction saw another version before.
        """


Body = Callable[[Tx], Awaitable[T]]


class Store(Protocol):
    """A database that runs bodies as transactions."""

    async def run(self, body: Body[T], *, write: bool, autocommit: bool = False, queue: Collection[str] = ()) -> T:
        """Run `body` in one transaction, commit, and answer what it returned.

        Whatever the body raises rolls back everything it did, and nothing else, and is raised here. The result is
        handed out only after the commit is durable. Raises NotCommitted, OutcomeUnknown, Unavailable, Busy or Conflict.
        A call that is cancelled before its body began does nothing; one whose body began is finished.

        A reading body sees one state of the database. With `autocommit`, each statement may be a transaction of its
        own, which saves two journeys to a database elsewhere: for a body that is good so because one statement does
        it, and that raises only before that one, or when that one changed nothing.

        `queue` are the names that a writing body is expected to lock. It waits for its turn at each before it takes a
        connection (see redeemd.store.turns). A body that locks others is run again, with those as well.
        """

    async def close(self) -> None:
        """Finish what runs, refuse what comes, let go of the database."""


class StoreError(Exception):
    """Something went wrong that is neither the caller's fault nor a defect."""


class NotCommitted(StoreError):
    """The database rolled the transaction back by itself; nothing was changed."""


class OutcomeUnknown(StoreError):
    """The commit failed; the change is there or it is not."""


class Unavailable(StoreError):
    """The database cannot be reached, or the store is closing; nothing was changed."""


class Conflict(StoreError):
    """Another transaction won, also after retries; nothing was changed."""


class Busy(StoreError):
    """Too many runs wait for the same name, or one waited too long; nothing was changed."""

    def __init__(self, name: str) -> None:
        super().__init__(f"too many runs wait for {name.partition('/')[0]}")


class RunAgain(Exception):
    """Raised in a body that has to run again, with these names locked from its beginning. Not a refusal.

    So no transaction waits for a lock while it holds another that sorts behind it: transactions cannot deadlock by
    their names.
    """

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__()
        self.names = frozenset(names)
