"""`apply`, against a server that runs: what a template says is created, changed, shown, and left alone."""

import asyncio
import json

import pytest
from redeem.common.v1 import common_pb2
from redeem.exchange.v1 import requests_pb2 as exchange_pb
from redeem.limit.v1 import requests_pb2 as limit_pb
from support import lacking
from support.cli import run
from support.deploy_templates import document, documents, namespace, namespaces, new_name, of_gs2_cdk, write
from support.exchanges import action
from support.service import running

lacking.module("yaml")
pytestmark = pytest.mark.usefixtures("no_settings_of_the_developer")


async def test_a_template_of_gs2_cdk_runs(service, shop):
    """Its settings and models are in force, and its rate exchanges a code for another code."""
    codes, exchange, _ = await namespaces(service, shop.name)
    assert exchange.description == "#1: codes for gifts"
    assert exchange.transaction_setting.enable_atomic_commit
    assert exchange.log_setting.logging_namespace_id == "grn:gs2:{region}:{ownerId}:log:audit"
    assert codes.description == f"grn:gs2:{{region}}:{{ownerId}}:limit:{shop.name}"
    request = exchange_pb.ExchangeByUserIdRequest(
        namespace_name=shop.name,
        rate_name="welcome",
        user_id="alice",
        count=1,
        config=[common_pb2.Config(key="code", value="welcome")],
    )
    result = await service.exchanges.ExchangeByUserId(request, metadata=service.admin)
    [acquired] = result.transaction_result.acquire_results
    assert json.loads(acquired.acquire_result)["item"]["campaignModelName"] == "thanks"


async def test_a_dry_run_shows_each_difference_and_changes_none(cli, service, shop, tmp_path):
    """Settings by their names, models that are added, changed with their fields, or removed."""
    before = [*await namespaces(service, shop.name), *await documents(service, shop.name)]
    text = (tmp_path / "game.yaml").read_text()
    for old, new in [
        ("EnableAtomicCommit: true", "EnableAtomicCommit: false"),
        ("maxValue: 2", "maxValue: 3"),
        ("name: thanks", "name: hello"),
    ]:
        text = text.replace(old, new)
    (tmp_path / "other.yaml").write_text(text)
    said = await cli("apply", tmp_path / "other.yaml", "--dry-run")
    assert [line.strip() for line in said.splitlines() if line.startswith("    ")] == [
        "~ TransactionSetting.EnableAtomicCommit: true -> false",
        "~ rateModels[welcome].consumeActions[1].request.maxValue: 2 -> 3",
        '- campaignModels[thanks]: {"enableCampaignCode":false,"name":"thanks"}',
        '+ campaignModels[hello]: {"enableCampaignCode":false,"name":"hello"}',
    ]
    assert said.splitlines()[-1] == "0 to create, 3 to change, 3 unchanged"
    assert [*await namespaces(service, shop.name), *await documents(service, shop.name)] == before


async def test_programs_get_an_object_for_each_resource(cli, tmp_path):
    """With what becomes of it, whether that was done, and the changes."""
    name = new_name()
    path = write(
        tmp_path / "game.json",
        {"Limits": namespace("Limit", name, Description="a"), "Bag": namespace("Inventory", name)},
    )
    arguments = ("apply", path, "--json", "--ignore-other-services")
    planned, other = map(json.loads, (await cli(*arguments, "--dry-run")).splitlines())
    assert planned == {
        "resource": "Limits",
        "type": "GS2::Limit::Namespace",
        "namespaceName": name,
        "outcome": "create",
        "applied": False,
        "changes": [{"path": "Description", "after": "a"}],
    }
    assert other == {
        "resource": "Bag",
        "type": "GS2::Inventory::Namespace",
        "outcome": "notApplied",
        "applied": False,
    }
    done, _ = map(json.loads, (await cli(*arguments, "--yes")).splitlines())
    assert done == {**planned, "applied": True}


