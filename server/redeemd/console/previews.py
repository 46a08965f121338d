"""What models do over time, in force and as a draft: the next resets of limits, and the prices of rising rates."""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from redeem.exchange.v1 import requests_pb2 as exchange_pb
from redeem.exchange.v1.resources_pb2 import IncrementalRateModel, Namespace
from redeem.limit.v1.resources_pb2 import LimitModel

from redeemd.console.calls import Refused
from redeemd.console.languages import label
from redeemd.console.visit import Visit
from redeemd.errors import ServiceError

RESETS = 10  # of a limit that are shown
PRICES = 50  # of a rate that are shown, if it allows as many exchanges
IN_FORCE, DRAFT = label("in force"), label("draft")


@dataclass(frozen=True, slots=True)
class Column:
    """What one version of a model does: its title, its numbers, and why there are no more of them, if they ended."""

    title: str
    values: Sequence[int] = ()
    problem: Refused | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """Versions of one model beside each other.

    place    the path of the model in the document
    plot     for the script that draws; None if there is nothing to draw
    columns  the versions
    rows     their numbers: the first of each, the second of each, ...; None where one has no more
    """

    place: str
    name: str
    plot: Mapping[str, object] | None
    columns: Sequence[Column]

    @property
    def rows(self) -> Sequence[tuple[int | None, ...]]:
        """The numbers of all columns, side by side."""
        return list(itertools.zip_longest(*(column.values for column in self.columns)))


def resets(visit: Visit, place: str, versions: Mapping[str, LimitModel]) -> Preview:
    """Return the next resets of versions of a limit, by their titles. It may run in a thread."""
    columns = [
        Column(title, visit.tools.previews.resets(model, after=visit.now, count=RESETS))
        for title, model in versions.items()
    ]
    times = sorted({time for column in columns for time in column.values})
    lines = [
        {"label": visit.text(column.title), "values": [row if time in column.values else None for time in times]}
        for row, column in zip(range(len(columns), 0, -1), columns, strict=True)
    ]
    plot = {"x": [time / 1000 for time in times], "lines": lines, "time": True, "line_of_time": True}
    return Preview(place, next(iter(versions.values())).name, plot if times else None, columns)


async def prices(visit: Visit, place: str, versions: Mapping[str, IncrementalRateModel]) -> Preview:
    """Return the prices of the first exchanges by versions of a rate. Raises Refused."""
    namespace = await _namespace(visit)
    columns = [await _prices(visit, title, namespace, model) for title, model in versions.items()]
    count = max(len(column.values) for column in columns)
    lines = [{"label": visit.text(each.title), "values": _padded(each.values, count)} for each in columns]
    plot = {"x": list(range(1, count + 1)), "lines": lines, "label": visit.text(label("Exchange"))}
    return Preview(place, next(iter(versions.values())).name, plot if count else None, columns)


async def _namespace(visit: Visit) -> Namespace:
    asked = exchange_pb.GetNamespaceRequest(namespace_name=visit.part("namespace"))
    return (await visit.call(asked, exchange_pb.GetNamespaceResponse)).item


async def _prices(visit: Visit, title: str, namespace: Namespace, model: IncrementalRateModel) -> Column:
    """Return the prices by one version, until one cannot be computed. Other calls run between any two."""
    found: list[int] = []
    for before in range(min(PRICES, model.maximum_exchange_count)):
        await asyncio.sleep(0)
        try:
            found.append(visit.tools.previews.price(namespace, model, before=before, now=visit.now))
        except ServiceError as error:
            return Column(title, found, Refused.from_error(error))
    return Column(title, found)


def _padded(values: Sequence[int], count: int) -> list[int | None]:
    return [*values, *[None] * (count - len(values))]
