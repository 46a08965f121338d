"""The requests of the benchmarks, and the data they need: codes to use, a rate, counters to count up."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from redeem.common.v1 import common_pb2
from redeem.exchange.v1 import requests_pb2 as exchange_pb
from redeem.limit.v1 import requests_pb2 as limit_pb

from bench import generator
from bench.admin_client import NAMESPACE, AdminClient, player, use_bodies
from bench.servers import HANDLED

EXCHANGING_PLAYERS = 1_000

_EXCHANGE = "/redeem.exchange.v1.ExchangeService/Exchange"
_COUNT_UP = "/redeem.limit.v1.LimitService/CountUpByUserId"
_RATE = "reward"
_DAILY, _EVER = "daily", "ever"
_REDEEMED, _OWED, _COUNTED = "redeemed", "owed", "counted"  # counters
_ENOUGH = 1_000_000  # more than a run can count
_SEED = 20260101


@dataclass(frozen=True, slots=True)
class Workload:
    """Requests to one method, serialised, and the metadata, "key: value", that goes with each."""

    method: str
    bodies: list[bytes]
    metadata: str = ""
    reply: bytes = b""  # one reply as it is on the wire, for the echo


Prepare = Callable[[AdminClient, int], Workload]  # how many calls there will be


def use(administrator: AdminClient, calls: int) -> Workload:
    """Use codes, each once."""
    administrator.prepare()
    codes = shuffled_codes(administrator, calls + 1)
    tokens = administrator.login_players()
    reply = administrator.use(codes.pop(), tokens[0])
    return Workload(generator.USE, use_bodies(codes, tokens), reply=reply)


def unsampled_use(administrator: AdminClient, calls: int) -> Workload:
    """Use codes, each once, as parts of a trace that its beginner did not sample."""
    return replace(use(administrator, calls), metadata=f"traceparent: 00-{'4b' * 16}-{'00f0' * 4}-00")


def exchange(administrator: AdminClient, calls: int, *, delivered: bool = False) -> Workload:
    """Exchange codes for a reward, each once, the players taking turns: four actions as one transaction.

    The player has redeemed fewer codes today than allowed (verify); one more is counted, and it is used (consume); the
    player owes one less, or, `delivered`, a handler gives something (acquire).
    """
    administrator.prepare()
    _prepare_limits(administrator)
    for number in range(EXCHANGING_PLAYERS):
        owes = _count_up(player(number), _OWED, count_up_value=_ENOUGH)
        administrator.call_limit("CountUpByUserId", owes)
    administrator.call_exchange("CreateNamespace", exchange_pb.CreateNamespaceRequest(name=NAMESPACE))
    settings = json.dumps({"version": "2019-08-19", "rateModels": [_rate(delivered=delivered)]})
    upload = exchange_pb.UpdateCurrentRateMasterRequest(namespace_name=NAMESPACE, settings=settings)
    administrator.call_exchange("UpdateCurrentRateMaster", upload)
    codes = shuffled_codes(administrator, calls)
    tokens = administrator.login_players(EXCHANGING_PLAYERS)
    return Workload(
        _EXCHANGE,
        [
            exchange_pb.ExchangeRequest(
                namespace_name=NAMESPACE,
                rate_name=_RATE,
                access_token=tokens[number % len(tokens)],
                count=1,
                config=[common_pb2.Config(key="code", value=code)],
            ).SerializeToString()
            for number, code in enumerate(codes)
        ],
    )


def _rate(*, delivered: bool) -> dict[str, object]:
    owed = _on_counter("CountDownByUserId", _EVER, _OWED, countDownValue=1)
    allowed = {"verifyType": "less", "count": _ENOUGH}
    return {
        "name": _RATE,
        "timingType": "immediate",
        "verifyActions": [_on_counter("VerifyCounterByUserId", _DAILY, _REDEEMED, **allowed)],
        "consumeActions": [
            _on_counter("CountUpByUserId", _DAILY, _REDEEMED, countUpValue=1, maxValue=_ENOUGH),
            _action("Gs2SerialKey:UseByUserId", code="#{code}"),
        ],
        "acquireActions": [_action(f"{HANDLED}:Give", item="sword", count=1) if delivered else owed],
    }


def _on_counter(method: str, limit: str, counter: str, **fields: object) -> dict[str, str]:
    return _action(f"Gs2Limit:{method}", limitName=limit, counterName=counter, **fields)


def _action(name: str, **fields: object) -> dict[str, str]:
    request = {"namespaceName": NAMESPACE, "userId": "#{userId}", **fields}
    return {"action": name, "request": json.dumps(request)}


def hot_counter(administrator: AdminClient, calls: int) -> Workload:
    """Count up one counter that everybody hits."""
    _prepare_limits(administrator)
    everybody = _count_up("everybody", _COUNTED).SerializeToString()
    return Workload(_COUNT_UP, [everybody] * calls, _metadata(administrator))


def many_counters(administrator: AdminClient, calls: int, *, players: int) -> Workload:
    """Count up a counter of each player in turn."""
    _prepare_limits(administrator)
    bodies = [_count_up(player(number), _COUNTED).SerializeToString() for number in range(players)]
    # Players do not come in the order of their ids, which would be the kindest one to the database.
    random.Random(_SEED).shuffle(bodies)
    return Workload(_COUNT_UP, [bodies[number % players] for number in range(calls)], _metadata(administrator))


def _prepare_limits(administrator: AdminClient) -> None:
    administrator.call_limit("CreateNamespace", limit_pb.CreateNamespaceRequest(name=NAMESPACE))
    models = [{"name": _DAILY, "resetType": "daily", "resetHour": 0}, {"name": _EVER, "resetType": "notReset"}]
    settings = json.dumps({"version": "2019-04-05", "limitModels": models})
    upload = limit_pb.UpdateCurrentLimitMasterRequest(namespace_name=NAMESPACE, settings=settings)
    administrator.call_limit("UpdateCurrentLimitMaster", upload)


def _count_up(user_id: str, counter: str, count_up_value: int | None = None) -> limit_pb.CountUpByUserIdRequest:
    return limit_pb.CountUpByUserIdRequest(
        namespace_name=NAMESPACE, limit_name=_EVER, counter_name=counter, user_id=user_id, count_up_value=count_up_value
    )


def _metadata(administrator: AdminClient) -> str:
    return f"authorization: {administrator.authorization}"


def shuffled_codes(administrator: AdminClient, count: int) -> list[str]:
    """Issue codes; players do not redeem in the order of issuing, which would be the kindest one to the database."""
    codes = administrator.new_codes(count)
    random.Random(_SEED).shuffle(codes)
    return codes
