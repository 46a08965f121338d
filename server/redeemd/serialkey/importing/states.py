"""The states of imported codes: read from a request, compared with those that are here, and applied to these."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import resources_pb2

from redeemd.errors import ValidationFailed, Violation
from redeemd.serialkey.importing.report import Here, Problem
from redeemd.serialkey.limits import totals
from redeemd.serialkey.queries import QUERIES
from redeemd.store.base import Row, Tx
from redeemd.store.each import each

USED = resources_pb2.SERIAL_KEY_STATUS_USED
ACTIVE = resources_pb2.SERIAL_KEY_STATUS_ACTIVE


class State(NamedTuple):
    """The state of a code in a request. A member is None if the request omits it, or if there is no such value."""

    status: int = ACTIVE
    used_user_id: str | None = None
    used_at: int | None = None
    metadata: str | None = None


def read(given: Sequence[pb.ImportedState], first: int) -> list[State]:
    """Read states, the first of which has the index `first` in its message. Raises ValidationFailed."""
    states = [
        State(
            each.status,
            each.used_user_id or None,
            each.used_at if each.HasField("used_at") else None,
            each.metadata or None,
        )
        for each in given
    ]
    for place, (status, user, used_at, _) in enumerate(states, first):
        if status != USED and (user is not None or used_at is not None):
            text = "used_user_id and used_at need the status USED"
            raise ValidationFailed(violations=[Violation(f"states[{place}].status", text)])
    return states


class Known(NamedTuple):
    """An imported code that is here, as in a row of imported_keys_read; `campaign_name` is None for a deleted batch."""

    campaign_number: int
    sequence: int
    campaign_name: str | None
    here: Here
    used_several_times: bool

    @classmethod
    def of(cls, row: Row) -> "Known":
        """Read a row."""
        here = Here(row["status"], row["used_user_id"], row["used_at"])
        name = row["campaign_name"]
        return cls(row["campaign_number"], row["sequence"], name, here, used_several_times=row["uses"] is not None)

    def compare(self, given: State | None, campaign_name: str) -> Problem | State | None:
        """Return the problem of a code with this state or, if it becomes used, the state; None if it is the same."""
        if given is None or self.campaign_name != campaign_name:
            return Problem.CONFLICT
        here = self.here
        if given.status == USED and here.status != USED and not self.used_several_times:
            return given
        same = (
            given.status == here.status
            and not self.used_several_times
            and given.used_user_id in {None, here.used_user_id}
            and given.used_at in {None, here.used_at}
        )
        return None if same else Problem.STATE


class Changes:
    """The codes that are here and become used, of which there may be a million: they take little memory."""

    def __init__(self) -> None:
        self._numbers = array("q")  # position, campaign, sequence, time of use
        self._users: list[str | None] = []

    def __len__(self) -> int:
        return len(self._users)

    def add(self, position: int, known: Known, state: State, *, now: int) -> None:
        """Add a code by its position in the call."""
        used_at = now if state.used_at is None else state.used_at
        self._numbers.extend((position, known.campaign_number, known.sequence, used_at))
        self._users.append(state.used_user_id)

    def parts(self, size: int) -> Iterator[dict[int, dict[str, object]]]:
        """Yield the codes by position, at most `size` at a time, as parameters of imported_key_use."""
        names = ("campaign_number", "sequence", "used_at")
        for start in range(0, len(self), size):
            part: dict[int, dict[str, object]] = {}
            for place in range(start, min(start + size, len(self))):
                position, *numbers = self._numbers[4 * place : 4 * place + 4]
                part[position] = {**dict(zip(names, numbers, strict=True)), "user_id": self._users[place]}
            yield part


async def use(tx: Tx, namespace_id: int, part: Mapping[int, dict[str, object]], *, now: int) -> dict[int, Here]:
    """Mark codes as used; return the states of those that somebody else used meanwhile, by position."""
    common = {"namespace_id": namespace_id, "now": now}
    rows = await each(tx, QUERIES.imported_key_use, [{**common, **element} for element in part.values()])
    with_total: dict[int, int] = {}
    refused: dict[int, Here] = {}
    for (position, element), row in zip(part.items(), rows, strict=True):
        if row is None:
            refused[position] = await _here(tx, namespace_id, element)
        elif row["number_with_total"] is not None:
            with_total[row["number_with_total"]] = with_total.get(row["number_with_total"], 0) + 1
    for number, count in sorted(with_total.items()):
        await totals.add(tx, namespace_id, number, count)
    return refused


async def _here(tx: Tx, namespace_id: int, element: Mapping[str, object]) -> Here:
    number, sequence = element["campaign_number"], element["sequence"]
    assert isinstance(sequence, int)
    rows = await tx.all(
        QUERIES.serial_key_range,
        namespace_id=namespace_id,
        campaign_number=number,
        owner_number=number,
        first=sequence,
        end=sequence + 1,
    )
    # Without a row, the batch is about to be deleted.
    return Here(rows[0]["status"], rows[0]["used_user_id"], rows[0]["used_at"]) if rows else Here(ACTIVE, None, None)
