"""The calls of an administrator before players arrive: a namespace, a campaign, codes, logins; all of it by gRPC."""

import json
from collections.abc import Iterator
from typing import Any

import grpc
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.auth.v1.auth_service_pb2_grpc import AuthServiceStub
from redeem.exchange.v1.exchange_service_pb2_grpc import ExchangeServiceStub
from redeem.limit.v1.limit_service_pb2_grpc import LimitServiceStub
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import resources_pb2
from redeem.serialkey.v1.serialkey_service_pb2_grpc import SerialKeyServiceStub
from redeemd.app.data_folder import ADMIN_KEY_FILE

from bench.servers import Server

NAMESPACE = "bench"
CAMPAIGN = "spring"
PLAYERS = 128
PAGE_SIZE = 1000
ISSUE_MAX = 100_000

_MESSAGE_BYTES_MAX = 21 * 1024 * 1024
_DEADLINE_SECONDS = 60.0


def _channel(server: Server) -> grpc.Channel:
    options = [("grpc.max_receive_message_length", _MESSAGE_BYTES_MAX)]
    if server.ca is None:
        return grpc.insecure_channel(server.address, options=options)
    return grpc.secure_channel(server.address, grpc.ssl_channel_credentials(server.ca.read_bytes()), options=options)


class AdminClient:
    """An administrator's connection to a server, who works in one namespace."""

    def __init__(self, server: Server, namespace: str = NAMESPACE) -> None:
        self._namespace = namespace
        key = (server.data / ADMIN_KEY_FILE).read_text(encoding="utf-8").strip()
        self.authorization = f"Bearer {key}"
        self._metadata = (("authorization", self.authorization),)
        self._channel = _channel(server)
        self._auth: Any = AuthServiceStub(self._channel)  # type: ignore[no-untyped-call]  # generated
        self._keys: Any = SerialKeyServiceStub(self._channel)  # type: ignore[no-untyped-call]  # generated
        self._limits: Any = LimitServiceStub(self._channel)  # type: ignore[no-untyped-call]  # generated
        self._exchanges: Any = ExchangeServiceStub(self._channel)  # type: ignore[no-untyped-call]  # generated

    def __enter__(self) -> "AdminClient":
        return self

    def __exit__(self, *_: object) -> None:
        self._channel.close()

    def call(self, method: str, request: object, *, deadline_seconds: float = _DEADLINE_SECONDS) -> Any:
        """Call a method of SerialKeyService. Raises grpc.RpcError."""
        return self._call(self._keys, method, request, deadline_seconds)

    def call_limit(self, method: str, request: object) -> Any:
        """Call a method of LimitService. Raises grpc.RpcError."""
        return self._call(self._limits, method, request)

    def call_exchange(self, method: str, request: object) -> Any:
        """Call a method of ExchangeService. Raises grpc.RpcError."""
        return self._call(self._exchanges, method, request)

    def _call(self, service: Any, method: str, request: object, seconds: float = _DEADLINE_SECONDS) -> Any:
        return getattr(service, method)(request, metadata=self._metadata, timeout=seconds)

    def prepare(self) -> None:
        """Make the namespace with one campaign."""
        self.call("CreateNamespace", pb.CreateNamespaceRequest(name=self._namespace))
        settings = json.dumps(
            {"version": "2022-09-13", "campaignModels": [{"name": CAMPAIGN, "metadata": "100 coins"}]}
        )
        upload = pb.UpdateCurrentCampaignMasterRequest(namespace_name=self._namespace, settings=settings)
        self.call("UpdateCurrentCampaignMaster", upload)

    def renew(self) -> None:
        """Begin with an empty namespace again."""
        self.call("DeleteNamespace", pb.DeleteNamespaceRequest(namespace_name=self._namespace))
        self.prepare()

    def issue(self, count: int) -> str:
        """Issue one batch; return its name."""
        request = pb.IssueRequest(
            namespace_name=self._namespace, campaign_model_name=CAMPAIGN, issue_request_count=count
        )
        name: str = self.call("Issue", request).item.name
        return name

    def pages(self, job: str) -> Iterator[list[resources_pb2.SerialKey]]:
        """List a batch, page by page."""
        token: str | None = None
        while token != "":
            request = pb.DescribeSerialKeysRequest(
                namespace_name=self._namespace, campaign_model_name=CAMPAIGN, issue_job_name=job, limit=PAGE_SIZE,
                page_token=token,
            )  # fmt: skip
            page = self.call("DescribeSerialKeys", request)
            yield page.items
            token = page.next_page_token

    def new_codes(self, count: int) -> list[str]:
        """Issue codes and list them."""
        sizes = [min(ISSUE_MAX, count - start) for start in range(0, count, ISSUE_MAX)]
        return [item.code for size in sizes for page in self.pages(self.issue(size)) for item in page]

    def login_players(self, count: int = PLAYERS) -> list[str]:
        """Log players in; return their access tokens. Many, because a server that knows one token has it easy."""
        requests = [auth_pb.LoginRequest(user_id=player(number)) for number in range(count)]
        return [self._call(self._auth, "Login", request).token for request in requests]

    def use(self, code: str, token: str) -> bytes:
        """Use a code; return the reply as it is on the wire."""
        reply = self.call("Use", use_request(code, token))
        data: bytes = reply.SerializeToString()
        return data


def player(number: int) -> str:
    """Return the user id of a player."""
    return f"player-{number:05}"


def use_request(code: str, token: str, namespace: str = NAMESPACE) -> pb.UseRequest:
    """Return the request of a player to use a code."""
    return pb.UseRequest(namespace_name=namespace, access_token=token, code=code)


def use_bodies(codes: list[str], tokens: list[str], namespace: str = NAMESPACE) -> list[bytes]:
    """Return the serialised requests to use each code once, the players taking turns."""
    return [
        use_request(code, tokens[number % len(tokens)], namespace).SerializeToString()
        for number, code in enumerate(codes)
    ]
