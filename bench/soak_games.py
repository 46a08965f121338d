"""The actions of game servers in a soak: they count, exchange and wait."""

import json
import uuid
from typing import Any

from redeem.common.v1 import common_pb2
from redeem.exchange.v1 import requests_pb2 as exchange_pb
from redeem.limit.v1 import requests_pb2 as limit_pb
from redeem.transaction.v1 import requests_pb2 as transaction_pb

from bench.soak_masters import FOREVER, count_up
from bench.soak_seasons import Seasons


class GameActions:
    """Counts, exchanges, awaits and transactions for players."""

    def __init__(self, seasons: Seasons) -> None:
        self._seasons = seasons
        self._client, self._rng = seasons.client, seasons.rng

    async def count(self) -> None:
        """A counter that is reset daily goes up."""
        request = limit_pb.CountUpByUserIdRequest(
            namespace_name=FOREVER, limit_name="daily", counter_name="visits", user_id=self._seasons.player()
        )
        await self._client.call(self._client.limits.CountUpByUserId, request)

    async def exchange(self) -> None:
        """A code for a count, in one transaction."""
        name, codes = self._seasons.running[-1]
        if codes:
            config = [common_pb2.Config(key="code", value=codes.pop()), common_pb2.Config(key="season", value=name)]
            await self._exchange("ExchangeByUserId", "code", config=config, duplication_avoider=uuid.uuid4().hex)

    async def rise(self) -> None:
        """An exchange whose price rises, until it is reset."""
        await self._exchange("IncrementalExchangeByUserId", "rising")

    async def _exchange(self, rpc: str, rate: str, **fields: Any) -> Any:
        request = getattr(exchange_pb, f"{rpc}Request")(
            namespace_name=FOREVER, rate_name=rate, user_id=self._seasons.player(), count=1, **fields
        )
        return await self._client.call(getattr(self._client.exchanges, rpc), request)

    async def wait(self) -> None:
        """An await is made and got, given up or taken at once."""
        client, user = self._client, self._seasons.player()
        request: Any = exchange_pb.CreateAwaitByUserIdRequest(namespace_name=FOREVER, rate_name="later", user_id=user)
        name = (await client.call(client.exchanges.CreateAwaitByUserId, request)).item.name
        rpc = self._rng.choice(["AcquireForceByUserId", "DeleteAwaitByUserId"])
        request = getattr(exchange_pb, f"{rpc}Request")(namespace_name=FOREVER, user_id=user, await_name=name)
        await client.call(getattr(client.exchanges, rpc), request)

    async def transact(self) -> None:
        """A transaction that the game server composes, and what came of it."""
        client, user, number = (
            self._client,
            self._seasons.player(),
            str(uuid.UUID(int=self._rng.getrandbits(128), version=4)),
        )
        actions = {"transactionId": number, "consumeActions": [count_up("paid", "#{userId}")]}
        text = json.dumps(actions).replace("#{userId}", user)
        request: Any = transaction_pb.RunTransactionRequest(user_id=user, transaction=text)
        await client.call(client.transactions.RunTransaction, request)
        request = transaction_pb.GetTransactionResultByUserIdRequest(user_id=user, transaction_id=number)
        await client.call(client.transactions.GetTransactionResultByUserId, request)
