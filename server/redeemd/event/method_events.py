"""Makes the events of one method.

The body of an event is a serialized message, and parts of a message can be serialized apart and joined. Most of it is
the same for all events of a method, or for all events of a transaction about one player.
"""

import functools
from collections.abc import Callable

from redeem.event.v1.resources_pb2 import Event

from redeemd.event.parameters import parameters

_CACHE_MAX = 10_000  # namespaces whose part of a body is cached, per method


class MethodEvents:
    """Makes the events of one method, or of the action that performs it without a call."""

    def __init__(self, kind: int, service: str, name: str) -> None:
        """`name` is package.Service/Method."""
        self._kind = kind
        self._place: Callable[[str], bytes] = functools.lru_cache(maxsize=_CACHE_MAX)(
            lambda namespace_name: Event(
                service=service, namespace_name=namespace_name, method=name
            ).SerializeToString()
        )

    def event(
        self, namespace_name: str, player: bytes, about: bytes, *, at: int, code_position: str | None
    ) -> dict[str, object]:
        """Return an event as parameters of a query.

        `player` is what `player_part` returns; `about` is a serialized Event with only its details.
        """
        return parameters(self._kind, self._place(namespace_name) + player + about, at=at, code_position=code_position)


def player_part(user_id: str | None, actor: str | None, transaction_id: str | None) -> bytes:
    """Return the part of a body that the events of one transaction about one player have in common."""
    return Event(user_id=user_id, actor=actor, transaction_id=transaction_id).SerializeToString()
