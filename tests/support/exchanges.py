"""Namespaces of the three services with rates between them, called through gRPC."""

import dataclasses
import itertools
import json
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.common.v1 import common_pb2
from redeem.exchange.v1 import requests_pb2 as pb
from redeem.transaction.v1 import requests_pb2 as transaction_pb

from support.limits import Limits, make_limits
from support.service import Headers, Service, read_refusal, refused
from support.world import World

Action = dict[str, str]  # as a document has it
Actions = Sequence[Action]
VERSION = "2019-08-19"
_numbers = itertools.count(1)


def document(rates: Any = (), incremental_rates: Any = ()) -> str:
    """Return master data with these rates, given as dictionaries."""
    return json.dumps({"version": VERSION, "rateModels": rates, "incrementalRateModels": incremental_rates})


def action(name: str, **request: Any) -> Action:
    """Return an action as a document has it; its request as text."""
    return {"action": name, "request": json.dumps(request)}


def config(**values: str) -> list[common_pb2.Config]:
    """Return values for placeholders."""
    return [common_pb2.Config(key=key, value=value) for key, value in values.items()]


async def outcome(call: Awaitable[object]) -> str:
    """Return OK, or the reason why a call was refused."""
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return read_refusal(error).reason
    return "OK"


@dataclass
class Exchanges:
    """A namespace of each service, of a test's own."""

    service: Any
    name: str
    limits: Limits
    world: World

    # Actions, as documents have them

    def up(self, counter: str = "bought", limit: str = "ever", **fields: Any) -> Action:
        """Count up for the player of the transaction."""
        return self._on_counter("Gs2Limit:CountUpByUserId", counter, limit, **fields)

    def down(self, counter: str = "got", limit: str = "ever", **fields: Any) -> Action:
        """Count down."""
        return self._on_counter("Gs2Limit:CountDownByUserId", counter, limit, **fields)

    def forget(self, counter: str = "bought", limit: str = "ever") -> Action:
        """Delete a counter."""
        return self._on_counter("Gs2Limit:DeleteCounterByUserId", counter, limit)

    def verify(
        self, verify_type: str, count: int, counter: str = "bought", limit: str = "ever", **fields: Any
    ) -> Action:
        """Compare a counter."""
        return self._on_counter(
            "Gs2Limit:VerifyCounterByUserId", counter, limit, verifyType=verify_type, count=count, **fields
        )

    def _on_counter(self, name: str, counter: str, limit: str, **fields: Any) -> Action:
        names: dict[str, Any] = {
            "namespaceName": self.limits.name,
            "userId": "#{userId}",
            "limitName": limit,
            "counterName": counter,
        }
        return action(name, **(names | fields))

    def use(self, code: str = "#{code}") -> Action:
        """Use a code."""
        return action("Gs2SerialKey:UseByUserId", namespaceName=self.world.name, userId="#{userId}", code=code)

    def revert(self, code: str = "#{code}") -> Action:
        """Revert the use of a code."""
        return action("Gs2SerialKey:RevertUseByUserId", namespaceName=self.world.name, userId="#{userId}", code=code)

    def verify_code(self, code: str = "#{code}", verify_type: str = "active") -> Action:
        """Verify a code."""
        names: dict[str, Any] = {"namespaceName": self.world.name, "userId": "#{userId}"}
        return action("Gs2SerialKey:VerifyCodeByUserId", **names, code=code, verifyType=verify_type)

    def issue(self, campaign: str = "spring", **fields: Any) -> Action:
        """Issue a code."""
        return action("Gs2SerialKey:IssueOnce", namespaceName=self.world.name, campaignModelName=campaign, **fields)

    def exchange(self, rate: str, count: int = 1, **fields: Any) -> Action:
        """Exchange by another rate."""
        names: dict[str, Any] = {"namespaceName": self.name, "rateName": rate, "userId": "#{userId}", "count": count}
        return action("Gs2Exchange:ExchangeByUserId", **names, **fields)

    def on_await(self, rpc: str, name: str, **fields: Any) -> Action:
        """Do something with an await."""
        names: dict[str, Any] = {"namespaceName": self.name, "userId": "#{userId}", "awaitName": name}
        return action(f"Gs2Exchange:{rpc}", **names, **fields)

    def create_await(self, rate: str, **fields: Any) -> Action:
        """Make an await."""
        names: dict[str, Any] = {"namespaceName": self.name, "rateName": rate, "userId": "#{userId}"}
        return action("Gs2Exchange:CreateAwaitByUserId", **names, **fields)

    # Calls

    async def put_in_force(self, *rates: Any, incremental: Any = ()) -> None:
        """Upload master data with these rates."""
        await self.call("UpdateCurrentRateMaster", settings=document(rates, incremental))

    def incremental(self, **fields: Any) -> dict[str, Any]:
        """Return an incremental rate that counts with the limit `ever` and pays with the counter `paid`."""
        count_id = f"grn:gs2:{{region}}:{{ownerId}}:limit:{self.limits.name}:limit:ever"
        rate: dict[str, Any] = {
            "name": "rising",
            "consumeAction": self.up("paid"),
            "calculateType": "linear",
            "baseValue": 10,
            "coefficientValue": 10,
            "exchangeCountId": count_id,
            "maximumExchangeCount": 1000,
        }
        return rate | fields

    async def call(self, rpc: str, headers: Headers = (), **fields: Any) -> Any:
        """Call an Exchange method as the administrator, in this namespace."""
        request = getattr(pb, f"{rpc}Request")(namespace_name=self.name, **fields)
        return await getattr(self.service.exchanges, rpc)(request, metadata=self.service.admin + tuple(headers))

    async def as_player(self, rpc: str, user_id: str, headers: Headers = (), **fields: Any) -> Any:
        """Call an Exchange method with a player's token alone, in this namespace."""
        token = await self.service.token(user_id)
        request = getattr(pb, f"{rpc}Request")(namespace_name=self.name, access_token=token, **fields)
        return await getattr(self.service.exchanges, rpc)(request, metadata=tuple(headers))

    async def buy(
        self,
        rate: str = "rate",
        user_id: str = "alice",
        count: int = 1,
        values: Mapping[str, str] | None = None,
        headers: Headers = (),
        **fields: Any,
    ) -> Any:
        """Exchange for a player; return the whole response."""
        return await self.call(
            "ExchangeByUserId",
            headers,
            rate_name=rate,
            user_id=user_id,
            count=count,
            config=config(**(values or {})),
            **fields,
        )

    async def rise(
        self, user_id: str = "alice", count: int = 1, rate: str = "rising", headers: Headers = (), **fields: Any
    ) -> Any:
        """Exchange incrementally for a player."""
        names: dict[str, Any] = {"rate_name": rate, "user_id": user_id, "count": count}
        return await self.call("IncrementalExchangeByUserId", headers, **names, **fields)

    async def wait(
        self, rate: str = "later", user_id: str = "alice", values: Mapping[str, str] | None = None, **fields: Any
    ) -> Any:
        """Make an await that was not paid for; return it."""
        names: dict[str, Any] = {"rate_name": rate, "user_id": user_id, "config": config(**(values or {}))}
        return (await self.call("CreateAwaitByUserId", **names, **fields)).item

    async def awaits(self, user_id: str = "alice") -> list[Any]:
        """Return all awaits of a player."""
        return list((await self.call("DescribeAwaitsByUserId", user_id=user_id, limit=1000)).items)

    async def in_force(self) -> tuple[Any, list[Any], list[Any]]:
        """Return what is seen of the master data in force: the document, its rates, its incremental rates."""
        current = (await self.call("GetCurrentRateMaster")).item
        rates = (await self.call("DescribeRateModels")).items
        return current, list(rates), list((await self.call("DescribeIncrementalRateModels")).items)

    async def wait_for(self, rate: str = "rate", user_id: str = "alice", **fields: Any) -> str:
        """Make an await for a player; return its name."""
        return (await self.call("CreateAwaitByUserId", user_id=user_id, rate_name=rate, **fields)).item.name

    async def refuses(self, settings: str, *fields: str, error_type: str = "invalid") -> None:
        """Check that a document is refused for these paths, and that what is in force stays."""
        before = await self.in_force()
        with refused("MASTER_DATA_INVALID") as refusal:
            await self.call("UpdateCurrentRateMaster", settings=settings)
        assert refusal.fields == [f"settings.{field}" if field else "settings" for field in fields]
        assert (refusal.metadata["component"], refusal.metadata["error_type"]) == ("settings", error_type)
        assert await self.in_force() == before

    async def await_of(self, name: str, user_id: str = "alice") -> Any:
        """Return an await of a player."""
        return (await self.call("GetAwaitByUserId", user_id=user_id, await_name=name)).item

    async def skip(self, name: str, user_id: str = "alice", **fields: Any) -> Any:
        """Skip a part of a wait; return the await."""
        return (await self.call("SkipByUserId", user_id=user_id, await_name=name, **fields)).item

    async def count(self, counter: str = "bought", user_id: str = "alice", limit: str = "ever") -> int:
        """Return how far a counter is, 0 for none."""
        names: dict[str, Any] = {"user_id": user_id, "counter_name": counter, "limit_name": limit}
        answer = await self.limits.call("VerifyCounterByUserId", **names, verify_type=4, count=0)
        return answer.item.count

    async def offset_token(self, user_id: str, seconds: int = 24 * 60 * 60) -> str:
        """Return a time offset token for a player, a day ahead by default."""
        request = auth_pb.IssueTimeOffsetTokenByUserIdRequest(user_id=user_id, time_offset=seconds)
        return (await self.service.auth.IssueTimeOffsetTokenByUserId(request, metadata=self.service.admin)).token

    async def run(
        self,
        rpc: str = "RunTransaction",
        user_id: str = "alice",
        headers: Headers = (),
        transaction_id: str | None = None,
        **actions: Any,
    ) -> Any:
        """Run a transaction that is composed here: verify, consume, acquire are lists of actions."""
        members = {f"{kind}Actions": items for kind, items in actions.items()}
        if transaction_id is not None:
            members["transactionId"] = transaction_id
        text = json.dumps(members)
        request = getattr(transaction_pb, f"{rpc}Request")(user_id=user_id, transaction=text)
        metadata = self.service.admin + tuple(headers)
        return await getattr(self.service.transactions, rpc)(request, metadata=metadata)


async def make_exchanges(
    service: Service, *limits: Any, campaign_codes: Sequence[str] = (), **settings: Any
) -> Exchanges:
    """Make a namespace of each service: limits `daily` and `ever` if none are given, a campaign `spring`."""
    exchanges = Exchanges(
        service,
        f"exchange-{next(_numbers)}",
        await make_limits(service, *limits),
        await service.world("spring", *campaign_codes, campaign_codes=campaign_codes),
    )
    request = pb.CreateNamespaceRequest(name=exchanges.name, **settings)
    await service.exchanges.CreateNamespace(request, metadata=service.admin)
    return exchanges


def at_each(exchanges: Exchanges, servers: Sequence[Service]) -> list[Exchanges]:
    """Return the same namespaces at each of the servers."""
    return [
        dataclasses.replace(exchanges, service=server, limits=dataclasses.replace(exchanges.limits, service=server))
        for server in servers
    ]
