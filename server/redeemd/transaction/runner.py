"""Begins the transactions that run within the store transaction of a call.

An action that issues a transaction itself (an exchange as a reward) runs it in the same store transaction, and both
count against the same limits. If any action refuses, the whole transaction refuses and the store rolls everything back.

Before its first action, a transaction locks every player named by it or by a transaction nested in it. To find them, it
first goes through the nesting actions without performing any: see redeemd.transaction.players.
"""

from collections.abc import Sequence

from redeem.transaction.v1 import requests_pb2

from redeemd.rpc.call import Call
from redeemd.transaction.ids import new_id
from redeemd.transaction.issuer import Issuer, Shared
from redeemd.transaction.limits import DEPTH_MAX, too_large
from redeemd.transaction.parser import ActionParser
from redeemd.transaction.players import Scouted
from redeemd.transaction.results import Results
from redeemd.transaction.sheets import Sheets
from redeemd.transaction.transaction import Transaction, TransactionParts
from redeemd.transaction.unperformed import Scout, SignedTransaction


class Runner:
    """Creates transactions."""

    def __init__(self, parser: ActionParser, results: Results, sheets: Sheets) -> None:
        self.parser = parser
        self.results = results
        self._parts = TransactionParts(parser, results, sheets)

    def begin(
        self,
        call: Call[object],
        *,
        namespace_names: Sequence[str | None],
        transaction_id: str | None = None,
        signed: bool = False,
    ) -> Transaction:
        """Begin a transaction for the player of a call or, with `signed`, one that its holder is to run.

        namespace_names are those that a key must have access to in order to read the result; with None among them, the
        key must have access to all. Raises TransactionTooLarge when it is nested too deeply, or Scouted.
        """
        kind = SignedTransaction if signed else Transaction
        transaction_id = transaction_id or (call.executed and call.executed.transaction_id) or new_id()
        issuer = call.issuer if isinstance(call.issuer, Issuer) else Issuer(Shared(transaction_id), depth=0, path="")
        if issuer.depth >= DEPTH_MAX:
            raise too_large("depth", DEPTH_MAX)
        if issuer.shared.named is not None:
            if signed:
                raise Scouted  # nothing is performed, so no player is locked
            kind = Scout
        return kind(self._parts, call, issuer, transaction_id, namespace_names)

    def forecast(self, call: Call[object]) -> tuple[Transaction, list[requests_pb2.ActionForecast]]:
        """Return a transaction that continues after refusals and must be rolled back, and the list of its forecasts."""
        forecasts: list[requests_pb2.ActionForecast] = []
        transaction_id = new_id()
        issuer = Issuer(Shared(transaction_id, forecasts=forecasts), depth=0, path="")
        return Transaction(self._parts, call, issuer, transaction_id), forecasts

    def decide(self, call: Call[object], *, namespace_names: Sequence[str | None]) -> Transaction:
        """Begin a transaction that raises refusals even in a forecast, because an expression is evaluated by them."""
        transaction = self.begin(call, namespace_names=namespace_names)
        transaction.issuer = transaction.issuer.without_forecasts()
        return transaction
