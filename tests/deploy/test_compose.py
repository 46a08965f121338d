"""The compose file: what waits for what, and that secrets are files."""

import subprocess
import sys
from pathlib import Path

import pytest
from redeemd.config import Settings
from support.manifests import DEPLOY, yaml

SPARE_SECONDS = 5  # to stop after the drain and the grace
OURS = ("migrate", "redeemd")


@pytest.fixture(scope="module")
def services():
    """The services of the file."""
    return yaml.safe_load((DEPLOY / "docker-compose.yaml").read_text())["services"]


def test_replicas_start_on_a_migrated_database(services):
    """Nothing starts before what it needs is ready, so that the first `up` works."""
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert services["redeemd"]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert services["redeemd"]["healthcheck"]["test"] == ["CMD", "redeemd", "health"]
    assert services["redeemd"]["deploy"]["replicas"] == 2


def test_secrets_are_files(services):
    """No variable holds a secret, and every file is mounted where it is read."""
    variables = {name for one in services.values() for name in one.get("environment", {})}
    assert not any("PASSWORD" in name and not name.endswith("_FILE") for name in variables)
    for name in OURS:
        text = str(services[name]["entrypoint"]) + str(services[name]["environment"])
        assert {secret for secret in services[name]["secrets"] if f"/run/secrets/{secret}" in text} == {
            "postgres_password",
            "master.key",
        }


def test_containers_are_confined(services):
    """Our containers have no privileges and write to no image."""
    for name in OURS:
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["security_opt"] == ["no-new-privileges:true"]


def test_a_replica_may_drain_before_it_is_killed(services):
    """Docker waits for the drain and the grace."""
    variables = services["redeemd"]["environment"]
    stops_after = float(variables["REDEEMD_DRAIN_SECONDS"]) + float(variables["REDEEMD_GRACE_SECONDS"])
    assert float(services["redeemd"]["stop_grace_period"].removesuffix("s")) >= stops_after + SPARE_SECONDS


def test_every_variable_is_a_setting(services):
    """A mistyped variable would be ignored."""
    names = set(services["redeemd"]["environment"])
    assert names <= {f"REDEEMD_{field.upper()}" for field in Settings.model_fields}


@pytest.fixture
def entered(services, tmp_path, postgres_url):
    """Runs the entrypoint with a command, on a database of the test's own, with the password `secret`."""
    (tmp_path / "postgres_password").write_text("secret\n")
    shell, flag, script, *rest = services["redeemd"]["entrypoint"]
    script = script.replace("$$", "$").replace("/run/secrets", str(tmp_path))

    def run(*command, program="redeemd"):
        text = script.replace("exec redeemd", f"exec {program}")
        environment = {"PATH": f"{Path(sys.prefix) / 'bin'}:/usr/bin:/bin", "REDEEMD_DATABASE": postgres_url}
        done = subprocess.run(
            [shell, flag, text, *rest, *command], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_the_entrypoint_runs_commands(services, entered):
    """The one of the service that migrates, and one that a reader of the file runs."""
    assert "the database is up to date" in entered(*services["migrate"]["command"])
    assert "." in entered("keys", "create", "admin")


def test_the_entrypoint_passes_the_password_on(entered):
    """In the variable that the driver reads, without the line break of the file."""
    assert entered("PGPASSWORD", program="printenv") == "secret\n"
