"""Records events in the transaction that causes them.

The contract declares the kind of event of a method, and @emits describes its details. The recorder wraps the method
wherever it runs: for a caller, or as an action of a transaction. Refused, rolled back and repeated calls therefore
record nothing. The events of a transaction are written together at its end.
"""

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar, cast

from google.protobuf.message import Message
from redeem.event.v1.resources_pb2 import Event
from redeem.options.v1 import options_pb2

from redeemd.event import administration
from redeemd.event.method_events import MethodEvents, player_part
from redeemd.event.parameters import parameters
from redeemd.event.queries import QUERIES
from redeemd.resources.common import ServiceDefinition
from redeemd.rpc.call import Call, NamespacedRequest
from redeemd.rpc.marks import Mark, mark
from redeemd.rpc.ports import Around, Next
from redeemd.store import sql
from redeemd.store.base import Row, Tx
from redeemd.store.delegating import DelegatingTx
from redeemd.store.sql import Query, SetSource

_EMITS = re.compile(r"^-- emits:(?P<found>.*)$", re.MULTILINE)
_EVENT_TYPES = {"event_kind": "bigint", "event_at": "bigint", "event_body": "bytea", "event_place": "text"}
_FOUND = ("found_name", "found_count", "found_revision")


class EventDetails(NamedTuple):
    """A serialized Event with only its details, and the position of its code if it concerns one."""

    about: bytes
    code_position: str | None = None


# Any: one of the messages of `about` in Event, by its name.
def details(code_position: str | None = None, /, **about: Any) -> EventDetails:
    """Return the details of an event."""
    return EventDetails(Event(**about).SerializeToString(), code_position)


RequestT = TypeVar("RequestT")
PlanT = TypeVar("PlanT")
ReplyT = TypeVar("ReplyT")

# Describes the event of a call, or returns None if there is none. Arguments: call, plan, reply (None by statement).
Describe = Callable[[Call[RequestT], PlanT, ReplyT], EventDetails | None]


def emits(describe: Describe[RequestT, PlanT, ReplyT], *, by_statement: bool = False) -> Mark:
    """Record an event for each call of a method; `describe` is called with the call, its plan and its reply.

    With `by_statement`, the statement that does the work returns the values that the event needs, and also writes the
    event if it is the only statement of the transaction (see `recording`). `describe` is then called before it, without
    a reply.
    """
    return mark(emits=describe, emits_by_statement=by_statement)


class Recording(NamedTuple):
    """A query that also writes its event, if one statement can do that, and the columns that it returns for it."""

    query: Query
    found: Mapping[str, str]  # columns of its result by columns of the event


@functools.cache
def recording(query: Query) -> Recording | None:
    """Return the form of a query that records an event; None if it declares none.

    `-- emits: name = campaign_name, revision = revision` in a query maps columns of the event (found_name and so on) to
    columns of the query's result. On PostgreSQL the statement becomes part of one that writes the event if it returns a
    row, which a column `recorded` shows: one round trip, and a transaction by itself. On SQLite, where a statement
    needs no round trip, the query stays as it is.
    """
    declared = _EMITS.search(query.text)
    return None if declared is None else _composed(query, _read_found(declared["found"]))


def _read_found(text: str) -> dict[str, str]:
    pairs = [part.split("=") for part in text.split(",")]
    return {f"found_{name.strip()}": column.strip() for name, column in pairs}


def _composed(query: Query, found: Mapping[str, str]) -> Recording:
    columns = ", ".join(f"done.{found[name]}" if name in found else "NULL" for name in _FOUND)
    recorded = (
        f"INSERT INTO event (kind, told_at, body, place, {', '.join(_FOUND)}) "  # noqa: S608 -- our names
        f"SELECT :event_kind::bigint, :event_at::bigint, :event_body::bytea, :event_place::text, {columns} FROM done"
    )
    # Each part is a comment of its own to SQLite, because the query has such comments too.
    before, behind = "/*postgres WITH done AS (*/", f"/*postgres ), recorded AS ({recorded})*/"
    text = f"{before} {query.text}\n{behind} /*postgres SELECT done.*, 1 AS recorded FROM done*/"  # noqa: S608 -- same
    of_set = _composed_set(query, columns)
    if of_set is not None and of_set.is_single:
        text = query.text
    return Recording(sql.query(f"{query.name}_recording", text, of_set), found)


def _composed_set(query: Query, columns: str) -> SetSource | None:
    """Return the set form of a query that also records an event for each element that succeeds, in their order."""
    source = query.set_source
    if source is None:
        return None
    recorded = (
        f"INSERT INTO event (kind, told_at, body, place, {', '.join(_FOUND)}) "  # noqa: S608 -- our names
        f"SELECT {', '.join(f'element.{name}' for name in _EVENT_TYPES)}, {columns} "
        "FROM done JOIN element ON element.ordinal = done.ordinal "
        f"{'WHERE NOT done.skipped ' if source.skips else ''}ORDER BY element.ordinal"
    )
    return source._replace(
        types={**source.types, **_EVENT_TYPES},
        text=f"{source.text}, recorded AS ({recorded})",
        columns="SELECT done.*, 1 AS recorded",
    )


