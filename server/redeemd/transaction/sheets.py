"""Signed sheets: the reply for a transaction that its holder is to run (semantics 5.7).

A sheet is JSON, {"body": "<JSON>", "signature"}; its body holds the acquire action, and each verify and consume action
as a signed task, again {"body", "signature"}. Nothing is stored about a sheet until one of its parts runs. The parts
are numbered in the order in which they run: verify tasks, tasks, the sheet itself.
"""

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from redeem.common.v1 import common_pb2
from redeem.transaction.v1 import resources_pb2

from redeemd.contract import json_text
from redeemd.crypto.keyring import KeyRing
from redeemd.transaction.action import ActionRequest
from redeemd.transaction.definition import Kind
from redeemd.transaction.errors import SheetExpired, SheetInvalid
from redeemd.transaction.limits import TEXT_BYTES_MAX, too_large

# Less than the 24 hours for which the results of parts are stored.
LIFETIME_MS = 12 * 60 * 60 * 1000
ACQUIRE_ALL = "Redeem:AcquireAll"  # represents several acquire actions, or none; a sheet can hold only one
_ENVELOPE_VALUES_MAX = 8  # the envelope has two members, and is parsed before its signature is checked
_SHEET_BYTES_MAX = 4 * TEXT_BYTES_MAX  # quotes are escaped again at each level of nesting


class Label(StrEnum):
    """The type of a signed text; a text of one type is not valid as another."""

    VERIFY_TASK = "verify task"
    TASK = "task"
    SHEET = "sheet"
    STACK = "context stack"


_LABELS = {Kind.VERIFY: Label.VERIFY_TASK, Kind.CONSUME: Label.TASK}

# The parsed JSON of a body. Only bodies that this server signed are read, so members have the types it wrote.
Body: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """The transaction that was signed, and its player."""

    transaction_id: str
    user_id: str
    namespace_name: str  # of the exchange; a key must have access to it
    signed_at: int  # the server's clock, Unix milliseconds
    time_offset_ms: int  # how far the player's clock was ahead

    def body(self, owner_id: str) -> dict[str, object]:
        """Return the members of every signed body. The last two are additions to the documented ones."""
        return {
            "transactionId": self.transaction_id,
            "userId": self.user_id,
            "ownerId": owner_id,
            "timestamp": self.signed_at,
            "namespaceName": self.namespace_name,
            "timeOffsetMs": self.time_offset_ms,
        }

    @classmethod
    def of(cls, body: Body) -> "Origin":
        """Read the origin from a signed body; the inverse of `body`."""
        return cls(
            body["transactionId"], body["userId"], body["namespaceName"], body["timestamp"], body["timeOffsetMs"]
        )


@dataclass(frozen=True, slots=True)
class SheetPart:
    """An opened part of a sheet: its number in the order of parts, and the actions it runs."""

    origin: Origin
    number: int
    actions: resources_pb2.Transaction
    places: Sequence[str]  # of the actions, in the whole transaction
    name: str  # of the action, or Redeem:AcquireAll


@dataclass(frozen=True, slots=True)
class Sheet:
    """An opened sheet, with its tasks still in signed form."""

    part: SheetPart
    request: common_pb2.AcquireAction
    verify_tasks: Sequence[str]
    tasks: Sequence[str]