async def test_resources_of_other_services_are_named(cli, service, tmp_path):
    """And nothing is applied, unless they are to be ignored."""
    name = new_name()
    resources = {"Limits": namespace("Limit", name), "Bag": namespace("Inventory", name)}
    path = write(tmp_path / "game.json", resources)
    said = await cli("apply", path, "--yes", code=1)
    assert "resource Bag: GS2::Inventory::Namespace belongs to a service that is not here" in said
    request = limit_pb.DescribeNamespacesRequest(name_prefix=name)
    assert not (await service.limits.DescribeNamespaces(request, metadata=service.admin)).items
    said = await cli("apply", path, "--yes", "--ignore-other-services")
    assert "! GS2::Inventory::Namespace (Bag) belongs to another service and is not applied" in said
    assert (await service.limits.DescribeNamespaces(request, metadata=service.admin)).items


async def test_actions_that_are_not_here_are_shown(tmp_path, no_settings_of_the_developer):  # noqa: ARG001 -- wanted for its effect
    """In the plan, for people and for programs, with those nested in requests that are JSON text."""
    bag, fee = "Gs2Inventory:AcquireItemSetByUserId", "Gs2Money:WithdrawByUserId"
    handlers = tmp_path / "handlers.json"
    handlers.write_text(
        json.dumps({name.partition(":")[0]: {"notHere": [name.partition(":")[2]]} for name in (bag, fee)})
    )
    inside = {"userId": "#{userId}", "trueActions": [action(fee)], "falseActions": [], "condition": action(fee)}
    rate = {"name": "a", "acquireActions": [{"action": bag, "request": {}}]}
    other = {"name": "b", "consumeActions": [action("Gs2Distributor:IfExpressionByUserId", **inside)]}
    name = new_name()
    resources = {
        "Game": namespace("Exchange", name),
        "Rates": document("Exchange", name, rateModels=[rate, other], incrementalRateModels=[]),
    }
    path = write(tmp_path / "game.json", resources)
    async with running(tmp_path / "data", action_handlers=handlers) as service:
        there = ["--server", f"127.0.0.1:{service.port}", "--key-file", service.settings.data / "admin.key"]
        said = (await run("apply", path, "--dry-run", *there)).stdout.splitlines()
        assert [line.strip() for line in said if line.startswith("    !")] == [
            f"! {each} is not here: what would run it is refused" for each in (bag, fee)
        ]
        planned = (await run("apply", path, "--dry-run", "--json", *there)).stdout.splitlines()
        assert [json.loads(line).get("actionsNotHere") for line in planned] == [None, [bag, fee]]


async def test_where_nobody_can_be_asked_nothing_is_applied(cli, service, tmp_path):
    """Without --yes."""
    name = new_name()
    path = write(tmp_path / "game.json", {"Limits": namespace("Limit", name)})
    assert "add --yes to apply the template" in await cli("apply", path, code=1)
    request = limit_pb.DescribeNamespacesRequest(name_prefix=name)
    assert not (await service.limits.DescribeNamespaces(request, metadata=service.admin)).items


async def test_settings_that_the_template_does_not_name_stay(cli, world, tmp_path):
    """One that it names as an empty text is cleared."""
    await world.call("UpdateNamespace", description="old")
    await world.limit_guesses(burst=7)
    path = write(tmp_path / "game.json", {"Codes": namespace("SerialKey", world.name, Description="")})
    assert '- Description: "old"' in await cli("apply", path, "--yes")
    item = (await world.call("GetNamespace")).item
    assert (item.HasField("description"), item.guess_limit.burst) == (False, 7)
    assert "nothing to apply" in await cli("apply", path)


async def test_another_editor_is_not_overwritten(cli, world, tmp_path, monkeypatch):
    """A document that changed while a person looked at the plan stays as it is."""
    loop = asyncio.get_running_loop()

    def confirm(*_arguments, **_options):
        asyncio.run_coroutine_threadsafe(world.put_in_force("spring", "theirs"), loop).result()

    monkeypatch.setattr("redeemd.cli.apply.confirm", confirm)
    ours = document("SerialKey", world.name, campaignModels=[{"name": "ours"}])
    path = write(tmp_path / "game.json", {"Codes": ours})
    said = await cli("apply", path, code=1)
    assert "MASTER_DATA_CHANGED" in said
    assert "0 of 1 changes were applied; once the cause is gone, run the command again for the others" in said
    models = (await world.call("DescribeCampaignModels")).items
    assert [model.name for model in models] == ["spring", "theirs"]


