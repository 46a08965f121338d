"""The namespaces of a server that is fuzzed, and the values known to get requests far."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from redeem.auth.v1 import requests_pb2 as auth_pb

from support.contract import METHODS, send, valid_request
from support.exchanges import Exchanges, document
from support.keys import key_of
from support.limits import DEFAULT, Limits
from support.limits import document as limits_document
from support.service import Service, bearer
from support.world import World

NAME = "fuzz"  # of the namespaces of all services
CODES = 8

METHOD = {(method.containing_service.name, method.name): method for method in METHODS}


# Values that lead somewhere and are the same in each world, by names of fields or messages.
_FIXED: Mapping[str, Sequence[Any]] = {
    "namespace_name": [NAME],
    "user_id": ["alice", "alice", "alice", "bob"],
    "campaign_model_name": ["spring", "HELLO"],
    "issue_request_count": [1, 100_000],
    "IssueBatchRequest.count": [1, 10**9],
    "limit_name": ["ever", "daily"],
    "counter_name": ["c", "got", "paid"],
    "rate_name": ["rate", "code", "later", "rising"],
    "name": ["spring", "ever", "rate", "rising"],
    "CreateNamespaceRequest.name": [NAME, *(f"{NAME}-{number}" for number in range(20))],
    "duplication_avoider": ["again", "again too"],
    "mode": [1],
    "last": [True],
    "service": ["redeem.serialkey.v1.SerialKeyService"],
    "method": ["UseByUserId", "Issue", "GetSerialKey"],
    "paths": ["description", "transaction_setting", "log_setting"],
    "reset_time_zone": ["Asia/Tokyo", "UTC"],
}


class FuzzedWorld:
    """The namespaces that requests may change, an honest one that they may not, and what is known of them."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.known: dict[str, Any] = {}
        self.world = World(service, NAME)
        self.limits = Limits(service, NAME)
        self.exchanges = Exchanges(service, NAME, self.limits, self.world)
        self._changed = True

    async def begin(self) -> None:
        """Make what stays for all requests."""
        self.honest = await self.service.world()
        self.honest_codes = await self.honest.codes(1000)
        self.keys = {
            "admin": self.service.admin,
            "server": await key_of(self.service, "server"),
            "issuer": await key_of(self.service, "issuer"),
            "read": await key_of(self.service, "read"),
            "limited": await key_of(self.service, "server", namespace_names=["other"]),
            "nobody": (),
            "wrong": bearer("k1.nonsense"),
        }
        await self.mend()

    async def mend(self) -> None:
        """Restore what requests may have deleted or changed, and learn the names of what exists."""
        if not self._changed:
            return
        for service in ("SerialKeyService", "LimitService", "ExchangeService"):
            await self._ask(service, "DeleteNamespace")
            await self._ask(
                service, "CreateNamespace", name=NAME, enable_direct_exchange=True, enable_await_exchange=True
            )
        for service, kind, name in (
            ("SerialKeyService", "Campaign", "spring"),
            ("LimitService", "Limit", "ever"),
            ("ExchangeService", "Rate", "rate"),
            ("ExchangeService", "IncrementalRate", "rising"),
        ):
            await self._ask(service, f"Create{kind}ModelMaster", name=name)
        settings = self._settings()
        await self.world.call("UpdateCurrentCampaignMaster", settings=settings[0])
        await self.limits.call("UpdateCurrentLimitMaster", settings=settings[1])
        await self.exchanges.call("UpdateCurrentRateMaster", settings=settings[2])
        job = await self.world.issue(CODES)
        codes = [item.code for item in await self.world.keys(job)]
        await self.world.call("UseByUserId", user_id="alice", code=codes[0])
        await asyncio.gather(
            *(self.limits.up(counter=name, limit=limit) for name in ("c", "got", "paid") for limit in ("ever", "daily"))
        )
        awaits = [await self.exchanges.wait_for("later") for _ in range(2)]
        await self._learn(settings, job, codes, awaits)
        self._changed = False

    async def learn_anew(self) -> None:
        """Mend what a road beside `call` may have used up: uploads, above all."""
        self._changed = True
        await self.mend()

    async def _ask(self, service: str, rpc: str, **fields: Any) -> None:
        """Send a valid request in the namespaces that are fuzzed; it may be refused."""
        method = METHOD[service, rpc]
        await send(
            self.service, method, valid_request(method.input_type, namespace_name=NAME, **fields), self.service.admin
        )

    def _settings(self) -> tuple[str, str, str]:
        """Return the master data of the three services."""
        campaigns = [{"name": "spring"}, {"name": "HELLO", "enableCampaignCode": True}]
        rates = [
            {
                "name": "rate",
                "consumeActions": [self.exchanges.up("paid")],
                "acquireActions": [self.exchanges.down("got")],
            },
            {
                "name": "code",
                "verifyActions": [self.exchanges.verify("less", 1000)],
                "consumeActions": [self.exchanges.use()],
                "acquireActions": [self.exchanges.issue()],
            },
            {"name": "later", "timingType": "await", "lockTime": 5, "acquireActions": [self.exchanges.down("got")]},
        ]
        return (
            json.dumps({"version": "2022-09-13", "campaignModels": campaigns}),
            limits_document(*DEFAULT),
            document(rates, [self.exchanges.incremental(name="rising")]),
        )

    def _actions(self, codes: Sequence[str]) -> dict[str, list[Any]]:
        """Return actions that succeed, by the name of the message that holds one."""
        exchanges = self.exchanges
        return {
            "VerifyAction": [exchanges.verify("lessEqual", 100, "c"), exchanges.verify_code(codes[1])],
            "ConsumeAction": [exchanges.up("c"), exchanges.use(codes[2]), exchanges.use("#{code}")],
            "AcquireAction": [exchanges.down("c"), exchanges.issue(), exchanges.exchange("rate")],
        }

    async def _learn(self, settings: tuple[str, str, str], job: Any, codes: Sequence[str], awaits: list[str]) -> None:
        """Note, by names of fields or messages, values that lead somewhere."""
        actions = self._actions(codes)
        transaction = _transaction_of(actions)
        counter_of_count = self.exchanges.incremental()["exchangeCountId"]
        client_id, _, client_secret = self.service.key.partition(".")
        prepared = [await self.world.call("PreUpdateCurrentCampaignMaster") for _ in range(2)]
        dump = await self.world.service.call("PrepareImportUserDataByUserId", user_id="alice")
        page = await self.world.call(
            "DescribeSerialKeys", campaign_model_name="spring", issue_job_name=job.name, limit=1
        )
        self.tokens = {user: await self.service.token(user) for user in ("alice", "bob")}
        offset = auth_pb.IssueTimeOffsetTokenByUserIdRequest(user_id="alice", time_offset=60)
        download = await self.world.call("DownloadSerialCodes", campaign_model_name="spring", issue_job_name=job.name)
        self.urls = [download.url, dump.upload_url, *(upload.upload_url for upload in prepared)]
        self.known = {
            **_FIXED,
            "issue_job_name": [job.name],
            "code": [*codes, codes[0].lower(), "HELLO"],
            "codes": [*codes[:2], "OLD-1", "OLD-2"],
            "await_name": awaits,
            "access_token": list(self.tokens.values()),
            "time_offset_token": [
                (await self.service.auth.IssueTimeOffsetTokenByUserId(offset, metadata=self.service.admin)).token
            ],
            "DescribeSerialKeysRequest.page_token": [page.next_page_token],
            "upload_token": [dump.upload_token, *(upload.upload_token for upload in prepared)],
            "transaction_id": [transaction["transactionId"]],
            "exchange_count_id": [counter_of_count.format(region="local", ownerId="redeemd")],
            "settings": list(settings),
            "settings.json": [json.loads(text) for text in settings],
            "transaction": [json.dumps(_with_requests(transaction))],
            "transaction.json": _with_requests(transaction),
            "key_id": [self.keys["read"][0][1].removeprefix("Bearer ").partition(".")[0]],
            "client_id": [client_id],
            "client_secret": [client_secret],
        } | {
            kind: [(item["action"], json.loads(item["request"])) for item in items] for kind, items in actions.items()
        }  # fmt: skip


def _transaction_of(actions: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Return a transaction of the first action of each kind."""
    first = {f"{kind.removesuffix('Action').lower()}Actions": items[:1] for kind, items in actions.items()}
    return first | {"transactionId": "0f5c1e9a-7d34-4b62-9c81-2f6ab0d3e7c5"}


def _with_requests(transaction: Mapping[str, Any]) -> Any:
    """A transaction as JSON in which requests are objects, as they may be, for a known player."""
    return json.loads(json.dumps(transaction).replace("#{userId}", "alice"))
