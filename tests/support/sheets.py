"""Signed sheets of a namespace that runs no transactions itself, and their way through gRPC."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redeem.exchange.v1 import requests_pb2 as exchange_pb
from redeem.limit.v1 import requests_pb2 as limit_pb
from redeem.serialkey.v1 import requests_pb2 as serialkey_pb
from redeem.transaction.v1 import requests_pb2 as pb

from support.exchanges import Action, Exchanges, make_exchanges
from support.service import Headers, Metadata, Service
from support.writes_call import Write

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Signed:
    """A sheet that a call returned."""

    sheet: str
    key_id: str
    transaction_id: str

    @classmethod
    def of(cls, answer: Any) -> "Signed":
        """Take it from the response of an exchange."""
        assert (answer.auto_run_stamp_sheet, answer.atomic_commit) == (False, False)
        assert not answer.transaction
        assert not answer.HasField("transaction_result")
        return cls(answer.stamp_sheet, answer.stamp_sheet_encryption_key_id, answer.transaction_id)

    @property
    def body(self) -> dict[str, Any]:
        """Return the content of the sheet."""
        return json.loads(json.loads(self.sheet)["body"])

    @property
    def verify_tasks(self) -> list[str]:
        """Its verify tasks, signed."""
        return self.body["verifyTasks"]

    @property
    def tasks(self) -> list[str]:
        """Its tasks, signed."""
        return self.body["tasks"]


@dataclass
class Sheets:
    """A namespace whose exchanges return sheets."""

    exchanges: Exchanges

    @property
    def service(self) -> Any:
        """The server."""
        return self.exchanges.service

    async def sign(self, user_id: str = "alice", values: Mapping[str, str] | None = None, **actions: Any) -> Signed:
        """Exchange by a rate with these actions (verify, consume, acquire); return the sheet."""
        name = f"signed-{next(_numbers)}"
        await self.exchanges.put_in_force({"name": name} | {f"{kind}Actions": it for kind, it in actions.items()})
        return Signed.of(await self.exchanges.buy(name, user_id, values=values))

    async def run(self, rpc: str, headers: Headers = (), metadata: Metadata | None = None, **fields: Any) -> Any:
        """Call a method that takes a part of a sheet, of whatever service; by default as the administrator."""
        stubs = (
            (self.service.transactions, pb),
            (self.service.serial_keys, serialkey_pb),
            (self.service.exchanges, exchange_pb),
            (self.service.limits, limit_pb),
        )
        stub, requests = next(each for each in stubs if hasattr(each[0], rpc))
        request = getattr(requests, f"{rpc}Request")(**fields)
        return await getattr(stub, rpc)(request, metadata=(metadata or self.service.admin) + tuple(headers))

    async def verify_task(self, signed: Signed, number: int = 0, **fields: Any) -> Any:
        """Run a verify task."""
        task = signed.verify_tasks[number]
        return await self.run("RunVerifyTask", verify_task=task, key_id=signed.key_id, **fields)

    async def task(self, signed: Signed, number: int = 0, **fields: Any) -> Any:
        """Run a task."""
        return await self.run("RunStampTask", stamp_task=signed.tasks[number], key_id=signed.key_id, **fields)

    async def sheet(self, signed: Signed, rpc: str = "RunStampSheet", **fields: Any) -> Any:
        """Run the sheet itself."""
        return await self.run(rpc, stamp_sheet=signed.sheet, key_id=signed.key_id, **fields)

    async def result(self, signed: Signed, user_id: str = "alice") -> Any:
        """Return what came of it."""
        names: dict[str, Any] = {"user_id": user_id, "transaction_id": signed.transaction_id}
        return (await self.run("GetStampSheetResultByUserId", **names)).item


async def make_sheets(service: Service, **settings: Any) -> Sheets:
    """Make namespaces of a test's own."""
    chosen: dict[str, Any] = {"transaction_setting": {}, "enable_await_exchange": True} | settings
    return Sheets(await make_exchanges(service, **chosen))


