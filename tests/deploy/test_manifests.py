"""The manifests for Kubernetes: valid, equal from Kustomize and from Helm, and in line with what the server does."""

import shutil

import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from redeemd import __version__
from redeemd.config import Settings
from support import lacking
from support.manifests import CHART, DEPLOY, by_name, charted, containers, kustomized, overlay, pods, yaml

KUBERNETES = "1.37.0"
SPARE_SECONDS = 5  # to stop after the drain and the grace

# The fields that may be used of resources that clusters are extended with, as their documentation has them.
EXTENSIONS = {
    "monitoring.coreos.com/v1 ServiceMonitor": {
        "selector.matchLabels", "endpoints.port", "endpoints.path", "endpoints.interval",
    },
    "networking.istio.io/v1 VirtualService": {
        "hosts", "http.match.port", "http.retries.attempts", "http.timeout",
        "http.match.uri.exact", "http.directResponse.status",
        "http.route.destination.host", "http.route.destination.port.number",
    },
    "networking.istio.io/v1 DestinationRule": {
        "host", "trafficPolicy.loadBalancer.simple",
        *(
            f"trafficPolicy.outlierDetection.{name}"
            for name in (
                "consecutive5xxErrors", "consecutiveGatewayErrors",
                "interval", "baseEjectionTime", "maxEjectionPercent",
            )
        ),
    },
    "policy.linkerd.io/v1beta3 Server": {"podSelector.matchLabels", "port", "proxyProtocol", "accessPolicy"},
}  # fmt: skip


@pytest.fixture(scope="session")
def with_component(tmp_path_factory):
    """Renders the production overlay with a component, in a copy of deploy/."""

    def render(name):
        copy = tmp_path_factory.mktemp(name) / "deploy"
        shutil.copytree(DEPLOY, copy)
        folder = copy / "kustomize" / "overlays" / name
        folder.mkdir()
        content = {"resources": ["../production"], "components": [f"../../../{name}"]}
        (folder / "kustomization.yaml").write_text(yaml.safe_dump(content))
        return kustomized(folder)

    return render


@pytest.fixture(scope="session", params=["production", "embedded", "istio", "linkerd", "chart"])
def resources(request, with_component):
    """The resources of each way to deploy, rendered once: tests do not change them."""
    if request.param == "chart":
        return charted()
    return with_component(request.param) if request.param in {"istio", "linkerd"} else overlay(request.param)


def fields(value, path=""):
    """Yield the paths of the fields of a resource that hold a value; labels are one."""
    if isinstance(value, dict) and not path.endswith("matchLabels"):
        for name, inner in value.items():
            yield from fields(inner, f"{path}.{name}".removeprefix("."))
    elif isinstance(value, list):
        for inner in value:
            yield from fields(inner, path)
    else:
        yield path


def problem_of(resource):
    """Return what is wrong with a resource; empty if nothing is."""
    known = EXTENSIONS.get(f"{resource['apiVersion']} {resource['kind']}")
    if known is not None:
        return ", ".join(set(fields(resource["spec"])) - known)
    kubernetes_validate = lacking.module("kubernetes_validate")  # here: it takes long to import
    try:
        kubernetes_validate.validate(resource, KUBERNETES, strict=True)
    except (kubernetes_validate.ValidationError, kubernetes_validate.SchemaNotFoundError) as error:
        return error.message
    return ""


def test_every_resource_fits_its_schema(resources):
    """No field is misspelled, missing or of the wrong type."""
    assert {one["kind"]: problem for one in resources if (problem := problem_of(one))} == {}


def test_a_misspelled_field_is_found():
    """The check of the schema would say so."""
    broken = by_name(overlay("production"))
    broken["Deployment", "redeemd"]["spec"]["template"]["spec"]["terminationGracePeriod"] = 30
    broken["ServiceMonitor", "redeemd"]["spec"]["endpoints"][0]["intervall"] = "15s"
    assert {one["kind"] for one in broken.values() if problem_of(one)} == {"Deployment", "ServiceMonitor"}


def test_the_chart_is_the_overlay():
    """Helm's resources differ from Kustomize's by Helm's labels only."""
    chart, production = by_name(charted()), by_name(overlay("production"))
    for one in chart.values():
        assert one["metadata"]["labels"].pop("helm.sh/chart") == f"redeemd-{__version__}"
        assert one["metadata"]["labels"].pop("app.kubernetes.io/managed-by") == "Helm"
    for one in (*pods(chart.values()), *pods(production.values())):
        one["spec"]["containers"][0]["env"].sort(key=lambda variable: variable["name"])
    assert chart == production


