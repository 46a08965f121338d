"""The states of the codes of a file: which columns have them, and what they say."""

import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from redeem.serialkey.v1 import requests_pb2 as pb

from redeemd.code_files.column import Column
from redeemd.code_files.table import Table, Unreadable

METADATA_CHARACTERS_MAX = 2048  # as the contract says

# Returns a time of use in Unix milliseconds. Raises ValueError with a sentence for people.
ReadTime = Callable[[str], int]

ACTIVE, USED, INACTIVE = 1, 2, 3  # as in SerialKeyStatus
STATUSES = {"ACTIVE": ACTIVE, "USED": USED, "INACTIVE": INACTIVE}
_WORDS = {ACTIVE: "unused", USED: "used", INACTIVE: "switched off"}
_USER = re.compile(r"[^\x00-\x1f\x7f-\x9f:]{1,128}")  # as the contract says
_NAMES = {
    "status": {"status"},
    "user": {"useduserid", "userid", "user", "playerid", "player"},
    "time": {"usedat"},
    "metadata": {"metadata"},
}


class StateColumns(NamedTuple):
    """The indices of the columns with states; None where the file has none."""

    status: int | None
    user: int | None
    time: int | None
    metadata: int | None


def find_states(table: Table, column: Column) -> StateColumns | None:
    """Return the columns with states of codes, by their names; None if the file says nothing of states.

    Raises Unreadable if two columns have the name of one.
    """
    if column.header is None:
        return None
    names = [re.sub(r"[\W_]+", "", cell.casefold()) for cell in table.rows[0]]
    found: dict[str, int | None] = {}
    for kind, known in _NAMES.items():
        places = [index for index, name in enumerate(names) if name in known and index != column.index]
        if len(places) > 1:
            same = " and ".join(table.rows[0][index] for index in places)
            raise Unreadable(f"has more than one column with the {kind} of a code: {same}; rename one of them")
        found[kind] = places[0] if places else None
    columns = StateColumns(**found)
    return None if columns.status is columns.user is columns.time is None else columns


class Wrong(Exception):
    """A cell says something that no code can have. The message says what; `column` is its index."""

    def __init__(self, column: int, cell: str, text: str) -> None:
        super().__init__(text)
        self.column, self.cell = column, cell


class FileStates:
    """The states of the codes of a file, in their order. There may be a million, so there is no object for each."""

    def __init__(self) -> None:
        self._statuses = bytearray()
        self._users: list[str] = []
        self._times = array("q")  # 0: the file says none
        self._metadata: list[str] = []

    def append(self, status: int, user: str, time: int, metadata: str) -> None:
        """Add a state; empty texts and 0 are what the file does not say."""
        self._statuses.append(status)
        self._users.append(user)
        self._times.append(time)
        self._metadata.append(metadata)

    def taken(self, places: Iterable[int]) -> "FileStates":
        """Return those at some places."""
        states = FileStates()
        for place in places:
            states.append(self._statuses[place], self._users[place], self._times[place], self._metadata[place])
        return states

    def messages(self, start: int, end: int) -> Iterator[pb.ImportedState]:
        """Yield the states of a range, as requests have them."""
        for place in range(start, min(end, len(self._statuses))):
            yield pb.ImportedState(
                status=self._statuses[place],  # type: ignore[arg-type]  # the numbers of the enum
                used_user_id=self._users[place] or None,
                used_at=self._times[place] or None,
                metadata=self._metadata[place] or None,
            )

    def summary(self) -> str:
        """Return how many codes are in which state, for people."""
        counts = Counter(self._statuses)
        return ", ".join(f"{counts[status]:,} {word}" for status, word in _WORDS.items())

    def text(self, place: int) -> str:
        """Return a state for people."""
        return text_of_state(self._statuses[place], self._users[place], self._times[place])


def text_of_state(status: int, user: str, time: int) -> str:
    """Return a state for people: "used by alice at 2026-01-31T12:00:00+00:00"."""
    by = f" by {user}" if user else ""
    at = f" at {datetime.fromtimestamp(time / 1000, UTC).isoformat(timespec='seconds')}" if time else ""
    return f"{_WORDS[status]}{by}{at}"


def read_state(cells: list[str], columns: StateColumns, time_of: ReadTime) -> tuple[int, str, int, str]:
    """Return status, user, time and metadata of a row; empty or 0 where it says nothing. Raises Wrong."""

    def cell(index: int | None) -> str:
        return cells[index].strip() if index is not None and index < len(cells) else ""

    user, time, metadata = _user(columns, cell(columns.user)), _time(columns, cell(columns.time), time_of), ""
    if columns.metadata is not None:
        metadata = cell(columns.metadata)
        if len(metadata) > METADATA_CHARACTERS_MAX:
            raise Wrong(columns.metadata, metadata[:40], f"has more than {METADATA_CHARACTERS_MAX} characters")
    status = _status(columns, cell(columns.status), used=bool(user or time))
    return status, user, time, metadata


def _status(columns: StateColumns, text: str, *, used: bool) -> int:
    if not text:
        return USED if used else ACTIVE
    assert columns.status is not None
    status = STATUSES.get(text.upper())
    if status is None:
        raise Wrong(columns.status, text, f"is none of {', '.join(STATUSES)}")
    if used and status != USED:
        raise Wrong(columns.status, text, "contradicts the player or the time of use beside it")
    return status


def _user(columns: StateColumns, text: str) -> str:
    if text and ("#{" in text or not _USER.fullmatch(text)):
        assert columns.user is not None
        raise Wrong(columns.user, text[:40], "is no id of a player: 1 to 128 characters without : and #{")
    return text


def _time(columns: StateColumns, text: str, time_of: ReadTime) -> int:
    if text in {"", "0"}:
        return 0
    try:
        return time_of(text)
    except ValueError as problem:
        assert columns.time is not None
        raise Wrong(columns.time, text[:40], f"is no time of use: {problem}") from None
