"""A server that is fuzzed: things that requests can be about, the rule for its answers, and that it is still well."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from typing import Any

import grpc
import pytest
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeemd.base.telemetry import Telemetry
from redeemd.store.base import Row, Tx
from redeemd.store.sql import Query, query

from support.contract import ENDLESS, FILES, METHODS, policy_of, send, valid_request
from support.exchanges import Exchanges, document
from support.keys import key_of
from support.limits import DEFAULT, Limits
from support.limits import document as limits_document
from support.service import Metadata, Refusal, Service, World, bearer, one_server, read_refusal

NAME = "fuzz"  # of the namespaces of all services
NOWHERE = "http://127.0.0.1:1"
ANSWER_SECONDS_MAX = 30  # longer is a call that hangs
STREAMED_MAX = 3  # answers that are read of a stream
CODES = 8

METHOD = {(method.containing_service.name, method.name): method for method in METHODS}
REASONS = {
    value.name.removeprefix("ERROR_REASON_")
    for file in FILES.values()
    for enum in file.enum_types_by_name.values()
    if enum.name == "ErrorReason"
    for value in enum.values
} - {"UNSPECIFIED"}
OUR_FAULT = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.DEADLINE_EXCEEDED}

_INTEGRITY = query("integrity", "PRAGMA integrity_check")
# Rows that no sequence of calls may make: a used code without a time, a count below 0, an await that lost its rate.
_ODD_ROWS = query(
    "odd_rows",
    "SELECT (SELECT COUNT(*) FROM serial_key WHERE status = 2 AND used_at IS NULL)"
    " + (SELECT COUNT(*) FROM serial_key WHERE status <> 2 AND used_user_id IS NOT NULL)"
    " + (SELECT COUNT(*) FROM counter WHERE count < 0)"
    " + (SELECT COUNT(*) FROM idempotency WHERE answer IS NULL) AS number",
)


@contextlib.contextmanager
def fuzzed_server() -> Iterator["Fuzzed"]:
    """Run a server to be fuzzed; yields a Fuzzed."""
    defects: list[BaseException] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Telemetry, "defect", lambda _self, error, _request_id="": defects.append(error))
        with one_server(github_url=NOWHERE) as (service, run):
            fuzzed = Fuzzed(service, run, defects)
            run(fuzzed.begin())
            yield fuzzed


class Fuzzed:
    """A server, what is known of it, and an honest namespace that no request is about."""

    def __init__(self, service: Service, run: Any, defects: list[BaseException]) -> None:
        self.service = service
        self.run = run
        self.defects = defects
        self.known: dict[str, Any] = {}
        self.world = World(service, NAME)
        self.limits = Limits(service, NAME)
        self.exchanges = Exchanges(service, NAME, self.limits, self.world)
        self.used = 0
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
        """Make anew what requests may have deleted or changed, and learn the names of what there is."""
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
        """Answer the master data of the three services."""
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

    async def _learn(self, settings: tuple[str, str, str], job: Any, codes: Sequence[str], awaits: list[str]) -> None:
        """Note, by names of fields or messages, values that lead somewhere."""
        exchanges = self.exchanges
        actions = {
            "VerifyAction": [exchanges.verify("lessEqual", 100, "c"), exchanges.verify_code(codes[1])],
            "ConsumeAction": [exchanges.up("c"), exchanges.use(codes[2]), exchanges.use("#{code}")],
            "AcquireAction": [exchanges.down("c"), exchanges.issue(), exchanges.exchange("rate")],
        }
        transaction = {
            f"{kind.removesuffix('Action').lower()}Actions": items[:1] for kind, items in actions.items()
        } | {"transactionId": "0f5c1e9a-7d34-4b62-9c81-2f6ab0d3e7c5"}
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
            "namespace_name": [NAME],
            "user_id": ["alice", "alice", "alice", "bob"],
            "campaign_model_name": ["spring", "HELLO"],
            "issue_job_name": [job.name],
            "code": [*codes, codes[0].lower(), "HELLO"],
            "codes": [*codes[:2], "OLD-1", "OLD-2"],
            "issue_request_count": [1, 100_000],
            "IssueBatchRequest.count": [1, 10**9],
            "limit_name": ["ever", "daily"],
            "counter_name": ["c", "got", "paid"],
            "rate_name": ["rate", "code", "later", "rising"],
            "await_name": awaits,
            "name": ["spring", "ever", "rate", "rising"],
            "CreateNamespaceRequest.name": [NAME, *(f"{NAME}-{number}" for number in range(20))],
            "access_token": list(self.tokens.values()),
            "time_offset_token": [
                (await self.service.auth.IssueTimeOffsetTokenByUserId(offset, metadata=self.service.admin)).token
            ],
            "DescribeSerialKeysRequest.page_token": [page.next_page_token],
            "upload_token": [dump.upload_token, *(upload.upload_token for upload in prepared)],
            "duplication_avoider": ["again", "again too"],
            "transaction_id": [transaction["transactionId"]],
            "exchange_count_id": [exchanges.incremental()["exchangeCountId"].format(region="local", ownerId="redeemd")],
            "mode": [1],
            "last": [True],
            "service": ["redeem.serialkey.v1.SerialKeyService"],
            "method": ["UseByUserId", "Issue", "GetSerialKey"],
            "paths": ["description", "transaction_setting", "log_setting"],
            "reset_time_zone": ["Asia/Tokyo", "UTC"],
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

    def take_defects(self) -> list[BaseException]:
        """Answer what broke inside since the last time; each is told once, so that shrinking works."""
        found, self.defects[:] = list(self.defects), []
        return found

    def metadata(self, who: str, extra: Metadata) -> Metadata:
        """Answer the metadata of a call by somebody: the keys above, or a player."""
        if who in self.tokens:
            return (*self.service.admin, ("x-access-token", self.tokens[who]), *extra)
        return (*self.keys[who], *extra)

    async def call(self, method: MethodDescriptor, pieces: Sequence[bytes], metadata: Metadata) -> Refusal | None:
        """Call a method with bytes; answer its refusal, None when it was answered. Asserts the rule for answers."""
        path = f"/{method.containing_service.full_name}/{method.name}"
        channel: Any = self.service.channel
        options: dict[str, Any] = {"metadata": metadata, "timeout": ANSWER_SECONDS_MAX}
        output = message_factory.GetMessageClass(method.output_type)
        try:
            if method.server_streaming:
                most = 1 if method.name in ENDLESS else STREAMED_MAX
                await _read_some(channel.unary_stream(path)(pieces[0], **options), output, most)
            elif method.client_streaming:
                output.FromString(await channel.stream_unary(path)(iter(pieces), **options))
            else:
                output.FromString(await channel.unary_unary(path)(pieces[0], **options))
        except grpc.aio.AioRpcError as error:
            assert error.code() not in OUR_FAULT, f"{error.code()}: {error.details()} {self.take_defects()}"
            refusal = read_refusal(error)
            assert refusal.reason in REASONS, refusal
            return refusal
        self._changed = self._changed or policy_of(method).writes
        return None

    async def check(self) -> None:
        """Assert that nothing broke inside, that an honest player is served, and that the store is sound."""
        assert self.take_defects() == []
        code = self.honest_codes[self.used % len(self.honest_codes)]
        used = [(await self.honest.as_player("Use", "honest", code=code)).item.used_user_id]
        self.used += 1
        refusal = await self._refusal(self.honest.as_player("Use", "thief", code=code))
        assert (used, refusal.reason) == (["honest"], "CODE_STATUS_INVALID")
        assert (await self._only(_INTEGRITY))["integrity_check"] == "ok"
        assert (await self._only(_ODD_ROWS))["number"] == 0

    async def check_honest(self) -> None:
        """Assert that exactly the honest redemptions were made in the honest namespace."""
        found = (await self.honest.call("DescribeRedemptions", limit=1000)).items
        assert {key.code: key.used_user_id for key in found} == dict.fromkeys(self.honest_codes[: self.used], "honest")

    async def _refusal(self, call: Awaitable[object]) -> Refusal:
        try:
            await call
        except grpc.aio.AioRpcError as error:
            return read_refusal(error)
        raise AssertionError("not refused")

    async def _only(self, found: Query) -> Row:
        async def body(tx: Tx) -> Any:
            return await tx.one(found)

        return await self.service.store.run(body, write=False)


def _with_requests(transaction: Mapping[str, Any]) -> Any:
    """A transaction as JSON in which requests are objects, as they may be, for a known player."""
    return json.loads(json.dumps(transaction).replace("#{userId}", "alice"))


async def _read_some(stream: Any, output: Any, most: int) -> None:
    count = 0
    async for data in stream:
        output.FromString(data)
        count += 1
        if count == most:
            stream.cancel()
            return
