"""The command `audit`: who changed what, from the events of a running server."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import grpc
import typer
from redeem.event.v1 import requests_pb2 as pb
from redeem.event.v1.resources_pb2 import Event
from redeem.options.v1 import options_pb2

from redeemd.cli.client import Client, connected, show
from redeemd.cli.connection import Connection, with_options
from redeemd.cli.results import Json, members, put
from redeemd.cli.times import FORMS, Period, Zone
from redeemd.contract.options import spelling

STREAM_SECONDS_MAX = 3600.0
CLOCK_SKEW_MS_MAX = 5000  # between this machine and the replicas


@with_options(Connection)
def audit(
    namespace: Annotated[list[str] | None, typer.Option(help="Only of this namespace; may be repeated.")] = None,
    actor: Annotated[str, typer.Option(help="Only by this actor, such as an ID of a key.", show_default=False)] = "",
    since: Annotated[str, typer.Option(help=f"Only from this time on: {FORMS}.")] = "",
    until: Annotated[str, typer.Option(help="Only before this time; now by default.")] = "",
    zone: Zone = "UTC",
    as_json: Json = False,
    *,
    connection: Connection,
) -> None:
    """Print the retained events up to now, oldest first, each with its time, actor and method."""
    now = int(time.time() * 1000)
    period = Period.parse(since, until, zone, options=("--since", "--until"))
    begins = period.start or 0
    ends = min(now, period.end or now)
    with connected(connection) as client:
        for event in _events(client, namespace or [], until=ends):
            if begins <= event.at < ends and actor in {"", event.actor}:
                put(_members(event), _text(event), as_json=as_json)


def _events(client: Client, namespaces: list[str], *, until: int) -> Iterator[Event]:
    """Yield the retained events, and stop somewhere after `until`, in Unix milliseconds, or the newest one."""
    kinds = [name for name, number in options_pb2.EventKind.items() if number]
    begin, end = (
        pb.WatchEventsRequest(namespace_names=namespaces, kinds=kinds, start=start)
        for start in (pb.START_OLDEST, pb.START_NOW)
    )
    newest = next(_responses(client, end))
    for number, response in enumerate(_responses(client, begin)):
        yield from response.items
        late = any(event.at >= until + CLOCK_SKEW_MS_MAX for event in response.items)
        if late or response.next_cursor == newest.next_cursor or (number and not response.items):
            return


def _responses(client: Client, request: pb.WatchEventsRequest) -> Iterator[pb.WatchEventsResponse]:
    """Yield the responses of a stream, which ends with the iteration; on an error, print it and exit with status 1."""
    stream = client.call(client.events.WatchEvents, request, seconds=STREAM_SECONDS_MAX)
    try:
        yield from stream
    except grpc.RpcError as error:
        show(error)
    finally:
        stream.cancel()


def _members(event: Event) -> dict[str, object]:
    found = members(event)
    del found["cursor"]
    return {"time": _moment(event), **found}


def _text(event: Event) -> str:
    kind = spelling(options_pb2.EventKind.DESCRIPTOR, event.kind)
    about = (event.namespace_name, event.user_id, event.administration.resource_name)
    method = event.method.rpartition("/")[2]
    return "  ".join(filter(None, (_moment(event), kind, method, *about, f"by {event.actor}" * bool(event.actor))))


def _moment(event: Event) -> str:
    return datetime.fromtimestamp(event.at / 1000, UTC).isoformat(timespec="milliseconds")