async def sheet_writes(service: Service) -> list[Write]:
    """Return a call of every method that takes a part of a sheet, each of which changes something."""
    sheets = await make_sheets(service)
    exchanges = sheets.exchanges
    await exchanges.limits.up(counter="got", limit="ever", count_up_value=10)
    await exchanges.limits.up(counter="gone", limit="ever")
    codes = await exchanges.world.codes(4)
    await exchanges.world.call("UseByUserId", user_id="alice", code=codes[0])
    waiting = {"name": "later", "timingType": "await", "lockTime": 60, "acquireActions": [exchanges.down()]}
    nested = {"name": "rate", "acquireActions": [exchanges.down()]}
    await exchanges.put_in_force(waiting, nested, incremental=[exchanges.incremental()])
    awaits = [await exchanges.wait_for("later") for _ in range(3)]
    own: dict[str, Any] = {"namespaceName": exchanges.name, "userId": "#{userId}"}

    def of_exchange(rpc: str, **request: Any) -> Action:
        return {"action": f"Gs2Exchange:{rpc}", "request": json.dumps(own | request)}

    verify = {
        "VerifyByStampTask": exchanges.verify_code(codes[1]),
        "VerifyCounterByStampTask": exchanges.verify("greater", 0, counter="got"),
        "RunVerifyTask": exchanges.verify("greater", 0, counter="got"),
    }
    consume = {
        "UseByStampTask": exchanges.use(codes[2]),
        "CountUpByStampTask": exchanges.up(),
        "DeleteAwaitByStampTask": of_exchange("DeleteAwaitByUserId", awaitName=awaits[0]),
        "RunStampTask": exchanges.use(codes[3]),
    }
    acquire = {
        "RevertUseByStampSheet": exchanges.revert(codes[0]),
        "IssueOnceByStampSheet": exchanges.issue(),
        "CountDownByStampSheet": exchanges.down(),
        "DeleteByStampSheet": exchanges.forget("gone"),
        "ExchangeByStampSheet": of_exchange("ExchangeByUserId", rateName="rate", count=1),
        "IncrementalExchangeByStampSheet": of_exchange("IncrementalExchangeByUserId", rateName="rising", count=1),
        "CreateAwaitByStampSheet": of_exchange("CreateAwaitByUserId", rateName="later"),
        "AcquireForceByStampSheet": of_exchange("AcquireForceByUserId", awaitName=awaits[1]),
        "SkipByStampSheet": of_exchange("SkipByUserId", awaitName=awaits[2]),
        "RunStampSheet": exchanges.down(),
        "RunStampSheetExpress": exchanges.down(),
    }
    rates: list[dict[str, Any]] = [{"name": rpc, "verifyActions": [it]} for rpc, it in verify.items()]
    rates += [{"name": rpc, "consumeActions": [it]} for rpc, it in consume.items()]
    rates += [{"name": rpc, "acquireActions": [it]} for rpc, it in acquire.items()]
    await exchanges.put_in_force(waiting, nested, *rates, incremental=[exchanges.incremental()])
    return [_call(rate, Signed.of(await exchanges.buy(rate["name"]))) for rate in rates]


def _call(rate: Mapping[str, Any], signed: Signed) -> Write:
    """Run the one action of a sheet by the method that its rate is named after."""
    rpc = rate["name"]
    if "acquireActions" in rate:
        part = {"stamp_sheet": signed.sheet}
    elif "consumeActions" in rate:
        part = {"stamp_task": signed.tasks[0]}
    else:
        part = {"verify_task" if rpc == "RunVerifyTask" else "stamp_task": signed.verify_tasks[0]}
    return Write(rpc, {**part, "key_id": signed.key_id})


async def whole(sheets: Sheets, **fields: Any) -> Signed:
    """Sign one of everything: verify that `got` is not full, pay by counting up and a code, receive `got`."""
    exchanges = sheets.exchanges
    await exchanges.limits.up(counter="got", limit="ever", count_up_value=10)
    (code,) = await exchanges.world.codes(1)
    return await sheets.sign(
        verify=[exchanges.verify("greater", 0, counter="got")],
        consume=[exchanges.up(), exchanges.use(code)],
        acquire=[exchanges.down(countDownValue=3)],
        **fields,
    )