class RecordingTx(DelegatingTx):
    """A transaction in which the first statement that declares an event, and returns a row, records it."""

    __slots__ = ("_alone", "event", "written")

    def __init__(self, tx: Tx, event: dict[str, object], *, alone: bool) -> None:
        """`event` is the event as parameters of a query. With `alone`, the statement may write the event itself."""
        self._tx = tx
        self._alone = alone
        self.event = event
        self.written = False  # by the statement itself

    async def one(self, query: Query, **parameters: object) -> Row | None:
        """See Tx."""
        declared = recording(query)
        if declared is None:
            return await self._tx.one(query, **parameters)
        if self._alone:
            row = await self._tx.one(declared.query, **parameters, **self.event)
        else:
            row = await self._tx.one(query, **parameters)
        if row is not None:
            self.written = self._alone and "recorded" in row.keys()  # noqa: SIM118 -- a row is a sequence of values
            for name, column in declared.found.items():
                self.event[name] = row[column]
        return row


class _Servicer(Protocol):
    @property
    def spec(self) -> ServiceDefinition:
        """The service's declarations."""


class EmittingMethod(Protocol):
    """A servicer's method, marked by @emits."""

    emits: Describe[NamespacedRequest, object, Message | None]
    emits_by_statement: bool
    __self__: _Servicer


class EventRecorder:
    """Records the events of one method."""

    def __init__(self, kind: int, method: EmittingMethod, name: str) -> None:
        """`name` is package.Service/Method."""
        self._events = MethodEvents(kind, method.__self__.spec.service, name)
        self._describe = method.emits
        self._by_statement = method.emits_by_statement

    # Any: the requests of all methods that emit events name a namespace.
    async def around(self, call: Call[Any], inner: Next) -> Message:
        """Record the event of a call that succeeds. See rpc.ports.Around."""
        if not self._by_statement:
            reply = await inner(call)
            details = self._describe(call, call.plan, reply)
            if details is not None:
                call.events.append(self._event(call, details, getattr(reply, "transaction_id", "")))
            return reply
        event = self.by_statement(call)
        if event is None:
            return await inner(call)
        tx = RecordingTx(call.tx, event, alone=call.issuer is None)
        call.record_in(tx)
        reply = await inner(call)
        if not tx.written:
            call.events.append(tx.event)
        return reply

    def by_statement(self, call: Call[NamespacedRequest]) -> dict[str, object] | None:
        """Return the event of a call that has a plan, without what its statement finds; None if there is none."""
        details = self._describe(call, call.plan, None)
        return None if details is None else self._event(call, details)

    def _event(
        self, call: Call[NamespacedRequest], details: EventDetails, transaction_id: str = ""
    ) -> dict[str, object]:
        """Return the event of a call as parameters of a query."""
        request = call.request
        if call.issuer is not None:
            transaction_id = call.issuer.transaction_id
        user_id = call.caller.user_id or getattr(request, "user_id", None)
        player = player_part(user_id, call.origin.caller.actor, transaction_id or None)
        return self._events.event(
            request.namespace_name, player, details.about, at=call.server_now, code_position=details.code_position
        )


class AdministrationRecorder:
    """Records the events of one administrative method."""

    def __init__(self, method: object, name: str) -> None:
        """`name` is package.Service/Method."""
        definition = getattr(getattr(method, "__self__", None), "spec", None)
        self._service: str = getattr(definition, "service", name.split(".")[1])
        self._name = name

    async def around(self, call: Call[Message], inner: Next) -> Message:
        """Record the event of a call that succeeds and changes something. See rpc.ports.Around."""
        reply = await inner(call)
        if call.unchanged:
            return reply
        event = administration.describe(call, reply, service=self._service, method=self._name)
        body = event.SerializeToString()
        call.events.append(parameters(options_pb2.EVENT_KIND_ADMINISTERED, body, at=call.server_now))
        return reply


class Events:
    """Records events, if they are kept."""

    def __init__(self, *, kept: bool, wake: Callable[[], None]) -> None:
        """`wake` is called when something was committed that may have recorded an event."""
        self.kept = kept
        self.wake = wake

    def recorder(self, policy: options_pb2.Policy, method: object, name: str) -> Around | None:
        """Return the rule that records the events of a method. See redeemd.rpc.ports.Rule."""
        if policy.event == options_pb2.EVENT_KIND_ADMINISTERED:
            return AdministrationRecorder(method, name).around if self.kept else None
        declared = hasattr(method, "emits")
        if declared != bool(policy.event):
            raise TypeError(f"{name} has an event in its policy, or @emits, and not both")
        emitting = cast("EmittingMethod", method)
        return EventRecorder(policy.event, emitting, name).around if declared and self.kept else None

    def of_action(self, policy: options_pb2.Policy, method: object, name: str) -> MethodEvents | None:
        """Return what makes the events of an action that is performed without a call; None if it has none."""
        if not self.kept or not hasattr(method, "emits"):
            return None
        return MethodEvents(policy.event, cast("EmittingMethod", method).__self__.spec.service, name)

    def writer(self, policy: options_pb2.Policy, _method: object, _name: str) -> Around | None:
        """Return the rule that writes the events of a transaction and its actions. See redeemd.rpc.ports.Rule."""
        return self._write_recorded if policy.writes and self.kept else None

    async def _write_recorded(self, call: Call[Message], inner: Next) -> Message:
        reply = await inner(call)
        if call.events:
            await self.write(call.tx, call.events)
        call.after_commit(self.wake)  # a statement may have written an event as well
        return reply

    async def write(self, tx: Tx, events: Sequence[Mapping[str, object]]) -> None:
        """Write the events of a transaction."""
        await tx.many(QUERIES.event_insert, events)

    async def record(self, tx: Tx, kind: options_pb2.EventKind, events: Sequence[Event], *, at: int) -> None:
        """Record events that belong to no method. The caller calls `wake` after the commit."""
        if self.kept and events:
            await self.write(tx, [parameters(kind, event.SerializeToString(), at=at) for event in events])
