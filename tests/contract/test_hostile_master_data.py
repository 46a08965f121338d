"""Master data documents that break a rule: refused by the path of what is wrong, and what is in force stays."""

import json

import pytest
from support.service import refused

VERSION = "2022-09-13"
GOOD = {"name": "spring", "metadata": "{}", "enableCampaignCode": True}


def _document(*models, **more):
    return json.dumps({"version": VERSION, "campaignModels": list(models)} | more)


def _with_text(text):
    """Make a document of which a value, inside a field that the service does not know, is JSON text as it is."""
    return f'{{"version": "{VERSION}", "campaignModels": [{{"name": "summer", "more": {text}}}]}}'


def _nested(depth):
    """Make a document of this depth."""
    return _with_text("[" * (depth - 3) + "]" * (depth - 3))


async def _in_force(world):
    """Return what players and operators see of the master data."""
    current = await world.call("GetCurrentCampaignMaster")
    return current.item, list((await world.call("DescribeCampaignModels")).items)


async def _refused(world, settings, *fields, error_type="invalid"):
    """Check that a document is refused for these paths and that nothing changed."""
    before = await _in_force(world)
    with refused("MASTER_DATA_INVALID") as refusal:
        await world.call("UpdateCurrentCampaignMaster", settings=settings)
    assert refusal.fields == list(fields)
    assert refusal.metadata["component"] == "settings"
    assert refusal.metadata["error_type"] == error_type
    assert await _in_force(world) == before


NO_JSON = {
    "blank": " ",
    "cut off": _document(GOOD)[:-1],
    "two documents": _document(GOOD) * 2,
    "something after it": _document(GOOD) + "x",
    "a comment": _document(GOOD) + " // spring",
    "a byte order mark": "\ufeff" + _document(GOOD),
    "a comma too many": _with_text("[1,]"),
    "single quotes": _with_text("'x'"),
    "a line end in a string": _with_text('"\n"'),
    "an unknown escape": _with_text(r'"\x41"'),
    "NaN": _with_text("NaN"),
    "Infinity": _with_text("Infinity"),
    "minus Infinity": _with_text("-Infinity"),
    "a float beyond 64 bits": _with_text("1e999"),
    "a negative float beyond 64 bits": _with_text("-1e999"),
    "an integer of 20 digits": _with_text("1" * 20),
    "one more than 64 bits hold": _with_text(str(2**63)),
    "one less than 64 bits hold": _with_text(str(-(2**63) - 1)),
    "an integer of 5000 digits": _with_text("1" * 5000),
    "depth 33": _nested(33),
    "depth 100,000": "[" * 100_000,
    "objects in depth 33": _with_text('{"a":' * 30 + "1" + "}" * 30),
    "an escaped U+0000": _with_text(r'"\u0000"'),
    "an escaped U+0000 in a key": _with_text(r'{"\u0000": 1}'),
    "a lone surrogate": _with_text(r'"\ud800"'),
    "a lone surrogate in a key": _with_text(r'{"\udc00": 1}'),
    "surrogates in the wrong order": _with_text(r'"\ude00\ud83d"'),
    "a key twice": _with_text('{"a": 1, "a": 1}'),
    "the version twice": f'{{"version": "{VERSION}", "version": "{VERSION}", "campaignModels": []}}',
}


@pytest.mark.parametrize("settings", NO_JSON.values(), ids=NO_JSON.keys())
async def test_text_that_is_no_json_of_ours_is_refused(world, settings):
    """Broken JSON, and JSON that other readers read in different ways, is refused as a whole."""
    await _refused(world, settings, "settings")


FINE_JSON = {
    "depth 32": _nested(32),
    "brackets in a string": _with_text(json.dumps("[{" * 100)),
    "the greatest integer": _with_text(str(2**63 - 1)),
    "the least integer": _with_text(str(-(2**63))),
    "a surrogate pair": _with_text(r'"\ud83d\ude00"'),
    "white space around it": f"\n\t {_document(GOOD)} \r\n",
}


@pytest.mark.parametrize("settings", FINE_JSON.values(), ids=FINE_JSON.keys())
async def test_json_at_the_limits_is_taken(world, settings):
    """A document at the limit is put in force, word for word."""
    await world.call("UpdateCurrentCampaignMaster", settings=settings)
    assert (await _in_force(world))[0].settings == settings


@pytest.mark.parametrize("settings", ["[]", "null", "1", '"x"', "true"])
async def test_a_document_that_is_no_object_is_refused(world, settings):
    """JSON of another kind than an object is refused as a whole."""
    await _refused(world, settings, "settings")


@pytest.mark.parametrize("version", ["2022-09-14", "", "2022-09-13 ", 20220913, [VERSION], {}, False])
async def test_another_version_is_refused(world, version):
    """The version has to be the documented one, as a string."""
    await _refused(world, _document(GOOD, version=version), "settings.version")


@pytest.mark.parametrize(
    "settings",
    [json.dumps({"campaignModels": [GOOD]}), _document(GOOD, version=None), "{}"],
    ids=["absent", "null", "empty document"],
)
async def test_a_document_without_version_is_refused(world, settings):
    """The version is required, and null is absence."""
    await _refused(world, settings, "settings.version", error_type="require")


@pytest.mark.parametrize("models", [{}, "spring", 1, True, {"name": "spring"}])
async def test_campaigns_that_are_no_list_are_refused(world, models):
    """campaignModels has to be a list."""
    await _refused(world, _document(campaignModels=models), "settings.campaignModels")


