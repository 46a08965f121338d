"""The command `watch`: events of a running server as they occur."""

import os
import select
import sys
from typing import Annotated

import typer
from redeem.event.v1 import requests_pb2 as pb
from redeem.event.v1.resources_pb2 import Event
from redeem.options.v1 import options_pb2

from redeemd.cli.client import connected
from redeemd.cli.connection import Connection, with_options
from redeemd.cli.event_lines import KINDS, by, campaign_of, change_of, kind_of, line, members_of, moment
from redeemd.cli.event_stream import batches
from redeemd.cli.results import Json, put
from redeemd.cli.times import FORMS, Period, Zone

_COLOURS = {
    "redeemed": typer.colors.GREEN,
    "issued": typer.colors.BLUE,
    "reverted": typer.colors.YELLOW,
    "switched": typer.colors.YELLOW,
    "underAttack": typer.colors.RED,
}


@with_options(Connection)
def watch(
    namespace: Annotated[list[str] | None, typer.Option(help="Only of this namespace; may be repeated.")] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(help=f"Only of this kind; may be repeated: {', '.join(KINDS)}.", show_default=False),
    ] = None,
    user: Annotated[str, typer.Option(help="Only of this player.")] = "",
    campaign: Annotated[str, typer.Option(help="Only about this campaign.")] = "",
    since: Annotated[str, typer.Option(help=f"Begin with retained events from this time on: {FORMS}.")] = "",
    zone: Zone = "UTC",
    as_json: Json = False,
    *,
    connection: Connection,
) -> None:
    """Print events as they occur, until Ctrl-C. After an interruption, continue where it was."""
    begins = Period.parse(since, "", zone, options=("--since", "--until")).start
    request = pb.WatchEventsRequest(
        namespace_names=namespace or [],
        kinds=[_kind(name) for name in kind or []],
        start=pb.START_NOW if begins is None else pb.START_OLDEST,
    )
    try:
        with connected(connection) as client:
            for events in batches(client, request):
                for event in events:
                    concerned = user in {"", event.user_id} and campaign in {"", campaign_of(event)}
                    if concerned and event.at >= (begins or 0):
                        put(members_of(event), _text(event), as_json=as_json)
                if _is_closed():
                    return
    except KeyboardInterrupt:
        return
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left in the buffer goes nowhere


def _kind(name: str) -> options_pb2.EventKind:
    found = {spelled.lower(): number for spelled, number in KINDS.items()}.get(name.replace("_", "").lower())
    if found is None:
        raise typer.BadParameter(f"there is no kind {name!r}; there are {', '.join(KINDS)}")
    return found


def _text(event: Event) -> str:
    kind = kind_of(event)
    text = line(moment(event), kind, event.namespace_name, event.user_id, change_of(event), by(event))
    if kind not in _COLOURS or os.environ.get("NO_COLOR"):
        return text
    return text.replace(kind, typer.style(kind, fg=_COLOURS[kind]), 1)  # removed where the output is no terminal


def _is_closed() -> bool:
    """Return whether nobody reads the output any more, as at the end of `redeemd watch | head`."""
    if not hasattr(select, "poll") or sys.stdout.isatty():
        return False
    poll = select.poll()
    try:
        poll.register(sys.stdout.fileno(), 0)
    except (OSError, ValueError):  # it is no file
        return False
    return any(state & (select.POLLERR | select.POLLHUP) for _, state in poll.poll(0))
