"""The actions that a transaction has performed, as its reply and its stored result show them."""

from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring

from redeemd.transaction.action import ActionRequest, ActionResult
from redeemd.transaction.definition import Kind
from redeemd.transaction.template import USER_ID

_KINDS = tuple(Kind)  # iterating over the enumeration itself is slower


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

    def results(self) -> dict[str, object]:
        """Return the results of the actions as fields of a TransactionResult."""
        return {f"{kind}_results": _results(kind, done) for kind, done in self._by_kind.items()}

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
