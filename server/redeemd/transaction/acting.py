"""Actions that are performed directly, without a call of their own.

An action is an RPC under another name. Running the body of the RPC takes a call, the rules around it and a reply
message, which together cost more than the statement itself. A servicer therefore marks the methods whose actions are
frequent with @acts: a function that does the same from the request alone, and renders the reply as JSON. It returns
None, before its first statement, for a request that it does not handle; the body of the RPC then runs, as for any other
action.
"""

from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

from redeemd.event.method_events import MethodEvents, player_part
from redeemd.event.recorder import RecordingTx
from redeemd.rpc.call import Call
from redeemd.rpc.marks import Mark, mark
from redeemd.store.base import Tx
from redeemd.transaction.action import ActionResult
from redeemd.transaction.issuer import Shared


class ActionOnPlayer(Protocol):
    """The request of an action that is performed directly."""

    namespace_name: str
    user_id: str


RequestT = TypeVar("RequestT", bound=ActionOnPlayer)
ServicerT = TypeVar("ServicerT")


class Acting(Generic[RequestT]):
    """An action's view of the transaction that performs it. `request` is a valid request of the action's RPC."""

    __slots__ = ("_events", "_recording", "call", "request", "shared")

    def __init__(self, call: Call[object], request: RequestT, shared: Shared, events: MethodEvents | None) -> None:
        """`call` is that of the transaction; `events` records the events of the action, if they are kept."""
        self.call = call
        self.request = request
        self.shared = shared
        self._events = events
        self._recording: RecordingTx | None = None

    def recording(self, about: bytes, code_position: str | None = None) -> Tx:
        """Return the transaction for the statement that the event of the action describes (see MethodEvents.event)."""
        if self._events is None:
            return self.call.tx
        call, request = self.call, self.request
        player = self.shared.player_parts.get(request.user_id)
        if player is None:
            player = player_part(request.user_id, call.origin.caller.actor, self.shared.transaction_id)
            self.shared.player_parts[request.user_id] = player
        event = self._events.event(
            request.namespace_name, player, about, at=call.server_now, code_position=code_position
        )
        self._recording = RecordingTx(self.call.tx, event, alone=False)
        return self._recording

    def done(self) -> None:
        """Add the event of the action, which has succeeded, to those of the call."""
        if self._recording is not None:
            self.call.events.append(self._recording.event)


# Performs an action; returns None if it does not handle the request. Raises the refusals of the RPC.
Act = Callable[[Acting[ActionOnPlayer]], Awaitable[ActionResult | None]]


def acts(act: Callable[[ServicerT, Acting[RequestT]], Awaitable[ActionResult | None]]) -> Mark:
    """Perform the action of a method with `act` instead of the method's body, where it handles the request."""
    return mark(act=act)