async def test_a_refusal_of_the_server_names_the_line(cli, service, tmp_path):
    """An action of a service that is not here; the namespaces are there, and the next run does the rest."""
    name = new_name()
    path = of_gs2_cdk(tmp_path / "game.yaml", name)
    good = path.read_text()
    path.write_text(good.replace("Gs2SerialKey:IssueOnce", "Gs2Inventory:AcquireItemSetByUserId"))
    [line] = [number for number, text in enumerate(path.read_text().splitlines(), 1) if "Gs2Inventory" in text]
    said = await cli("apply", path, "--yes", code=1)
    action = "Settings.rateModels[0].acquireActions[0].action is not the name of an action that this server runs"
    assert f"game.yaml, line {line}, resource Exchange_CurrentRateMaster_{name}: {action}" in said
    assert "3 of 6 changes were applied" in said
    path.write_text(good)
    assert "3 to create, 0 to change, 3 unchanged" in await cli("apply", path, "--yes")
    assert len(await documents(service, name)) == 3


async def test_master_data_needs_a_namespace(cli, tmp_path):
    """Of the server or of the template."""
    name = new_name()
    path = write(tmp_path / "game.json", {"Codes": document("Limit", name, limitModels=[])})
    said = await cli("apply", path, "--yes", code=1)
    assert f"NamespaceName names {name}, which is neither on the server nor in the template" in said


async def test_aliases_and_functions_are_evaluated(cli, service, tmp_path):
    """As tags of YAML or as texts; GRNs have the placeholders that redeemd reads as its own region and owner."""
    name = new_name()
    (tmp_path / "game.yaml").write_text(
        f"""
        GS2TemplateFormatVersion: "2019-05-01"
        Globals: {{Alias: {{Game: {name}}}}}
        Resources:
          Log: {{Type: "GS2::Log::Namespace", Properties: {{Name: "${{Game}}-log"}}}}
          Limits:
            Type: GS2::Limit::Namespace
            Properties:
              Name: ${{Game}}
              Description: !Join ["/", [!GetAttr Log.Item.Name, "!GetAttr Gs2::Region", "${{Other}}"]]
              LogSetting: {{LoggingNamespaceId: !GetAttr Log.Item.NamespaceId}}
        """
    )
    await cli("apply", tmp_path / "game.yaml", "--yes", "--ignore-other-services")
    request = limit_pb.GetNamespaceRequest(namespace_name=name)
    item = (await service.limits.GetNamespace(request, metadata=service.admin)).item
    assert item.description == f"{name}-log/{{region}}/${{Other}}"
    assert item.log_setting.logging_namespace_id == f"grn:gs2:{{region}}:{{ownerId}}:log:{name}-log"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!Join ['-', ['a', '!GetAttr Limits.Item.Name']]", "a-NAME"),
        ("!Join ['', [!GetAttr Gs2::OwnerId,b c]]", "{ownerId}b c"),
        ('!Join [", ", ["a,b", "" , \'"\']]', 'a,b, , "'),
        ("!Join ['-', []]", ""),
        ("!GetAttr Limits.Item.NamespaceId", "grn:gs2:{region}:{ownerId}:limit:NAME"),
        ("!GetAttribute", "!GetAttribute"),
        ("!Joiner !Join", "!Joiner !Join"),
    ],
)
async def test_functions_are_texts_in_json(cli, tmp_path, text, value):
    """As gs2-cdk writes them: with the parts of a list in quotes or without. Other texts stay as they are."""
    name = new_name()
    path = write(tmp_path / "game.json", {"Limits": namespace("Limit", name, Description=text)})
    [planned] = (await cli("apply", path, "--dry-run", "--json")).splitlines()
    expected = [{"path": "Description", "after": value.replace("NAME", name)}] if value else []
    assert json.loads(planned)["changes"] == expected
