"""The settings of a namespace as exchanges need them: read from the serialised namespace once, and cached."""

import functools
from typing import NamedTuple

from redeem.exchange.v1 import resources_pb2 as pb

from redeemd.resources.scripts import Trigger

_CACHE_MAX = 10_000


class Settings(NamedTuple):
    """The settings of a namespace.

    auto_run  whether transactions are run at once, not signed for the caller to run
    direct    whether exchanges need not be actions of transactions (semantics 12.9)
    awaiting  whether it allows rates with a waiting time

    The others are the scripts of events.
    """

    auto_run: bool
    direct: bool
    awaiting: bool
    exchange_script: Trigger | None
    incremental_exchange_script: Trigger | None
    acquire_await_script: Trigger | None


@functools.lru_cache(maxsize=_CACHE_MAX)
def settings_of(namespace: bytes) -> Settings:
    """Read the settings of a serialised namespace."""
    found = pb.Namespace.FromString(namespace)
    return Settings(
        auto_run=not found.HasField("transaction_setting") or found.transaction_setting.enable_auto_run,
        direct=not found.HasField("enable_direct_exchange") or found.enable_direct_exchange,
        awaiting=found.enable_await_exchange,
        exchange_script=Trigger.of(found.exchange_script),
        incremental_exchange_script=Trigger.of(found.incremental_exchange_script),
        acquire_await_script=Trigger.of(found.acquire_await_script),
    )
