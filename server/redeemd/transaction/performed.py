"""The actions that a transaction has performed, as its reply and its stored result show them."""

from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring
from typing import NamedTuple

from redeem.transaction.v1 import resources_pb2

from redeemd.transaction.action import ActionRequest, ActionResult
from redeemd.transaction.definition import Kind
from redeemd.transaction.template import USER_ID

_KINDS = tuple(Kind)  # iterating over the enumeration itself is slower


class Issued(NamedTuple):
    """A transaction that has run."""

    text: str  # {transactionId, userId, verifyActions, consumeActions, acquireActions} as JSON
    result: resources_pb2.TransactionResult

    def fields(self) -> dict[str, object]:
        """Return the fields of a reply that issues a transaction (semantics 5.5)."""
        return {
            "transaction_id": self.result.transaction_id,
            "auto_run_stamp_sheet": True,
            "atomic_commit": True,
            "transaction": self.text,
            "transaction_result": self.result,
        }


class Performed:
    """Actions with their results, by kind and in order."""

    def __init__(self) -> None:
        self._by_kind: Mapping[Kind, list[tuple[ActionRequest, ActionResult]]] = {kind: [] for kind in _KINDS}

    def add(self, request: ActionRequest, result: ActionResult) -> None:
        """Add an action."""
        self._by_kind[request.action.definition.kind].append((request, result))

    def texts(self) -> list[str]:
        """Return the replies of the actions as JSON."""
        return [result.text for done in self._by_kind.values() for _, result in done]

    def results(self, **fields: object) -> resources_pb2.TransactionResult:
        """Return the results of the actions, with other fields of the message."""
        results = {f"{kind}_results": _results(kind, done) for kind, done in self._by_kind.items()}
        return resources_pb2.TransactionResult(**fields, **results)  # type: ignore[arg-type]  # fields of the message

    def requests_text(self, transaction_id: str, user_id: str) -> str:
        """Render the requests of a transaction, assembled from the texts that exist already."""
        members = [f'"transactionId":"{transaction_id}"', f'"{USER_ID}":{encode_basestring(user_id)}']
        members += [f'"{kind}Actions":[{",".join(map(_request_text, done))}]' for kind, done in self._by_kind.items()]
        return "{" + ",".join(members) + "}"


def _request_text(done: tuple[ActionRequest, ActionResult]) -> str:
    request, _ = done  # the names of actions need no escaping
    return f'{{"action":"{request.action.definition.name}","request":{encode_basestring(request.text)}}}'


def _results(kind: Kind, done: Sequence[tuple[ActionRequest, ActionResult]]) -> list[dict[str, object]]:
    """Return the results of one kind, each as a dict of its fields."""
    request_field, result_field = f"{kind}_request", f"{kind}_result"
    return [
        {
            "action": request.action.definition.name,
            request_field: request.text,
            "status_code": result.status_code,
            result_field: result.text,
        }
        for request, result in done
    ]
