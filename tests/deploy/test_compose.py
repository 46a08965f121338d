"""The compose file: what waits for what, and that secrets are files."""

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
