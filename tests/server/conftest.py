"""Fixtures of the tests of commands and processes."""

import pytest
from support.cli import run
from support.deploy_templates import new_name, of_gs2_cdk
from support.world import World


@pytest.fixture
def no_settings_of_the_developer(monkeypatch, tmp_path):
    """Neither variables nor a config file nor a data folder of the machine have a say."""
    for name in ("SERVER", "KEY", "KEY_FILE", "DATA", "DATABASE", "LISTEN", "PROFILE", "TLS", "CA"):
        monkeypatch.delenv(f"REDEEMD_{name}", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def cli(service, no_settings_of_the_developer):  # noqa: ARG001 -- wanted for its effect
    """Runs a command against the shared server, as its administrator; returns what it printed."""
    there = ["--server", f"127.0.0.1:{service.port}", "--key-file", service.settings.data / "admin.key"]

    async def invoke(*arguments, code=0):
        result = await run(*arguments, *there)
        assert result.exit_code == code, result.output
        return result.stdout if code == 0 else result.output

    return invoke


@pytest.fixture
async def shop(service, cli, tmp_path):
    """Namespaces of the three services, made by the template of gs2-cdk; `world` is that of codes."""
    name = new_name()
    await cli("apply", of_gs2_cdk(tmp_path / "game.yaml", name), "--yes")
    return World(service, name)
