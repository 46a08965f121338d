"""The command `demo`: redeems codes end to end, on a real server in a temporary folder."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import grpc
import typer
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.serialkey.v1 import requests_pb2 as pb
from rich.console import Console

from redeemd.cli.client import Client, reason_of
from redeemd.cli.connection import Connection
from redeemd.cli.files import chunks_of_job
from redeemd.cli.output import progress_bar

COUNT = 100_000
START_SECONDS_MAX = 120.0

T = TypeVar("T")

_out = Console(highlight=False, soft_wrap=True)


def demo() -> None:
    """Issue 100,000 codes, redeem one, try it again, which is refused, and revert the redemption."""
    with tempfile.TemporaryDirectory(prefix="redeemd-demo-") as folder, _server(Path(folder)) as address:
        client = Client(Connection(server=address, key_file=Path(folder) / "admin.key"))
        try:
            _tour(client)
        finally:
            client.close()
    _out.print("done")


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    """Run a server on free ports; yield its address."""
    log = folder / "server.log"
    command = [sys.executable, "-m", "redeemd", "serve", "--data", str(folder)]
    command += ["--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0", "--log", "off"]
    with log.open("w") as stderr:
        process = subprocess.Popen(command, stderr=stderr)  # noqa: S603 -- our own module
    try:
        address = _wait_for_address(process, log)
        _out.print(f"redeemd is serving on {address}, with its SQLite file in {folder}")
        yield address
    finally:
        process.send_signal(2)
        process.wait(timeout=START_SECONDS_MAX)


def _wait_for_address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    word = "serving gRPC on "
    until = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < until and process.poll() is None:
        text = log.read_text(encoding="utf-8")
        if word in text and "\n" in text.partition(word)[2]:
            return text.partition(word)[2].split()[0]
        time.sleep(0.05)
    _out.print(f"the server did not start:\n{log.read_text(encoding='utf-8')}", markup=False)
    raise typer.Exit(1)


def _tour(client: Client) -> None:
    keys = client.serial_keys
    _step(client, "create a namespace", keys.CreateNamespace, pb.CreateNamespaceRequest(name="demo"))
    settings = '{"version":"2022-09-13","campaignModels":[{"name":"spring","metadata":"100 coins"}]}'
    upload = pb.UpdateCurrentCampaignMasterRequest(namespace_name="demo", settings=settings)
    _step(client, "upload the campaign `spring`", keys.UpdateCurrentCampaignMaster, upload)
    request = pb.IssueRequest(namespace_name="demo", campaign_model_name="spring", issue_request_count=COUNT)
    job = _step(client, f"issue {COUNT:,} codes", keys.Issue, request).item
    code = _list(client, job.name)
    token = _step(client, "log the player alice in", client.auth.Login, auth_pb.LoginRequest(user_id="alice")).token
    typed = code.lower().replace("-", " ")
    use = pb.UseRequest(namespace_name="demo", code=typed, access_token=token)
    item = _step(client, f"alice types `{typed}`", keys.Use, use).item
    _out.print(f"     it is USED by {item.used_user_id}, revision {item.revision}")
    _refused(client, "alice types it again", keys.Use, use)
    revert = pb.RevertUseByUserIdRequest(namespace_name="demo", code=code, user_id="alice")
    item = _step(client, "support reverts the redemption", keys.RevertUseByUserId, revert).item
    _out.print(f"     it is ACTIVE again, revision {item.revision}")
    _step(client, "alice types it again, and now it works", keys.Use, use)
    wrong = pb.UseRequest(namespace_name="demo", code=_mistype(code), access_token=token)
    _refused(client, "a mistyped code", keys.Use, wrong)


def _step(client: Client, text: str, method: Callable[..., T], request: object) -> T:
    began = time.perf_counter()
    reply = client.call(method, request)
    _out.print(f"[green]ok[/]   {text}  [dim]{(time.perf_counter() - began) * 1000:.1f} ms[/]")
    return reply


def _refused(client: Client, text: str, method: Callable[..., object], request: object) -> None:
    began = time.perf_counter()
    try:
        client.try_call(method, request)
    except grpc.RpcError as error:
        took = f"[dim]{(time.perf_counter() - began) * 1000:.1f} ms[/]"
        _out.print(f"[green]ok[/]   {text}: refused with {reason_of(error)}  {took}")
        return
    _out.print(f"[red]wrong[/] {text} was not refused")
    raise typer.Exit(1)


def _list(client: Client, job: str) -> str:
    """List all codes of the batch; return the first."""
    codes: list[str] = []
    began = time.perf_counter()
    with progress_bar() as progress:
        task = progress.add_task("     listing the codes", total=COUNT)
        for chunk in chunks_of_job(client, "demo", "spring", job):
            codes += chunk.codes
            progress.advance(task, len(chunk.codes))
    seconds = time.perf_counter() - began
    distinct = len(set(codes))
    _out.print(f"[green]ok[/]   list them: {distinct:,} different codes  [dim]{len(codes) / seconds:,.0f} a second[/]")
    if distinct != COUNT:
        raise typer.Exit(1)
    return codes[0]


def _mistype(code: str) -> str:
    return code[:-1] + ("A" if code[-1] != "A" else "B")
