"""The command `health`, which health checks of containers run."""

import asyncio
import subprocess
import sys

import pytest
from support.cli import run

NOBODY = "127.0.0.1:1"


def at(service):
    """Return the options that name the server of a test."""
    return "--server", f"127.0.0.1:{service.port}"


@pytest.mark.parametrize("name", ["", "redeem.serialkey.v1.SerialKeyService"])
async def test_exit_code_0_while_serving(service, name):
    """The server and each of its services can be checked."""
    result = await run("health", *at(service), "--service", name)
    assert result.exit_code == 0, result.output
    assert result.stdout.endswith(": SERVING\n")


async def test_exit_code_1_while_not_serving(own_service):
    """A server that drains, or has no database, is not healthy."""
    await own_service.app.set_serving(False)
    result = await run("health", *at(own_service))
    assert (result.exit_code, result.stdout) == (1, f"{at(own_service)[1]}: NOT_SERVING\n")


async def test_exit_code_1_for_an_unknown_service(service):
    """A mistyped name fails, and says so."""
    result = await run("health", *at(service), "--service", "redeem.absent.v1.AbsentService")
    assert result.exit_code == 1
    assert result.stdout.startswith("redeem.absent.v1.AbsentService: NOT_FOUND")


async def test_one_line_and_exit_code_1_if_nobody_responds():
    """A server that has not started yet is one line in the log of the container, not a traceback."""
    arguments = [sys.executable, "-m", "redeemd", "health", "--server", NOBODY]
    done = await asyncio.to_thread(subprocess.run, arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.startswith(f"{NOBODY}: UNAVAILABLE no server listens at {NOBODY}")
    assert (done.stdout.count("\n"), done.stderr) == (1, "")


async def test_a_proxy_is_not_used(service, monkeypatch):
    """A variable that names a proxy for GitHub does not affect probes."""
    for name in ("http_proxy", "grpc_proxy"):
        monkeypatch.setenv(name, f"http://{NOBODY}")
    monkeypatch.delenv("no_proxy", raising=False)
    assert (await run("health", *at(service))).exit_code == 0