def test_values_of_the_chart_have_an_effect():
    """Settings become variables, and what is switched off is not there."""
    with_values = charted(
        image={"repository": "registry.example/redeemd", "tag": "2"},
        settings={"CALLS_MAX": 100},
        podAnnotations={"a": "b"},
        serviceMonitor={"enabled": False},
        networkPolicy={"egress": [{"ports": [{"port": 4317}]}]},
    )
    (pod,) = pods(with_values)
    assert pod["metadata"]["annotations"] == {"a": "b"}
    assert {container["image"] for container in containers(with_values)} == {"registry.example/redeemd:2"}
    assert {"name": "REDEEMD_CALLS_MAX", "value": "100"} in pod["spec"]["containers"][0]["env"]
    assert "ServiceMonitor" not in {one["kind"] for one in with_values}
    (policy,) = [one for one in with_values if one["kind"] == "NetworkPolicy"]
    assert policy["spec"]["egress"][-1] == {"ports": [{"port": 4317}]}


def test_the_images_are_of_this_version(resources):
    """Manifests and chart name the version that they belong to."""
    assert {container["image"] for container in containers(resources)} == {f"redeemd:{__version__}"}
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["version"] == chart["appVersion"] == __version__


def test_every_variable_is_a_setting(resources):
    """A mistyped variable would be ignored."""
    names = {variable["name"] for container in containers(resources) for variable in container.get("env", [])}
    assert names <= {f"REDEEMD_{field.upper()}" for field in Settings.model_fields}


def test_containers_are_confined(resources):
    """No container has privileges, runs as root or writes to its image."""
    for pod in pods(resources):
        assert pod["spec"]["automountServiceAccountToken"] is False
        assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
        assert pod["spec"]["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in containers(resources):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


def test_a_pod_may_drain_before_it_is_killed(resources):
    """The grace period covers the drain and the grace; the proxy of a mesh serves for as long."""
    for pod in pods(resources):
        variables = {one["name"]: one.get("value") for one in pod["spec"]["containers"][0]["env"]}
        stops_after = float(variables["REDEEMD_DRAIN_SECONDS"]) + float(variables["REDEEMD_GRACE_SECONDS"])
        assert pod["spec"]["terminationGracePeriodSeconds"] >= stops_after + SPARE_SECONDS
        annotations = pod["metadata"].get("annotations", {})
        if wait := annotations.get("config.alpha.linkerd.io/proxy-wait-before-exit-seconds"):
            assert int(wait) >= stops_after
        if config := annotations.get("proxy.istio.io/config"):
            assert float(yaml.safe_load(config)["terminationDrainDuration"].removesuffix("s")) >= stops_after


def test_selectors_select_the_pods(resources):
    """An empty selector would select every pod of the namespace, another one none."""
    (pod,) = pods(resources)
    labels = pod["metadata"]["labels"]
    found = by_name(resources)
    selectors = [one["spec"]["selector"] for (kind, _), one in found.items() if kind == "Service"]
    for (kind, _), one in found.items():
        if kind in {"PodDisruptionBudget", "Deployment", "StatefulSet"}:
            selectors.append(one["spec"]["selector"]["matchLabels"])
        if kind in {"NetworkPolicy", "Server"}:
            selectors.append(one["spec"]["podSelector"]["matchLabels"])
    assert len(selectors) >= 4
    assert selectors == [labels] * len(selectors)
    (policy,) = [one for (kind, _), one in found.items() if kind == "NetworkPolicy"]
    assert policy["spec"]["ingress"][0]["from"][0]["podSelector"]["matchLabels"] == {"redeemd-client": "true"}


def test_migrate_runs_before_serve_and_needs_no_hook(resources):
    """An init container migrates PostgreSQL; an embedded database is migrated by serve."""
    (pod,) = pods(resources)
    names = [container["args"][0] for container in pod["spec"].get("initContainers", [])]
    embedded = any(one["kind"] == "StatefulSet" for one in resources)
    assert names == ([] if embedded else ["migrate"])
    assert not any("helm.sh/hook" in str(one) or "argocd.argoproj.io" in str(one) for one in resources)


async def test_probes_check_services_that_exist(resources, service):
    """The names that probes send are known to the health service, at the port that the server listens on."""
    health = health_pb2_grpc.HealthStub(service.channel)
    for pod in pods(resources):
        (container,) = pod["spec"]["containers"]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
            probe = container[kind]["grpc"]
            assert probe["port"] == ports["grpc"]
            request = health_pb2.HealthCheckRequest(service=probe.get("service", ""))
            assert (await health.Check(request)).status == health_pb2.HealthCheckResponse.SERVING


def test_a_mesh_retries_nothing(with_component):
    """Clients retry. Istio would retry by itself, Linkerd only where an annotation configures it."""
    (virtual,) = [one for one in with_component("istio") if one["kind"] == "VirtualService"]
    calls = [route for route in virtual["spec"]["http"] if "route" in route]
    assert [(route["retries"], route["timeout"]) for route in calls] == [({"attempts": 0}, "0s")]
    annotations = [one["metadata"].get("annotations", {}) for one in with_component("linkerd")]
    assert not any(key.startswith(("retry.", "timeout.")) for found in annotations for key in found)
