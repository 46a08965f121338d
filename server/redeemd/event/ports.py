"""The interface that the Event service needs of webhooks."""

from collections.abc import Sequence
from typing import Protocol

from redeem.event.v1.resources_pb2 import DeadLetter, Webhook
from redeem.options.v1 import options_pb2

from redeemd.store.base import Tx


class Webhooks(Protocol):
    """The webhooks of all servers, in a transaction, for operators. Every method with a name raises WebhookNotFound."""

    async def page(self, tx: Tx, *, after: str, limit: int) -> list[Webhook]:
        """Return webhooks with higher names than `after`, by name."""

    async def dead_letters(
        self, tx: Tx, name: str, *, access: options_pb2.CodeAccess, after: int, limit: int
    ) -> Sequence[tuple[int, DeadLetter]]:
        """Return dead letters with a higher sequence than `after`, each with its sequence."""

    async def retry(self, tx: Tx, name: str, dead_letter_ids: Sequence[str], *, now: int) -> tuple[Webhook, int]:
        """Make a webhook and some of its dead letters due; return it, and how many dead letters there were."""

    async def replay(self, tx: Tx, name: str, *, cursor: str | None, at: int | None, now: int) -> Webhook:
        """Move a webhook to a cursor, to a time, or to the oldest event.

        Raises PageTokenInvalid, or CursorExpired.
        """

    def wake(self) -> None:
        """Send what is due. Called after the commit."""
