"""Valid requests that do the most work that is permitted, on a server that holds a lot."""

import gzip
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from redeemd.resources.master_data import SETTINGS_LENGTH_MAX
from redeemd.resources.masters import SETTINGS_BYTES_MAX
from redeemd.resources.user_data_jobs import IMPORT_BYTES_MAX

from bench.stalls import documents, texts
from bench.stalls.cases import Case
from bench.stalls.contract import NAME, request_bytes_max
from bench.stalls.world import COMPONENTS, World, encoded

MANY = 1000  # the longest page, and the most actions of a transaction
ISSUED = 100_000
IMPORTED = 10_000
PER_KIND = 100  # actions of a transaction

LIMITS, RATES = 100, 10_000  # as many models may be in a document

_LONG_TEXT = "a" * 2048
_DRAFTED_REQUEST = 20_000  # characters of the request of a draft's action
_OVERHEAD = 128  # bytes of an action beside that
_SETTINGS_OVERHEAD = 8192  # bytes of a document beside its models
_AT_ONCE = 200
_DRAFTS = 8
_TEXT = {"description": "\u00e9" * 1024}
_COUNTER = {"namespaceName": NAME, "limitName": NAME, "userId": NAME}


@dataclass(frozen=True, slots=True)
class Upload:
    """A request over HTTP; `url` is requested just before, because it can be used once."""

    name: str
    verb: str
    url: Callable[[World], str]
    data: bytes | None = None
    encoding: str = "identity"


