"""The Exchange service's declarations for the generic code: its resources, master data and tables."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from google.protobuf.message import Message
from redeem.exchange.v1 import resources_pb2 as pb

from redeemd.errors import ServiceError, Violation
from redeemd.exchange.errors import (
    CurrentRateMasterNotFound,
    IncrementalRateModelMasterAlreadyExists,
    IncrementalRateModelMasterNotFound,
    IncrementalRateModelNotFound,
    RateModelMasterAlreadyExists,
    RateModelMasterNotFound,
    RateModelNotFound,
)
from redeemd.resources.common import ServiceDefinition
from redeemd.resources.master_data import MasterData, ModelKind, check_draft
from redeemd.resources.resource import MASTER_TABLE, Resource, namespace_resource

SERVICE = "exchange"

# Region and owner may be anything: documents contain the placeholders {region} and {ownerId} (semantics 5.2).
_LIMIT = re.compile(r"grn:gs2:[^:]*:[^:]*:limit:([A-Za-z0-9_.-]{1,128}):limit:([A-Za-z0-9_.-]{1,128})")

RATE = ModelKind(
    kind="rate",
    json_name="rateModels",
    message=pb.RateModel,
    draft=pb.RateModelMaster,
    id_field="rate_model_id",
    id_path="model:{name}",
    count_max=10_000,
    not_found=RateModelNotFound,
)

INCREMENTAL_RATE = ModelKind(
    kind="incremental_rate",
    json_name="incrementalRateModels",
    message=pb.IncrementalRateModel,
    draft=pb.IncrementalRateModelMaster,
    id_field="incremental_rate_model_id",
    id_path="incremental:model:{name}",
    count_max=10_000,
    not_found=IncrementalRateModelNotFound,
)

MASTER_DATA = MasterData(version="2019-08-19", kinds=(RATE, INCREMENTAL_RATE), not_found=CurrentRateMasterNotFound)

DEFINITION = ServiceDefinition(
    service=SERVICE,
    namespace=namespace_resource(pb.Namespace),
    tables={
        "exchange_await": ("namespace_id", "user_id", "name"),
        "imported_await": ("namespace_id", "user_id", "name"),
    },
)

# Returns the violations in the actions of a model.
CheckActions = Callable[[Message], Iterable[Violation]]
# Returns whether a consume action has a quantity that can be set.
HasQuantity = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class RateKinds:
    """The two kinds of rates and their masters, with a check of their actions that the app supplies."""

    rate: ModelKind
    incremental_rate: ModelKind
    rate_master: Resource
    incremental_rate_master: Resource

    @classmethod
    def checking(cls, check_actions: CheckActions, has_quantity: HasQuantity) -> "RateKinds":
        """Return the kinds with these checks."""

        def check_incremental(model: pb.IncrementalRateModel) -> Iterable[Violation]:
            problems = list(check_actions(model))
            yield from problems
            if limit_of(model.exchange_count_id) is None:
                yield Violation("exchange_count_id", "must be the GRN of a limit: grn:gs2:*:*:limit:*:limit:*")
            if not problems and not has_quantity(model.consume_action.action):
                yield Violation("consume_action.action", "must be an action with a quantity, which receives the price")

        rate = replace(RATE, check=check_actions)
        incremental_rate = replace(INCREMENTAL_RATE, check=check_incremental)
        return cls(
            rate,
            incremental_rate,
            _master(rate, RateModelMasterNotFound, RateModelMasterAlreadyExists),
            _master(incremental_rate, IncrementalRateModelMasterNotFound, IncrementalRateModelMasterAlreadyExists),
        )

    @property
    def master_data(self) -> MasterData:
        """The master data of both kinds."""
        return replace(MASTER_DATA, kinds=(self.rate, self.incremental_rate))


def _master(kind: ModelKind, not_found: type[ServiceError], already_exists: type[ServiceError]) -> Resource:
    """Return the resource of a kind's masters, which have the GRNs of their models (semantics 6.4)."""
    return Resource(
        message=kind.draft,
        table=MASTER_TABLE,
        name_field="rate_name",
        id_field=kind.id_field,
        id_path=kind.id_path,
        not_found=not_found,
        already_exists=already_exists,
        check=check_draft(kind),
    )


def limit_of(grn: str) -> tuple[str, str] | None:
    """Return the namespace and the name of a limit; None if `grn` is not the GRN of a limit."""
    found = _LIMIT.fullmatch(grn)
    return None if found is None else (found[1], found[2])
