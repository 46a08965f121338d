"""The commands `issue` and `lookup`: everyday work with codes, through a running server."""

from datetime import UTC
from typing import Annotated

import grpc
import typer
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import resources_pb2

from redeemd.cli.client import Client, connected, reason_of, show
from redeemd.cli.connection import Connection, with_options
from redeemd.cli.results import Json, members, put
from redeemd.cli.times import Period, ValidFrom, ValidUntil, Zone, text_of
from redeemd.contract.options import spelling

ISSUE_COUNT_MAX = 1_000_000_000
PAGE_SIZE = 1000

Namespace = Annotated[str, typer.Argument(help="The namespace.")]
Campaign = Annotated[str, typer.Argument(help="The campaign.")]


@with_options(Connection)
def issue(
    namespace: Namespace,
    campaign: Campaign,
    count: Annotated[int, typer.Argument(help="How many codes.", min=1, max=ISSUE_COUNT_MAX)],
    metadata: Annotated[str, typer.Option(help="Stored with the batch.")] = "",
    valid_from: ValidFrom = "",
    valid_until: ValidUntil = "",
    zone: Zone = "UTC",
    as_json: Json = False,
    *,
    connection: Connection,
) -> None:
    """Issue a batch of any number of codes at once, and print the name of the issue job.

    A period in which the codes can be used is printed to standard error.
    """
    period = Period.parse(valid_from, valid_until, zone)
    with connected(connection) as client:
        request = pb.IssueBatchRequest(
            namespace_name=namespace, campaign_model_name=campaign, count=count, metadata=metadata or None,
            valid_from=period.start, valid_until=period.end,
        )  # fmt: skip
        job = client.call(client.serial_keys.IssueBatch, request).item
    period.show_bounds()
    put(job, job.name, as_json=as_json)


@with_options(Connection)
def lookup(
    code: Annotated[str, typer.Argument(help="The text as a player typed it.")],
    namespace: Annotated[str, typer.Option(help="Look only in this namespace; in all of them if not given.")] = "",
    as_json: Json = False,
    *,
    connection: Connection,
) -> None:
    """Explain a code, in every namespace that has it: its batch and campaign, whether it was used, by whom and when."""
    with connected(connection) as client:
        names = [namespace] if namespace else namespaces_of(client)
        found = [name for name in names if _look_up(client, name, code, as_json=as_json)]
    if not found:
        typer.echo(_why_not(code, names), err=as_json)
        raise typer.Exit(1)


def _look_up(client: Client, namespace: str, code: str, *, as_json: bool) -> bool:
    """Explain a code of a namespace; return whether it is one."""
    request = pb.GetSerialKeyRequest(namespace_name=namespace, code=code)
    try:
        reply = client.try_call(client.serial_keys.GetSerialKey, request)
    except grpc.RpcError as error:
        if reason_of(error) == "SERIAL_KEY_NOT_FOUND":
            return False
        if reason_of(error) != "CAMPAIGN_MODEL_NOT_FOUND":
            show(error)
        text = f"a code of namespace {namespace}, whose campaign is not in the current master data"
        put({"namespaceName": namespace}, text, as_json=as_json)
        return True
    put({"namespaceName": namespace, **members(reply)}, _explain(namespace, reply), as_json=as_json)
    return True


def namespaces_of(client: Client) -> list[str]:
    """Return the names of all namespaces of codes. Exits with status 1 if the caller may not list them."""
    pages = client.pages(client.serial_keys.DescribeNamespaces, pb.DescribeNamespacesRequest(limit=PAGE_SIZE))
    return [item.name for page in pages for item in page.items]


def _explain(namespace: str, reply: pb.GetSerialKeyResponse) -> str:
    item, job = reply.item, reply.issue_job
    lines = {
        "code": item.code,
        "namespace": namespace,
        "campaign": item.campaign_model_name,
        "batch": f"{job.name}, {job.issued_count} codes" if reply.HasField("issue_job") else "none (issued alone)",
        "issued": _when(item.created_at),
        "status": status_name(item.status),
    }
    if item.code == item.campaign_model_name:
        lines |= {"batch": "none (a campaign code: anyone may use it, within the limits of its campaign)"}
    if item.HasField("used_user_id"):
        lines |= {"used by": item.used_user_id, "used at": _when(item.used_at)}
    lines |= _restrictions(reply)
    if item.metadata:
        lines |= {"metadata": item.metadata}
    return "\n".join(f"{name:<10} {value}" for name, value in lines.items())


def _restrictions(reply: pb.GetSerialKeyResponse) -> dict[str, str]:
    """Return what else may prevent the use of a code."""
    lines: dict[str, str] = {}
    if reply.issue_job.availability == resources_pb2.AVAILABILITY_INACTIVE:
        reason = reply.issue_job.status_reason
        lines["batch is"] = f"switched off: {reason}" if reason else "switched off"
    if reply.item.status_reason:
        lines["reason"] = reply.item.status_reason
    if reply.HasField("valid_from"):
        lines["valid from"] = _when(reply.valid_from)
    if reply.HasField("valid_until"):
        lines["until"] = _when(reply.valid_until)
    return lines


def status_name(number: int) -> str:
    """Return the status of a code as the documents spell it."""
    return spelling(resources_pb2.SerialKeyStatus.DESCRIPTOR, number)


def _why_not(code: str, namespaces: list[str]) -> str:
    from redeemd.serialkey.codec.codes import SYMBOLS, fold, looks_like_code  # noqa: PLC0415 -- imports cryptography

    where = f"namespace {namespaces[0]}" if len(namespaces) == 1 else f"any of the {len(namespaces)} namespaces"
    if looks_like_code(code):
        why = "it has the right shape, but was not issued there (mistyped or invented, or its batch was deleted)"
        return f"no code of {where}: {why}"
    symbols = len(fold(code))
    known = f"it has {symbols} symbols, and serial codes without a format have {SYMBOLS}"
    hint = known if symbols != SYMBOLS else "it has a wrong symbol"
    return f"no code of {where}: {hint}; no imported code and no enabled campaign code matches it, either"


def _when(milliseconds: int) -> str:
    return text_of(milliseconds, UTC)
