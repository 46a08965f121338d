"""`apply` refuses a template in sentences with the file, the line and the resource, before it calls a server."""

import json
import sys

import pytest
from redeemd.cli.templates import reading, wanted
from support import lacking
from support.cli import run
from support.deploy_templates import document, namespace, write

lacking.module("yaml")
pytestmark = pytest.mark.usefixtures("no_settings_of_the_developer")

HEAD = 'GS2TemplateFormatVersion: "2019-05-01"\n'
LIMITS = HEAD + "Resources:\n  Limits:\n    Type: GS2::Limit::Namespace\n    Properties:\n      Name: limits\n"
MASTER = HEAD + "Resources:\n  Models:\n    Type: GS2::Limit::CurrentLimitMaster\n    Properties:\n"
MODELS = "        - {name: a, resetType: notReset}\n        - name: b\n          resetType: hourly"
REFUSED = {
    "no version": ("Resources: {}", ': GS2TemplateFormatVersion must be "2019-05-01"'),
    "another version": (
        'GS2TemplateFormatVersion: "2030-01-01"',
        ', line 1: GS2TemplateFormatVersion must be "2019-05-01"',
    ),
    "no object": ("- a", ": the template must be an object"),
    "empty": ("", ": the template must be an object"),
    "no resources": (HEAD, ": it has no Resources"),
    "resources that are a list": (f"{HEAD}Resources: []", ", line 2: Resources must be an object"),
    "no type": (
        f"{HEAD}Resources:\n  A:\n    Properties: {{}}",
        ", line 3, resource A: Type must be GS2::<service>::<kind>",
    ),
    "an alias that is no text": (f"{LIMITS}Globals:\n  Alias:\n    A: 1", ", line 9: the alias A must be a string"),
    "no name": (f"{HEAD}Resources:\n  A:\n    Type: GS2::Limit::Namespace", ", line 3, resource A: Name "),
    "a bad name": (LIMITS.replace("limits", "a:b"), ", line 6, resource Limits: Name "),
    "a name that is a number": (LIMITS.replace("limits", "7"), ", line 6, resource Limits: Name must be a string"),
    "an unknown property": (
        f"{LIMITS}      Descripton: a",
        ", line 7, resource Limits: Descripton is not a property of GS2::Limit::Namespace",
    ),
    "an unknown setting": (
        f"{LIMITS}      LogSetting:\n        Namespace: a",
        ", line 7, resource Limits: LogSetting may only have loggingNamespaceId",
    ),
    "a wrong setting": (
        f"{LIMITS}      TransactionSetting:\n        EnableAutoRun: sometimes",
        ", line 8, resource Limits: TransactionSetting.EnableAutoRun must be true or false",
    ),
    "a kind that is not applied": (
        LIMITS.replace("Limit::Namespace", "Limit::LimitModelMaster"),
        ", line 3, resource Limits: GS2::Limit::LimitModelMaster cannot be applied; GS2::Limit::Namespace and",
    ),
    "an unknown function": (
        LIMITS.replace(" limits", " !Sub a"),
        ", line 6, resource Limits: !Sub is not supported; there are !GetAttr",
    ),
    "an attribute of nothing": (
        LIMITS.replace(" limits", " !GetAttr A.Item.Name"),
        ", line 6, resource Limits: !GetAttr names A, which is not a resource of the template",
    ),
    "an unknown attribute": (
        f"{LIMITS}      Description: !GetAttr Limits.Item.Revision",
        ", line 7, resource Limits: !GetAttr names Revision, which is not a known text of a GS2::Limit::Namespace",
    ),
    "an attribute of itself": (
        LIMITS.replace(" limits", " !GetAttr Limits.Item.Name"),
        ", line 6, resource Limits: !GetAttr is nested too deep, or refers to itself",
    ),
    "a join of nothing": (
        LIMITS.replace(" limits", " !Join [a, b]"),
        ", line 6, resource Limits: !Join must have the form [TEXT, [TEXT, ...]]",
    ),
    "a join that is no list": (
        LIMITS.replace(" limits", " '!Join __import__(\"os\")'"),
        ", line 6, resource Limits: !Join must have the form [TEXT, [TEXT, ...]]",
    ),
    "master data of no namespace": (
        f"{MASTER}      Settings: {{}}",
        ", line 3, resource Models: NamespaceName must be a string",
    ),
    "master data of a bad name": (
        f"{MASTER}      Settings: {{}}\n      NamespaceName: a:b",
        ", line 7, resource Models: NamespaceName does not match",
    ),
    "no master data": (f"{MASTER}      NamespaceName: a", ", line 3, resource Models: Settings must be an object or"),
    "master data of another version": (
        f"{MASTER}      NamespaceName: a\n      Settings:\n        version: '2000-01-01'",
        ', line 8, resource Models: Settings.version must be "2019-04-05"',
    ),
    "a wrong model": (
        f"{MASTER}      NamespaceName: a\n      Settings:\n        version: 2019-04-05\n        limitModels:\n{MODELS}",
        ", line 12, resource Models: Settings.limitModels[1].resetType must be one of notReset, daily",
    ),
    "master data that is no JSON text": (
        f"{MASTER}      NamespaceName: a\n      Settings: '{{'",
        ", line 7, resource Models: Settings line 1 column 2",
    ),
    "a tag that does not fit": (
        f"{LIMITS}      TransactionSetting:\n        EnableAutoRun: !!bool yes",
        ", line 8: yes is not a bool of JSON",
    ),
    "a name that forges a line": (
        HEAD + 'Resources:\n  "A\\nredeemd: 5 applied": {}',
        ", line 3, resource A\\nredeemd: 5 applied: Type must be",
    ),
    "more values than any template needs": ("a: [" + "1," * 600_000 + "1]", ", line 1: it has more than 250000 values"),
    "no YAML": ("a: ]", ", line 1: it is not YAML: "),
    "no JSON": ("{", ": it is not JSON: line 1 column 2"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_a_bad_template_is_refused(tmp_path, case):
    """Nothing listens at the address: no server is called."""
    text, said = REFUSED[case]
    path = tmp_path / "game.yaml"
    path.write_text(text)
    result = await run("apply", path, "--yes")
    assert result.exit_code == 1
    first, *_, last = result.output.splitlines()
    assert first.startswith(f"redeemd: {path}{said}")
    assert last == "redeemd: nothing was applied"


async def test_all_problems_are_reported_together(tmp_path):
    """Those of each resource, up to a limit."""
    resources = {f"R{number}": namespace("Limit", f"a:{number}") for number in range(30)}
    result = await run("apply", write(tmp_path / "game.json", resources))
    lines = result.output.splitlines()
    assert len(lines) == 22
    assert lines[-2:] == ["redeemd: and 10 more problems", "redeemd: nothing was applied"]


async def test_two_resources_of_the_same_are_refused(tmp_path):
    """A template that says two things of a document says neither."""
    models = document("Limit", "a", limitModels=[])
    result = await run("apply", write(tmp_path / "game.json", {"A": models, "B": models}))
    assert "resource B: A describes the same" in result.output


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\xff", "it is not UTF-8"), (b" " * 65, "it is longer than 64 bytes"), (None, "No such file")],
)
async def test_a_file_that_cannot_be_read_is_refused(tmp_path, monkeypatch, content, said):
    """Because of its encoding or size, or because there is none."""
    monkeypatch.setattr(reading, "FILE_BYTES_MAX", 64)
    path = tmp_path / "game.yaml"
    if content is not None:
        path.write_bytes(content)
    result = await run("apply", path)
    assert (result.exit_code, said in result.output) == (1, True)


async def test_json_has_the_bounds_of_json(tmp_path):
    """Depth, duplicate keys, numbers beyond 64 bits."""
    for text in ("[" * 40, '{"a":1,"a":2}', json.dumps({"a": 2**64})):
        (tmp_path / "game.json").write_text(text)
        result = await run("apply", tmp_path / "game.json")
        assert (result.exit_code, "it is not JSON: " in result.output) == (1, True)


async def test_without_pyyaml_a_sentence_says_what_to_install(tmp_path, monkeypatch):
    """JSON needs nothing."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    monkeypatch.delitem(sys.modules, "redeemd.cli.templates.yaml_text", raising=False)
    (tmp_path / "game.yaml").write_text("a: b")
    result = await run("apply", tmp_path / "game.yaml")
    expected = "redeemd: YAML templates need PyYAML: pip install 'redeemd[templates]'; JSON needs nothing\n"
    assert (result.exit_code, result.output) == (1, expected)


async def test_aliases_and_functions_are_bounded(tmp_path, monkeypatch):
    """Templates whose texts multiply are refused before that is done."""
    monkeypatch.setattr(wanted, "TEXT_MAX", 100_000)
    texts = {f"R{at}": f"!Join ['', [{','.join([f'!GetAttr R{at + 1}.Item.Name'] * 9)}]]" for at in range(12)}
    functions = {name: namespace("Limit", text) for name, text in texts.items()} | {"R12": namespace("Limit", "a")}
    aliases = {"A": namespace("Limit", "a", Description="${A}" * 1000)}
    for resources in (functions, aliases):
        path = write(tmp_path / "game.json", resources, Globals={"Alias": {"A": "a" * 1000}})
        result = await run("apply", path)
        assert "aliases and functions add more than 100,000 characters" in result.output
