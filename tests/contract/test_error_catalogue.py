"""Refusals: the contract, the classes that carry them, and the README name the same ones in the same way."""

import ast
import functools
import importlib
import json
import re
import string

import pytest
from grpc import StatusCode
from redeemd.errors import Code, ServiceError
from redeemd.rpc.refusals import DOMAIN
from support.contract import FILES, REPOSITORY

_PREFIX = "ERROR_REASON_"
_ENUM_VALUE = re.compile(r"((?:^ *//.*\n)+) *ERROR_REASON_(\w+) = \d+;", re.MULTILINE)
_EXAMPLE_INDENT = "     "


def _package(file):
    """Return how the catalogue calls the package of a file: redeem.serialkey.v1 is serialkey."""
    return file.package.split(".")[1]


# By (package, reason): the comment lines of the value in its proto.
DECLARED = {}
for _file in FILES.values():
    if "ErrorReason" in _file.enum_types_by_name:
        _comments = {
            reason: [line.strip().removeprefix("//") for line in comment.splitlines()]
            for comment, reason in _ENUM_VALUE.findall((REPOSITORY / "protos" / _file.name).read_text(encoding="utf-8"))
        }
        for _value in _file.enum_types_by_name["ErrorReason"].values[1:]:
            _reason = _value.name.removeprefix(_PREFIX)
            DECLARED[_package(_file), _reason] = _comments[_reason]
        if _package(_file) != "common":
            importlib.import_module(f"redeemd.{_package(_file)}.errors")

every_reason = pytest.mark.parametrize("key", DECLARED, ids=".".join)


def _example(key):
    """Return the example payload in the comment of a reason."""
    lines = [line for line in DECLARED[key] if line.startswith(_EXAMPLE_INDENT)]
    return json.loads(" ".join(lines))


def _placeholders(refusal):
    """Return the metadata that the message of a class quotes, and that each of its instances has to be given."""
    return {name for _, name, _, _ in string.Formatter().parse(refusal.__doc__) if name}


@functools.cache
def _raised_with():
    """Return, for each class of the catalogue, the keywords of each place in the server that makes an instance."""
    places = {refusal.__name__: [] for refusal in ServiceError.CATALOGUE.values()}
    for path in sorted((REPOSITORY / "server" / "redeemd").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = places.keys() - _classes_of_its_own(path, tree)
        for node in ast.walk(tree):
            made = _made(node)
            if made is not None and _last_name(made[0]) in names:
                called, keywords = made
                places[_last_name(called)].append((f"{path.name}:{node.lineno}", keywords))
    return places


def _classes_of_its_own(path, tree):
    """Return the classes of a module that are no refusals. They may have the name of one: PriceTooHigh of pricing."""
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and path.name != "errors.py"}


def _made(node):
    """Return what a node makes an instance of, and with which keywords: a call, or `raise` of a bare class."""
    if isinstance(node, ast.Call):
        return node.func, {keyword.arg for keyword in node.keywords}
    if isinstance(node, ast.Raise) and isinstance(node.exc, (ast.Name, ast.Attribute)):
        return node.exc, set()
    return None


def _last_name(node):
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def test_every_reason_has_a_class_and_every_class_a_reason():
    """The catalogue holds exactly the reasons of the contract."""
    assert set(ServiceError.CATALOGUE) == set(DECLARED)


@every_reason
def test_the_comment_names_the_status_first(key):
    """The description of a refusal in the contract begins with its canonical status."""
    first_word = " ".join(DECLARED[key]).split()[0]
    assert first_word == f"{ServiceError.CATALOGUE[key].status.name}."


@every_reason
def test_the_example_is_of_this_refusal(key):
    """The example in the comment is JSON of an ErrorInfo with the reason and the domain."""
    example = _example(key)
    assert example.keys() == {"reason", "domain", "metadata"}
    assert (example["reason"], example["domain"]) == (key[1], DOMAIN)


@every_reason
def test_the_example_shows_the_documented_component_and_code(key):
    """Where a class has a component or a code, the example has the same."""
    refusal, metadata = ServiceError.CATALOGUE[key], _example(key)["metadata"]
    if refusal.component is not None:
        assert metadata["component"] == refusal.component
    assert metadata.get("code") == refusal.documented_code


@every_reason
def test_the_example_shows_the_metadata_that_the_refusal_has(key):
    """The example shows all that every instance has, and nothing that none is made with."""
    refusal, shown = ServiceError.CATALOGUE[key], set(_example(key)["metadata"]) - {"request_id"}
    fixed = {name for name, value in (("component", refusal.component), ("code", refusal.documented_code)) if value}
    given = set().union(*(keywords for _, keywords in _raised_with()[refusal.__name__])) - {"violations"}
    assert fixed | _placeholders(refusal) <= shown <= fixed | given


@every_reason
def test_the_server_gives_a_refusal_what_its_message_quotes(key):
    """No place makes an instance without a value for each placeholder; that would return INTERNAL instead."""
    refusal = ServiceError.CATALOGUE[key]
    lacking = [place for place, keywords in _raised_with()[refusal.__name__] if not _placeholders(refusal) <= keywords]
    assert lacking == []


def _status_in_the_reference():
    """Return the status of each reason in the table under `## All reasons`; a row without one has that of the last."""
    page = (REPOSITORY / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
    section = page.split("\n## All reasons", 1)[1].split("\n## ", 1)[0]
    listed, status = {}, ""
    for line in section.splitlines():
        if line.startswith("| "):
            _, named, reasons, *_ = line.split("|")
            status = named.strip(" `") or status
            listed |= dict.fromkeys(re.findall(r"`(\w+)`", reasons), status)
    return listed


def test_the_reference_lists_every_reason():
    """The table of error reasons has every reason beside the status with which it is raised, and no other."""
    statuses = {reason: ServiceError.CATALOGUE[package, reason].status.name for package, reason in DECLARED}
    assert _status_in_the_reference() == statuses


def test_the_codes_of_errors_are_those_of_grpc():
    """Each Code has the name and the number of a status of gRPC."""
    assert {code.name: code.value for code in Code}.items() <= {it.name: it.value[0] for it in StatusCode}.items()
