"""`apply` has no effect when the server has everything already, however the template spells it."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import lacking
from support.deploy_templates import document, documents, namespace, namespaces, new_name, of_gs2_cdk, write

lacking.module("yaml")
pytestmark = pytest.mark.usefixtures("no_settings_of_the_developer")


async def test_json_says_the_same_as_yaml(cli, shop, tmp_path):
    """The server has all of the same template as JSON."""
    said = await cli("apply", of_gs2_cdk(tmp_path / "game.json", shop.name))
    assert "0 to create, 0 to change, 6 unchanged" in said


async def test_a_second_run_changes_nothing(cli, service, shop, tmp_path):
    """It says so without asking, and no revision changes."""
    before = [*await namespaces(service, shop.name), *await documents(service, shop.name)]
    said = await cli("apply", tmp_path / "game.yaml")
    assert said.splitlines()[-1] == "nothing to apply: the server has all of this already"
    assert [*await namespaces(service, shop.name), *await documents(service, shop.name)] == before


async def test_a_request_as_json_text_is_the_same_as_an_object(cli, shop, tmp_path):
    """The documents of the vendor's console have text there."""
    item = (await documents(shop.service, shop.name))[1]
    settings = json.loads(item.settings)
    for action in settings["rateModels"][0]["consumeActions"]:
        action["request"] = json.dumps(action["request"])
    resource = document("Exchange", shop.name, rateModels=settings["rateModels"])
    resource["Properties"]["Settings"] = json.dumps(resource["Properties"]["Settings"])
    path = write(tmp_path / "text.json", {"Rates": resource})
    assert "nothing to apply" in await cli("apply", path)


NAMES = st.sampled_from(["a", "b", "c.d", "-"])
CAMPAIGN = st.fixed_dictionaries(
    {"enableCampaignCode": st.booleans()}, optional={"metadata": st.none() | st.sampled_from(["", "x", "\u00e9\n'\"!"])}
)
LIMIT = st.fixed_dictionaries(
    {"resetType": st.sampled_from(["notReset", "daily"])}, optional={"resetHour": st.none() | st.integers(0, 23)}
)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "Description": st.none() | st.sampled_from(["", "a", "b"]),
        "LogSetting": st.just({"LoggingNamespaceId": "grn:gs2:{region}:{ownerId}:log:x"}),
        "TransactionSetting": st.fixed_dictionaries(
            {}, optional={"EnableAutoRun": st.booleans(), "KeyId": st.none() | st.sampled_from(["", "k"])}
        ),
    },
)


def models(kind):
    """Generate lists of models whose names differ."""
    return st.dictionaries(NAMES, kind, max_size=3).map(
        lambda by_name: [{"name": name, **model} for name, model in by_name.items()]
    )


TEMPLATES = st.tuples(SETTINGS, SETTINGS, models(CAMPAIGN), models(LIMIT))


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=TEMPLATES, second=TEMPLATES)
async def test_applying_twice_is_applying_once(service, cli, tmp_path_factory, first, second):
    """Whatever was there before: the second time nothing is to be applied, and the dry run says so."""
    name, folder = new_name(), tmp_path_factory.mktemp("templates")
    for codes, limits, campaign_models, limit_models in (first, second):
        path = write(
            folder / "game.json",
            {
                "Campaigns": document("SerialKey", name, campaignModels=campaign_models),
                "Codes": namespace("SerialKey", name, **codes),
                "LimitModels": document("Limit", name, limitModels=limit_models),
                "Limits": namespace("Limit", name, **limits),
            },
        )
        await cli("apply", path, "--yes")
        assert "0 to create, 0 to change, 4 unchanged" in await cli("apply", path, "--dry-run")
    found = (await service.call("DescribeCampaignModels", namespace_name=name)).items
    assert sorted(model.name for model in found) == sorted(model["name"] for model in second[2])
