"""The cost of the parts of a call by themselves, in this process, in microseconds of CPU."""

import time
from collections.abc import Callable
from statistics import median
from types import SimpleNamespace
from typing import Any

from redeem.options.v1 import options_pb2
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import serialkey_service_pb2
from redeemd.auth.authorize import Authorizer
from redeemd.auth.tokens import Token, Tokens
from redeemd.base.telemetry import Telemetry
from redeemd.contract import options, validation
from redeemd.contract.options import MethodRule
from redeemd.crypto.keyring import KeyRing
from redeemd.serialkey.codec.codes import Codec
from redeemd.serialkey.codec.ff1 import Ff1

REPEATS = 9
BULK = 100_000

_KEY = bytes(range(32))


def run() -> dict[str, float]:
    """Return microseconds by what was done."""
    ff1, codec = Ff1(_KEY), Codec({"k1": _KEY})
    code = codec.encode("k1", 1, 77)
    tokens = Tokens(KeyRing({"k1": _KEY}))
    token = tokens.issue("access token", Token("player-00001", expires_at=2_000_000))
    request = pb.UseRequest(namespace_name="bench", code=code, access_token=token)
    method = serialkey_service_pb2.DESCRIPTOR.services_by_name["SerialKeyService"].methods_by_name["Use"]
    rule = MethodRule.of(method, options.policy(method))
    assert rule.access == options_pb2.ACCESS_PLAYER
    nothing: Any = SimpleNamespace()
    authorizer = Authorizer(nothing, tokens, enabled=True, time_offsets=True)
    metrics = Telemetry().method(method)
    data = request.SerializeToString()
    return {
        "FF1, one block back": _each(lambda: ff1.decrypt(1, 2)),
        "open a code (fold, FF1, check, print)": _each(lambda: codec.decode(code)),
        f"make a code, {BULK:,} at once": _seconds(lambda: codec.encode_range("k1", 1, 0, BULK)) / BULK * 1e6,
        "parse a UseRequest": _each(lambda: pb.UseRequest.FromString(data)),
        "validate a UseRequest": _each(lambda: validation.violations(request)),
        "access token, seen before": _each(lambda: _finish(authorizer.caller(rule, request, {}, now=1000))),
        "access token, new": _each(lambda: tokens.read("access token", token, now=1000), times=1000),
        "metrics of a call": _each(lambda: metrics.finished(metrics.started(), "OK")),
    }


def _finish(coroutine: Any) -> None:
    try:
        coroutine.send(None)
    except StopIteration:
        return
    raise AssertionError("it waited for something")


def _each(work: Callable[[], object], times: int = 5000) -> float:
    def many() -> None:
        for _ in range(times):
            work()

    return _seconds(many) / times * 1e6


def _seconds(work: Callable[[], object]) -> float:
    work()
    spans = []
    for _ in range(REPEATS):
        began = time.process_time()
        work()
        spans.append(time.process_time() - began)
    return median(spans)