@pytest.mark.parametrize("model", [None, "spring", 1, True, [], [GOOD]])
async def test_a_campaign_that_is_no_object_is_refused(world, model):
    """Refused by its place in the list; null is no campaign either."""
    await _refused(world, _document(GOOD, model), "settings.campaignModels[1]")


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("name", [1, 1.5, True, [], {}]),
        ("metadata", [1, False, [], {}]),
        ("enableCampaignCode", ["true", 1, 0, [], {}]),
    ],
)
async def test_a_value_of_another_type_is_refused(world, field, values):
    """Nothing is converted silently: the refusal has the path of the value."""
    for value in values:
        await _refused(world, _document(GOOD | {field: value}), f"settings.campaignModels[0].{field}")


@pytest.mark.parametrize("model", [{}, {"metadata": "x"}, {"name": None}, {"Name": "spring"}])
async def test_a_campaign_without_name_is_refused(world, model):
    """The name is required, and null is absence."""
    await _refused(world, _document(model), "settings.campaignModels[0].name", error_type="require")


@pytest.mark.parametrize("name", ["a:b", "a/b", "a b", "\u00e9", "spring\n", "a" * 129, "\U0001f600"])
async def test_a_campaign_with_a_bad_name_is_refused(world, name):
    """Names in master data keep the rules of names in requests."""
    await _refused(world, _document(GOOD | {"name": name}), "settings.campaignModels[0].name")


async def test_an_empty_name_is_refused(world):
    """As a name that is missing, or one that is none."""
    with refused("MASTER_DATA_INVALID") as refusal:
        await world.call("UpdateCurrentCampaignMaster", settings=_document(GOOD | {"name": ""}))
    assert set(refusal.fields) == {"settings.campaignModels[0].name"}


async def test_metadata_that_is_too_long_is_refused(world):
    """2048 characters pass, whatever their bytes, and one more is tooLong."""
    model = GOOD | {"metadata": "\U0001f600" * 2048}
    await world.call("UpdateCurrentCampaignMaster", settings=_document(model))
    model["metadata"] += "a"
    await _refused(world, _document(model), "settings.campaignModels[0].metadata", error_type="tooLong")


async def test_a_name_that_stands_twice_is_refused(world):
    """Refused at each repetition, not at the first one."""
    settings = _document(GOOD, {"name": "summer"}, GOOD, {"name": "spring"})
    paths = ["settings.campaignModels[2].name", "settings.campaignModels[3].name"]
    await _refused(world, settings, *paths, error_type="duplicate")


@pytest.mark.parametrize("model", [{"metadata": "x"}, {"name": 1}, None], ids=["no name", "no text", "no object"])
async def test_a_campaign_without_a_usable_name_does_not_repeat_one(world, model):
    """Two of them are refused for what each lacks, and not as the same name twice."""
    with refused("MASTER_DATA_INVALID") as alone:
        await world.call("UpdateCurrentCampaignMaster", settings=_document(model))
    (path,) = alone.fields
    await _refused(
        world, _document(model, model), path, path.replace("[0]", "[1]"), error_type=alone.metadata["error_type"]
    )


async def test_a_thousand_campaigns_are_taken_and_one_more_is_too_many(world):
    """The documented maximum."""
    models = [{"name": f"campaign-{number}"} for number in range(1001)]
    await world.call("UpdateCurrentCampaignMaster", settings=_document(*models[:1000]))
    assert len((await _in_force(world))[1]) == 1000
    await _refused(world, _document(*models), "settings.campaignModels", error_type="tooMany")


async def test_absent_values_may_be_null(world):
    """null in a field that is not required is absence, as is a missing list."""
    model = {"name": "spring", "metadata": None, "enableCampaignCode": None}
    await world.call("UpdateCurrentCampaignMaster", settings=_document(model))
    (found,) = (await _in_force(world))[1]
    assert not found.HasField("metadata")
    assert not found.enable_campaign_code
    await world.call("UpdateCurrentCampaignMaster", settings=_document(campaignModels=None))
    assert (await _in_force(world))[1] == []


async def test_an_id_in_the_document_is_not_taken(world):
    """Ids are the server's: one that comes along is ignored."""
    before = (await _in_force(world))[1][0].campaign_id
    await world.call("UpdateCurrentCampaignMaster", settings=_document(GOOD | {"campaignId": "grn:mine"}))
    assert (await _in_force(world))[1][0].campaign_id == before


async def test_everything_that_is_wrong_is_reported(world):
    """Each broken model is reported by its own path, at most twenty of them; the first one names the error type."""
    models = [{"metadata": "x"}, GOOD, {"name": "a:b"}, {"name": "summer", "metadata": 1}, GOOD]
    paths = [f"settings.campaignModels{end}" for end in ("[0].name", "[2].name", "[3].metadata", "[4].name")]
    await _refused(world, _document(*models), *paths, error_type="require")
    many = [f"settings.campaignModels[{index}].name" for index in range(20)]
    await _refused(world, _document(*({"name": f"{index}:"} for index in range(30))), *many)


async def test_the_first_document_is_refused_like_any(service):
    """A namespace without master data has none after a refusal."""
    world = await service.world()
    empty = type(world)(service, f"{world.name}-empty")
    await service.call("CreateNamespace", name=empty.name)
    with refused("MASTER_DATA_INVALID"):
        await empty.call("UpdateCurrentCampaignMaster", settings=_document(GOOD, GOOD))
    with refused("CURRENT_CAMPAIGN_MASTER_NOT_FOUND"):
        await empty.call("GetCurrentCampaignMaster")
