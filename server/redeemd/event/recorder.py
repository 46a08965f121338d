"""Writes events, in the transaction that they tell of.

A method says in the contract which kind of event it is, and with @tells what the event is about. What stands here is
put around it, wherever it runs: for a caller, or as an action of a transaction. So what is refused, rolled back or
repeated tells nothing. The events of a transaction are written together, at its end.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from google.protobuf.message import Message
from redeem.event.v1.resources_pb2 import Event
from redeem.options.v1 import options_pb2

from redeemd.rpc.call import Call
from redeemd.rpc.ports import Around, Next
from redeemd.store import sql
from redeemd.store.base import Row, Tx
from redeemd.store.sql import Query

QUERIES = sql.load("redeemd.event")

_TELLS = re.compile(r"^-- tells:(?P<found>.*)$", re.MULTILINE)
_FOUND = ("found_name", "found_count", "found_revision")


class About(NamedTuple):
    """What an event is about: fields of an Event, and the place of the code, if it is about one."""

    fields: Mapping[str, Any]
    place: str | None = None


# Answers what a call is about, None if it did nothing worth telling. The last is the answer of the call.
Describe = Callable[[Any, Any, Any], About | None]


def tells(describe: Describe, *, by_statement: bool = False) -> Callable[[Any], Any]:
    """Have a method tell an event; `describe` is called with the call, what was prepared, and the answer.

    With `by_statement`, the statement that does the work finds what the event needs, and writes it too where it is all
    there is to do (see `telling`); `describe` is called before it, without an answer.
    """

    def mark(method: Any) -> Any:
        method.tells = describe
        method.tells_by_statement = by_statement
        return method

    return mark


class Telling(NamedTuple):
    """A query that tells: with the event, where one statement can write it, and the columns it finds for it."""

    query: Query
    found: Mapping[str, str]  # columns of its answer by those of the event


_known: dict[str, Telling | None] = {}


def telling(query: Query) -> Telling | None:
    """Answer how a query tells, None for one that does not.

    `-- tells: name = campaign_name, revision = revision` in a query says which of its answer's columns the event has
    as found_name and so on. On PostgreSQL the statement becomes part of one that writes the event, if it answers a row,
    and says so by a column `told`: one journey, and a transaction by itself. On SQLite, where a statement costs no
    journey, it stays as it is.
    """
    if query.text not in _known:
        declared = _TELLS.search(query.text)
        _known[query.text] = None if declared is None else _composed(query, _read_found(declared["found"]))
    return _known[query.text]


def _read_found(text: str) -> dict[str, str]:
    pairs = [part.split("=") for part in text.split(",")]
    return {f"found_{name.strip()}": column.strip() for name, column in pairs}


def _composed(query: Query, found: Mapping[str, str]) -> Telling:
    columns = ", ".join(f"done.{found[name]}" if name in found else "NULL" for name in _FOUND)
    told = (
        f"INSERT INTO event (kind, told_at, body, place, {', '.join(_FOUND)}) "  # noqa: S608 -- our names
        f"SELECT :event_kind::bigint, :event_at::bigint, :event_body::bytea, :event_place::text, {columns} FROM done"
    )
    # Each part a comment to SQLite by itself, for the query has such comments too.
    before, behind = "/*postgres WITH done AS (*/", f"/*postgres ), told AS ({told})*/"
    text = f"{before} {query.text}\n{behind} /*postgres SELECT done.*, 1 AS told FROM done*/"  # noqa: S608 -- same
    return Telling(sql.query(f"{query.name}_telling", text), found)


class TellingTx:
    """A transaction in which the first statement that tells, and does something, tells an event."""

    __slots__ = ("_alone", "_tx", "event", "written")

    def __init__(self, tx: Tx, event: dict[str, Any], *, alone: bool) -> None:
        """`event` is the event as parameters of a query. With `alone`, the statement may be all there is to do."""
        self._tx = tx
        self._alone = alone
        self.event = event
        self.written = False  # by the statement itself

    async def one(self, query: Query, **parameters: Any) -> Row | None:
        """See Tx."""
        telling_query = telling(query)
        if telling_query is None:
            return await self._tx.one(query, **parameters)
        if self._alone:
            row = await self._tx.one(telling_query.query, **parameters, **self.event)
        else:
            row = await self._tx.one(query, **parameters)
        if row is not None:
            self.written = self._alone and "told" in row.keys()  # noqa: SIM118 -- a row is a sequence of values
            for name, column in telling_query.found.items():
                self.event[name] = row[column]
        return row

    async def all(self, query: Query, **parameters: Any) -> Sequence[Row]:
        """See Tx."""
        return await self._tx.all(query, **parameters)

    async def run(self, query: Query, **parameters: Any) -> int:
        """See Tx."""
        return await self._tx.run(query, **parameters)

    async def many(self, query: Query, parameters: Sequence[Mapping[str, Any]]) -> None:
        """See Tx."""
        await self._tx.many(query, parameters)

    async def lock(self, *names: str) -> None:
        """See Tx."""
        await self._tx.lock(*names)

    def pin(self, name: str, version: int) -> None:
        """See Tx."""
        self._tx.pin(name, version)

    @property
    def serial(self) -> bool:
        """See Tx."""
        return self._tx.serial


class Teller:
    """How one method tells."""

    def __init__(self, kind: int, method: Any, name: str) -> None:
        """`method` is the servicer's, marked by @tells; `name` is package.Service/Method."""
        self._kind = kind
        self._describe: Describe = method.tells
        self._by_statement: bool = method.tells_by_statement
        self._service: str = method.__self__.spec.service
        self._name = name

    async def around(self, call: Call[Any], inner: Next) -> Message:
        """Do the work of a call in its transaction; tell what it did, unless it refuses. See rpc.ports.Around."""
        if not self._by_statement:
            reply = await inner(call)
            about = self._describe(call, call.plan, reply)
            if about is not None:
                call.told.append(self._event(call, about, getattr(reply, "transaction_id", "")))
            return reply
        about = self._describe(call, call.plan, None)
        if about is None:
            return await inner(call)
        tx = TellingTx(call.tx, self._event(call, about), alone=call.issuer is None)
        call.tell_in(tx)
        reply = await inner(call)
        if not tx.written:
            call.told.append(tx.event)
        return reply

    def _event(self, call: Call[Any], about: About, transaction_id: str = "") -> dict[str, Any]:
        """Answer the event of a call as parameters of a query."""
        request = call.request
        if call.issuer is not None:
            transaction_id = call.issuer.transaction_id
        event = Event(
            service=self._service,
            namespace_name=request.namespace_name,
            user_id=call.caller.user_id or getattr(request, "user_id", None),
            method=self._name,
            transaction_id=transaction_id or None,
            **about.fields,
        )
        return _parameters(self._kind, event, at=call.server_now, place=about.place)


