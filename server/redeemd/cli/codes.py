"""`campaign`, `issue`, `export`, `lookup`: everyday work with codes, by a running server."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TextIO

import grpc
import typer
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import resources_pb2
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from redeemd.cli.client import KEY_FILE_DEFAULT, SERVER_DEFAULT, Client, Key, KeyFile, Server, errors, reason_of, show
from redeemd.contract import spelling
from redeemd.serialkey.codes import SYMBOLS, fold, looks_like_code

ISSUE_COUNT_MAX = 100_000
PAGE_SIZE = 1000

campaign_app = typer.Typer(help="Campaigns.", no_args_is_help=True)

Namespace = Annotated[str, typer.Argument(help="The namespace.")]
Campaign = Annotated[str, typer.Argument(help="The campaign.")]


@contextmanager
def connected(server: str, key: str, key_file: Path) -> Iterator[Client]:
    """Hold a connection."""
    client = Client(server, key, key_file)
    try:
        yield client
    finally:
        client.close()


def progress_bar() -> Progress:
    """Make a progress bar on standard error, so that output can be piped."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True))


@campaign_app.command(name="create")
def create_campaign(
    namespace: Namespace,
    campaign: Campaign,
    metadata: Annotated[str, typer.Option(help="Kept with the campaign.")] = "",
    campaign_code: Annotated[bool, typer.Option(help="Let the name itself be redeemed.")] = False,
    server: Server = SERVER_DEFAULT,
    key: Key = "",
    key_file: KeyFile = KEY_FILE_DEFAULT,
) -> None:
    """Make a campaign, and its namespace if need be, and put it in force with all other campaign masters."""
    with connected(server, key, key_file) as client:
        _create_namespace(client, namespace)
        request = pb.CreateCampaignModelMasterRequest(
            namespace_name=namespace, name=campaign, enable_campaign_code=campaign_code, metadata=metadata or None
        )
        client.call(client.serial_keys.CreateCampaignModelMaster, request)
        exported = client.call(client.serial_keys.ExportMaster, pb.ExportMasterRequest(namespace_name=namespace))
        client.call(
            client.serial_keys.UpdateCurrentCampaignMaster,
            pb.UpdateCurrentCampaignMasterRequest(namespace_name=namespace, settings=exported.item.settings),
        )
        typer.echo(f"campaign {campaign} is in force in {namespace}")


def _create_namespace(client: Client, name: str) -> None:
    try:
        client.try_call(client.serial_keys.CreateNamespace, pb.CreateNamespaceRequest(name=name))
    except grpc.RpcError as error:
        if reason_of(error) != "NAMESPACE_ALREADY_EXISTS":
            show(error)


@campaign_app.command(name="list")
def list_campaigns(
    namespace: Namespace, server: Server = SERVER_DEFAULT, key: Key = "", key_file: KeyFile = KEY_FILE_DEFAULT
) -> None:
    """List the campaigns in force."""
    with connected(server, key, key_file) as client:
        request = pb.DescribeCampaignModelsRequest(namespace_name=namespace)
        for model in client.call(client.serial_keys.DescribeCampaignModels, request).items:
            typer.echo(f"{model.name}{'  (the name is a code)' if model.enable_campaign_code else ''}")


def issue(
    namespace: Namespace,
    campaign: Campaign,
    count: Annotated[int, typer.Argument(help="How many codes.", min=1)],
    metadata: Annotated[str, typer.Option(help="Kept with the batch.")] = "",
    server: Server = SERVER_DEFAULT,
    key: Key = "",
    key_file: KeyFile = KEY_FILE_DEFAULT,
) -> None:
    """Issue codes, in batches of at most 100,000; prints the names of the issue jobs."""
    with connected(server, key, key_file) as client, progress_bar() as progress:
        task = progress.add_task("issuing", total=count)
        for start in range(0, count, ISSUE_COUNT_MAX):
            size = min(ISSUE_COUNT_MAX, count - start)
            request = pb.IssueRequest(
                namespace_name=namespace, campaign_model_name=campaign, issue_request_count=size,
                metadata=metadata or None,
            )  # fmt: skip
            job = client.call(client.serial_keys.Issue, request).item
            progress.advance(task, size)
            typer.echo(job.name)


def export(
    namespace: Namespace,
    campaign: Campaign,
    job: Annotated[str, typer.Argument(help="The issue job.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write; it must not exist.")],
    file_format: Annotated[str, typer.Option("--format", help="csv: the codes. jsonl: codes and states.")] = "csv",
    server: Server = SERVER_DEFAULT,
    key: Key = "",
    key_file: KeyFile = KEY_FILE_DEFAULT,
) -> None:
    """Write the codes of an issue job to a file that only its owner can read."""
    if file_format not in {"csv", "jsonl"}:
        errors.print("redeemd: --format must be csv or jsonl")
        raise typer.Exit(2)
    with connected(server, key, key_file) as client:
        found = client.call(
            client.serial_keys.GetIssueJob,
            pb.GetIssueJobRequest(namespace_name=namespace, campaign_model_name=campaign, issue_job_name=job),
        ).item
        with _private_file(out) as file, progress_bar() as progress:
            if file_format == "csv":
                file.write("code\n")
            task = progress.add_task("exporting", total=found.issued_count)
            for items in pages_of_keys(client, namespace, campaign, job):
                render = _jsonl if file_format == "jsonl" else _csv
                file.writelines(render(item) for item in items)
                progress.advance(task, len(items))
    typer.echo(f"{found.issued_count} codes in {out}")


