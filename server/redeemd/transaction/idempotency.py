"""A call that is sent twice with the same key happens once and is answered the same both times.

The key's row is inserted first, in the transaction of the call, and holds the answer before the commit: a second call
waits for the first or finds its answer, and a refusal leaves no row. Scope is (service, method family, namespace, user,
key), where a method and its ...ByUserId form are one family (semantics 12.30). Answers may hold codes, so they are
encrypted; scopes and arguments are kept as keyed hashes.
"""

import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.protobuf.message import Message

from redeemd.errors import IdempotencyKeyReused
from redeemd.keyring import KeyRing, keyed_hash
from redeemd.store import sql
from redeemd.store.base import Tx

ANSWER_LIFETIME_MS = 24 * 60 * 60 * 1000
KEY_LENGTH_MAX = 256

QUERIES = sql.load("redeemd.transaction")

_NONCE_BYTES = 12
# What does not make two calls different: credentials, plumbing, and the user, who is part of the scope.
_NOT_ARGUMENTS = frozenset({"access_token", "time_offset_token", "duplication_avoider", "context_stack", "user_id"})


@dataclass(frozen=True, slots=True)
class Claim:
    """A key in its scope, and a hash of the arguments it came with."""

    scope: bytes
    arguments: bytes


class Idempotency:
    """Claims keys and keeps answers."""

    def __init__(self, ring: KeyRing) -> None:
        # Bound to the oldest key: a rotation must not make yesterday's keys new again.
        oldest = ring.key_ids[0]
        self._hash_key = ring.child(oldest, "idempotency/hash/v1")
        self._cipher = AESGCM(ring.child(oldest, "idempotency/answer/v1"))

    def claim(self, method: str, request: Message, *, user_id: str | None, key: str) -> Claim:
        """Make the claim of a call. `method` is the full name, package.Service/Method."""
        family = method.removesuffix("ByUserId")
        namespace = getattr(request, "namespace_name", "")
        return Claim(
            scope=self._hash(family, namespace, user_id or "", key),
            arguments=self._hash(*_arguments(request)),
        )

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
        """Do the work, or answer what it answered before. Raises IdempotencyKeyReused for other arguments."""
        expired = now - ANSWER_LIFETIME_MS
        claimed = await tx.one(
            QUERIES.idempotency_claim, scope=claim.scope, arguments=claim.arguments, now=now, expired=expired
        )
        if claimed is None:
            return await self._earlier_answer(tx, claim, reply_type)
        reply = await work()
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, reply.SerializeToString(), claim.scope)
        await tx.run(QUERIES.idempotency_fill, scope=claim.scope, answer=sealed)
        return reply

    async def _earlier_answer(self, tx: Tx, claim: Claim, reply_type: type[Message]) -> Message:
        row = await tx.one(QUERIES.idempotency_read, scope=claim.scope)
        assert row is not None
        if not hmac.compare_digest(row["arguments"], claim.arguments):
            raise IdempotencyKeyReused
        sealed: bytes = row["answer"]
        return reply_type.FromString(self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], claim.scope))


def _arguments(request: Message) -> list[str | bytes]:
    """Render the arguments by name, so that X and XByUserId with other field numbers render the same."""
    parts: list[str | bytes] = []
    for field, value in sorted(request.ListFields(), key=lambda item: item[0].name):
        if field.name in _NOT_ARGUMENTS:
            continue
        parts.append(field.name)
        parts.append(value.SerializeToString(deterministic=True) if isinstance(value, Message) else repr(value))
    return parts
