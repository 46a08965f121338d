"""Fields that hold JSON: what a valid value looks like, and the same with as much in it as there is room for."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from redeem.common.v1 import common_pb2
from redeemd.contract import documented_json, options
from redeemd.exchange import actions as exchange_actions
from redeemd.limit import actions as limit_actions
from redeemd.serialkey import actions as serialkey_actions
from redeemd.transaction import actions as transaction_actions
from redeemd.transaction.definition import ActionDefinition, Kind
from redeemd.transaction.limits import DEPTH_MAX

from bench.stalls import texts
from bench.stalls.contract import NAME, Path, Valid, around, methods

# Documents that an operator, a server or a player's client sends as text. Requests of actions have the option
# json_text instead.
_JSON_FIELDS = {"settings", "transaction", "verify_task", "stamp_task", "stamp_sheet", "context_stack"}
_SERVICES = {
    "Gs2SerialKey": "redeem.serialkey.v1.SerialKeyService",
    "Gs2Exchange": "redeem.exchange.v1.ExchangeService",
    "Gs2Limit": "redeem.limit.v1.LimitService",
    "Gs2Distributor": "redeem.transaction.v1.TransactionService",
}
ACTIONS_OF_TEXT, ACTIONS_OF_EXPRESSION = 100, 10  # of one kind; as many are allowed
_OVERHEAD = 128  # bytes of an action beside its request
_AND = "Gs2Distributor:AndExpressionByUserId"
_WITHOUT_EFFECT = "contextStack"  # a member that may be in any request
_HOLDERS = {
    common_pb2.VerifyAction.DESCRIPTOR.full_name: Kind.VERIFY,
    common_pb2.ConsumeAction.DESCRIPTOR.full_name: Kind.CONSUME,
    common_pb2.AcquireAction.DESCRIPTOR.full_name: Kind.ACQUIRE,
}
ACTIONS: tuple[ActionDefinition, ...] = (
    *limit_actions.ACTIONS,
    *exchange_actions.ACTIONS,
    *serialkey_actions.ACTIONS,
    *transaction_actions.ACTIONS,
)


@dataclass(frozen=True, slots=True)
class Document:
    """A valid value of a JSON field; `action` is the action that the request belongs to."""

    label: str
    value: dict[str, Any]
    action: str = ""


def is_json(field: FieldDescriptor) -> bool:
    """Return whether a field of a request holds JSON text."""
    return field.name in _JSON_FIELDS or options.is_json_text(field)


def documents(path: Path, method: MethodDescriptor, valid: Valid) -> list[Document]:
    """Return valid values of a JSON field; of a request, one for each action that may appear there."""
    name = path[-1].name
    kind = _HOLDERS.get(around(path[-1]).full_name)
    if kind is not None:
        return [_of_action(spec, valid) for spec in ACTIONS if spec.kind == kind]
    if name == "settings":
        return [Document("settings", SETTINGS[method.containing_service.name])]
    if name == "transaction":
        return [Document("transaction", transaction(valid)), Document("nested", _nested(transaction(valid)))]
    return [Document("signed", {"body": "{}", "signature": "A" * 44})]


def _of_action(spec: ActionDefinition, valid: Valid) -> Document:
    prefix, name = spec.name.split(":")
    [method] = [it for it in methods() if it.containing_service.full_name == _SERVICES[prefix] and it.name == name]
    request = valid.message(method.input_type, lists=True)
    return Document(spec.name, documented_json.to_json(request), spec.name)


def transaction(valid: Valid) -> dict[str, Any]:
    """Return a transaction of one action of each kind."""
    found = {}
    for kind in Kind:
        document = next(_of_action(spec, valid) for spec in ACTIONS if spec.kind == kind)
        found[f"{kind}Actions"] = [{"action": document.action, "request": document.value}]
    return found


def _nested(value: dict[str, Any]) -> dict[str, Any]:
    """Return a transaction of the verify actions of another one, in expressions as deep as allowed."""
    actions = value["verifyActions"]
    for _ in range(DEPTH_MAX - 1):
        actions = [{"action": _AND, "request": {"userId": NAME, "actions": actions}}]
    return {"verifyActions": actions}


def variants(document: Document, *, shapes: bool) -> Iterator[tuple[str, Callable[[int], str]]]:
    """Return what to fill a document with, and how it is filled for some room.

    Each list of it holds as many empty objects, or as many of its items, as there is room for; with `shapes`, an
    unknown member holds each of the expensive texts. Each list of actions holds as many as are allowed, whose requests
    are texts that hold each of the expensive texts.
    """
    for where, items in _lists(document.value):
        label = f"{document.label}: {'.'.join(map(str, where))}"
        yield f"{label} of empty objects", _filling(document.value, where, {})
        yield f"{label} of null", _filling(document.value, where, None)
        yield f"{label} of valid items", _filling(document.value, where, items[0])
        for kind, shape in texts.JSON.items() if _is_action(items[0]) else ():
            yield f"{label} of large requests: {kind}", _filling_requests(document.value, where, items[0], shape)
    for label, shape in texts.JSON.items() if shapes else ():
        yield f"{document.label}: more: {label}", _adding(document.value, shape)


def _lists(value: Any, where: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], list[Any]]]:
    if isinstance(value, list):
        yield where, value
        value = {0: value[0]} if value else {}
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _lists(item, (*where, name))


def _filling(value: Any, where: tuple[Any, ...], item: Any) -> Callable[[int], str]:
    def fill(room: int) -> str:
        text = json.dumps(item)
        count = max((room - len(json.dumps(value))) // (len(text) + 2), 1)
        return json.dumps(_replaced(value, where, [item] * count))

    return fill


def _is_action(item: Any) -> bool:
    return isinstance(item, dict) and item.keys() >= {"action", "request"}


def _filling_requests(
    value: Any, where: tuple[Any, ...], item: dict[str, Any], shape: Callable[[int], str]
) -> Callable[[int], str]:
    """Fill the requests of a list of actions; they are valid apart from what a member without effect holds."""
    count = ACTIONS_OF_TEXT if len(where) == 1 else ACTIONS_OF_EXPRESSION
    request = item["request"] if isinstance(item["request"], dict) else json.loads(item["request"])

    def fill(room: int) -> str:
        each = max((room - len(json.dumps(value))) // count - _OVERHEAD, 8)
        grown = max(len(texts.write(shape(each)).encode()), each)  # quotes are escaped
        text = _adding(request, shape, name=_WITHOUT_EFFECT)(max(each * each // grown, 8))
        return texts.write(_replaced(value, where, [item | {"request": text}] * count))

    return fill


def _replaced(value: Any, where: tuple[Any, ...], new: Any) -> Any:
    if not where:
        return new
    copied = list(value) if isinstance(value, list) else dict(value)
    copied[where[0]] = _replaced(value[where[0]], where[1:], new)
    return copied


def _adding(value: Mapping[str, Any], shape: Callable[[int], str], *, name: str = "more") -> Callable[[int], str]:
    head = json.dumps(value)[:-1] + f', "{name}": '
    return lambda room: head + shape(max(room - len(head) - 1, 8)) + "}"


_ON_COUNTER = {"namespaceName": NAME, "limitName": NAME, "counterName": NAME, "userId": "#{userId}"}


def _action(name: str, **fields: Any) -> dict[str, Any]:
    return {"action": name, "request": json.dumps(_ON_COUNTER | fields)}


RATE: dict[str, Any] = {
    "name": NAME,
    "timingType": "immediate",
    "verifyActions": [_action(limit_actions.VERIFY_COUNTER, verifyType="greaterEqual", count=0)],
    "consumeActions": [_action(limit_actions.COUNT_UP)],
    "acquireActions": [_action(limit_actions.COUNT_UP.replace("Up", "Down"))],
}
INCREMENTAL_RATE: dict[str, Any] = {
    "name": NAME,
    "consumeAction": _action(limit_actions.COUNT_UP),
    "calculateType": "linear",
    "baseValue": 1,
    "coefficientValue": 1,
    "exchangeCountId": f"grn:gs2:local:redeemd:limit:{NAME}:limit:{NAME}",
    "maximumExchangeCount": 2**31 - 2,
    "acquireActions": [_action(limit_actions.COUNT_UP.replace("Up", "Down"))],
}
SETTINGS: dict[str, dict[str, Any]] = {
    "SerialKeyService": {
        "version": "2022-09-13",
        "campaignModels": [{"name": NAME, "metadata": NAME, "enableCampaignCode": True}],
    },
    "LimitService": {"version": "2019-04-05", "limitModels": [{"name": NAME, "resetType": "notReset"}]},
    "ExchangeService": {
        "version": "2019-08-19",
        "rateModels": [RATE],
        "incrementalRateModels": [INCREMENTAL_RATE],
    },
}