class Sheets:
    """Signs and opens sheets, with HMAC-SHA256 under keys derived from the master keys."""

    def __init__(self, ring: KeyRing, *, region: str, owner_id: str) -> None:
        self._owner_id = owner_id
        self._ring = ring
        self._grn = f"grn:gs2:{region}:{owner_id}:key:default:key"
        self._keys: dict[str, bytes] = {}
        self.key_id = ""
        ring.follow(self._derive)

    def _derive(self) -> None:
        self._keys = {f"{self._grn}:{key_id}": key for key_id, key in self._ring.children("sheet/v1").items()}
        self.key_id = f"{self._grn}:{self._ring.current}"

    def write(self, origin: Origin, actions: Sequence[ActionRequest]) -> str:
        """Return the sheet of actions, which are given in the order in which they run. Raises TransactionTooLarge."""
        said = origin.body(self._owner_id)
        tasks: dict[Kind, list[str]] = {Kind.VERIFY: [], Kind.CONSUME: []}
        acquire: list[ActionRequest] = []
        for request in actions:
            kind = request.action.definition.kind
            if kind == Kind.ACQUIRE:
                acquire.append(request)
                continue
            number = sum(map(len, tasks.values()))
            task = {"taskId": f"{origin.transaction_id}/{number}", "number": number, "index": len(tasks[kind])}
            tasks[kind].append(self._sign(_LABELS[kind], said | task | _action(request)))
        body = said | _one(acquire) | {"verifyTasks": tasks[Kind.VERIFY], "tasks": tasks[Kind.CONSUME]}
        text = self._sign(Label.SHEET, body)
        if len(text.encode()) > _SHEET_BYTES_MAX:
            raise too_large("text", TEXT_BYTES_MAX)
        return text

    def open_task(self, kind: Kind, text: str, key_id: str) -> SheetPart:
        """Open a signed verify or consume action, whatever its age. Raises SheetInvalid."""
        body = self._open(_LABELS[kind], text, key_id)
        return _part(body, body["number"], kind, [_request_of(body)], body["index"])

    def open_sheet(self, text: str, key_id: str) -> Sheet:
        """Open a signed sheet, whatever its age. Raises SheetInvalid."""
        body = self._open(Label.SHEET, text, key_id)
        number = len(body["verifyTasks"]) + len(body["tasks"])
        part = _part(body, number, Kind.ACQUIRE, _acquire_actions(body), 0)
        return Sheet(part, common_pb2.AcquireAction(**_request_of(body)), body["verifyTasks"], body["tasks"])

    def stack(self, origin: Origin, number: int) -> str:
        """Return the context stack after a part has run."""
        return self._sign(Label.STACK, {"transactionId": origin.transaction_id, "number": number})

    def check_stack(self, text: str, origin: Origin) -> None:
        """Raise SheetInvalid unless a context stack belongs to this transaction. Its part number is not used."""
        if self._open(Label.STACK, text, None)["transactionId"] != origin.transaction_id:
            raise SheetInvalid(part=Label.STACK, problem="transaction")

    def _sign(self, label: Label, body: Body) -> str:
        text = json_text.write(body)
        return json_text.write({"body": text, "signature": _signature(self._keys[self.key_id], label, text)})

    def _open(self, label: Label, text: str, key_id: str | None) -> Body:
        """Verify a signed text and return its body. With `key_id` None, any key of this server is accepted.

        Raises SheetInvalid.
        """
        body, signature = _halves(text, label)
        if key_id is not None and key_id not in self._keys:
            raise SheetInvalid(part=label, problem="keyId")
        keys = self._keys.values() if key_id is None else [self._keys[key_id]]
        if not any(hmac.compare_digest(_signature(key, label, body), signature) for key in keys):
            raise SheetInvalid(part=label, problem="signature")
        return json_text.read_object(body)


def _signature(key: bytes, label: Label, body: str) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key, f"{label}\x00{body}".encode(), "sha256")).decode()


def _halves(text: str, label: Label) -> tuple[str, str]:
    """Split a signed text into body and signature. Raises SheetInvalid."""
    try:
        signed = json_text.read(text, json_text.Budget(_ENVELOPE_VALUES_MAX))
    except json_text.JsonError:
        signed = None
    match signed:
        case {"body": str(body), "signature": str(signature)} if signature.isascii():
            return body, signature
    raise SheetInvalid(part=label, problem="format")


def _action(request: ActionRequest) -> dict[str, str]:
    return {"action": request.action.definition.name, "args": request.text}


def _one(acquire: Sequence[ActionRequest]) -> dict[str, str]:
    """Return the action and arguments of a sheet."""
    if len(acquire) == 1:
        return _action(acquire[0])
    actions = [{"action": request.action.definition.name, "request": request.text} for request in acquire]
    return {"action": ACQUIRE_ALL, "args": json_text.write({"acquireActions": actions})}


def _acquire_actions(body: Body) -> list[dict[str, str]]:
    """Return the acquire actions of a sheet; the inverse of `_one`."""
    if body["action"] != ACQUIRE_ALL:
        return [_request_of(body)]
    args: Body = json_text.read_object(body["args"])
    actions: list[dict[str, str]] = args["acquireActions"]
    return actions


def _request_of(body: Mapping[str, str]) -> dict[str, str]:
    return {"action": body["action"], "request": body["args"]}


def require_fresh(origin: Origin, *, now: int) -> None:
    """Raise SheetExpired for a sheet that was signed too long ago to be run."""
    if now >= origin.signed_at + LIFETIME_MS:
        raise SheetExpired


def _part(body: Body, number: int, kind: Kind, actions: Sequence[dict[str, str]], first: int) -> SheetPart:
    origin = Origin.of(body)
    given: dict[str, Any] = {f"{kind}_actions": actions}  # an action may be given as a dict of its fields
    message = resources_pb2.Transaction(**given)
    places = [f"{kind}Actions[{first + index}]" for index in range(len(actions))]
    return SheetPart(origin, number, message, places, body["action"])
