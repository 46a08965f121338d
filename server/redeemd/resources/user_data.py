"""The data that a service stores about a player, as lines of text.

A dump is a file of JSON lines

    {"service", "namespaceName", "kind", "payload", "mac"}

The MAC covers the line and the player, so that only data that this service exported for this player can be imported.
"""

import hmac
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypedDict

from redeemd.contract import json_text
from redeemd.contract.json_text import JsonObject
from redeemd.crypto.keyring import KeyRing, keyed_hash
from redeemd.errors import VIOLATIONS_MAX, UserDataInvalid, Violation
from redeemd.resources.namespaces import NamespaceKey
from redeemd.store.base import Tx


class _Content(TypedDict):
    """The signed members of a line."""

    service: str
    namespaceName: str
    kind: str
    payload: JsonObject


class UserData(Protocol):
    """One kind of data that a service stores about players. Its methods run in transactions."""

    kind: str
    tables: Mapping[str, str]  # that hold it, with their columns of users

    async def page(
        self, tx: Tx, namespace: NamespaceKey, user_id: str, *, after: str, limit: int
    ) -> list[tuple[str, JsonObject]]:
        """Return the payloads after a position, each with its own position; the first page is after ''."""

    async def clean(self, tx: Tx, namespace: NamespaceKey, user_id: str, *, limit: int, now: int) -> int:
        """Erase at most `limit` items; return how many."""

    async def restore(self, tx: Tx, namespace: NamespaceKey, user_id: str, payload: JsonObject, *, now: int) -> str:
        """Restore an item; return "restored", or the reason why it was not restored."""


@dataclass(frozen=True, slots=True)
class Line:
    """One verified line of a dump."""

    number: int
    namespace_name: str
    kind: str
    payload: JsonObject


class Lines:
    """Writes and reads the lines of one service."""

    def __init__(self, service: str, kinds: frozenset[str], ring: KeyRing) -> None:
        self._service = service
        self._kinds = kinds
        # A dump may be imported after any key rotation.
        self._key = ring.child(ring.oldest, "user-data/v1")

    def _mac(self, user_id: str, line: _Content) -> str:
        content = json.dumps(
            [self._service, user_id, line["namespaceName"], line["kind"], line["payload"]], sort_keys=True
        )
        return keyed_hash(self._key, content.encode()).hex()

    def render(self, user_id: str, namespace_name: str, kind: str, payload: JsonObject) -> str:
        """Render one line."""
        line = _Content(service=self._service, namespaceName=namespace_name, kind=kind, payload=payload)
        return json_text.write({**line, "mac": self._mac(user_id, line)}) + "\n"

    def parse(self, data: bytes, user_id: str) -> list[Line]:
        """Parse a dump. Raises UserDataInvalid with the first invalid lines."""
        lines: list[Line] = []
        problems: list[Violation] = []
        for number, text in enumerate(io.BytesIO(data), 1):
            if not text.strip():
                continue
            if len(problems) == VIOLATIONS_MAX:
                break  # further violations would not be reported
            try:
                lines.append(self._parse_line(number, text, user_id))
            except ValueError:
                problems.append(Violation(f"line {number}", "is not a line of a dump of this player by this service"))
        if problems:
            raise UserDataInvalid(violations=problems)
        return lines

    def _parse_line(self, number: int, text: bytes, user_id: str) -> Line:
        match json_text.read_object(text.decode()):
            case {
                "service": self._service,
                "namespaceName": str(name),
                "kind": str(kind),
                "payload": dict(payload),
                "mac": str(mac),
            } if kind in self._kinds:
                line = _Content(service=self._service, namespaceName=name, kind=kind, payload=payload)
                if hmac.compare_digest(mac.encode(), self._mac(user_id, line).encode()):
                    return Line(number, name, kind, payload)
        raise ValueError
