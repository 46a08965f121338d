"""The players of a transaction, which it locks before its first action.

To find those of nested transactions, the nesting actions run with Scouts, which perform nothing.
"""

import contextlib
from collections.abc import Iterable

from redeemd.errors import ServiceError, StaleNamespace
from redeemd.rpc.call import Call
from redeemd.transaction.action import ActionRequest
from redeemd.transaction.issuer import Issuer


class Scouted(Exception):
    """Ends a method that runs with a Scout, once its players are known. Not a refusal."""


def named_by(actions: Iterable[ActionRequest], player: str) -> set[str]:
    """Return the players that actions name. An action that names none is about the player of its transaction."""
    return {getattr(request.message, "user_id", player) for request in actions}


async def scout(request: ActionRequest, call: Call[object], issuer: Issuer) -> None:
    """Run a nesting action in a transaction with the context of a Scout.

    Refusals are ignored: the action will refuse again when it is performed.
    """
    with contextlib.suppress(Scouted, ServiceError, StaleNamespace):
        issuer.shared.take_action()
        await request.action.perform(request, call, issuer)
