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
    """Return the curve of campaigns. Raises Refused."""
    if by == "batch":
        found = [await _counts(visit, namespace, name, pb.REDEMPTION_COUNT_UNIT_BATCH) for name in campaigns]
        return Curve(
            None,
            parts=[
                (name, item.issue_job_name, item.counts)
                for name, items in zip(campaigns, found, strict=True)
                for item in items
            ],
        )
    if by not in _UNITS:
        raise Refused.of("by", "must be hour, day or batch")
    step = _MILLISECONDS[by]
    start = (visit.now - _SPAN[by]) // _DAY * _DAY
    lines = [
        {item.start_at: item.counts for item in await _counts(visit, namespace, name, _UNITS[by], start)}
        for name in campaigns
    ]
    times = sorted({time for line in lines for time in line})
    if not times:
        return Curve(None)
    x = list(range(times[0] - step, min(times[-1] + 2 * step, times[0] + _POINTS_MAX * step), step))
    empty = resources.CodeCounts()
    plot = {
        "x": [time // 1000 for time in x],
        "lines": [
            {"label": name, "values": [line.get(time, empty).used for time in x]}
            for name, line in zip(campaigns, lines, strict=True)
        ],
        "time": True,
        "steps": True,
    }
    return Curve(plot, rows=[(time, [line.get(time, empty) for line in lines]) for time in reversed(times)])


async def _counts(
    visit: Visit, namespace: str, campaign: str, unit: pb.RedemptionCountUnit, start: int | None = None
) -> Sequence[pb.RedemptionCount]:
    request = pb.GetRedemptionCountsRequest(
        namespace_name=namespace, campaign_model_name=campaign, unit=unit, used_from=start, limit=_POINTS_MAX
    )
    return (await visit.call(request, pb.GetRedemptionCountsResponse)).items
