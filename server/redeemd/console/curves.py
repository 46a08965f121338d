"""The curve of redemptions: how many codes of campaigns were used, by hour, day or batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import resources_pb2 as resources

from redeemd.console.calls import Refused
from redeemd.console.visit import Visit

_POINTS_MAX = 1000  # as many as a method returns in a page
_HOUR, _DAY = 3_600_000, 86_400_000
_UNITS = {"hour": pb.REDEMPTION_COUNT_UNIT_HOUR, "day": pb.REDEMPTION_COUNT_UNIT_DAY}
_MILLISECONDS = {"hour": _HOUR, "day": _DAY}
_EMPTY = resources.CodeCounts()
_SPAN = {"hour": 14 * _DAY, "day": 365 * _DAY}


@dataclass(frozen=True, slots=True)
class Curve:
    """The content of a page.

    plot   for the script that draws; None by batch, and if there is nothing
    rows   by time: the Unix milliseconds, and for each campaign the codes used and reverted, without empty rows
    parts  by batch: the name of each batch, "" for codes issued alone, and its counts
    """

    plot: Mapping[str, object] | None
    rows: Sequence[tuple[int, Sequence[resources.CodeCounts]]] = ()
    parts: Sequence[tuple[str, str, resources.CodeCounts]] = ()


async def of(visit: Visit, namespace: str, campaigns: Sequence[str], by: str) -> Curve:
    """Return the curve of campaigns by hour, day or batch. Raises Refused."""
    fields = [{"namespace_name": namespace, "campaign_model_name": name} for name in campaigns]
    if by != "batch":
        return await _by_time(visit, campaigns, fields, by)
    found = [await _counts(visit, each, unit=pb.REDEMPTION_COUNT_UNIT_BATCH) for each in fields]
    return Curve(
        None,
        parts=[
            (name, item.issue_job_name, item.counts)
            for name, items in zip(campaigns, found, strict=True)
            for item in items
        ],
    )


async def of_batch(visit: Visit, fields: Mapping[str, str], by: str) -> Curve:
    """Return the curve of one batch by hour or day; `fields` of a request name it. Raises Refused."""
    return await _by_time(visit, [fields["issue_job_name"]], [fields], by)


async def _by_time(visit: Visit, labels: Sequence[str], fields: Sequence[Mapping[str, str]], by: str) -> Curve:
    """Return the curve of campaigns or batches. Raises Refused."""
    if by not in _UNITS:
        raise Refused.of("by", "must be hour, day or batch")
    start = (visit.now - _SPAN[by]) // _DAY * _DAY
    found = [await _counts(visit, each, unit=_UNITS[by], used_from=start) for each in fields]
    lines = [{item.start_at: item.counts for item in items} for items in found]
    times = sorted({time for line in lines for time in line})
    if not times:
        return Curve(None)
    plot = _plot(labels, lines, times, _MILLISECONDS[by])
    return Curve(plot, rows=[(time, [line.get(time, _EMPTY) for line in lines]) for time in reversed(times)])


def _plot(
    labels: Sequence[str], lines: Sequence[Mapping[int, resources.CodeCounts]], times: Sequence[int], step: int
) -> Mapping[str, object]:
    x = list(range(times[0] - step, min(times[-1] + 2 * step, times[0] + _POINTS_MAX * step), step))
    return {
        "x": [time // 1000 for time in x],
        "lines": [
            {"label": label, "values": [line.get(time, _EMPTY).used for time in x]}
            for label, line in zip(labels, lines, strict=True)
        ],
        "time": True,
        "steps": True,
    }


async def _counts(
    visit: Visit, fields: Mapping[str, str], *, unit: pb.RedemptionCountUnit, used_from: int | None = None
) -> Sequence[pb.RedemptionCount]:
    request = pb.GetRedemptionCountsRequest(
        **fields, unit=unit, used_from=used_from, used_until=None, limit=_POINTS_MAX
    )
    return (await visit.call(request, pb.GetRedemptionCountsResponse)).items
