"""Runs statements of one query that wait together as one statement: the set form of the query.

A statement that arrives while few others are under way runs at once, and if it is alone in its single form. Later ones
wait until a place becomes free, and then run together. The elements of a set are ordered by their keys, so that sets of
different replicas cannot deadlock. A statement waits while others with its key are under way; several with one key run
one after the other in one transaction.
"""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Protocol

from redeemd.store.base import OF_ALL_CALLERS, Row, StoreError
from redeemd.store.postgres.places import Places
from redeemd.store.postgres.set_queue import Batch, Element, Run, SetQueue
from redeemd.store.set_form import SetForm
from redeemd.store.sql import Query


class Steps(Protocol):
    """Runs statements, and goes on with the bodies that wait for them."""

    async def together(self, form: SetForm, batch: Batch) -> Sequence[Sequence[Row]]:
        """Run a batch and return the rows of each of its sets. Raises a StoreError, or what the statement raises."""

    async def alone(self, run: Run, query: Query, parameters: Mapping[str, object]) -> Row | None:
        """Run a statement in its single form and return its row. Raises the same."""

    def failed(self, error: Exception) -> None:
        """Report the error of a batch whose elements run one by one now."""

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
        self._queue = SetQueue(form)
        self._places = Places(self._next)

    @property
    def waiting(self) -> int:
        """The number of statements that wait."""
        return len(self._queue)

    def add(self, element: Element) -> None:
        """Run a statement, now or together with others. Those added in one step of the event loop run together."""
        self._queue.add(element)
        self._places.wake()

    def _next(self) -> Coroutine[object, object, None] | None:
        batch = self._queue.next()
        return None if batch is None else self._serve(batch)

    async def _serve(self, batch: Batch) -> None:
        elements = batch.elements
        try:
            if len(elements) == 1:
                await self._alone(elements[0])
            else:
                await self._together(batch, elements)
        finally:
            self._queue.ended(batch)

    async def _together(self, batch: Batch, elements: Sequence[Element]) -> None:
        try:
            rows = await self._steps.together(self._form, batch)
        except OF_ALL_CALLERS as error:
            for element in elements:
                self._steps.proceed_with(element.run, copy_of(error))
        except Exception as error:  # noqa: BLE001 -- whichever element caused it gets it when it runs by itself
            self._steps.failed(error)
            await asyncio.gather(*map(self._alone, elements))
        else:
            skipped: list[Element] = []
            for each, found in zip(batch.sets, rows, strict=True):
                skipped += self._deliver(each, {row["ordinal"]: row for row in found})
            await asyncio.gather(*map(self._alone, skipped))

    def _deliver(self, elements: Sequence[Element], rows: Mapping[int, Row]) -> list[Element]:
        """Return the rows of a set to its bodies. Returns the elements that it skipped."""
        skipped = []
        for ordinal, element in enumerate(elements, 1):
            row = rows.get(ordinal)
            if row is not None and self._form.skips and row["skipped"]:
                skipped.append(element)
            else:
                self._steps.proceed(element.run, row)
        return skipped

    async def _alone(self, element: Element) -> None:
        try:
            row = await self._steps.alone(element.run, self._query, element.parameters)
        except Exception as error:  # noqa: BLE001 -- the body gets it
            self._steps.proceed_with(element.run, error)
        else:
            self._steps.proceed(element.run, row)


def copy_of(error: StoreError) -> StoreError:
    """Return an error for one of several callers: each adds its own traceback."""
    copied = type(error)(*error.args)
    copied.__cause__ = error.__cause__
    return copied
