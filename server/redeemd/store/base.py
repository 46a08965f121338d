"""The contract between redeemd and a database.

A caller passes `Store.run` a *body*: a coroutine function that takes a `Tx`. A store may run a body again after a
conflict, so a body has no effects outside its transaction, awaits nothing but the Tx, and writes at most BODY_ROWS_MAX
rows.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, Required, TypedDict, TypeVar

from redeemd.store.sql import Query

T = TypeVar("T")

# Keeps the wait for the single writer short: larger writes are split into steps. Only a master data document, which has
# to change as a whole, may write more.
BODY_ROWS_MAX = 1000

# The rows that a step of background work deletes. In a table with a second index, each of them changes a page of its
# own: half a megabyte, for which calls wait a few milliseconds.
STEP_ROWS = 128


# How often a guarded write is tried when it changes no row and the read that should explain why finds nothing wrong: a
# concurrent transaction came between the two.
GUARD_TRIES_MAX = 5


class Row(Protocol):
    """One row of a result; columns by name."""

    def __getitem__(self, column: str, /) -> Any: ...  # of the type that the schema declares

    def keys(self) -> Iterable[str]:
        """Return the names of the columns."""


class Tx(Protocol):
    """One transaction. Every method exhausts its cursor."""

    @property
    def serial(self) -> bool:
        """Whether no other transaction writes at the same time, so that locks have no effect."""

    async def one(self, query: Query, **parameters: object) -> Row | None:
        """Return the only row, or None. Raises RuntimeError for more than one row, which is a defect of the query."""

    async def all(self, query: Query, **parameters: object) -> Sequence[Row]:
        """Return all rows."""

    async def run(self, query: Query, **parameters: object) -> int:
        """Run a statement and return the number of rows written."""

    async def many(self, query: Query, parameters: Sequence[Mapping[str, object]]) -> None:
        """Run a statement once for each set of parameters."""

    async def lock(self, *names: str) -> None:
        """Lock these names until the end of the transaction, after waiting for all other transactions that hold any.

        Needed for rules of more than one statement, which write depending on what they read. The embedded store runs
        one writing transaction at a time anyway. Raises RunAgain for names at which the run has no turn.
        """

    def pin(self, name: str, version: int) -> None:
        """Record the version of something that transactions replace as a whole while they lock `name`.

        Raises RunAgain if this transaction has already read another version.
        """


Body = Callable[[Tx], Awaitable[T]]


def _ignore(*_: object) -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class Listener:
    """The functions that a store calls to report what happens to it.

    batch   with the number of bodies and the seconds of each commit
    fault   with each error of the database, the driver or the network
    wait    with the seconds that a run, of a batch the first one, waited until its body began
    health  with False when the database can no longer be written to, and with True when it can again
    """

    batch: Callable[[int, float], None] = _ignore
    fault: Callable[[Exception], None] = _ignore
    health: Callable[[bool], None] = _ignore
    wait: Callable[[float], None] = _ignore


NO_LISTENER = Listener()


class RunOptions(TypedDict, total=False):
    """The keyword arguments of Transactions.run, for stores that pass them on."""

    write: Required[bool]
    autocommit: bool
    grouped: bool
    queue: Collection[str]
    callers: int


class Transactions(Protocol):
    """Runs bodies as transactions."""

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
        """Run `body` in one transaction, commit, and return its result.

        Whatever the body raises rolls back everything it did, and nothing else, and is raised here. The result is
        returned only after the commit is durable. Raises CommitFailed, CommitUnknown, Unavailable, Busy, Saturated or
        WriteConflict. A call that is cancelled before its body has begun does nothing; a body that has begun is
        finished.

        A reading body sees one state of the database. With `autocommit`, each statement may be a transaction of its
        own, which saves two round trips on a remote database. Only for bodies whose single statement is atomic by
        itself, and which raise only before it or when it changed nothing.

        With `grouped`, the body may share its transaction with others that are run so, as far as it can be told from
        the outcome: for bodies that write, consist of few statements and lock no names.

        `queue` names the locks that a writing body is expected to take. The run waits for its turn at each of them
        before it takes a connection (see redeemd.store.postgres.turns). A body that locks other names runs again, with
        those as well.

        A body that works for several `callers` waits for each lock only briefly and then raises CommitFailed, because
        it would hold up callers that do not need the lock. They can be served one by one after any error but those of
        OF_ALL_CALLERS. Such a body locks no names.
        """


class Measure(NamedTuple):
    """Something of a store that can be measured at any time, cheaply. The name is that of a metric."""

    name: str
    text: str
    read: Callable[[], float]


class Store(Transactions, Protocol):
    """A database that runs bodies as transactions."""

    @property
    def waiting(self) -> int:
        """The number of bodies that wait for a connection, on SQLite those that wait for the writer."""

    @property
    def measures(self) -> Sequence[Measure]:
        """The measures of this kind of store, besides `waiting`."""

    async def require_rights(self, tables: Sequence[str]) -> None:
        """Raise Unavailable unless redeemd may read and write each of these tables that exists."""

    async def close(self) -> None:
        """Finish the runs under way, refuse new ones, and release the database."""


class TransactionRequired(Exception):
    """Raised by a body that was run with autocommit, or grouped, and needs a transaction of its own. Not a failure."""


class StoreError(Exception):
    """A failure that is neither the caller's fault nor a defect."""


class CommitFailed(StoreError):
    """The database rolled back the transaction by itself; nothing was changed."""


class CommitUnknown(StoreError):
    """The commit failed; the change may or may not have been made."""


class Unavailable(StoreError):
    """The database cannot be reached, or the store is closing; nothing was changed."""


class WriteConflict(StoreError):
    """Another transaction won, even after retries; nothing was changed."""


class Busy(StoreError):
    """Too many runs wait for the same name, or this one waited too long; nothing was changed."""

    def __init__(self, name: str) -> None:
        super().__init__(f"too many runs wait for {name.partition('/')[0]}")


class Saturated(StoreError):
    """All connections to the database were in use by other runs for too long; nothing was changed."""


# Errors of a body for several callers that are the outcome of each of them.
OF_ALL_CALLERS = (CommitUnknown, Unavailable, Saturated)


class RunAgain(Exception):
    """Raised in a body that has to run again with these names locked from the start. Not a refusal.

    It ensures that no transaction waits for a lock while it holds one that sorts after it: name locks cannot deadlock.
    """

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__()
        self.names = frozenset(names)
