"""The commands `campaign`: the campaigns in force of a namespace, through a running server."""

import json
from typing import Annotated, NotRequired, TypedDict, TypeVar, cast

import grpc
import typer
from google.protobuf.message import Message
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import resources_pb2
from redeem.serialkey.v1.resources_pb2 import CampaignModel

from redeemd.cli.client import Client, connected, reason_of, show
from redeemd.cli.codes import Campaign, Namespace
from redeemd.cli.connection import Connection, with_options
from redeemd.cli.output import complain
from redeemd.cli.results import Json, members, put
from redeemd.cli.times import Period, ValidFrom, ValidUntil, Zone

# How often an edit is repeated because someone else replaced the document meanwhile.
EDIT_TRIES_MAX = 5

MessageT = TypeVar("MessageT", bound=Message)

app = typer.Typer(help="Manage campaigns.", no_args_is_help=True)


class Model(TypedDict):
    """A campaign of the document, as far as the command makes one."""

    name: str
    enableCampaignCode: bool  # as the document spells it
    ignoreCase: NotRequired[bool]
    metadata: NotRequired[str]
    validFrom: NotRequired[int]
    validUntil: NotRequired[int]
    usesPerUser: NotRequired[int]
    usesTotal: NotRequired[int]
    usesPerKey: NotRequired[int]
    group: NotRequired[str]


class _Document(TypedDict, total=False):
    """The document, as far as the command edits it."""

    campaignModels: list[Model]  # as the document spells it


@app.command()
@with_options(Connection)
def create(
    namespace: Namespace,
    campaign: Campaign,
    metadata: Annotated[str, typer.Option(help="Stored with the campaign.")] = "",
    campaign_code: Annotated[bool, typer.Option(help="Make the name itself redeemable.")] = False,
    ignore_case: Annotated[bool, typer.Option(help="Players can type the name in any case.")] = False,
    valid_from: ValidFrom = "",
    valid_until: ValidUntil = "",
    zone: Zone = "UTC",
    as_json: Json = False,
    uses_per_user: Annotated[int | None, typer.Option(help="How many codes a player can redeem.")] = None,
    uses_total: Annotated[int | None, typer.Option(help="How often all players together can redeem codes.")] = None,
    uses_per_key: Annotated[int | None, typer.Option(help="How many players can redeem each serial code.")] = None,
    group: Annotated[str | None, typer.Option(help="A player redeems in one campaign of a group.")] = None,
    *,
    connection: Connection,
) -> None:
    """Put a new campaign in force, and create its namespace if necessary. All other campaigns stay as they are."""
    model: Model = {"name": campaign, "enableCampaignCode": campaign_code}
    if ignore_case:
        model["ignoreCase"] = True
    if metadata:
        model["metadata"] = metadata
    period = Period.parse(valid_from, valid_until, zone)
    if period.start is not None:
        model["validFrom"] = period.start
    if period.end is not None:
        model["validUntil"] = period.end
    limits = {"usesPerUser": uses_per_user, "usesTotal": uses_total, "usesPerKey": uses_per_key, "group": group}
    model |= cast("Model", {name: value for name, value in limits.items() if value is not None})
    with connected(connection) as client:
        _create_namespace(client, namespace, model)
        _add_to_document(client, namespace, model)
        _create_master(client, namespace, model)
        period.show_bounds()
        text = f"campaign {campaign} is in force in {namespace}"
        put({"namespaceName": namespace, **model}, text, as_json=as_json)


def _create_namespace(client: Client, name: str, model: Model) -> None:
    """Create a namespace unless it exists. Exits with status 1, and creates none, for a model that it would refuse."""
    try:
        client.try_call(client.serial_keys.GetNamespace, pb.GetNamespaceRequest(namespace_name=name))
    except grpc.RpcError as error:
        if reason_of(error) != "NAMESPACE_NOT_FOUND":
            show(error)
    else:
        return
    _check(model)
    try:
        client.try_call(client.serial_keys.CreateNamespace, pb.CreateNamespaceRequest(name=name))
    except grpc.RpcError as error:
        if reason_of(error) != "NAMESPACE_ALREADY_EXISTS":
            show(error)


