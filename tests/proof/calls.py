"""The calls that clients make, and the objects that each call concerns."""

from dataclasses import dataclass, field

from google.protobuf.message import Message

from proof.services import Rpc


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a call that concerns one object: its kind/name, the operation, and the action of the transaction.

    `refused_by` is another action of it that refuses for this object.
    """

    object: str
    op: dict
    action: str = ""
    refused_by: str = ""
    tick: int | None = None
    ahead_ms: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """A logical call: what is sent under one idempotency key, or once without one."""

    name: str
    rpc: Rpc
    request: Message
    parts: tuple[Part, ...]
    user: str | None = None  # in the scope of the key
    writes: bool = True
    no_part: frozenset[str] = field(default_factory=frozenset)  # refusals that tell of no object
    once: frozenset[str] = field(default_factory=frozenset)  # refusals that have one cause, however often it was sent