@contextmanager
def _private_file(path: Path) -> Iterator[TextIO]:
    """Write a new file that only its owner can read; it has its name only when it is whole."""
    part = path.with_name(f"{path.name}.part")
    try:
        if path.exists():
            raise FileExistsError(f"{path} exists")
        part.unlink(missing_ok=True)  # left by an export that was killed, perhaps readable by others
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as problem:
        errors.print(f"redeemd: {problem}", markup=False)
        raise typer.Exit(1) from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            yield file
        os.link(part, path)  # not a rename, which would replace a file that came meanwhile
    finally:
        part.unlink(missing_ok=True)


def pages_of_keys(client: Client, namespace: str, campaign: str, job: str) -> Iterator[list[Any]]:
    """Answer the keys of an issue job, a page at a time."""
    request = pb.DescribeSerialKeysRequest(
        namespace_name=namespace, campaign_model_name=campaign, issue_job_name=job, limit=PAGE_SIZE
    )
    return (page.items for page in client.pages(client.serial_keys.DescribeSerialKeys, request))


def _csv(item: resources_pb2.SerialKey) -> str:
    return f"{item.code}\n"


def _jsonl(item: resources_pb2.SerialKey) -> str:
    state: dict[str, str | int] = {"code": item.code, "status": _status(item.status)}
    if item.HasField("used_user_id"):
        state |= {"usedUserId": item.used_user_id, "usedAt": item.used_at}
    return json.dumps(state, ensure_ascii=False) + "\n"


def _status(number: int) -> str:
    return spelling(resources_pb2.SerialKeyStatus.DESCRIPTOR, number)


def lookup(
    code: Annotated[str, typer.Argument(help="The text as a player typed it.")],
    namespace: Annotated[str, typer.Option(help="Look only here; all namespaces if not given.")] = "",
    server: Server = SERVER_DEFAULT,
    key: Key = "",
    key_file: KeyFile = KEY_FILE_DEFAULT,
) -> None:
    """Explain a code: which batch and campaign it is of, whether it was used, by whom and when."""
    with connected(server, key, key_file) as client:
        names = [namespace] if namespace else _namespaces(client)
        for name in names:
            try:
                request = pb.GetSerialKeyRequest(namespace_name=name, code=code)
                answer = client.try_call(client.serial_keys.GetSerialKey, request)
            except grpc.RpcError as error:
                if reason_of(error) == "SERIAL_KEY_NOT_FOUND":
                    continue
                if reason_of(error) == "CAMPAIGN_MODEL_NOT_FOUND":
                    typer.echo(f"a code of namespace {name}, of a campaign that is not in the current master data")
                    return
                show(error)
            _explain(name, answer)
            return
    typer.echo(_why_not(code, names))
    raise typer.Exit(1)


def _namespaces(client: Client) -> list[str]:
    pages = client.pages(client.serial_keys.DescribeNamespaces, pb.DescribeNamespacesRequest(limit=PAGE_SIZE))
    return [item.name for page in pages for item in page.items]


def _explain(namespace: str, answer: Any) -> None:
    item, job = answer.item, answer.issue_job
    lines = {
        "code": item.code,
        "namespace": namespace,
        "campaign": item.campaign_model_name,
        "batch": f"{job.name}, {job.issued_count} codes" if answer.HasField("issue_job") else "none (issued alone)",
        "issued": _when(item.created_at),
        "status": _status(item.status),
    }
    if item.code == item.campaign_model_name:
        lines |= {"batch": "none (a campaign code: anybody may use it, any number of times)"}
    if item.HasField("used_user_id"):
        lines |= {"used by": item.used_user_id, "used at": _when(item.used_at)}
    if item.metadata:
        lines |= {"metadata": item.metadata}
    for name, value in lines.items():
        typer.echo(f"{name:<10} {value}")


def _why_not(code: str, namespaces: list[str]) -> str:
    where = f"namespace {namespaces[0]}" if len(namespaces) == 1 else f"any of {len(namespaces)} namespaces"
    if looks_like_code(code):
        return f"no code of {where}: it has the right shape, but was not issued there (mistyped, or made up)"
    symbols = len(fold(code))
    hint = f"it has {symbols} symbols, a serial code has {SYMBOLS}" if symbols != SYMBOLS else "it has a wrong symbol"
    return f"no code of {where}: {hint}, and no enabled campaign code has this name"


def _when(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds")