def _filled(message: MessageT, model: Model) -> MessageT:
    """Set the fields of a model in a message that has them; return it. Exits with status 1 if a value does not fit."""
    from google.protobuf import json_format  # noqa: PLC0415 -- most commands do not need it

    try:
        return json_format.ParseDict(dict(model), message)
    except json_format.ParseError as problem:
        complain(f"redeemd: the campaign is invalid; nothing was created\n  {problem}")
        raise typer.Exit(1) from None


def _check(model: Model) -> None:
    """Check a model by the rules of the contract. Exits with status 1 if it violates one."""
    from redeemd.contract.validation import violations  # noqa: PLC0415 -- takes longer to import than most commands run

    found = violations(_filled(CampaignModel(), model))
    if found:
        complain("redeemd: the campaign is invalid; nothing was created")
        for violation in found:
            complain(f"  {violation.field}: {violation.description}")
        raise typer.Exit(1)


def _add_to_document(client: Client, namespace: str, model: Model) -> None:
    """Put the document in force with one more model in force; others may replace the document at the same time."""
    for tries_left in reversed(range(EDIT_TRIES_MAX)):
        settings, revision = _current(client, namespace)
        request = pb.UpdateCurrentCampaignMasterRequest(
            namespace_name=namespace, settings=_with(settings, model), expected_revision=revision
        )
        try:
            client.try_call(client.serial_keys.UpdateCurrentCampaignMaster, request)
        except grpc.RpcError as error:
            if reason_of(error) != "MASTER_DATA_CHANGED" or not tries_left:
                show(error)
        else:
            return


def _current(client: Client, namespace: str) -> tuple[str, int]:
    """Return the document in force and its revision; an empty document if there is none."""
    request = pb.GetCurrentCampaignMasterRequest(namespace_name=namespace)
    try:
        item = client.try_call(client.serial_keys.GetCurrentCampaignMaster, request).item
    except grpc.RpcError as error:
        if reason_of(error) != "CURRENT_CAMPAIGN_MASTER_NOT_FOUND":
            show(error)
        from redeemd.serialkey.definition import MASTER_DATA  # noqa: PLC0415 -- takes longer than most commands run

        return json.dumps({"version": MASTER_DATA.version}), 0
    return item.settings, item.revision


def _with(settings: str, model: Model) -> str:
    """Return a document with one more model. Exits with status 1 if it has one of that name."""
    document: _Document = json.loads(settings)  # the server has checked it
    models = document.get("campaignModels") or []
    if any(other["name"] == model["name"] for other in models):
        complain(
            f"redeemd: campaign {model['name']} exists already, and is not changed: to change it, edit the master data "
            "of the namespace (docs/how-to/master-data.md)"
        )
        raise typer.Exit(1)
    document["campaignModels"] = [*models, model]
    return json.dumps(document, ensure_ascii=False)


def _create_master(client: Client, namespace: str, model: Model) -> None:
    """Create the master as well, so that a document exported from the masters has the campaign, too."""
    request = _filled(pb.CreateCampaignModelMasterRequest(namespace_name=namespace), model)
    try:
        client.try_call(client.serial_keys.CreateCampaignModelMaster, request)
    except grpc.RpcError as error:
        if reason_of(error) != "CAMPAIGN_MODEL_MASTER_ALREADY_EXISTS":
            show(error)


@app.command(name="list")
@with_options(Connection)
def list_campaigns(namespace: Namespace, as_json: Json = False, *, connection: Connection) -> None:
    """List the campaigns in force, with the numbers of their codes."""
    with connected(connection) as client:
        request = pb.DescribeCampaignModelsRequest(namespace_name=namespace)
        for model in client.call(client.serial_keys.DescribeCampaignModels, request).items:
            status = pb.GetCampaignStatusRequest(namespace_name=namespace, campaign_model_name=model.name)
            counts = client.call(client.serial_keys.GetCampaignStatus, status).item.counts
            text = f"{model.name}{'  (the name is a code)' if model.enable_campaign_code else ''}{_numbers(counts)}"
            put({**members(model), "counts": members(counts)}, text, as_json=as_json)


def _numbers(counts: resources_pb2.CodeCounts) -> str:
    """Return the numbers of codes as text, none for a campaign without codes."""
    total = counts.issued + counts.imported
    if not total:
        return ""
    return f"  used {counts.used:,} of {total:,}, reverted {counts.reverted:,}, remaining {counts.remaining:,}"
