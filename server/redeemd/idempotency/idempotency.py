"""Makes a call that is sent twice with the same key happen once, with the same reply both times.

The row of the key is inserted first, in the transaction of the call, and contains the reply before the commit: a second
call waits for the first or finds its reply, and a refusal leaves no row. A scope is (service, method family,
namespaces, user, key). A method and its ...ByUserId form are one family (semantics 12.30); the namespaces are all those
that the call concerns: those of the actions of a transaction, that of a signed sheet. Replies may contain codes, so
they are encrypted; scopes and arguments are stored as keyed hashes.
"""

import hmac
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from google.protobuf.message import Message

from redeemd.crypto.keyring import KeyRing, keyed_hash
from redeemd.crypto.sealing import Box
from redeemd.errors import CallFenced, Conflict, IdempotencyKeyReused
from redeemd.idempotency.queries import QUERIES
from redeemd.store.base import GUARD_TRIES_MAX, Row, Tx
from redeemd.store.each import each

REPLY_LIFETIME_MS = 24 * 60 * 60 * 1000
KEY_LENGTH_MAX = 256


# Fields that do not make two calls different: credentials, plumbing, the user (part of the scope), and streamed items,
# which a digest represents because they can arrive in other pieces.
_NOT_ARGUMENTS = frozenset(
    {"access_token", "time_offset_token", "duplication_avoider", "context_stack", "user_id", "codes", "last"}
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a call: its serialised reply, or that the key is fenced, or neither.

    `arguments` is the hash of the arguments of the call with this reply.
    """

    fenced: bool
    reply: bytes | None
    arguments: bytes = b""


@dataclass(frozen=True, slots=True)
class Claim:
    """A key in its scope, and a hash of the arguments of its call."""

    scope: bytes
    arguments: bytes


class Idempotency:
    """Claims keys and stores replies."""

    def __init__(self, ring: KeyRing) -> None:
        # Derived from the oldest key: after a rotation, keys that were used before must still be found.
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
        """Return the claim of a call. `digest` represents arguments that are not in the request."""
        return Claim(
            scope=self.scope(method, namespace_names=namespace_names, user_id=user_id, key=key),
            arguments=self._hash(*_arguments(request), digest),
        )

    def scope(self, method: str, *, namespace_names: Iterable[str | None] = (), user_id: str | None, key: str) -> bytes:
        """Return the scope of a key. The order of the namespaces and duplicates do not matter.

        `method` is the full name, package.Service/Method.
        """
        names = sorted({name for name in namespace_names if name}) if namespace_names else []
        parts = (method.removesuffix("ByUserId"), names[0] if names else "", user_id or "", key, *names[1:])
        return keyed_hash(self._hash_key, *map(str.encode, parts))

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
        repeated: Callable[[], None],
    ) -> Message:
        """Return the result of `work`, or the stored reply if it was done before; `repeated` is called for the latter.

        Raises IdempotencyKeyReused for other arguments, CallFenced for a fenced key.
        """
        if not await self.take(tx, claim.scope, claim.arguments, now=now):
            earlier = await self.earlier_reply(tx, claim, reply_type, now=now)
            assert earlier is not None
            repeated()
            return earlier
        reply = await work()
        await self.keep(tx, claim.scope, reply, arguments=claim.arguments, now=now)
        return reply

    async def take(self, tx: Tx, scope: bytes, arguments: bytes = b"", *, now: int) -> bool:
        """Insert a row without a reply for a scope. Return False if the scope is taken."""
        return await tx.one(QUERIES.idempotency_claim, **_claiming(scope, arguments, now)) is not None

    async def take_many(self, tx: Tx, claims: Sequence[Claim], *, now: int) -> list[bool]:
        """Do what `take` does for claims with different scopes; return whether each was not taken."""
        rows = await each(tx, QUERIES.idempotency_claim, [_claiming(it.scope, it.arguments, now) for it in claims])
        return [row is not None for row in rows]

    async def withdraw(self, tx: Tx, claims: Sequence[Claim]) -> None:
        """Remove the rows of claims that this transaction took, and whose calls it does not execute."""
        await tx.many(QUERIES.idempotency_withdraw, [{"scope": claim.scope} for claim in claims])

    async def keep(self, tx: Tx, scope: bytes, reply: Message, *, arguments: bytes = b"", now: int) -> None:
        """Store a reply in a scope that this transaction took, or that no other caller can know."""
        await tx.run(QUERIES.idempotency_keep, **self._kept(Claim(scope, arguments), reply, now))

    async def keep_many(self, tx: Tx, replies: Sequence[tuple[Claim, Message]], *, now: int) -> None:
        """Do what `keep` does for claims that this transaction took."""
        await tx.many(QUERIES.idempotency_keep, [self._kept(claim, reply, now) for claim, reply in replies])

    def _kept(self, claim: Claim, reply: Message, now: int) -> dict[str, object]:
        sealed = self._box.seal(reply.SerializeToString(), claim.scope)
        return {"scope": claim.scope, "arguments": claim.arguments, "answer": sealed, "now": now}

    async def earlier_reply(self, tx: Tx, claim: Claim, reply_type: type[Message], *, now: int) -> Message | None:
        """Return the stored reply of a call, or None.

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
        """Return the outcome of calls with a key, whatever their arguments."""
        row = await _kept(tx, scope, now=now)
        if row is None:
            return Outcome(fenced=False, reply=None)
        if row["answer"] is None:
            return Outcome(fenced=True, reply=None)
        return Outcome(fenced=False, reply=self._box.open(row["answer"], scope), arguments=row["arguments"])

    async def amend(self, tx: Tx, scope: bytes, change: Callable[[bytes], Message], *, now: int) -> bool:
        """Replace the stored reply of a scope by what `change` returns for it, and store it as long as a new one.

        Returns False if there is no reply. Of concurrent amendments, each gets the reply that the one before it left.
        Raises what `change` raises, or Conflict.
        """
        for _ in range(GUARD_TRIES_MAX):
            row = await _kept(tx, scope, now=now)
            if row is None or row["answer"] is None:
                return False
            amended = change(self._box.open(row["answer"], scope)).SerializeToString()
            sealed = self._box.seal(amended, scope)
            if await tx.one(QUERIES.idempotency_amend, scope=scope, kept=row["answer"], answer=sealed, now=now):
                return True
        raise Conflict

    async def fence(self, tx: Tx, scope: bytes, *, now: int) -> Outcome:
        """Fence a key, unless it has been used, and return the outcome, which is then final."""
        await self.take(tx, scope, now=now)  # a row without a reply
        return await self.outcome(tx, scope, now=now)


def _claiming(scope: bytes, arguments: bytes, now: int) -> dict[str, object]:
    return {"scope": scope, "arguments": arguments, "now": now, "expired": now - REPLY_LIFETIME_MS}


async def _kept(tx: Tx, scope: bytes, *, now: int) -> Row | None:
    return await tx.one(QUERIES.idempotency_read, scope=scope, expired=now - REPLY_LIFETIME_MS)


def _arguments(request: Message) -> list[str | bytes]:
    """Render the arguments by name, so that X and XByUserId render the same despite other field numbers."""
    parts: list[str | bytes] = []
    for field, value in sorted(request.ListFields(), key=lambda item: item[0].name):
        if field.name in _NOT_ARGUMENTS:
            continue
        parts.append(field.name)
        parts.append(_canonical(value))
    return parts


def _canonical(value: object) -> str | bytes:
    """Render a value of a field so that the same arguments always render the same."""
    if isinstance(value, Message):
        return value.SerializeToString(deterministic=True)
    if isinstance(value, Sequence) and value and isinstance(value[0], Message):
        return repr([item.SerializeToString(deterministic=True) for item in value])
    return repr(value)
