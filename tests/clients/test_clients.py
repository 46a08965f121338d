"""The example of each language does the same against a real server, also where the network loses responses."""

import pytest
from support.clients import CLIENTS
from support.contract import REPOSITORY
from support.lossy import front_of
from support.process import serving
from support.reader import run

EXPECTED = (CLIENTS / "expected.txt").read_text(encoding="utf-8")
# Of every call of SerialKeyService; Use thrice, the same again, and refused twice.
LOST = {"CreateNamespace": 1, "UpdateCurrentCampaignMaster": 1, "GetCampaignModel": 1, "Issue": 1, "Use": 4}
# Those with a layer list the codes in three pages; those in Go and Python redeem the last code in a batch.
LISTED = LOST | {"DescribeSerialKeys": 3}
LOST_OF = dict.fromkeys(("go", "python"), LISTED | {"Use": 3, "BatchUse": 1}) | {"typescript": LISTED}
pytestmark = pytest.mark.timeout(1800)  # the first build of a language fetches what it needs


async def printed(client, address, folder):
    """Run a client against a server; return what it printed."""
    return await run(
        str(client),
        folder,
        REDEEMD_ADDRESS=address,
        REDEEMD_KEY_FILE=str(folder / "admin.key"),
        REDEEMD_SERVICE_CONFIG=str(REPOSITORY / "generated" / "descriptors" / "service_config.json"),
    )


async def test_a_client_does_and_prints_what_all_do(client, tmp_path):
    """Log in, make a campaign, issue, export, redeem, be refused, watch, and meet a deadline."""
    async with serving(tmp_path) as (process, _):
        assert await printed(client, process.address, tmp_path) == EXPECTED


async def test_lost_responses_are_invisible_to_a_client(client, tmp_path):
    """Each call that was done first gets UNAVAILABLE: the published retry policy sends it again, safely."""
    async with serving(tmp_path) as (process, _), front_of(process.address) as (front, address):
        assert await printed(client, address, tmp_path) == EXPECTED
    assert {name: front.lost.count(name) for name in front.lost} == LOST_OF.get(client.parent.name, LOST)
