"""The manifests of deploy/, rendered by Kustomize and by Helm."""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from support import lacking
from support.contract import REPOSITORY

DEPLOY = REPOSITORY / "deploy"
CHART = DEPLOY / "helm" / "redeemd"
yaml = lacking.module("yaml")
lacking.module("helm_python")

Resource = dict[str, Any]

# In a process of its own: the library brings Go's runtime, with its threads and signal handlers.
_HELM = """
import json, sys, helm_python
with helm_python.Chart.load(sys.argv[1]) as chart:
    print(json.dumps(chart.render(json.loads(sys.argv[2]), name="redeemd", namespace="redeemd")))
"""


def documents(text: str) -> list[Resource]:
    """Return the documents of a YAML stream."""
    return [document for document in yaml.safe_load_all(text) if document]


def kustomized(folder: Path) -> list[Resource]:
    """Return the resources of an overlay."""
    command = [lacking.program("kubectl"), "kustomize", str(folder)]
    return documents(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def overlay(name: str) -> list[Resource]:
    """Return the resources of one of our overlays."""
    return kustomized(DEPLOY / "kustomize" / "overlays" / name)


def charted(**values: object) -> list[Resource]:
    """Return the resources of the chart, as a release `redeemd` in the namespace `redeemd`."""
    command = [sys.executable, "-c", _HELM, str(CHART), json.dumps(values)]
    files = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return [document for text in files.values() for document in documents(text)]


def by_name(resources: list[Resource]) -> dict[tuple[str, str], Resource]:
    """Return resources by kind and name."""
    found = {(one["kind"], one["metadata"]["name"]): one for one in resources}
    assert len(found) == len(resources)
    return found


def pods(resources: Iterable[Resource]) -> list[Resource]:
    """Return the templates of pods."""
    return [one["spec"]["template"] for one in resources if one["kind"] in {"Deployment", "StatefulSet"}]


def containers(resources: Iterable[Resource]) -> list[Resource]:
    """Return all containers."""
    return [
        container
        for pod in pods(resources)
        for container in pod["spec"].get("initContainers", []) + pod["spec"]["containers"]
    ]
