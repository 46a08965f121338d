"""Transactions that perform nothing: those whose actions are signed, and those that only find their players."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from google.protobuf.message import Message

from redeemd.transaction import players
from redeemd.transaction.action import ActionRequest
from redeemd.transaction.players import Scouted
from redeemd.transaction.sheets import Origin
from redeemd.transaction.transaction import Transaction


@dataclass(slots=True)
class SignedTransaction(Transaction):
    """A transaction whose actions are signed, not performed: its holder runs them."""

    signed: ClassVar[bool] = True

    _actions: list[ActionRequest] = field(default_factory=list)

    async def perform_all(self, actions: Sequence[ActionRequest]) -> None:
        """Add actions, in order."""
        for request in actions:
            self.issuer.shared.take_action()
            self._actions.append(request)

    async def reply(self, **fields: object) -> Message:
        """Sign the actions; return the reply with these fields (semantics 5.5, 5.7). Raises TransactionTooLarge."""
        call, sheets = self.call, self.parts.sheets
        [namespace_name] = self.namespace_names
        assert namespace_name is not None, "a signed exchange has a namespace"
        origin = Origin(
            self.transaction_id, call.player, namespace_name, call.server_now, time_offset_ms=call.now - call.server_now
        )
        return call.reply(
            **fields,
            transaction_id=self.transaction_id,
            stamp_sheet=sheets.write(origin, self._actions),
            stamp_sheet_encryption_key_id=sheets.key_id,
            auto_run_stamp_sheet=False,
            atomic_commit=False,
        )


@dataclass(slots=True)
class Scout(Transaction):
    """Finds the players of a transaction and of those nested in it. It performs nothing, so it only reads."""

    async def take_players(self, actions: Sequence[ActionRequest]) -> None:
        """Record the players of the transaction's actions and of the actions nested in them. Raises Scouted."""
        shared = self.issuer.shared
        assert shared.named is not None, "a scout's transaction records players"
        shared.named |= players.named_by(actions, self.call.player)
        await self._scout(actions, shared)
        raise Scouted
