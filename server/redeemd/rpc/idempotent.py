"""The rule that makes calls with the same idempotency key happen once."""

import functools
from collections.abc import Awaitable, Callable

from google.protobuf.message import Message

from redeemd.errors import ValidationFailed, Violation
from redeemd.idempotency.idempotency import KEY_LENGTH_MAX, Claim, Idempotency
from redeemd.rpc.call import Call
from redeemd.rpc.method import Method
from redeemd.rpc.ports import Metadata, Next
from redeemd.store.base import Store, Tx


class IdempotentReplies:
    """The replies of one method that are stored under idempotency keys."""

    def __init__(self, method: Method, idempotency: Idempotency, store: Store, count: Callable[[], None]) -> None:
        """`count` is called for each call that gets a stored reply."""
        self._method = method
        self._idempotency = idempotency
        self._store = store
        self._count = count

    def claim(self, call: Call[Message], metadata: Metadata, digest: bytes = b"") -> Claim | None:
        """Read the idempotency key of a call. Verifying methods accept one and ignore it (semantics 12.30).

        `digest` represents arguments that are not in the request: the rest of a stream. Raises ValidationFailed.
        """
        if not self._method.policy.idempotent:
            return None
        key = getattr(call.request, "duplication_avoider", "") or metadata.get("idempotency-key", "")
        if not key:
            return None
        if len(key) > KEY_LENGTH_MAX:
            text = f"must be at most {KEY_LENGTH_MAX} characters"
            raise ValidationFailed(violations=[Violation("idempotency-key", text, "tooLong")])
        authorized = call.authorized
        user_id = call.caller.user_id or getattr(call.request, "user_id", None) or (authorized and authorized.user_id)
        names = self._method.rule.named(call.request) if authorized is None else authorized.namespace_names
        return self._idempotency.claim(
            self._method.name, call.request, namespace_names=names, user_id=user_id, key=key, digest=digest
        )

    def around(self, call: Call[Message], inner: Next) -> Awaitable[Message]:
        """See redeemd.rpc.ports.Around. Raises IdempotencyKeyReused or CallFenced."""
        if call.claim is None:
            return inner(call)
        work = functools.partial(inner, call)
        return self._idempotency.once(
            call.tx,
            call.claim,
            call.reply_type,
            work,
            now=call.server_now,
            repeated=lambda: call.after_commit(self._count),
        )

    async def earlier(self, call: Call[Message], claim: Claim | None) -> Message | None:
        """Return the reply stored under a key, read in a transaction of its own, or None.

        Raises IdempotencyKeyReused or CallFenced.
        """
        if claim is None:
            return None

        async def body(tx: Tx) -> Message | None:
            return await self._idempotency.earlier_reply(tx, claim, call.reply_type, now=call.server_now)

        found = await self._store.run(body, write=False)
        if found is not None:
            self._count()
        return found