class Greatest:
    """A server that holds a lot, and the requests."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._job = ""

    def prepare(self) -> None:
        """Fill the namespaces that World.prepare made."""
        world = self._world
        for service, settings in self._settings().items():
            world.put_in_force(service, settings)
        issued = world.call("SerialKeyService.Issue", **_campaign(), issue_request_count=ISSUED)
        self._job = issued.item.name
        page = world.call("SerialKeyService.DescribeSerialKeys", **_campaign(), issue_job_name=self._job, limit=MANY)
        codes = [item.code for item in page.items]
        self._often("SerialKeyService.UseByUserId", [{**_player(), "code": code} for code in codes])
        self._often("LimitService.CreateNamespace", [{"name": f"{NAME}-{number}", **_TEXT} for number in range(MANY)])
        for number in range(MANY // PER_KIND):
            self._run(self._counting(number), self._awaiting())
        self._often("ExchangeService.CreateRateModelMaster", [self._draft(number) for number in range(_DRAFTS)])

    def _draft(self, number: int) -> dict[str, Any]:
        room = request_bytes_max(self._world.method("ExchangeService.CreateRateModelMaster")) // PER_KIND - _OVERHEAD
        rewards = _rewards(min(room, _DRAFTED_REQUEST))
        return {"namespace_name": NAME, "name": f"draft-{number}", "timing_type": 1, "acquire_actions": rewards}

    def _often(self, name: str, requests: list[dict[str, Any]]) -> None:
        for start in range(0, len(requests), _AT_ONCE):
            self._world.call_often(name, requests[start : start + _AT_ONCE])

    def _run(self, consume: list[Any], acquire: list[Any]) -> None:
        transaction = texts.write({"consumeActions": consume, "acquireActions": acquire})
        self._world.call("TransactionService.RunTransaction", user_id=NAME, transaction=transaction)

    def _counting(self, number: int) -> list[dict[str, Any]]:
        names = [f"counter-{number}-{each}" for each in range(PER_KIND)]
        return [_asked("Gs2Limit:CountUpByUserId", **_COUNTER, counterName=name) for name in names]

    def _awaiting(self) -> list[dict[str, Any]]:
        fields = {"namespaceName": NAME, "userId": NAME, "rateName": "later"}
        return [_asked("Gs2Exchange:CreateAwaitByUserId", **fields)] * PER_KIND

    def _settings(self) -> dict[str, dict[str, Any]]:
        """Return the largest documents that are allowed."""
        campaign = {"metadata": _LONG_TEXT, "enableCampaignCode": True}
        limit = {"resetType": "notReset", "metadata": _LONG_TEXT}
        later = {"name": "later", "timingType": "await", "lockTime": 60}
        return {
            "SerialKeyService": self._filled("SerialKeyService", "campaignModels", campaign, MANY),
            "LimitService": self._filled("LimitService", "limitModels", limit, LIMITS),
            "ExchangeService": self._filled(
                "ExchangeService", "rateModels", _LARGE_RATE, RATES, {**documents.RATE, "name": "counted"}, later
            ),
        }

    def _filled(self, service: str, kind: str, model: dict[str, Any], most: int, *others: Any) -> dict[str, Any]:
        """Return a document with as many models as are allowed, and as there is room for; one is called NAME."""
        method = self._world.method(f"{service}.UpdateCurrent{COMPONENTS[service]}Master")
        room = min(request_bytes_max(method), SETTINGS_LENGTH_MAX) - _SETTINGS_OVERHEAD
        names = (f"{NAME}-{number:05}" if number else NAME for number in itertools.count())
        count = min(most - len(others), room // (len(texts.write({"name": f"{NAME}-00000", **model})) + 2))
        models = [{"name": name, **model} for name in itertools.islice(names, count)]
        return {**documents.SETTINGS[service], kind: [*others, *models]}

    def cases(self) -> Iterator[Case]:
        """Return the requests over gRPC."""
        yield from self._listings()
        yield from self._transactions()
        for service, component in COMPONENTS.items():
            name = f"{service}.UpdateCurrent{component}Master"
            text = texts.write(self._settings()[service])
            yield self._case(name, "the largest master data", namespace_name=NAME, settings=text)
            yield self._case(f"{service}.GetCurrent{component}Master", "the largest", namespace_name=NAME)
            yield self._case(f"{service}.ExportMaster", "largest drafts", namespace_name=NAME)
        codes = [f"IMPORTED-{number:039}" for number in range(IMPORTED)]
        yield self._case(
            "SerialKeyService.ImportSerialKeys", "most codes of a message", **_campaign(), codes=codes, last=True
        )
        used = [{"status": 2, "used_user_id": f"player-{number}"} for number in range(IMPORTED)]
        stated = [code.replace("IMPORTED", "STATED00") for code in codes]
        yield self._case(
            "SerialKeyService.ImportSerialKeys", "most states", **_campaign(), codes=stated, states=used, last=True
        )
        for service in COMPONENTS:
            yield self._case(f"{service}.DumpUserDataByUserId", "most data", user_id=NAME)

    def _listings(self) -> Iterator[Case]:
        world = {"namespace_name": NAME}
        of_player = {**world, "user_id": NAME, "limit": MANY}
        of_job = {**_campaign(), "issue_job_name": self._job}
        pages: dict[str, dict[str, Any]] = {
            "LimitService.DescribeNamespaces": {"limit": MANY},
            "SerialKeyService.DescribeSerialKeys": {**of_job, "limit": MANY},
            "SerialKeyService.StreamSerialKeys": of_job,
            "SerialKeyService.DescribeRedemptions": of_player,
            "LimitService.DescribeCountersByUserId": of_player,
            "ExchangeService.DescribeAwaitsByUserId": of_player,
            "ExchangeService.DescribeRateModelMasters": {**world, "limit": MANY},
            "SerialKeyService.DescribeCampaignModels": world,
            "LimitService.DescribeLimitModels": world,
            "ExchangeService.DescribeRateModels": world,
            "EventService.WatchEvents": {"start": 1},
            "LimitService.PreviewResets": {**world, "limit_name": NAME, "count": MANY},
            "SerialKeyService.Issue": {**_campaign(), "issue_request_count": ISSUED},
        }
        for name, fields in pages.items():
            yield self._case(name, "the longest response", **fields)

    def _transactions(self) -> Iterator[Case]:
        exchange = {"namespace_name": NAME, "rate_name": NAME, "user_id": NAME}
        yield self._case("ExchangeService.ExchangeByUserId", "most actions", **exchange, count=1)
        yield self._case(
            "ExchangeService.ExchangeByUserId",
            "greatest count",
            **{**exchange, "rate_name": "counted"},
            count=2**30 - 3,
        )
        nested = {"namespaceName": NAME, "rateName": NAME, "userId": NAME, "count": 1}
        acquire = [_asked("Gs2Exchange:ExchangeByUserId", **nested)] * 7
        for name in ("RunTransaction", "Preflight"):
            for kind, transaction in (
                ("300 actions", {"consumeActions": self._counting(0), "acquireActions": self._awaiting()}),
                ("actions that issue 840 more", {"acquireActions": acquire}),
            ):
                text = texts.write(transaction)
                yield self._case(f"TransactionService.{name}", kind, user_id=NAME, transaction=text)

    def _case(self, name: str, kind: str, **fields: Any) -> Case:
        method = self._world.method(name)
        return Case(method, f"valid, {kind}", lambda: encoded(method, **fields))

    def uploads(self) -> Iterator[Upload]:
        """Return the requests over HTTP."""
        settings = texts.write(self._settings()["ExchangeService"]).encode()
        master = SETTINGS_BYTES_MAX
        job = {**_campaign(), "issue_job_name": self._job}
        yield Upload("GET /metrics", "GET", _metrics_url)
        yield Upload(
            f"GET /files: {ISSUED:,} codes",
            "GET",
            lambda world: str(world.call("SerialKeyService.DownloadSerialCodes", **job).url),
        )
        yield Upload("GET /files: a player's data", "GET", _dump_url)
        yield Upload("PUT /files: the largest master data", "PUT", _master_url, settings)
        yield Upload("PUT /files: master data, compressed", "PUT", _master_url, gzip.compress(bytes(master)), "gzip")
        yield Upload("PUT /files: master data, too long", "PUT", _master_url, bytes(master + 1))
        yield Upload("PUT /files: a player's data", "PUT", _import_url, b"\n" * IMPORT_BYTES_MAX)
        compressed = gzip.compress(bytes(IMPORT_BYTES_MAX))
        yield Upload("PUT /files: a player's data, compressed", "PUT", _import_url, compressed, "gzip")


def _master_url(world: World) -> str:
    return str(world.call("ExchangeService.PreUpdateCurrentRateMaster", namespace_name=NAME).upload_url)


def _metrics_url(world: World) -> str:
    return _master_url(world).partition("/files/")[0] + "/metrics"


def _import_url(world: World) -> str:
    return str(world.call("LimitService.PrepareImportUserDataByUserId", user_id=NAME).upload_url)


def _dump_url(world: World) -> str:
    world.call("LimitService.DumpUserDataByUserId", user_id=NAME)
    return str(world.call("LimitService.CheckDumpUserDataByUserId", user_id=NAME).url)


def _campaign() -> dict[str, Any]:
    return {"namespace_name": NAME, "campaign_model_name": NAME}


def _player() -> dict[str, Any]:
    return {"namespace_name": NAME, "user_id": NAME}


def _asked(name: str, **request: Any) -> dict[str, Any]:
    return {"action": name, "request": texts.write(request)}


def _rewards(length: int = 0) -> list[dict[str, Any]]:
    """Return as many acquire actions as a rate may have, each whose request has so many characters."""
    action = _asked("Gs2SerialKey:IssueOnce", namespaceName=NAME, campaignModelName=NAME)
    return [{**action, "request": action["request"].ljust(length)}] * PER_KIND


def _rate() -> dict[str, Any]:
    """Return a rate with as many actions as it may have; it has no name."""
    counter = {"namespaceName": NAME, "limitName": NAME, "counterName": NAME, "userId": "#{userId}"}
    return {
        "timingType": "immediate",
        "verifyActions": [_asked("Gs2Limit:VerifyCounterByUserId", **counter, verifyType="greaterEqual", count=0)] * 10,
        "consumeActions": [_asked("Gs2Limit:CountUpByUserId", **counter)] * 10,
        "acquireActions": _rewards(),
    }


_LARGE_RATE = _rate()
