"""The command `audit`: who changed what, from the events of a running server."""

import time
from collections.abc import Iterator
from typing import Annotated

import typer
from redeem.event.v1 import requests_pb2 as pb
from redeem.event.v1.resources_pb2 import Event

from redeemd.cli.client import Client, connected
from redeemd.cli.connection import Connection, with_options
from redeemd.cli.event_lines import KINDS, by, kind_of, line, members_of, moment
from redeemd.cli.event_stream import responses
from redeemd.cli.results import Json, put
from redeemd.cli.times import FORMS, Period, Zone

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
                put(members_of(event), _text(event), as_json=as_json)


def _events(client: Client, namespaces: list[str], *, until: int) -> Iterator[Event]:
    """Yield the retained events, and stop somewhere after `until`, in Unix milliseconds, or the newest one."""
    kinds = list(KINDS.values())
    begin, end = (
        pb.WatchEventsRequest(namespace_names=namespaces, kinds=kinds, start=start)
        for start in (pb.START_OLDEST, pb.START_NOW)
    )
    newest = next(responses(client, end))
    for number, response in enumerate(responses(client, begin)):
        yield from response.items
        late = any(event.at >= until + CLOCK_SKEW_MS_MAX for event in response.items)
        if late or response.next_cursor == newest.next_cursor or (number and not response.items):
            return


def _text(event: Event) -> str:
    method = event.method.rpartition("/")[2]
    about = (event.namespace_name, event.user_id, event.administration.resource_name)
    return line(moment(event), kind_of(event), method, *about, by(event))
