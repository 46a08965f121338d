"""A call that is sent twice with the same key happens once and is answered the same both times.

The key's row is inserted first, in the transaction of the call, and holds the answer before the commit: a second call
waits for the first or finds its answer, and a refusal leaves no row. Scope is (service, method family, namespaces,
user, key), where a method and its ...ByUserId form are one family (semantics 12.30), and the namespaces are all that
the call is about: those of the actions of a transaction, that of a signed sheet. Answers may hold codes, so they are
encrypted; scopes and arguments are kept as keyed hashes.
"""

import hmac
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message

from redeemd.crypto.keyring import KeyRing, keyed_hash
from redeemd.crypto.sealing import Box
from redeemd.errors import CallFenced, IdempotencyKeyReused
from redeemd.store import sql
from redeemd.store.base import Row, Tx

ANSWER_LIFETIME_MS = 24 * 60 * 60 * 1000
KEY_LENGTH_MAX = 256

QUERIES = sql.load("redeemd.idempotency")

# What does not make two calls different: credentials, plumbing, the user, who is part of the scope, and what is
# streamed, for which a digest stands, because the same may come in other pieces.
_NOT_ARGUMENTS = frozenset(
    {"access_token", "time_offset_token", "duplication_avoider", "context_stack", "user_id", "codes", "last"}
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a call: its serialised answer, or that it is refused from now on, or neither.

    `arguments` is the hash of the arguments of the call that was answered.
    """

    fenced: bool
    answer: bytes | None
    arguments: bytes = b""


@dataclass(frozen=True, slots=True)
class Claim:
    """A key in its scope, and a hash of the arguments it came with."""

    scope: bytes
    arguments: bytes


class Idempotency:
    """Claims keys and keeps answers."""

    def __init__(self, ring: KeyRing) -> None:
        # Bound to the oldest key: a rotation must not make yesterday's keys new again.
        self._hash_key = ring.child(ring.oldest, "idempotency/hash/v1")
        self._box = Box(ring, "idempotency/answer/v1")

    def claim(
        self,
        method: str,
        request: Message,
        *,
        namespace_names: Iterable[str | None],
        user_id: str | None,
        key: str,
        digest: bytes = b"",
    ) -> Claim:
        """Make the claim of a call. `digest` stands for arguments that are not in the request."""
        return Claim(
            scope=self.scope(method, namespace_names=namespace_names, user_id=user_id, key=key),
            arguments=self._hash(*_arguments(request), digest),
        )

    def scope(self, method: str, *, namespace_names: Iterable[str | None] = (), user_id: str | None, key: str) -> bytes:
        """Return under what a key is kept: the same for the same namespaces in any order, each named once or more.

        `method` is the full name, package.Service/Method.
        """
        first, *others = sorted({name for name in namespace_names if name}) or [""]
        return self._hash(method.removesuffix("ByUserId"), first, user_id or "", key, *others)

    def _hash(self, *parts: str | bytes) -> bytes:
        return keyed_hash(self._hash_key, *(part if isinstance(part, bytes) else part.encode() for part in parts))

    async def once(
        self,
        tx: Tx,
        claim: Claim,
        reply_type: type[Message],
        work: Callable[[], Awaitable[Message]],
        *,
        now: int,
    ) -> Message:
        """Do the work, or answer what it answered before.

        Raises IdempotencyKeyReused for other arguments, CallFenced when the key was fenced.
        """
        if not await self.take(tx, claim.scope, claim.arguments, now=now):
            earlier = await self.earlier_answer(tx, claim, reply_type, now=now)
            assert earlier is not None
            return earlier
        reply = await work()
        await self.keep(tx, claim.scope, reply, arguments=claim.arguments, now=now)
        return reply

    async def take(self, tx: Tx, scope: bytes, arguments: bytes = b"", *, now: int) -> bool:
        """Take a scope for this transaction, with a row that has no answer yet; False: it was taken."""
        expired = now - ANSWER_LIFETIME_MS
        row = await tx.one(QUERIES.idempotency_claim, scope=scope, arguments=arguments, now=now, expired=expired)
        return row is not None

    async def keep(self, tx: Tx, scope: bytes, answer: Message, *, arguments: bytes = b"", now: int) -> None:
        """Keep an answer in a scope that this transaction took, or that nobody else can know."""
        sealed = self._box.seal(answer.SerializeToString(), scope)
        await tx.run(QUERIES.idempotency_keep, scope=scope, arguments=arguments, answer=sealed, now=now)

    async def earlier_answer(self, tx: Tx, claim: Claim, reply_type: type[Message], *, now: int) -> Message | None:
        """Answer what a call was answered before; None when there was none.

        Raises IdempotencyKeyReused or CallFenced.
        """
        row = await _kept(tx, claim.scope, now=now)
        if row is None:
            return None
        if row["answer"] is None:
            raise CallFenced
        if not hmac.compare_digest(row["arguments"], claim.arguments):
            raise IdempotencyKeyReused
        return reply_type.FromString(self._box.open(row["answer"], claim.scope))

    async def outcome(self, tx: Tx, scope: bytes, *, now: int) -> Outcome:
        """Answer what became of the calls with a key, whatever their arguments."""
        row = await _kept(tx, scope, now=now)
        if row is None:
            return Outcome(fenced=False, answer=None)
        if row["answer"] is None:
            return Outcome(fenced=True, answer=None)
        return Outcome(fenced=False, answer=self._box.open(row["answer"], scope), arguments=row["arguments"])

    async def fence(self, tx: Tx, scope: bytes, *, now: int) -> Outcome:
        """Refuse calls with a key from now on, unless one was made; answer the outcome that is settled by it."""
        await self.take(tx, scope, now=now)  # a row without an answer
        return await self.outcome(tx, scope, now=now)


async def _kept(tx: Tx, scope: bytes, *, now: int) -> Row | None:
    return await tx.one(QUERIES.idempotency_read, scope=scope, expired=now - ANSWER_LIFETIME_MS)


def _arguments(request: Message) -> list[str | bytes]:
    """Render the arguments by name, so that X and XByUserId with other field numbers render the same."""
    parts: list[str | bytes] = []
    for field, value in sorted(request.ListFields(), key=lambda item: item[0].name):
        if field.name in _NOT_ARGUMENTS:
            continue
        parts.append(field.name)
        parts.append(_canonical(value))
    return parts


def _canonical(value: Any) -> str | bytes:
    """Render a value of a field so that the same arguments always render the same."""
    if isinstance(value, Message):
        return value.SerializeToString(deterministic=True)
    if isinstance(value, Sequence) and value and isinstance(value[0], Message):
        return repr([item.SerializeToString(deterministic=True) for item in value])
    return repr(value)
