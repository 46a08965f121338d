"""The example of each language does the same against a real server, also where the network loses responses."""

import functools
import subprocess

import pytest
from support import lacking
from support.clients import CLIENTS, NAMES, language_of, missing
from support.contract import REPOSITORY
from support.lossy import front_of
from support.process import serving
from support.reader import run

EXPECTED = (CLIENTS / "expected.txt").read_text(encoding="utf-8")
# Of every call of SerialKeyService; Use thrice, the same again, and refused twice.
LOST = {"CreateNamespace": 1, "UpdateCurrentCampaignMaster": 1, "GetCampaignModel": 1, "Issue": 1, "Use": 4}
pytestmark = pytest.mark.timeout(1800)  # the first build of a language fetches what it needs


@functools.cache
def generate(language):
    """Write the stubs of a language, once for all of its clients."""
    subprocess.run(["make", "--silent", f"generate-{language}"], cwd=REPOSITORY, check=True)


@pytest.fixture(scope="session", params=NAMES)
def client(request):
    """The command that runs a client, whose stubs were generated and which was built."""
    name = request.param
    if programs := missing(name):
        lacking.skip(f"the client in {name} needs {', '.join(programs)}")
    generate(language_of(name))
    if (build := CLIENTS / name / "build.sh").exists():
        subprocess.run([build], check=True)
    return CLIENTS / name / "run.sh"


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


async def test_a_client_does_not_notice_that_answers_are_lost(client, tmp_path):
    """Each call that was done first gets UNAVAILABLE: the published retry policy sends it again, safely."""
    async with serving(tmp_path) as (process, _), front_of(process.address) as (front, address):
        assert await printed(client, address, tmp_path) == EXPECTED
    assert {name: front.lost.count(name) for name in front.lost} == LOST