def _parameters(kind: int, event: Event, *, at: int, place: str | None = None) -> dict[str, Any]:
    return {
        "event_kind": kind,
        "event_at": at,
        "event_body": event.SerializeToString(),
        "event_place": place,
        "found_name": None,
        "found_count": None,
        "found_revision": None,
    }


class Events:
    """Whether events are kept, and how those are told that no method tells."""

    def __init__(self, *, kept: bool, wake: Callable[[], None]) -> None:
        """`wake` is called when something was committed that may have told an event."""
        self.kept = kept
        self.wake = wake

    def teller(self, policy: options_pb2.Policy, method: Any, name: str) -> Around | None:
        """Return what has a method tell. See redeemd.rpc.ports.Rule."""
        told = hasattr(method, "tells")
        if told != bool(policy.event):
            raise TypeError(f"{name} has an event in its policy, or @tells, and not both")
        return Teller(policy.event, method, name).around if told and self.kept else None

    def writer(self, policy: options_pb2.Policy, _method: Any, _name: str) -> Around | None:
        """Return what writes the events of a transaction, also those of its actions. See redeemd.rpc.ports.Rule."""
        return self._write_told if policy.writes and self.kept else None

    async def _write_told(self, call: Call[Any], inner: Next) -> Message:
        reply = await inner(call)
        if call.told:
            await self.write(call.tx, call.told)
        call.after_commit(self.wake)  # a statement may have written an event as well
        return reply

    async def write(self, tx: Tx, told: Sequence[dict[str, Any]]) -> None:
        """Write the events of a transaction; commits wake the feed."""
        await tx.many(QUERIES.event_insert, told)

    async def tell(self, tx: Tx, kind: options_pb2.EventKind, told: Sequence[Event], *, at: int) -> None:
        """Tell of things in the transaction that does them; the caller sees to it that `wake` is called after it."""
        if self.kept and told:
            await self.write(tx, [_parameters(kind, event, at=at) for event in told])
