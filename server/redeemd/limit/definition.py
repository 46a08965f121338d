"""The Limit service's declarations for the generic code: its resources, master data and tables."""

from collections.abc import Iterable

from redeem.limit.v1 import resources_pb2 as pb

from redeemd.errors import Violation
from redeemd.limit import zones
from redeemd.limit.errors import (
    CurrentLimitMasterNotFound,
    LimitModelMasterAlreadyExists,
    LimitModelMasterNotFound,
    LimitModelNotFound,
)
from redeemd.resources.common import ServiceDefinition
from redeemd.resources.master_data import MasterData, ModelKind, check_draft
from redeemd.resources.resource import MASTER_TABLE, Resource, namespace_resource

SERVICE = "limit"


def _check(model: pb.LimitModel) -> Iterable[Violation]:
    """Check what the validation rules of the contract cannot express."""
    if model.reset_time_zone and model.reset_time_zone not in zones.names():
        yield Violation("reset_time_zone", "must be the name of an IANA time zone")


LIMIT = ModelKind(
    kind="limit",
    json_name="limitModels",
    message=pb.LimitModel,
    draft=pb.LimitModelMaster,
    id_field="limit_model_id",
    id_path="limit:{name}",
    count_max=100,
    not_found=LimitModelNotFound,
    check=_check,
)

LIMIT_MASTER = Resource(
    message=pb.LimitModelMaster,
    table=MASTER_TABLE,
    name_field="limit_name",
    id_field="limit_model_id",
    id_path="limit:{name}",
    not_found=LimitModelMasterNotFound,
    already_exists=LimitModelMasterAlreadyExists,
    check=check_draft(LIMIT),
)


MASTER_DATA = MasterData(version="2019-04-05", kinds=(LIMIT,), not_found=CurrentLimitMasterNotFound)

DEFINITION = ServiceDefinition(
    service=SERVICE,
    namespace=namespace_resource(pb.Namespace),
    tables={
        "counter": ("namespace_id", "user_id", "limit_name", "name"),
        "imported_counter": ("namespace_id", "user_id", "limit_name", "name"),
    },
)
