"""Decides what becomes of the codes of an import: new ones are written, those that are here are compared."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from redeemd.base.cells import csv_lines
from redeemd.serialkey.codec.imported import IV_BYTES as KEY_LENGTH
from redeemd.serialkey.codec.imported import Sealed
from redeemd.serialkey.importing.keys import Keys
from redeemd.serialkey.importing.report import Found, Here, Problem
from redeemd.serialkey.importing.sealing import Ready
from redeemd.serialkey.importing.states import ACTIVE, USED, Changes, Known, State


class Step(NamedTuple):
    """Rows to insert, and what they add to the import.

    That is codes, and their bytes as lines of CSV, with and without marks for spreadsheets; nothing for rows of keys.
    """

    rows: list[dict[str, object]]
    states: list[dict[str, object]]
    codes: int = 0
    download_bytes: int = 0
    csv_bytes: int = 0


class Selection:
    """The codes of one import so far. Its methods take a while: call them in a thread, one at a time.

    count      the number of new codes
    keys       their keys
    stated     whether they have states that are to be written
    changes    the codes that are here and become used
    unchanged  the number of codes that are here in the same state
    """

    def __init__(self, key: dict[str, int], campaign_name: str, now: Callable[[], int]) -> None:
        """`key` identifies the import in rows."""
        self._key = key
        self._campaign_name = campaign_name
        self._now = now
        self._compared = Keys(KEY_LENGTH)
        self.count = 0
        self.keys = Keys(KEY_LENGTH)
        self.stated = False
        self.changes = Changes()
        self.unchanged = 0

    def select(
        self, ready: Sequence[Ready], known: Mapping[bytes, Known], given: Sequence[State], *, first: int
    ) -> tuple[Step, list[Found], dict[int, Here]]:
        """Return the codes that are neither `known` nor repeated in this call, problems, and codes in another state.

        `first` is the position of the first of `given`.
        """
        step = Step([], [])
        texts: list[str] = []
        problems = []
        differing: dict[int, Here] = {}
        for position, text, sealed, other_key in ready:
            key = sealed.lookup_key
            state = given[position - first] if given else None
            if key in known or other_key in known:
                problem = self._compare(position, key, known.get(key), state, differing)
            elif not self.keys.add(key, self.count):
                problem = Problem.DUPLICATE
            else:
                problem = None
                self._take(step, sealed, state)
                texts.append(text)
            if problem is not None:
                problems.append((position, problem))
        download_bytes, csv_bytes = len(csv_lines(texts).encode()), _plain_csv_bytes(texts)
        step = step._replace(codes=len(texts), download_bytes=download_bytes, csv_bytes=csv_bytes)
        return step, problems, differing

    def _take(self, step: Step, sealed: Sealed, state: State | None) -> None:
        """Add a new code to a step."""
        place = {**self._key, "place": self.count}
        metadata = None if state is None else state.metadata
        step.rows.append({**place, "code_key": sealed.code_key, "sealed": sealed.sealed, "metadata": metadata})
        if state is not None and state.status != ACTIVE:
            used_at = self._now() if state.status == USED and state.used_at is None else state.used_at
            step.states.append(
                {**place, "status": state.status, "used_user_id": state.used_user_id, "used_at": used_at}
            )
            self.stated = True
        self.count += 1

    def _compare(
        self, position: int, key: bytes, known: Known | None, state: State | None, differing: dict[int, Here]
    ) -> Problem | None:
        """Compare a code with the one that is here; return its problem, but add one of its state to `differing`."""
        if known is None or state is None:
            return Problem.CONFLICT
        if not self._compared.add(key, 0):
            return Problem.DUPLICATE
        found = known.compare(state, self._campaign_name)
        if found is Problem.STATE:
            differing[position] = known.here
        elif isinstance(found, State):
            self.changes.add(position, known, found, now=self._now())
        elif found is None:
            self.unchanged += 1
        return found if found is Problem.CONFLICT else None


def _plain_csv_bytes(codes: Sequence[str]) -> int:
    """Return how many bytes codes take as lines of an older release, without marks for spreadsheets."""
    lines = "\n".join(codes)
    size = len(lines.encode()) + bool(codes)
    if "," in lines or '"' in lines:
        size += sum(2 + code.count('"') for code in codes if "," in code or '"' in code)
    return size
