"""`buf breaking`, which `make lint` runs, and these tests find changes that break clients of the last release."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2
from redeem.options.v1 import options_pb2
from support.contract import FILES, REPOSITORY

UNKNOWN, NO_SIDE_EFFECTS, IDEMPOTENT = range(3)  # of google.protobuf.MethodOptions.IdempotencyLevel
RELEASED = REPOSITORY / "generated" / "descriptors" / "released.binpb"
BUF = Path(sys.executable).parent / "buf"
_LINE = re.compile(r"^\tcd protos && \S+/(buf breaking .*)$", re.MULTILINE)
REQUESTS, SERVICE, RESOURCES = (
    f"redeem/serialkey/v1/{name}.proto" for name in ("requests", "serialkey_service", "resources")
)

# Each with the file, what is changed in it and to what, and the rules that are broken. The first place that fits is
# changed.
BREAKING = {
    "a field removed": (
        REQUESTS,
        r"  optional string name_prefix = 1[^;]*;\n",
        "",
        {"FIELD_NO_DELETE_UNLESS_NAME_RESERVED", "FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED"},
    ),
    "a field of another type": (
        REQUESTS,
        "optional string description = 2",
        "optional bytes description = 2",
        {"FIELD_WIRE_JSON_COMPATIBLE_TYPE"},
    ),
    "a field renamed": (
        REQUESTS,
        "string name_prefix = 1",
        "string prefix = 1",
        {"FIELD_SAME_NAME", "FIELD_SAME_JSON_NAME"},
    ),
    "a field that became a list": (
        RESOURCES,
        "optional int64 created_at",
        "repeated int64 created_at",
        {"FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY"},
    ),
    "a method removed": (SERVICE, r"  rpc Use\(.*?\n  }\n", "", {"RPC_NO_DELETE"}),
    "a method that answers otherwise": (
        SERVICE,
        r"returns \(UseResponse\)",
        "returns (VerifyCodeResponse)",
        {"RPC_SAME_RESPONSE_TYPE"},
    ),
    "a method that streams": (
        SERVICE,
        r"returns \(UseResponse\)",
        "returns (stream UseResponse)",
        {"RPC_SAME_SERVER_STREAMING"},
    ),
    "a service renamed": (
        SERVICE,
        "service SerialKeyService",
        "service CodeService",
        {"PACKAGE_SERVICE_NO_DELETE"},
    ),
    "a value renamed": (REQUESTS, "VERIFY_TYPE_ACTIVE = 1", "VERIFY_TYPE_GOOD = 1", {"ENUM_VALUE_SAME_NAME"}),
    "a value removed": (
        REQUESTS,
        r"  VERIFY_TYPE_INACTIVE = 2[^;]*;\n",
        "",
        {"ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED", "ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED"},
    ),
}
HARMLESS = {
    "a field more": (REQUESTS, "message GetNamespaceRequest {", "message GetNamespaceRequest {\nstring more = 901;"),
    "another comment": (REQUESTS, "// Human-readable description.", "// A text."),
}


@pytest.fixture
def protos(tmp_path):
    """A copy of the contract."""
    return shutil.copytree(REPOSITORY / "protos", tmp_path / "protos")


def change(protos, name, old, new):
    """Change a file in one place."""
    text = (protos / name).read_text("utf-8")
    changed, times = re.subn(old, new, text, count=1, flags=re.DOTALL)
    assert times == 1
    (protos / name).write_text(changed, "utf-8")


def broken_rules(protos):
    """Run the line of the Makefile on a copy; return the rules that it names. It fails exactly when there are some."""
    [line] = _LINE.findall((REPOSITORY / "Makefile").read_text("utf-8"))
    arguments = line.replace("../$(RELEASED)", str(RELEASED)).split()[1:]
    command = [BUF, *arguments, "--error-format", "json"]
    said = subprocess.run(command, cwd=protos, capture_output=True, text=True, check=False)
    rules = {json.loads(line)["type"] for line in said.stdout.splitlines()}
    assert (said.returncode != 0) == bool(rules), said.stderr
    return rules


@pytest.mark.parametrize("what", BREAKING)
def test_a_change_that_breaks_clients_is_refused(protos, what):
    """By these rules and no others."""
    *place, rules = BREAKING[what]
    change(protos, *place)
    assert broken_rules(protos) == rules


@pytest.mark.parametrize("what", HARMLESS)
def test_a_change_that_breaks_nobody_is_taken(protos, what):
    """No rule forbids it."""
    change(protos, *HARMLESS[what])
    assert broken_rules(protos) == set()


def spellings(files):
    """Return how the documents spell the values of all enums, by their full names."""
    return {
        f"{file.package}.{enum.name}.{value.name}": value.options.Extensions[options_pb2.documented]
        for file in files
        for enum in file.enum_type
        for value in enum.value
    }


def test_enum_values_are_spelled_as_in_the_last_release():
    """In documents, which `buf breaking` does not know of. Values may be added."""
    released = spellings(descriptor_pb2.FileDescriptorSet.FromString(RELEASED.read_bytes()).file)
    now = spellings(descriptor_pb2.FileDescriptorProto.FromString(file.serialized_pb) for file in FILES.values())
    spelled = {name: spelling for name, spelling in released.items() if spelling}
    assert spelled
    assert {name: now.get(name) for name in spelled} == spelled


def levels(files):
    """Return the idempotency levels of all methods, by their full names."""
    return {
        f"{file.package}.{service.name}/{method.name}": method.options.idempotency_level
        for file in files
        for service in file.service
        for method in service.method
    }


def test_no_method_promises_less_than_in_the_last_release():
    """A client that repeats idempotent methods by itself may go on; `buf breaking` would refuse more promises, too."""
    strength = [UNKNOWN, IDEMPOTENT, NO_SIDE_EFFECTS].index
    released = levels(descriptor_pb2.FileDescriptorSet.FromString(RELEASED.read_bytes()).file)
    now = levels(descriptor_pb2.FileDescriptorProto.FromString(file.serialized_pb) for file in FILES.values())
    assert released.keys() <= now.keys()
    assert not {name for name, level in released.items() if strength(now[name]) < strength(level)}
