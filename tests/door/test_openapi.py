"""The OpenAPI document of the door: valid, complete, and served with its viewer where it is switched on."""

import json
import re

import pytest
from redeemd import config
from redeemd.contract import paths
from support import lacking
from support.contract import REPOSITORY
from support.door import METHODS_WITH_PATHS
from support.service import running

DOCUMENT = REPOSITORY / "docs/reference/openapi.json"
VIEWER = REPOSITORY / "server/redeemd/door/viewer"


@pytest.fixture(scope="module")
def document():
    """The committed document; `make check-generated` compares it with the protos."""
    return json.loads(DOCUMENT.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
async def describing(tmp_path_factory):
    """A server that shows the document."""
    async with running(tmp_path_factory.mktemp("docs"), api_docs=True) as service:
        yield service


async def get(service, path):
    """Request a path of the HTTP side."""
    return await service.http("GET", f"http://127.0.0.1:{service.http_port}{path}")


def test_the_document_is_valid(document):
    """By the schemas of OpenAPI 3.1."""
    assert document["openapi"].startswith("3.1.")
    lacking.module("openapi_spec_validator").validate(document)


def test_every_path_is_in_the_document(document):
    """With its HTTP method, and the name of a parameter for each variable segment, and nothing else is."""
    described = {
        (verb.upper(), re.sub(r"\{\w+\}", "{}", path)) for path, verbs in document["paths"].items() for verb in verbs
    }
    served = {
        (verb, "/" + "/".join("{}" if part.startswith(("{", "*")) else part for part in segments))
        for method in METHODS_WITH_PATHS
        for verb, segments in paths.of(method)
    }
    assert described == served


def test_every_parameter_of_a_path_is_described(document):
    """As one that is required."""
    for path, verbs in document["paths"].items():
        for operation in verbs.values():
            described = {each["name"] for each in operation["parameters"] if each.get("in") == "path"}
            assert described == set(re.findall(r"\{(\w+)\}", path)), path


async def test_the_document_and_its_viewer_are_served(describing):
    """As they are committed, and the viewer may load nothing from elsewhere."""
    served = await get(describing, "/openapi.json")
    assert (served.status, served.headers["Content-Type"]) == (200, "application/json")
    assert served.body == DOCUMENT.read_bytes()
    page = await get(describing, "/docs")
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "unsafe-eval" not in policy
    script = await get(describing, "/" + re.search(r'src="([^"]+)"', page.text)[1])
    assert (script.status, script.body) == (200, (VIEWER / "rapidoc-min.js").read_bytes())
    assert not re.search(r"https?://", page.text)


async def test_an_unchanged_document_is_not_sent_again(describing):
    """A browser that has it asks whether it has changed."""
    url = f"http://127.0.0.1:{describing.http_port}/openapi.json"
    tag = (await describing.http("GET", url)).headers["ETag"]
    assert (await describing.http("GET", url, headers={"If-None-Match": tag})).status == 304


@pytest.mark.parametrize("header", [{"Range": "bytes=9-1"}, {"Range": "x"}, {"If-Match": '"other"'}])
async def test_the_document_is_sent_as_a_whole(describing, header):
    """Ranges and conditions of changes are ignored: aiohttp would refuse them without a body."""
    served = await describing.http("GET", f"http://127.0.0.1:{describing.http_port}/openapi.json", headers=header)
    assert (served.status, served.body) == (200, DOCUMENT.read_bytes())


async def test_nothing_is_shown_unless_it_is_switched_on(service):
    """The document says what there is to attack."""
    assert {(await get(service, path)).status for path in ("/openapi.json", "/docs", "/docs/rapidoc-min.js")} == {404}


def test_a_door_that_is_closed_is_not_described(tmp_path):
    """The settings contradict each other."""
    with pytest.raises(config.ConfigError, match="api_docs"):
        config.load(data=tmp_path, api_docs=True, json_door=False)
