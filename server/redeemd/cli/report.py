"""The command `report`: how many codes were used, by day, hour or batch."""

import shutil
import sys
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, cast

import typer
from redeem.serialkey.v1 import requests_pb2 as pb

from redeemd.cli.client import Client, connected
from redeemd.cli.codes import PAGE_SIZE, Namespace
from redeemd.cli.connection import Connection, with_options
from redeemd.cli.output import complain
from redeemd.cli.reporting import curve, rows
from redeemd.cli.reporting.rows import Row
from redeemd.cli.results import Json
from redeemd.cli.times import FORMS, Period, Zone

Form = Literal["table", "csv", "jsonl"]
By = Literal["day", "hour", "batch"]

_LIMITS = ("uses_per_user", "uses_total", "group")  # with one of them, each use is recorded
_SPAN = ("--since", "--until")


@with_options(Connection)
def report(
    namespace: Namespace,
    campaign: Annotated[str, typer.Argument(help="The campaign; all in force if not given.")] = "",
    by: Annotated[By, typer.Option(help="Count by day, hour or batch.")] = "day",
    form: Annotated[Form, typer.Option("--format", help="How to print; bars are drawn on a terminal.")] = "table",
    since: Annotated[str, typer.Option(help=f"Only uses from this time on: {FORMS}.")] = "",
    until: Annotated[str, typer.Option(help="Only uses before this time.")] = "",
    batch: Annotated[str, typer.Option(help="Only uses of the codes of this batch of the campaign.")] = "",
    zone: Zone = "UTC",
    as_json: Json = False,
    *,
    connection: Connection,
) -> None:
    """Show how many codes were used, by day or hour of a time zone, or by batch.

    A use that was reverted counts as reverted at the time of the use. With --json, the command prints lines of JSON.
    """
    period = Period.parse(since, until, zone, options=_SPAN)
    if by == "batch" and (since or until):
        raise typer.BadParameter("--since and --until cannot be given with --by batch")
    if batch and (by == "batch" or not campaign):
        raise typer.BadParameter("--batch needs a campaign, and days or hours")
    with connected(connection) as client:
        heading = True
        for name in [campaign] if campaign else _campaigns(client, namespace):
            found = list(_rows(client, namespace, name, by, period, batch, fill=form == "table" and not as_json))
            _print(name, found, "jsonl" if as_json else form, heading=heading)
            if not found and _is_not_recorded(client, namespace, name):
                complain(f"uses of the campaign code {name} are not recorded without usesPerUser, usesTotal or group")
            heading = heading and not found


def _campaigns(client: Client, namespace: str) -> list[str]:
    request = pb.DescribeCampaignModelsRequest(namespace_name=namespace)
    return [model.name for model in client.call(client.serial_keys.DescribeCampaignModels, request).items]


def _is_not_recorded(client: Client, namespace: str, campaign: str) -> bool:
    """Return whether the campaign in force is a campaign code without limits, whose uses are not counted."""
    request = pb.GetCampaignModelRequest(namespace_name=namespace, campaign_model_name=campaign)
    model = client.call(client.serial_keys.GetCampaignModel, request).item
    return model.enable_campaign_code and not any(map(model.HasField, _LIMITS))


def _rows(
    client: Client, namespace: str, campaign: str, by: By, period: Period, batch: str, *, fill: bool
) -> Iterator[Row]:
    """Yield the rows of a campaign, or by time of a `batch`; with `fill`, also times without a use between others."""
    if by == "batch":
        for item in _items(client, namespace, campaign, pb.REDEMPTION_COUNT_UNIT_BATCH):
            counts = item.counts
            numbers = {name: getattr(counts, name) for name in ("issued", "imported", "used", "reverted", "remaining")}
            yield {"campaign": campaign, "batch": item.issue_job_name, **numbers}
        return
    items = _items(client, namespace, campaign, pb.REDEMPTION_COUNT_UNIT_QUARTER_HOUR, period, batch)
    points = ((item.start_at, item.counts.used, item.counts.reverted) for item in items)
    parts = curve.grouped(points, by, period.zone)
    for part in curve.filled(parts, by, period.zone) if fill else parts:
        start = part.start.date().isoformat() if by == "day" else part.start.isoformat(timespec="minutes")
        yield {"campaign": campaign, by: start, "used": part.used, "reverted": part.reverted}


def _items(
    client: Client,
    namespace: str,
    campaign: str,
    unit: pb.RedemptionCountUnit,
    period: Period | None = None,
    batch: str = "",
) -> Iterator[pb.RedemptionCount]:
    request = pb.GetRedemptionCountsRequest(
        namespace_name=namespace,
        campaign_model_name=campaign,
        unit=unit,
        used_from=None if period is None else period.start,
        used_until=None if period is None else period.end,
        issue_job_name=batch or None,
        limit=PAGE_SIZE,
    )
    for page in client.pages(client.serial_keys.GetRedemptionCounts, request):
        yield from page.items


def _print(campaign: str, found: Sequence[Row], form: Form, *, heading: bool) -> None:
    if form == "table":
        _print_table(campaign, found)
    elif found:
        lines = rows.csv_lines(found, heading=heading) if form == "csv" else rows.json_lines(found)
        for line in lines:
            typer.echo(line)


def _print_table(campaign: str, found: Sequence[Row]) -> None:
    if not found:
        typer.echo(f"campaign {campaign}: nothing to count")
        return
    typer.echo(f"campaign {campaign}")
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for line in rows.table([_shown(row) for row in found], width=width):
        typer.echo(line)


def _shown(row: Row) -> Row:
    """Return a row as a table shows it: below its campaign, with words for the codes that have no batch."""
    shown = {name: value for name, value in row.items() if name != "campaign"}
    if not cast("str", shown.get("batch", "x")):
        shown["batch"] = "(issued alone)"
    return shown
