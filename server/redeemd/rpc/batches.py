"""Batches: methods whose messages carry many requests of a unary method, which policy.batch_of names.

An item is executed like a call of the unary method, by the same rules: it has its own authorization, validation,
idempotency key, transaction, event and outcome. What depends on the call alone (its credential, its namespace, its log
line) is done once. The items of a batch are executed in groups of Limiter.items_max, one group after the other, so that
other calls do not wait long.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Protocol, TypeVar, cast

from google.protobuf.message import Message

from redeemd import errors
from redeemd.base.methods import MethodTelemetry
from redeemd.errors import Overloaded, ServiceError, ValidationFailed, Violation
from redeemd.rpc.call import Call
from redeemd.rpc.limiter import Place
from redeemd.rpc.method import Method
from redeemd.rpc.pipeline import Admission, Execution, validate
from redeemd.rpc.ports import Context, Metadata
from redeemd.rpc.refusals import refusal_of, to_item_error
from redeemd.rpc.request_log import Entry
from redeemd.rpc.runtime import Runtime
from redeemd.rpc.sets import Sets
from redeemd.store.base import StoreError

# Responses of items that would make the reply larger are omitted. Clients accept messages of 4 MiB by default.
REPLY_BYTES_MAX = 3 * 1024 * 1024
_REFUSED_METADATA = ("idempotency-key", "x-dry-run")
_OK = "OK"

T = TypeVar("T")


class ItemRequest(Protocol):
    """The request of an item: that of the unary method."""

    namespace_name: str
    time_offset_token: str


class Item(Protocol):
    """An item of a batch."""

    id: int
    request: ItemRequest


class BatchMessage(Protocol):
    """A message with items."""

    namespace_name: str
    items: Sequence[Item]


def refuse_metadata(metadata: Metadata) -> None:
    """Raise ValidationFailed for metadata that would have to be about each item."""
    found = [name for name in _REFUSED_METADATA if name in metadata]
    if found:
        raise ValidationFailed(violations=[Violation(name, "is not offered by this method") for name in found])


def split(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Return the items in groups of a size; the last group may be smaller."""
    iterator = iter(items)
    while group := list(islice(iterator, size)):
        yield group


