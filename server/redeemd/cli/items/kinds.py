"""The kinds of data of players that can be imported, besides codes."""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple, Protocol

from google.protobuf.message import Message
from redeem.common.v1 import common_pb2

from redeemd.cli.client import Client
from redeemd.contract.options import spelling

_OUTCOME = common_pb2.ImportOutcome
# Outcomes that are as one wants them; why others are problems, in words.
GOOD = {common_pb2.IMPORT_OUTCOME_IMPORTED, common_pb2.IMPORT_OUTCOME_UNCHANGED, common_pb2.IMPORT_OUTCOME_PAST}
WORDS = {
    common_pb2.IMPORT_OUTCOME_CHANGED: "was imported before and has changed here since; it stays as it is",
    common_pb2.IMPORT_OUTCOME_CONFLICT: "is here already and differs; it stays as it is",
    common_pb2.IMPORT_OUTCOME_MODEL_NOT_FOUND: "is of a limit or rate that the namespace does not have",
    common_pb2.IMPORT_OUTCOME_RESET_TIME: "has another next reset than its limit here",
    common_pb2.IMPORT_OUTCOME_NOT_AWAITING: "is of a rate without a waiting time",
}


class Reply(Protocol):
    """The members that all replies have."""

    @property
    def outcomes(self) -> Sequence[common_pb2.ImportOutcome]:
        """The outcome of each item, in the order of the items."""


class Kind(NamedTuple):
    """A kind of items: the messages of their RPC, and how a file has them.

    key      the members that identify an item
    ignored  members that an export has, and that mean nothing here
    """

    plural: str
    item: Callable[[], Message]
    request: Callable[..., Message]
    method: Callable[[Client], Callable[..., Reply]]
    key: tuple[str, ...]
    ignored: Collection[str]

    @staticmethod
    def name_of(outcome: common_pb2.ImportOutcome) -> str:
        """Return an outcome as the documented JSON spells it."""
        return spelling(_OUTCOME.DESCRIPTOR, outcome)


def counters() -> Kind:
    """Return the kind of counters."""
    from redeem.limit.v1 import requests_pb2 as pb  # noqa: PLC0415 -- of one command

    return Kind(
        "counters",
        pb.ImportedCounter,
        pb.ImportCountersRequest,
        lambda client: client.limits.ImportCounters,
        ("user_id", "limit_name", "name"),
        {"counterId", "createdAt", "updatedAt", "revision"},
    )


def awaits() -> Kind:
    """Return the kind of awaits."""
    from redeem.exchange.v1 import requests_pb2 as pb  # noqa: PLC0415 -- of one command

    return Kind(
        "awaits",
        pb.ImportedAwait,
        pb.ImportAwaitsRequest,
        lambda client: client.exchanges.ImportAwaits,
        ("user_id", "name"),
        {"awaitId", "createdAt", "revision"},
    )
