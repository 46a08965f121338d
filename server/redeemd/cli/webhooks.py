"""The commands `webhooks`: how far webhooks are behind, what receivers did not accept, and sending it again."""

from collections.abc import Iterator
from datetime import UTC
from typing import Annotated

import typer
from redeem.event.v1 import requests_pb2 as pb
from redeem.event.v1.resources_pb2 import DeadLetter, Webhook, WebhookState

from redeemd.cli.client import Client, connected
from redeemd.cli.codes import PAGE_SIZE
from redeemd.cli.connection import Connection, with_options
from redeemd.cli.event_lines import kind_of, line
from redeemd.cli.results import Json, put
from redeemd.cli.times import FORMS, Period, Zone, text_of
from redeemd.contract.options import spelling

RETRIED_AT_ONCE = 100

app = typer.Typer(help="See how far webhooks are behind, and send events again.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The webhook, as the configuration names it.")]


@app.command(name="list")
@with_options(Connection)
def list_webhooks(as_json: Json = False, *, connection: Connection) -> None:
    """List the webhooks: since when events wait, why the last attempt failed, and how many dead letters there are."""
    with connected(connection) as client:
        for page in client.pages(client.events.DescribeWebhooks, pb.DescribeWebhooksRequest(limit=PAGE_SIZE)):
            for item in page.items:
                put(item, _text(item), as_json=as_json)


@app.command()
@with_options(Connection)
def dead(name: Name, as_json: Json = False, *, connection: Connection) -> None:
    """List the dead letters of a webhook, oldest first."""
    with connected(connection) as client:
        for item in _letters(client, name):
            put(item, _letter_text(item), as_json=as_json)


@app.command()
@with_options(Connection)
def retry(
    name: Name,
    dead_letter: Annotated[
        list[str] | None, typer.Option(help="Send this dead letter again; may be repeated.", show_default=False)
    ] = None,
    retry_dead: Annotated[bool, typer.Option("--retry-dead", help="Send all dead letters again.")] = False,
    as_json: Json = False,
    *,
    connection: Connection,
) -> None:
    """Send at once what waits for another attempt; switch a webhook on whose receiver responded with 410 Gone."""
    with connected(connection) as client:
        chosen = [item.dead_letter_id for item in _letters(client, name)] if retry_dead else dead_letter or []
        starts = range(0, len(chosen), RETRIED_AT_ONCE) or [0]
        answers = [_retried(client, name, chosen[start : start + RETRIED_AT_ONCE]) for start in starts]
    item, retried = answers[-1].item, sum(answer.dead_letters for answer in answers)
    put(item, f"{_text(item)}; {retried} dead letters are sent again", as_json=as_json)


@app.command()
@with_options(Connection)
def replay(
    name: Name,
    cursor: Annotated[str, typer.Option(help="Send the events after this cursor.", show_default=False)] = "",
    since: Annotated[str, typer.Option(help=f"Send the events from this time on: {FORMS}.", show_default=False)] = "",
    oldest: Annotated[bool, typer.Option("--oldest", help="Send all events that are retained.")] = False,
    zone: Zone = "UTC",
    as_json: Json = False,
    *,
    connection: Connection,
) -> None:
    """Move a webhook to another position: the events after it are sent, again if they were sent before."""
    if sum(map(bool, (cursor, since, oldest))) != 1:
        raise typer.BadParameter("give one of --cursor, --since and --oldest")
    at = Period.parse(since, "", zone, options=("--since", "--until")).start
    request = pb.ReplayWebhookRequest(webhook_name=name, cursor=cursor or None, at=at)
    with connected(connection) as client:
        item = client.call(client.events.ReplayWebhook, request).item
    put(item, _text(item), as_json=as_json)


def _retried(client: Client, name: str, dead_letter_ids: list[str]) -> pb.RetryWebhookResponse:
    request = pb.RetryWebhookRequest(webhook_name=name, dead_letter_ids=dead_letter_ids)
    answer: pb.RetryWebhookResponse = client.call(client.events.RetryWebhook, request)
    return answer


def _letters(client: Client, name: str) -> Iterator[DeadLetter]:
    request = pb.DescribeDeadLettersRequest(webhook_name=name, limit=PAGE_SIZE)
    for page in client.pages(client.events.DescribeDeadLetters, request):
        yield from page.items


def _text(item: Webhook) -> str:
    waits = f"behind since {text_of(item.oldest_at, UTC)}" if item.HasField("oldest_at") else "up to date"
    failed = f"{item.attempts} attempts failed, last {item.last_error}" if item.attempts else item.last_error
    dead = f"{item.dead_letters} dead letters" if item.dead_letters else ""
    gaps = f"{item.gaps} gaps" if item.gaps else ""
    state = spelling(WebhookState.DESCRIPTOR, item.state) + ("" if item.configured else " (not configured)")
    return line(item.name, state, waits, failed, dead, gaps)


def _letter_text(item: DeadLetter) -> str:
    event = item.event
    attempts = f"{item.attempts} attempts, last {item.last_error}" + ("; is sent again" if item.retrying else "")
    return line(item.dead_letter_id, kind_of(event), event.namespace_name, event.user_id, attempts)
