"""Runs statements of one query that wait together as one statement: the set form of the query.

A statement that arrives while few others are under way runs at once, and if it is alone in its single form. Later ones
wait until a place becomes free, and then run together, at most SET_MAX at a time. The elements of a set are ordered by
their keys, so that sets of different replicas cannot deadlock. A statement waits while another one with its key is
under way.
"""

import asyncio
import contextlib
import contextvars
import itertools
from collections import deque
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Protocol

from redeemd.store.base import CommitUnknown, Row, Saturated, StoreError, Unavailable
from redeemd.store.set_form import SetForm
from redeemd.store.sql import Query
from redeemd.store.stepped import SteppedBody

SET_MAX = 128
AT_ONCE = 2  # sets of a query: one that commits, and one whose statement runs
# A set that takes longer, because it waits for a lock or a standby, makes room for the next one.
PLACE_SECONDS = 0.1

# Errors that say what happened to every element of a set. After any other one, the elements run one by one.
_OF_ALL = (CommitUnknown, Unavailable, Saturated)


@dataclass(frozen=True, slots=True)
class Run:
    """A body that runs in steps, and how it was to be run."""

    body: SteppedBody[object]
    write: bool
    queue: Sequence[str]


@dataclass(frozen=True, slots=True)
class Element:
    """A statement for which a run waits."""

    run: Run
    parameters: Mapping[str, object]
    queued: float  # when it began to wait, by the clock of the event loop


class Steps(Protocol):
    """Runs statements, and goes on with the bodies that wait for them."""

    async def together(self, form: SetForm, elements: Sequence[Element]) -> Sequence[Row]:
        """Run the set form of a statement and return its rows. Raises a StoreError, or what the statement raises."""

    async def alone(self, run: Run, query: Query, parameters: Mapping[str, object]) -> Row | None:
        """Run a statement in its single form and return its row. Raises the same."""

    def proceed(self, run: Run, row: Row | None) -> None:
        """Return the row to a body."""

    def proceed_with(self, run: Run, error: Exception) -> None:
        """Raise an error in a body."""


class Coalescer:
    """The statements of one query that wait, and those under way."""

    def __init__(self, query: Query, form: SetForm, steps: Steps) -> None:
        self._query = query
        self._form = form
        self._steps = steps
        self._waiting: dict[Hashable, deque[Element]] = {}  # by key
        self._busy: set[Hashable] = set()  # the keys of elements under way
        self._numbers = itertools.count()
        self._under_way = 0
        self._scheduled = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._context = contextvars.Context()  # a set belongs to no caller

    @property
    def waiting(self) -> int:
        """The number of statements that wait."""
        return sum(map(len, self._waiting.values()))

    def add(self, element: Element) -> None:
        """Run a statement, now or together with others. Those added in one step of the event loop run together."""
        key = next(self._numbers) if self._form.key is None else self._form.key(element.parameters)
        self._waiting.setdefault(key, deque()).append(element)
        if self._under_way < AT_ONCE and not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._begin, context=self._context)

    def _begin(self) -> None:
        self._scheduled = False
        while self._under_way < AT_ONCE and (chosen := self._next()):
            self._under_way += 1
            task = self._loop.create_task(self._serve(chosen), context=self._context)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _next(self) -> dict[Hashable, Element]:
        """Take the elements of the next set out of the queue. Returns them by key, in the order of the keys."""
        chosen: dict[Hashable, Element] = {}
        for key in [key for key in self._waiting if key not in self._busy]:
            element = self._first(key)
            if element is not None:
                chosen[key] = element
            if len(chosen) == SET_MAX:
                break
        self._busy.update(chosen)
        return dict(sorted(chosen.items(), key=itemgetter(0)))

    def _first(self, key: Hashable) -> Element | None:
        """Take the first element of a key whose caller still waits."""
        queue = self._waiting.pop(key)
        while queue:
            element = queue.popleft()
            if not element.run.body.abandoned:
                if queue:
                    self._waiting[key] = queue  # behind the other keys
                return element
            element.run.body.leave()
        return None

    async def _serve(self, chosen: Mapping[Hashable, Element]) -> None:
        elements = list(chosen.values())
        try:
            with self._place():
                if len(elements) == 1:
                    await self._alone(elements[0])
                else:
                    await self._together(elements)
        finally:
            self._busy.difference_update(chosen)
            self._begin()

    @contextlib.contextmanager
    def _place(self) -> Iterator[None]:
        """Occupy a place during the block, but no longer than PLACE_SECONDS."""
        occupied = True

        def leave() -> None:
            nonlocal occupied
            if occupied:
                occupied = False
                self._under_way -= 1

        def make_room() -> None:
            leave()
            self._begin()

        timer = self._loop.call_later(PLACE_SECONDS, make_room, context=self._context)
        try:
            yield
        finally:
            timer.cancel()
            leave()

    async def _together(self, elements: Sequence[Element]) -> None:
        try:
            rows = await self._steps.together(self._form, elements)
        except _OF_ALL as error:
            for element in elements:
                self._steps.proceed_with(element.run, _copy(error))
        except Exception:  # noqa: BLE001 -- whichever element caused it gets it when it runs by itself
            await asyncio.gather(*map(self._alone, elements))
        else:
            await self._deliver(elements, {row["ordinal"]: row for row in rows})

    async def _deliver(self, elements: Sequence[Element], rows: Mapping[int, Row]) -> None:
        skipped = []
        for ordinal, element in enumerate(elements, 1):
            row = rows.get(ordinal)
            if row is not None and self._form.skips and row["skipped"]:
                skipped.append(element)
            else:
                self._steps.proceed(element.run, row)
        await asyncio.gather(*map(self._alone, skipped))

    async def _alone(self, element: Element) -> None:
        try:
            row = await self._steps.alone(element.run, self._query, element.parameters)
        except Exception as error:  # noqa: BLE001 -- the body gets it
            self._steps.proceed_with(element.run, error)
        else:
            self._steps.proceed(element.run, row)


def _copy(error: StoreError) -> StoreError:
    """Return an error for one of several callers: each adds its own traceback."""
    copied = type(error)(*error.args)
    copied.__cause__ = error.__cause__
    return copied
