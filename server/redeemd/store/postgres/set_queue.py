"""The statements of one query that wait to run together."""

import asyncio
import itertools
from collections import deque
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from redeemd.store.set_form import SetForm
from redeemd.store.stepped import SteppedBody

TOGETHER_MAX = 128
# Statements with one key that run in one transaction: each is a round trip that the others wait for.
SETS_MAX = 16


@dataclass(frozen=True, slots=True)
class Run:
    """A body that runs in steps, and how it was to be run. `locks` are the names that its next statement requires."""

    body: SteppedBody
    write: bool
    queue: Sequence[str]
    outcome: "asyncio.Future[object]"
    locks: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Element:
    """A statement for which a run waits."""

    run: Run
    parameters: Mapping[str, object]
    queued: float  # when it began to wait, by the clock of the event loop


@dataclass(frozen=True, slots=True)
class Batch:
    """Elements that run together, as sets one after the other: the second element with a key is in the second set."""

    keys: Sequence[Hashable]
    sets: Sequence[Sequence[Element]]

    @property
    def elements(self) -> list[Element]:
        """All elements."""
        return [element for each in self.sets for element in each]


class SetQueue:
    """A queue of elements by key. Keys take turns."""

    def __init__(self, form: SetForm) -> None:
        self._form = form
        self._waiting: dict[Hashable, deque[Element]] = {}
        self._busy: set[Hashable] = set()  # the keys of batches under way
        self._numbers = itertools.count()

    def __len__(self) -> int:
        """Return the number of elements that wait."""
        return sum(map(len, self._waiting.values()))

    def add(self, element: Element) -> None:
        """Append an element."""
        key = next(self._numbers) if self._form.key is None else self._form.key(element.parameters)
        self._waiting.setdefault(key, deque()).append(element)

    def next(self) -> Batch | None:
        """Take the next batch, without elements whose callers no longer wait, or with a key that is under way."""
        chosen: dict[Hashable, list[Element]] = {}
        room = TOGETHER_MAX
        for key in [key for key in self._waiting if key not in self._busy]:
            if taken := self._take(key, min(room, SETS_MAX)):
                chosen[key] = taken
                room -= len(taken)
            if not room:
                break
        if not chosen:
            return None
        self._busy.update(chosen)
        ordered = [elements for _, elements in sorted(chosen.items(), key=itemgetter(0))]
        count = max(map(len, ordered))
        return Batch(list(chosen), [[each[n] for each in ordered if n < len(each)] for n in range(count)])

    def _take(self, key: Hashable, most: int) -> list[Element]:
        queue, taken = self._waiting.pop(key), list[Element]()
        while queue and len(taken) < most:
            element = queue.popleft()
            if element.run.outcome.cancelled():
                element.run.body.leave()
            else:
                taken.append(element)
        if queue:
            self._waiting[key] = queue  # behind the other keys
        return taken

    def ended(self, batch: Batch) -> None:
        """Allow further elements with the keys of a batch that has ended."""
        self._busy.difference_update(batch.keys)
