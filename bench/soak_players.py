"""The actions of players in a soak: they redeem."""

import uuid
from collections import deque
from typing import Any

from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.serialkey.v1 import requests_pb2 as pb

from bench.soak_masters import FOREVER
from bench.soak_seasons import Seasons

_ACTIVE: Any = 1  # the first of the types


class PlayerActions:
    """Uses of codes, right and wrong ones, repeats, and reverts."""

    def __init__(self, seasons: Seasons) -> None:
        self._seasons = seasons
        self._client, self._rng = seasons.client, seasons.rng
        self._used: deque[tuple[str, str, str, str]] = deque(maxlen=200)  # namespace, code, player, idempotency key

    async def use(self) -> None:
        """A player logs in and uses a code; the call has an idempotency key."""
        name, codes = self._seasons.running[-1]
        if not codes:
            await self._seasons.turn()
            return
        await self._use(name, codes.pop(), self._seasons.player(), uuid.UUID(int=self._rng.getrandbits(128)).hex)

    async def use_forever(self) -> None:
        """A code that stays used."""
        if self._seasons.forever:
            await self._use(FOREVER, self._seasons.forever.pop(), self._seasons.player(), "")

    async def _use(self, name: str, code: str, user: str, key: str) -> None:
        client = self._client
        token = (await client.call(client.auth.Login, auth_pb.LoginRequest(user_id=user))).token
        request = pb.UseRequest(namespace_name=name, code=code, access_token=token)
        await client.call(client.keys.Use, request, *([("idempotency-key", key)] if key else []))
        if key:
            self._used.append((name, code, user, key))

    def _some_used(self) -> tuple[str, str, str, str] | None:
        return self._rng.choice(self._used) if self._used else None

    async def use_again(self) -> None:
        """A call that succeeded is sent again."""
        if (used := self._some_used()) is not None:
            name, code, user, key = used
            request = pb.UseByUserIdRequest(namespace_name=name, code=code, user_id=user)
            await self._client.call(self._client.keys.UseByUserId, request, ("idempotency-key", key))

    async def use_nonsense(self) -> None:
        """A guess, with a key that is none."""
        text = "".join(self._rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=22))
        request = pb.UseByUserIdRequest(namespace_name=FOREVER, code=text, user_id=self._seasons.player())
        await self._client.call(self._client.keys.UseByUserId, request)

    async def revert(self) -> None:
        """A redemption is reverted."""
        if self._used:
            name, code, user, _ = self._used.popleft()
            request = pb.RevertUseByUserIdRequest(namespace_name=name, code=code, user_id=user)
            await self._client.call(self._client.keys.RevertUseByUserId, request)

    async def verify(self) -> None:
        """A code is verified as active, used or not."""
        if (used := self._some_used()) is not None:
            request = pb.VerifyCodeByUserIdRequest(
                namespace_name=used[0],
                code=used[1],
                user_id=used[2],
                verify_type=_ACTIVE,
            )
            await self._client.call(self._client.keys.VerifyCodeByUserId, request)
