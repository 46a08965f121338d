"""Help for operators who configure a server: options with types and defaults, typing errors, a check, and a print."""

import asyncio
import json
import os
import re
import socket

import pytest
from redeemd import config
from redeemd.cli import commands, unknown_variables
from redeemd.config import ConfigError, Settings
from support import forked
from support.patience import WAIT_SECONDS
from support.process import serving

KNOWN = unknown_variables.variables_of(commands.every())
SECRET = "k1:c2VjcmV0LWNhbmFyeS1zZWNyZXQtY2FuYXJ5LTEyMyE="


async def serve(*arguments, **environment):
    """Run `redeemd serve` in a process of its own until it ends; return its exit code and what it wrote."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("REDEEMD_")}
    environment = clean | {"COLUMNS": "300"} | environment
    process = await forked.start("serve", *arguments, environment=environment, output=True)
    async with asyncio.timeout(WAIT_SECONDS):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_help_shows_type_variable_and_default_of_each_setting():
    """In groups; a default that help does not show has to be looked up elsewhere."""
    code, out, _ = await serve("--help")
    assert code == 0
    lines = " ".join(out.split())
    for name in Settings.model_fields:
        assert f"--{name.replace('_', '-')} " in lines
        assert f"[env var: REDEEMD_{name.upper()}]" in lines
    defaults = ("[default: (127.0.0.1:50051)]", "[default: (2000)]", "[default: (true)]")
    for shown in (*defaults, "calls|faults|off", "INTEGER", "NUMBER", "PATH", "Addresses", "TLS"):
        assert shown in lines


def test_every_setting_is_in_a_group():
    """The group of the others is for none that we have."""
    panels = {option.name: option.rich_help_panel for option in commands.every().commands["serve"].params}
    assert [name for name in Settings.model_fields if panels[name] == "Other"] == []


def test_a_mistyped_variable_is_named_with_what_was_meant():
    """Not a setting, not a variable of another command, not one that Kubernetes sets for a service named redeemd."""
    assert unknown_variables.warnings(["REDEEMD_CALLS_MAXX", "PATH"], KNOWN) == [
        "the environment variable REDEEMD_CALLS_MAXX is no setting; did you mean REDEEMD_CALLS_MAX?"
    ]
    fine = ["REDEEMD_CALLS_MAX", "redeemd_calls_max", "REDEEMD_SERVER", "REDEEMD_KEY_FILE", "REDEEMD_SERVICE_HOST"]
    fine += ["REDEEMD_SERVICE_PORT_GRPC", "REDEEMD_PORT", "REDEEMD_PORT_50051_TCP_ADDR", "REDEEMD_HTTP_PORT"]
    assert unknown_variables.warnings(fine, KNOWN) == []


async def test_a_server_with_a_mistyped_variable_warns_and_serves(tmp_path):
    """Ignored without a word, it would only be noticed under load."""
    async with serving(tmp_path, REDEEMD_CALLS_MAXX="5") as (process, _):
        assert any("REDEEMD_CALLS_MAXX is no setting" in line for line in process.lines)


async def test_check_validates_and_exits(tmp_path):
    """It creates nothing, and needs no database."""
    data = tmp_path / "data"
    code, out, _ = await serve("--check", "--data", data)
    assert (code, out) == (0, "the configuration is valid\n")
    assert not data.exists()


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"data": ""}, "data: must name a folder"),
        ({"admin_listen": "127.0.0.1:8080"}, "http_listen and admin_listen are the same address, 127.0.0.1:8080"),
        ({"listen": "[::1]:9", "admin_listen": "[::1]:9"}, "listen and admin_listen are the same address"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(settings, problem):
    """Before anything is created."""
    with pytest.raises(ConfigError, match=re.escape(problem)):
        config.load(**settings)


def test_listeners_may_each_have_any_free_port(tmp_path):
    """Port 0 is another one for each."""
    free = {"listen": "127.0.0.1:0", "http_listen": "127.0.0.1:0", "admin_listen": "127.0.0.1:0"}
    assert config.load(data=tmp_path, **free).admin_listen == "127.0.0.1:0"


@pytest.mark.parametrize("broken", ["webhooks", "master_key_file"])
async def test_a_file_that_cannot_be_read_is_named(tmp_path, broken):
    """There are several; the setting alone does not say which was found."""
    file = tmp_path / "broken.file"
    file.write_text("{")
    _, _, err = await serve("--check", "--data", tmp_path, f"--{broken.replace('_', '-')}", file)
    assert str(file) in json.loads(err)["message"]


async def test_a_port_in_use_is_one_line(tmp_path):
    """Of redeemd, and none of gRPC."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = "{}:{}".format(*other.getsockname())
        code, _, err = await serve("--data", tmp_path, "--listen", address)
    assert code == 1
    assert [json.loads(line)["message"] for line in err.splitlines()] == [
        f"cannot listen on {address}: Address already in use"
    ]