class Items:
    """Executes items as calls of a unary method."""

    def __init__(self, unary: Method, runtime: Runtime, telemetry: MethodTelemetry) -> None:
        """`telemetry` is that of the batch."""
        self._unary = unary
        self._runtime = runtime
        self._telemetry = telemetry
        self._execution = Execution(unary, runtime)
        self._sets = None if unary.in_sets is None else Sets(unary, unary.in_sets, runtime)

    async def execute(
        self, call: Call[Message], items: Sequence[Item], place: Place, entry: Entry
    ) -> list[Message | ServiceError]:
        """Execute at most Limiter.items_max items of a call at once; return the response or the error of each."""
        server_now = self._runtime.clock.now_ms()
        try:
            with place.holding(len(items)):
                results = await self._results(call, items, server_now, entry)
        except Overloaded as refusal:
            results = [refusal] * len(items)
        self._count(results, entry)
        return results

    def _count(self, results: Sequence[Message | ServiceError], entry: Entry) -> None:
        failed, counts = 0, self._telemetry.items
        for result in results:
            if isinstance(result, ServiceError):
                failed += 1
                name = result.status.name
                counts[name] = counts.get(name, 0) + 1
        counts[_OK] = counts.get(_OK, 0) + len(results) - failed
        entry.items = (entry.items or 0) + len(results)
        entry.failed += failed

    async def _results(
        self, batch: Call[Message], items: Sequence[Item], server_now: int, entry: Entry
    ) -> list[Message | ServiceError]:
        calls: list[tuple[int, Call[Message]]] = []
        results: dict[int, Message | ServiceError] = {}
        for place, item in enumerate(items):
            try:
                calls.append((place, self._admitted(batch, item, server_now)))
            except Exception as raised:  # noqa: BLE001 -- it is the outcome of this item; others are not affected
                results[place] = self._refusal(raised, entry)
        if self._sets is not None:
            results |= await self._in_a_set(self._sets, calls, entry)
        alone = [(place, call) for place, call in calls if place not in results]
        found = await asyncio.gather(*(self._alone(call, entry) for _, call in alone))
        results |= {place: result for (place, _), result in zip(alone, found, strict=True)}
        return [results[place] for place in range(len(items))]

    async def _in_a_set(
        self, sets: Sets, calls: Sequence[tuple[int, Call[Message]]], entry: Entry
    ) -> Mapping[int, Message | ServiceError]:
        """Execute calls as a set; return the results of those that need not be executed by themselves."""
        results = await sets.results(calls, lambda defect: self._runtime.telemetry.defect(defect, entry.request_id))
        return {
            place: self._refusal(result, entry) if isinstance(result, StoreError) else result
            for place, result in results.items()
        }

    async def _alone(self, call: Call[Message], entry: Entry) -> Message | ServiceError:
        try:
            return await self._execution.reply(call)
        except Exception as raised:  # noqa: BLE001 -- it is the outcome of this item; others are not affected
            return self._refusal(raised, entry)

    def _refusal(self, raised: Exception, entry: Entry) -> ServiceError:
        refusal = refusal_of(
            raised,
            self._unary.policy.component,
            lambda defect: self._runtime.telemetry.defect(defect, entry.request_id),
        )
        errors.drop_tracebacks(raised)
        return refusal

    def _admitted(self, batch: Call[Message], item: Item, server_now: int) -> Call[Message]:
        """Return the call of an item. Raises what the unary method is refused with before it is executed."""
        validate(cast("Message", item))
        request, unary, caller = item.request, self._unary, batch.caller
        if request.namespace_name != batch.request.namespace_name:  # type: ignore[attr-defined]  # it has items
            raise ValidationFailed(violations=[Violation("request.namespace_name", "must be that of the batch")])
        message = cast("Message", request)
        if unary.rule.has_time_offset_token and request.time_offset_token:
            caller = self._runtime.access.authorize(unary.rule, caller, message, now=server_now)
        now = server_now + caller.time_offset_ms
        call: Call[Message] = Call(message, caller, now, server_now, unary.name, unary.reply_type)
        call.claim = self._execution.rules.idempotent.claim(call, {})
        return call


class Outcomes:
    """The outcomes of one reply, whose size is bounded."""

    def __init__(self, reply: Message, entry: Entry) -> None:
        """`reply` gets the outcomes."""
        self._add = reply.outcomes.add  # type: ignore[attr-defined]  # as every batch has it
        self._request_id = entry.request_id
        self._bytes = 0

    def add(self, item: Item, result: Message | ServiceError) -> None:
        """Add the outcome of an item."""
        if isinstance(result, ServiceError):
            error = to_item_error(result, self._request_id)
            self._bytes += error.ByteSize()
            if self._bytes > REPLY_BYTES_MAX:
                error.ClearField("message")
                error.ClearField("violations")
            self._add(id=item.id, error=error)
            return
        self._bytes += result.ByteSize()
        if self._bytes <= REPLY_BYTES_MAX:
            self._add(id=item.id).response.CopyFrom(result)  # in half the time of response=result
        else:
            self._add(id=item.id, response=type(result)(), response_omitted=True)


class Batch:
    """Serves a method of one request with many items, and one reply with their outcomes."""

    def __init__(self, method: Method, unary: Method, runtime: Runtime, telemetry: MethodTelemetry) -> None:
        self._admission = Admission(method, runtime, telemetry)
        self._items = Items(unary, runtime, telemetry)
        self._items_max = runtime.limiter.items_max

    async def serve(self, context: Context, metadata: Metadata, entry: Entry, place: Place) -> Message:
        """Return the outcomes of the items of a call, in their order."""
        call = await self._admission.admit(context, metadata, entry, place)
        refuse_metadata(metadata)
        reply = call.reply()
        outcomes = Outcomes(reply, entry)
        for group in split(cast("BatchMessage", call.request).items, self._items_max):
            results = await self._items.execute(call, group, place, entry)
            for item, result in zip(group, results, strict=True):
                outcomes.add(item, result)
        return reply
