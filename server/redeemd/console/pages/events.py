"""Events as they happen. The page asks for those after a cursor every few seconds, so that it survives a restart."""

from collections.abc import Iterator
from typing import NamedTuple

from aiohttp import web
from google.protobuf.message import Message
from redeem.event.v1 import requests_pb2 as pb
from redeem.event.v1.resources_pb2 import Event
from redeem.options.v1 import options_pb2

from redeemd.console.page import Page
from redeemd.console.visit import Visit
from redeemd.contract.options import spelling

SHOWN_MAX = 100  # of the events that one request finds; the latest
LINES_MAX = 500  # after which the page stops, until somebody wants more
READ_SECONDS = 0.25
BEGIN_SECONDS = 5.0
_NO_DETAILS = frozenset({"valid_from", "valid_until", "acquirable_at"})  # times, which the resource itself shows


class Line(NamedTuple):
    """An event as the page shows it."""

    event: Event
    kind: str
    method: str
    details: list[tuple[str, str]]


async def show(visit: Visit) -> web.StreamResponse:
    """Return the page, or with a cursor, the events after it."""
    namespace, cursor, lines = visit.query("namespace").strip(), visit.query("cursor"), _number(visit.query("lines"))
    replies = await _read(visit, namespace, cursor)
    found = [event for reply in replies for event in reply.items if namespace in {"", event.namespace_name}]
    lines += min(len(found), SHOWN_MAX)
    return await visit.render(
        "events_new.html" if cursor else "events.html",
        namespace=namespace,
        cursor=replies[-1].next_cursor if replies else cursor,
        items=[line(event) for event in reversed(found[-SHOWN_MAX:])],
        left_out=max(0, len(found) - SHOWN_MAX),
        lines=lines,
        is_full=lines >= LINES_MAX,
    )


async def _read(visit: Visit, namespace: str, cursor: str) -> list[pb.WatchEventsResponse]:
    """Return what there is after a cursor; without one, where events begin now.

    Events of other namespaces are left out here, so that the cursor advances beyond them. A key that is limited to
    namespaces reads those of its own.
    """
    limited_to = visit.caller.namespace_names
    asked = pb.WatchEventsRequest(
        namespace_names=[] if limited_to is None else ([namespace] if namespace else sorted(limited_to)),
        kinds=[name for name, number in options_pb2.EventKind.items() if number],
        cursor=cursor or None,
    )
    return await visit.watch(
        asked,
        pb.WatchEventsResponse,
        enough=lambda reply: not (cursor and reply.items),
        seconds=READ_SECONDS if cursor else BEGIN_SECONDS,
    )


def line(event: Event) -> Line:
    """Return an event as the page shows it."""
    about = event.WhichOneof("about")
    kind = spelling(options_pb2.EventKind.DESCRIPTOR, event.kind)
    details = [] if about is None else list(_details(getattr(event, about)))
    return Line(event, kind, event.method.rpartition("/")[2], details)


def _details(about: Message) -> Iterator[tuple[str, str]]:
    for field, value in about.ListFields():
        if field.name not in _NO_DETAILS:
            yield field.name.replace("_", " "), str(value).lower() if isinstance(value, bool) else str(value)


def _number(text: str) -> int:
    return min(int(text), LINES_MAX) if text.isascii() and text.isdigit() and len(text) < 6 else 0  # noqa: PLR2004 -- digits


PAGES = (Page("/events", show),)