@pytest.mark.parametrize(
    "origin", ["https://game.example/", "https://Game.example", "game.example", "https://a?b", "https://"]
)
async def test_an_origin_that_no_browser_sends_is_refused(tmp_path, origin):
    """Pages would be refused without a reason."""
    code, _, err = await serve("--data", tmp_path, "--check", "--cors-origins", f"https://other.example {origin}")
    assert code == 1
    assert f"cors_origins: {origin} is not as browsers send it" in json.loads(err)["message"]


@pytest.mark.parametrize("origins", ["*", "https://game.example http://localhost:3000", "capacitor://localhost null"])
async def test_origins_are_as_browsers_send_them(tmp_path, origins):
    """Of pages, of apps, and of pages without one."""
    code, _, err = await serve("--data", tmp_path, "--check", "--cors-origins", origins)
    assert code == 0, err


@pytest.mark.parametrize("broken", ["setting", "certificate", "master key", "bytes"])
async def test_check_reports_what_would_keep_a_server_from_starting(tmp_path, broken):
    """Settings, and the files that they name."""
    file = tmp_path / "file.pem"
    file.write_text("nothing")
    flags = {
        "setting": ["--calls-max", "many"],
        "certificate": ["--tls-cert", file, "--tls-key", file],
        "master key": ["--master-key-file", file],
        "bytes": ["--master-key-file", tmp_path / "bytes"],
    }
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    code, out, err = await serve("--check", "--data", tmp_path, *flags[broken])
    assert (code, out) == (1, "")
    assert json.loads(err)["severity"] == "ERROR"


async def test_print_config_shows_all_settings_and_no_secret(tmp_path):
    """With where each comes from resolved: flags before the environment, before defaults."""
    code, out, err = await serve(
        "--print-config", "--data", tmp_path, "--calls-max", "7",
        REDEEMD_CALLS_MAX="8", REDEEMD_READERS="3", REDEEMD_MASTER_KEY=SECRET,
        REDEEMD_DATABASE="postgresql://user:canary-password@host/name",
    )  # fmt: skip
    assert code == 0, err
    shown = json.loads(out)
    assert set(shown) == set(Settings.model_fields)
    assert (shown["calls_max"], shown["readers"], shown["log"]) == (7, 3, "calls")
    assert SECRET.partition(":")[2] not in out + err
    assert "canary-password" not in out + err


@pytest.mark.parametrize(("mode", "warned"), [(0o644, True), (0o640, True), (0o600, False)])
async def test_a_master_key_that_others_can_read_is_reported(tmp_path, mode, warned):
    """As a warning; the server starts, because a mounted secret often has such a mode."""
    async with serving(tmp_path):
        pass
    (tmp_path / "master.key").chmod(mode)
    async with serving(tmp_path) as (process, _):
        lines = [json.loads(line) for line in process.raw if "others can read the master keys" in line]
    assert [line["severity"] for line in lines] == ["WARNING"] * warned
