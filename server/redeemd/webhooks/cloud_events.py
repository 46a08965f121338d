"""Events as CloudEvents 1.0 (https://github.com/cloudevents/spec), in structured JSON.

The attributes of an event:

id               its position in the stream and a hash of it, unique also after a database was restored
source           the server, by the owner id and the region of its settings
specversion      1.0
type             dev.redeemd.event.v1. and its kind, as the documented JSON spells it
subject          its namespace; absent if it belongs to none
time             the server's clock, in UTC
datacontenttype  application/json
data             the event, in the documented JSON
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from redeem.event.v1.resources_pb2 import Event
from redeem.options.v1 import options_pb2

from redeemd.contract import complete_json
from redeemd.contract.options import spelling
from redeemd.event.cursors import EventPosition

SINGLE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
TYPE_PREFIX = "dev.redeemd.event.v1."
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Message:
    """The content of one request. `message_id` is the same whenever the same events are sent."""

    message_id: str
    content_type: str
    body: bytes


def source_of(owner_id: str, region: str) -> str:
    """Return the source of the events of a server."""
    return f"/redeemd/{owner_id}/{region}"


def id_of(position: EventPosition) -> str:
    """Return the id of the event at a position."""
    return f"{position.xid}-{position.event_id}-{position.row_hash}"


def to_text(event: Event, event_id: str, source: str) -> str:
    """Return an event as JSON."""
    envelope = {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": TYPE_PREFIX + spelling(options_pb2.EventKind.DESCRIPTOR, event.kind),
        "time": _time(event.at),
        "datacontenttype": "application/json",
    }
    if event.HasField("namespace_name"):
        envelope["subject"] = event.namespace_name
    attributes = json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))
    return f'{attributes[:-1]},"data":{complete_json.to_text(event)}}}'


def message(events: Sequence[tuple[str, str]], *, batch: bool) -> Message:
    """Return the message of events, each with its id and its text; without `batch`, of the only one."""
    ids, texts = zip(*events, strict=True)
    if not batch:
        return Message(ids[0], SINGLE, texts[0].encode())
    digest = hashlib.blake2b(",".join(ids).encode(), digest_size=16).hexdigest()
    return Message(f"batch-{digest}", BATCH, f"[{','.join(texts)}]".encode())


def _time(at: int) -> str:
    return (_EPOCH + timedelta(milliseconds=at)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
