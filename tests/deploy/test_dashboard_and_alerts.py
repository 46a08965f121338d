"""The dashboard and the alerts: every metric and label that they name is in a scrape of a real server."""

import json
import re
import subprocess
import sys

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families
from support import lacking
from support.contract import REPOSITORY
from support.deliveries import DELIVERED, give, settled
from support.exchanges import make_exchanges
from support.handler import handling, until
from support.manifests import yaml
from support.process import serving
from support.receiver import receiving, webhook
from support.service import refused

DASHBOARD = REPOSITORY / "deploy" / "grafana" / "redeemd.json"
ALERTS = REPOSITORY / "deploy" / "prometheus" / "alerts.yaml"
TESTS_OF_ALERTS = REPOSITORY / "tests" / "deploy" / "alerts_test.yaml"
PROMETHEUS_ADDS = {"job", "instance", "le"}
# A metric, with what selects its series; words of PromQL that look like one are no metrics of ours.
SELECTOR = re.compile(r"\b((?:grpc_server|redeemd)_\w+|up)\b(?!\s*\()(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"')
GROUPING = re.compile(r"\bby \(([^)]*)\)")


@pytest.fixture(scope="module")
async def scraped(tmp_path_factory):
    """The label sets of each sample that a server shows which has done all that it counts, by name."""
    folder = tmp_path_factory.mktemp("scraped")
    async with (
        handling(folder / "handler") as handler,
        receiving(folder / "receiver") as receiver,
        serving(
            folder / "data",
            *("--action-handlers", str(handler.configuration()), "--webhooks", str(receiver.file())),
        ) as (process, service),
    ):
        exchanges = await make_exchanges(service)
        await exchanges.put_in_force({"name": "rate", "acquireActions": [give()]})
        await exchanges.buy()
        await settled(exchanges, DELIVERED)
        await until(lambda: webhook(service))
        world = await service.world()
        await until(receiver.accepted)
        with refused("CODE_NOT_FOUND"):
            await world.as_player("Use", "alice", code="no-such-code")
        (address,) = [said.split()[3] for said in process.lines if "serving HTTP on " in said]
        async with aiohttp.ClientSession() as session, session.get(f"http://{address}/metrics") as response:
            text = await response.text()
    samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            samples.setdefault(sample.name, []).append(sample.labels)
    return samples


def rules():
    """Return the rules of alerts."""
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def queries():
    """Return the queries of the dashboard and of the alerts."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    shown = [target["expr"] for panel in panels for target in panel.get("targets", [])]
    assert len(shown) > 10
    return [*shown, *(rule["expr"] for rule in rules())]


def selectors(query):
    """Yield each metric of a query with the matchers of its labels, but for `up`, which Prometheus adds."""
    for name, matchers in SELECTOR.findall(query):
        if name != "up":
            yield name, dict(MATCHER.findall(matchers))


@pytest.mark.parametrize("query", queries())
def test_every_metric_and_label_of_a_query_is_scraped(query, scraped):
    """A panel whose metric or label has another name stays empty, and an alert silent."""
    groups = {label.strip() for group in GROUPING.findall(query) for label in group.split(",")}
    for name, matchers in selectors(query):
        assert name in scraped
        labels = set(scraped[name][0]) | PROMETHEUS_ADDS
        assert set(matchers) | groups <= labels


def test_the_queries_spell_statuses_as_the_server_does(scraped):
    """NotFound, as Go and the alerts for it, not NOT_FOUND: a matcher in the other style matches nothing."""
    served = {labels["grpc_code"] for labels in scraped["grpc_server_handled_total"]}
    assert {"OK", "NotFound"} <= served
    asked = {
        status
        for query in queries()
        for _, matchers in selectors(query)
        for status in matchers.get("grpc_code", "OK").split("|")
    }
    assert all(status == "OK" or re.fullmatch("([A-Z][a-z]+)+", status) for status in asked)


def test_the_dashboard_is_what_its_generator_writes():
    """The file is committed, so that nobody needs the generator to use it."""
    lacking.module("grafana_foundation_sdk")
    program = "import dashboard; print(dashboard.build(), end='')"
    folder = DASHBOARD.parent
    command = [sys.executable, "-B", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
    assert done.stdout == DASHBOARD.read_text(), "run `make dashboard`"


def test_every_alert_fires_when_it_should_and_only_then():
    """promtool runs the rules on made-up series; alerts_test.yaml has one that fires for each alert."""
    command = [lacking.program("promtool"), "test", "rules", str(TESTS_OF_ALERTS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    tested = [test for one in yaml.safe_load(TESTS_OF_ALERTS.read_text())["tests"] for test in one["alert_rule_test"]]
    for rule in rules():
        expected = [bool(test["exp_alerts"]) for test in tested if test["alertname"] == rule["alert"]]
        assert set(expected) == {False, True}, rule["alert"]


def test_every_alert_names_a_page_that_exists():
    """The page says what to do; a heading in it, if the alert names one."""
    for rule in rules():
        page, _, heading = rule["annotations"]["runbook_url"].partition("#")
        lines = (REPOSITORY / page).read_text().splitlines()
        headings = [
            re.sub(r"[^\w -]", "", line.lstrip("# ")).lower().replace(" ", "-") for line in lines if line[:1] == "#"
        ]
        assert not heading or heading in headings, rule["alert"]
