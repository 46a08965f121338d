"""The SerialKey service's declarations for the generic code: its resources, master data and tables."""

from redeem.serialkey.v1 import resources_pb2 as pb

from redeemd.resources.common import ServiceDefinition
from redeemd.resources.master_data import MasterData, ModelKind, check_draft
from redeemd.resources.resource import MASTER_TABLE, Resource, namespace_resource
from redeemd.serialkey import formats, ignoring_case
from redeemd.serialkey.errors import (
    CampaignModelMasterAlreadyExists,
    CampaignModelMasterNotFound,
    CampaignModelNotFound,
    CurrentCampaignMasterNotFound,
)

SERVICE = "serialKey"

CAMPAIGN = ModelKind(
    kind="campaign",
    json_name="campaignModels",
    message=pb.CampaignModel,
    draft=pb.CampaignModelMaster,
    id_field="campaign_id",
    id_path="model:campaign:{name}",
    count_max=1000,
    not_found=CampaignModelNotFound,
    check=formats.check,
    conflicts=ignoring_case.conflicts,
)

CAMPAIGN_MASTER = Resource(
    message=pb.CampaignModelMaster,
    table=MASTER_TABLE,
    name_field="campaign_model_name",
    id_field="campaign_id",
    id_path="master:campaign:{name}",
    not_found=CampaignModelMasterNotFound,
    already_exists=CampaignModelMasterAlreadyExists,
    check=check_draft(CAMPAIGN),
)

MASTER_DATA = MasterData(version="2022-09-13", kinds=(CAMPAIGN,), not_found=CurrentCampaignMasterNotFound)

DEFINITION = ServiceDefinition(
    service=SERVICE,
    namespace=namespace_resource(pb.Namespace),
    tables={
        "imported_key": ("namespace_id", "code_key"),
        "imported_state": ("namespace_id", "import_number", "ordinal"),
        "imported_code": ("namespace_id", "import_number", "ordinal"),
        "code_import": ("namespace_id", "import_number"),
        "console_import": ("namespace_id", "import_id"),
        "issue_job": ("namespace_id", "campaign_number", "first_sequence"),
        "serial_key": ("namespace_id", "campaign_number", "sequence"),
        "tally_delta": ("namespace_id", "delta_id"),
        "batch_tally": ("namespace_id", "campaign_number", "first_sequence"),
        "batch_curve": ("namespace_id", "campaign_number", "first_sequence", "quarter"),
        "batch_curve_pending": ("namespace_id", "campaign_number", "first_sequence"),
        "redemption_tally": ("namespace_id", "campaign_number", "quarter"),
        "code_use": ("namespace_id", "campaign_number", "used_at", "use_id"),
        "campaign_slice": ("namespace_id", "campaign_number", "slice"),
        "campaign": ("namespace_id", "number"),
        "code_format": ("namespace_id", "format"),
        "folded_campaign": ("namespace_id", "folded_name"),
        "guess_budget": ("namespace_id", "user_id"),
        "guess_reset": ("namespace_id", "user_id"),
        "guess_alarm": ("namespace_id",),
    },
)
