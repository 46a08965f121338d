"""The generated pages of docs/reference: they hold the whole contract, all settings and all commands."""

import json
import re
import subprocess
import sys

import pytest
from docs.conftest import DOCS, ROOT
from redeem.transaction.v1 import action_handler_pb2
from redeemd import config
from redeemd.cli import commands
from redeemd.contract import options
from redeemd.errors import ServiceError
from redeemd.exchange import actions as exchange_actions
from redeemd.limit import actions as limit_actions
from redeemd.serialkey import actions as serialkey_actions
from redeemd.transaction import actions as transaction_actions
from support.contract import MESSAGES, METHODS, SERVICES
from typer.testing import CliRunner

REFERENCE = DOCS / "reference"
# Pages beside them that people write.
BY_HAND = {"access.md", "glossary.md", "limits.md", "metrics.md", "scripts.md"}
COMMANDS = [("migrate",), ("issue",), ("switch",), ("export",), ("import",), ("lookup",), ("backup",), ("restore",)]
COMMANDS += [("copy",), ("keys", "create"), ("keys", "list"), ("keys", "revoke"), ("campaign", "create")]
DOCUMENTED = json.loads((ROOT / "tests" / "contract" / "documented_api.json").read_text("utf-8"))["services"]
ACTIONS = (*serialkey_actions.ACTIONS, *limit_actions.ACTIONS, *exchange_actions.ACTIONS, *transaction_actions.ACTIONS)
HANDLER = action_handler_pb2.DESCRIPTOR.services_by_name["ActionHandler"]
ENUMS = {
    field.enum_type.full_name: field.enum_type
    for message in MESSAGES
    if not message.full_name.startswith("redeem.options.")
    for field in message.fields
    if field.enum_type is not None
}.values()
DEFAULTS = [
    (service["service"], rpc["rpc"], field["name"], field["default"])
    for service in DOCUMENTED.values()
    for rpc in service["rpcs"]
    for field in rpc["request"]
    if field.get("default") is not None
]


def section(page, heading):
    """Return the text under a heading of the second level."""
    _, found, rest = (REFERENCE / page).read_text("utf-8").partition(f"\n## {heading}\n")
    assert found, f"{page} has no section {heading}"
    return rest.partition("\n## ")[0]


def page_of(service):
    """Return the page of a service."""
    return "api/action-handler.md" if service is HANDLER else f"api/{service.full_name.split('.')[1]}.md"


def snake(name):
    """Return the proto name of a JSON name."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


@pytest.mark.parametrize("method", [*METHODS, *HANDLER.methods], ids=lambda method: method.full_name)
def test_every_method_stands_there_with_every_field(method):
    """On the page of its service, with the fields of its request and its response, in their order."""
    text = section(page_of(method.containing_service), method.name)
    fields = [field.name for message in (method.input_type, method.output_type) for field in message.fields]
    assert [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")] == fields


@pytest.mark.parametrize(("service", "rpc", "name", "default"), DEFAULTS)
def test_every_documented_default_stands_there(service, rpc, name, default):
    """In the column of that name."""
    [found] = (each for each in SERVICES if each.name == service)
    lines = section(page_of(found), rpc).partition("**Response")[0].splitlines()
    [row] = (line.split(" | ") for line in lines if line.startswith(f"| `{snake(name)}`"))
    assert row[3].strip() == str(default).lower()


@pytest.mark.parametrize("key", ServiceError.CATALOGUE, ids=".".join)
def test_every_reason_stands_there_with_its_status_and_an_example(key):
    """The example is JSON with the reason."""
    text = section("errors.md", key[1])
    assert text.split("`")[1] == ServiceError.CATALOGUE[key].status.name
    example = json.loads(text.partition("```json\n")[2].partition("```")[0])
    assert example["reason"] == key[1]


@pytest.mark.parametrize("spec", ACTIONS, ids=lambda spec: spec.name)
def test_every_action_stands_there_with_its_kind(spec):
    """And with the fields of its request."""
    text = section("api/actions.md", spec.name)
    assert f"* {spec.kind.capitalize()} action" in text
    assert "| `namespaceName` |" in text or "| `userId` |" in text


@pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: enum.full_name)
def test_every_enum_stands_there_in_both_spellings(enum):
    """In the order of the contract."""
    text = section("api/enums.md", f"{enum.full_name.split('.')[1]}.{enum.name}")
    rows = [line.split("`")[1:4:2] for line in text.splitlines() if line.startswith("| `")]
    assert rows == [[value.name, options.spelling(enum, value.number)] for value in enum.values if value.number]


def test_the_pages_are_those_of_the_protos(tmp_path):
    """The committed pages equal the output of the generator."""
    protos = ROOT / "protos"
    sources = sorted(path.relative_to(protos).as_posix() for path in (protos / "redeem").rglob("*.proto"))
    comments = tmp_path / "comments.binpb"
    compiler = [sys.executable, "-m", "grpc_tools.protoc", "-I.", "-Ivendor", "--include_source_info"]
    subprocess.run([*compiler, f"--descriptor_set_out={comments}", *sources], check=True, cwd=protos)
    written = tmp_path / "reference"
    subprocess.run([sys.executable, "-m", "reference", comments, written], check=True, cwd=protos)
    assert pages_in(written) == {path: text for path, text in pages_in(REFERENCE).items() if path not in BY_HAND}


def pages_in(folder):
    """Return the texts of the pages in a folder by their paths."""
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*.md")}


@pytest.mark.parametrize("name", config.Settings.model_fields)
def test_every_setting_is_listed_with_its_variable(name):
    """As a flag and as a variable of the environment."""
    row = f"| `--{name.replace('_', '-')}` | `REDEEMD_{name.upper()}` |"
    assert row in (REFERENCE / "configuration.md").read_text("utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_listed_with_its_options(command):
    """With each option that its help shows."""
    shown = (
        CliRunner().invoke(commands.app, [*command, "--help"], env={"COLUMNS": "400", "TERMINAL_WIDTH": "400"}).output
    )
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", shown.partition("Options")[2])) - {"--help"}
    text = section("cli.md", " ".join(["redeemd", *command]))
    assert [option for option in options if f"`{option}`" not in text] == []
