"""The interfaces that transactions need of handlers."""

from collections.abc import Sequence
from typing import Protocol

from redeemd.base.trace import Trace
from redeemd.store.base import Row, Tx


class ActionOutbox(Protocol):
    """Holds the acquire actions that are delivered to handlers after the commit."""

    async def put(
        self, tx: Tx, action: str, request: str, *, user_id: str, transaction_id: str, trace: Trace | None, now: int
    ) -> str:
        """Add a delivery, which belongs to a trace if there is one; return its id. The player's lock is held."""

    def wake(self, prefix: str) -> None:
        """Deliver what is due for the handler of a prefix. Called after the commit."""

    async def page(self, tx: Tx, *, user_id: str | None, state: int | None, after: int, limit: int) -> Sequence[Row]:
        """List deliveries with a higher sequence than `after`, in the order of their transactions."""

    async def revive(self, tx: Tx, delivery_id: str, *, now: int) -> Row:
        """Make a delivery due again if it is dead, and return it. Raises DeliveryNotFound."""
