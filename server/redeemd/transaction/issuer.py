"""The state that a transaction shares with the transactions nested in it, and the context that its actions have."""

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from redeem.transaction.v1 import requests_pb2

from redeemd.script.scripts import ScriptRun
from redeemd.transaction.limits import ACTIONS_MAX, TEXT_BYTES_MAX, too_large


@dataclass(slots=True)
class Shared:
    """State shared by a transaction and the transactions nested in it."""

    transaction_id: str  # of the outermost transaction
    actions_left: int = ACTIONS_MAX
    room: int = TEXT_BYTES_MAX  # in bytes
    forecasts: list[requests_pb2.ActionForecast] | None = None  # of a preflight, in which refusals are not raised
    players: set[str] = field(default_factory=set)  # locked by this transaction
    scouted: bool = False  # all players of its actions are known, including those of nested actions
    named: set[str] | None = None  # players found by a Scout; None if this is not a scout's
    # The part of the body of an event that is the same for all actions on a player: see redeemd.event.method_events.
    player_parts: dict[str, bytes] = field(default_factory=dict)
    # Master data that nested exchanges have read, shared by the scout and the transaction.
    rates: dict[Hashable, object] = field(default_factory=dict)
    scripts: list[ScriptRun] = field(default_factory=list)  # that ran, in order

    def take_action(self) -> None:
        """Count an action. Raises TransactionTooLarge."""
        self.actions_left -= 1
        if self.actions_left < 0:
            raise too_large("actions", ACTIONS_MAX)

    def take_room(self, text: str) -> None:
        """Count the size of a request or a result. Raises TransactionTooLarge."""
        self.room -= len(text) if text.isascii() else len(text.encode())
        if self.room < 0:
            raise too_large("text", TEXT_BYTES_MAX)


class Placed(Protocol):
    """An action of a transaction. See redeemd.transaction.action.ActionRequest."""

    @property
    def place(self) -> str:
        """Its position."""

    @property
    def from_master(self) -> bool:
        """Whether the whole request comes from master data, except the player's id."""


class Issuer(NamedTuple):
    """The context that an action has of the transaction that runs it. See redeemd.rpc.call.Issuer.

    from_master: the whole request of the action comes from master data, except the player's id.
    """

    shared: Shared
    depth: int
    path: str
    from_master: bool = False

    @property
    def transaction_id(self) -> str:
        """See redeemd.rpc.call.Issuer."""
        return self.shared.transaction_id

    @property
    def rates(self) -> dict[Hashable, object]:
        """See redeemd.rpc.call.Issuer."""
        return self.shared.rates

    @property
    def scripts(self) -> list[ScriptRun]:
        """See redeemd.rpc.call.Issuer."""
        return self.shared.scripts

    def without_forecasts(self) -> "Issuer":
        """Return the same context, but with refusals raised."""
        if self.shared.forecasts is None:
            return self
        return self._replace(shared=replace(self.shared, forecasts=None))

    def within(self, place: str) -> str:
        """Return the path of an action of the transaction that was issued in this context."""
        return f"{self.path}/{place}" if self.path else place

    def of(self, request: "Placed") -> "Issuer":
        """Return the context of an action of the transaction that was issued in this context."""
        return Issuer(self.shared, self.depth + 1, self.within(request.place), self.from_master or request.from_master)
