"""What a game does with an SDK, whichever it is: it sets everything up, and exchanges a code for a counter."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

Document = dict[str, Any]


class Outcome(NamedTuple):
    """What an SDK reads of a response: its members, or its errors."""

    result: dict[str, Any]
    errors: Sequence[dict[str, str]]


class Session(Protocol):
    """A session of an SDK."""

    async def call(self, service: str, function: str, **members: Any) -> Outcome:
        """Call a function of a service with the members of a request, as the documents spell all of them."""

    async def put_in_force(self, service: str, kind: str, namespace: str, document: str) -> Outcome:
        """Put master data in force, as the SDK does."""


class Played(NamedTuple):
    """What a game saw.

    bought  the exchange
    again   its repetition, for which the code is used
    counter the counter that both exchanges count
    """

    bought: Outcome
    again: Outcome
    counter: Outcome


def documents(namespace: str) -> Sequence[tuple[str, str, Document]]:
    """Return the master data of a game in one namespace: the service, the kind, and the document."""
    use = {"namespaceName": namespace, "code": "#{code}", "userId": "#{userId}"}
    counter = {"namespaceName": namespace, "limitName": "ever", "counterName": "rewards", "userId": "#{userId}"}
    rate = {
        "name": "reward",
        "timingType": "immediate",
        "consumeActions": [
            {"action": "Gs2SerialKey:UseByUserId", "request": json.dumps(use)},
            {"action": "Gs2Limit:CountUpByUserId", "request": json.dumps(counter | {"countUpValue": 5})},
        ],
    }
    return [
        ("serialKey", "Campaign", {"version": "2022-09-13", "campaignModels": [{"name": "spring"}]}),
        ("limit", "Limit", {"version": "2019-04-05", "limitModels": [{"name": "ever", "resetType": "notReset"}]}),
        ("exchange", "Rate", {"version": "2019-08-19", "rateModels": [rate]}),
    ]


async def play(session: Session, namespace: str, *, dry_run: bool) -> Played:
    """Set everything up, and exchange a code for 5 of a counter.

    `dry_run` is whether the SDK has dry runs: one precedes the exchange then, and has to leave the code as it is.
    """
    for service, kind, document in documents(namespace):
        assert not (await session.call(service, "createNamespace", name=namespace)).errors
        assert not (await session.put_in_force(service, kind, namespace, json.dumps(document))).errors
    player = (await session.call("auth", "login", userId="alice")).result["token"]
    of_player = {"namespaceName": namespace, "accessToken": player}
    config = [{"key": "code", "value": await _issued(session, namespace)}]
    call: dict[str, Any] = of_player | {"rateName": "reward", "count": 1, "config": config}
    if dry_run:
        assert not (await session.call("exchange", "exchange", dryRun=True, **call)).errors
    return Played(
        await session.call("exchange", "exchange", **call),
        await session.call("exchange", "exchange", **call),
        await session.call("limit", "getCounter", limitName="ever", counterName="rewards", **of_player),
    )


async def _issued(session: Session, namespace: str) -> str:
    """Issue a code."""
    campaign = {"namespaceName": namespace, "campaignModelName": "spring"}
    issued = await session.call("serialKey", "issue", issueRequestCount=1, **campaign)
    batch = campaign | {"issueJobName": issued.result["item"]["name"]}
    [key] = (await session.call("serialKey", "describeSerialKeys", limit=1, **batch)).result["items"]
    return str(key["code"])
