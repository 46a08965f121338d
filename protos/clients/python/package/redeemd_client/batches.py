"""Batches: requests of many calls in few messages, and the outcome of each."""

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from google.protobuf.message import Message

from redeemd_client.errors import RedeemError, error_of_item
from redeemd_client.rules import Rule, new_key

RequestT = TypeVar("RequestT", bound=Message)

ITEMS_MAX = 1000
BYTES_MAX = 1_000_000  # then a message is full; the server accepts 2 MiB, and 64 KiB for an item

Items = Sequence[tuple[int, RequestT]]


@dataclass(frozen=True, slots=True)
class Outcome(Generic[RequestT]):
    """The outcome of a request of a batch: either `response`, a message, or `error`.

    `request` has the key that was sent. If `response_omitted`, the call succeeded and the response is empty, because
    those of its batch were too long: the unary call with the same request returns it.
    """

    request: RequestT
    response: Any = None  # a message that depends on the method
    error: RedeemError | None = None
    response_omitted: bool = False


def with_key(request: RequestT) -> RequestT:
    """Return a request with an idempotency key: a copy with a new one, if it has none."""
    if key_of(request):
        return request
    keyed = copy.copy(request)
    setattr(keyed, "duplication_avoider", new_key())  # noqa: B010 -- which messages in general do not have
    return keyed


def key_of(request: Message) -> str:
    """Return the idempotency key of a request, empty if it has none."""
    key: str = getattr(request, "duplication_avoider", "")
    return key


def numbered(rule: Rule, requests: Iterable[RequestT]) -> Iterator[tuple[int, RequestT]]:
    """Number requests, and give them idempotency keys if the method writes."""
    return enumerate(map(with_key, requests) if rule.writes else requests)


class Chunk(Generic[RequestT]):
    """Numbered requests for one message."""

    def __init__(self) -> None:
        self.items: list[tuple[int, RequestT]] = []
        self._bytes = 0

    def add(self, number: int, request: RequestT) -> None:
        """Add a request."""
        self.items.append((number, request))
        self._bytes += request.ByteSize()

    @property
    def is_full(self) -> bool:
        """Whether there is no room for another request, of whatever length the server accepts."""
        return len(self.items) >= ITEMS_MAX or self._bytes >= BYTES_MAX


def chunks(items: Iterable[tuple[int, RequestT]]) -> Iterator[Items[RequestT]]:
    """Yield numbered requests in chunks, in their order."""
    chunk: Chunk[RequestT] = Chunk()
    for number, request in items:
        chunk.add(number, request)
        if chunk.is_full:
            yield chunk.items
            chunk = Chunk()
    if chunk.items:
        yield chunk.items


def message_of(rule: Rule, items: Items[RequestT], namespace_name: str = "") -> Message:
    """Return the request of a batch; its namespace is that of the first item, if none is named."""
    message: Any = rule.request()  # whose fields depend on the method
    for number, request in items:
        message.items.add(id=number).request.CopyFrom(request)
    message.namespace_name = namespace_name or namespace_of(items[0][1])
    made: Message = message
    return made


def namespace_of(request: Message) -> str:
    """Return the namespace of a request."""
    name: str = getattr(request, "namespace_name")  # noqa: B009 -- which messages in general do not have
    return name


def outcome_of(outcome: Any, request: RequestT) -> Outcome[RequestT]:  # same
    """Return the outcome of a request, from its message."""
    if outcome.HasField("error"):
        return Outcome(request, error=error_of_item(outcome.error, key=key_of(request)))
    return Outcome(request, response=outcome.response, response_omitted=outcome.response_omitted)


def outcomes(response: Any, items: Items[RequestT]) -> Iterator[Outcome[RequestT]]:  # same
    """Yield the outcomes of a chunk, in the order of its items."""
    for (_, request), outcome in zip(items, response.outcomes, strict=True):
        yield outcome_of(outcome, request)


def left_over(error: RedeemError, items: Iterable[RequestT]) -> RedeemError:
    """Return the error of a chunk, with the requests of which the caller has no outcome."""
    error.unfinished = tuple(items)
    return error
