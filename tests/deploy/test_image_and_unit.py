"""The Dockerfile and the systemd unit, checked by what checks them elsewhere. deploy/test_image.sh runs the image."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from redeemd.config import Settings
from support import lacking
from support.contract import REPOSITORY

DEPLOY = REPOSITORY / "deploy"
UNIT = DEPLOY / "systemd" / "redeemd.service"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
EXPOSURE_MAX = 20  # tenths, of 100: systemd calls up to 20 "OK"


def run(name, *arguments):
    """Run a program; return its exit code and all that it printed."""
    command = [lacking.program(name), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def copied_from_the_context():
    """Return the paths that the Dockerfile copies from the repository."""
    text = (DEPLOY / "Dockerfile").read_text()
    return {name for line in re.findall(r"^COPY (?!--)(.*) \S+$", text, re.MULTILINE) for name in line.split()}


def test_hadolint_finds_nothing():
    """The Dockerfile follows the practices that hadolint knows."""
    assert run("hadolint", DEPLOY / "Dockerfile") == (0, "")


def test_every_variable_of_the_image_is_a_setting():
    """A mistyped variable would be ignored; the ports are those that are exposed."""
    text = (DEPLOY / "Dockerfile").read_text()
    variables = dict(re.findall(r"(REDEEMD_\w+)=(\S+)", text))
    assert set(variables) <= {f"REDEEMD_{field.upper()}" for field in Settings.model_fields}
    ports = [variables[name].rpartition(":")[2] for name in ("REDEEMD_LISTEN", "REDEEMD_HTTP_LISTEN")]
    assert f"EXPOSE {' '.join(ports)}\n" in text


def test_the_image_is_made_of_what_its_ignore_file_lets_through():
    """The build context contains every file that the Dockerfile copies from it."""
    copied = copied_from_the_context()
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().split()
    assert copied == {line.removeprefix("!") for line in ignored if line.startswith("!")}
    assert all((REPOSITORY / name).exists() for name in copied)


def test_the_image_has_every_file_of_the_wheel():
    """Every package that the wheel consists of is copied, and so is what a link in it points to."""
    copied = copied_from_the_context()
    wheel = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    packages = [REPOSITORY / name for name in wheel["packages"]]
    files = [file.resolve() for package in packages for file in package.rglob("*")]
    assert files
    assert [file for file in files if not any(file.is_relative_to(REPOSITORY / name) for name in copied)] == []


@pytest.mark.parametrize("shipped", UNITS, ids=lambda unit: unit.stem)
def test_systemd_verifies_the_units(tmp_path, shipped):
    """systemd knows every line of the unit, and what it confines."""
    unit = tmp_path / shipped.name
    redeemd = Path(sys.prefix) / "bin" / "redeemd"
    unit.write_text(shipped.read_text().replace("/opt/redeemd/bin/redeemd", str(redeemd)))
    assert run("systemd-analyze", "verify", unit) == (0, "")
    code, printed = run("systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE_MAX}", unit)
    assert code == 0, printed


def test_the_unit_reloads_by_sighup_and_waits_for_the_drain():
    """`systemctl reload` sends SIGHUP, and `stop` waits for the default drain and grace."""
    text = UNIT.read_text()
    assert "ExecReload=/bin/kill -HUP $MAINPID" in text
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)s$", text, re.MULTILINE)
    defaults = Settings.model_fields
    assert int(seconds) > defaults["drain_seconds"].default + defaults["grace_seconds"].default
