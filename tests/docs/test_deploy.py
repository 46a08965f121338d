"""The page on deploying: what a machine without a container engine and a cluster can run of it runs."""

import base64
import re
import shutil

import pytest
from docs.conftest import ROOT
from support import lacking
from support.manifests import containers, kustomized, pods, yaml
from support.reader import run

# The commands that need an engine or a cluster, and what is run instead of them.
OFFLINE = {
    r"^docker .*$": "",
    r"^kubectl exec .*$": "",
    r"^kubectl apply --kustomize (\S+)$": r"kubectl kustomize \1",
    r"^kubectl create (.*)$": r"kubectl create --dry-run=client --output yaml \1",
}


@pytest.fixture
def checkout(tmp_path):
    """A folder with a copy of deploy/ and a master key."""
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    (tmp_path / "master.key").write_text("k1:a\n")
    return tmp_path


def offline(commands):
    """Return commands with those that need an engine or a cluster replaced."""
    for pattern, instead in OFFLINE.items():
        commands = re.sub(pattern, instead, commands, flags=re.MULTILINE)
    return commands


async def test_the_secrets_of_compose_are_made_as_written(page, checkout):
    """A password, and a master key of 32 bytes, in a folder that only its owner can enter. A second run keeps them."""
    [_, commands, _] = page("how-to/deploy.md").blocks("sh")
    folder = checkout / "deploy" / "secrets"
    await run(offline(commands), checkout / "deploy")
    made = {path: path.read_text() for path in folder.iterdir()}
    await run(offline(commands), checkout / "deploy")
    assert {path: path.read_text() for path in folder.iterdir()} == made
    assert folder.stat().st_mode & 0o777 == 0o700
    key_id, _, key = (folder / "master.key").read_text().strip().partition(":")
    assert (key_id, len(base64.b64decode(key))) == ("k1", 32)
    assert len((folder / "postgres_password").read_text().strip()) == 48
    assert commands.splitlines()[:3] == [
        line[4:] for line in (checkout / "deploy" / "docker-compose.yaml").read_text().splitlines()[2:5]
    ]


async def test_the_resources_of_kubernetes_are_made_as_written(page, checkout):
    """The namespace, the secret with the keys that the manifests read, and the overlay."""
    lacking.program("kubectl")
    [*_, commands] = page("how-to/deploy.md").blocks("sh")
    printed = [await run(line, checkout) for line in offline(commands).replace("\\\n", "").splitlines() if line]
    made = [resource for text in printed for resource in yaml.safe_load_all(text)]
    assert {"Namespace", "Secret", "Deployment"} <= {resource["kind"] for resource in made}
    (secret,) = [resource for resource in made if resource["kind"] == "Secret"]
    variables = [variable for container in containers(made) for variable in container["env"]]
    read = {one["valueFrom"]["secretKeyRef"]["key"] for one in variables if "valueFrom" in one}
    (pod,) = pods(made)
    read |= {item["key"] for volume in pod["spec"]["volumes"] for item in volume["secret"]["items"]}
    assert set(secret["data"]) == read


def test_the_overlay_of_a_mesh_is_taken_as_written(page, checkout):
    """An overlay beside ours adds the component."""
    [content] = page("how-to/deploy.md").blocks("yaml")
    folder = checkout / "deploy" / "kustomize" / "overlays" / "mine"
    folder.mkdir()
    (folder / "kustomization.yaml").write_text(content)
    assert "VirtualService" in {one["kind"] for one in kustomized(folder)}


def test_the_commands_for_docker_name_what_exists(page):
    """The file of the image, and the compose file's service."""
    text = page("how-to/deploy.md").text
    (file,) = re.findall(r"docker build --file (\S+)", text)
    (service,) = re.findall(r"docker compose run --rm (\S+)", text)
    assert (ROOT / file).exists()
    assert service in yaml.safe_load((ROOT / "deploy" / "docker-compose.yaml").read_text())["services"]
