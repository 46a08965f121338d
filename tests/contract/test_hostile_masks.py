"""Update masks, and documents too large, that break a rule: refused as what they are."""

import pytest
from support.service import refused

ASTRAL = "\U0001f600"
_MIB = 1024 * 1024


async def test_settings_of_a_character_too_many_are_refused_as_settings(service):
    """A document beyond its limit gets through the transport and is refused by name."""
    with refused("VALIDATION_FAILED") as refusal:
        await service.call("UpdateCurrentCampaignMaster", namespace_name="every-rpc", settings=" " * (5 * _MIB + 1))
    assert refusal.fields == ["settings"]


@pytest.mark.parametrize(
    "path", ["", "name", "revision", "no_such", "log_setting.logging_namespace_id", "*", "\x00", ASTRAL]
)
async def test_an_update_mask_names_the_entitys_own_fields_and_nothing_else(world, path):
    """Bookkeeping, nested, unknown and empty paths are refused by their place in the mask."""
    with refused("VALIDATION_FAILED") as refusal:
        await world.call("UpdateNamespace", update_mask={"paths": ["description", path]})
    assert refusal.fields == ["update_mask.paths[1]"]


async def test_an_update_mask_of_too_many_paths_is_refused_as_a_list(world):
    """The mask is not a message of ours, and has no rule of its own; no path of it is looked at."""
    with refused("VALIDATION_FAILED") as refusal:
        await world.call("UpdateNamespace", update_mask={"paths": [""] * 101})
    assert refusal.fields == ["update_mask.paths"]
