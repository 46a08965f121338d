"""The REST side of the JSON door: every path calls its method, and every response is the documented JSON."""

import asyncio
import gzip
import json

import pytest
from multidict import CIMultiDict
from redeem.serialkey.v1 import serialkey_service_pb2
from support.contract import everything
from support.door import METHODS_WITH_PATHS, ask, call
from support.http import ask as ask_raw
from support.http import exchange
from support.patience import WAIT_SECONDS
from yarl import URL

USE = serialkey_service_pb2.DESCRIPTOR.services_by_name["SerialKeyService"].methods_by_name["Use"]
PAGE = "https://game.example"
MEBIBYTE = 1024 * 1024


@pytest.fixture
async def world(service):
    """A namespace of the test's own, with the campaign `spring` in force."""
    return await service.world()


def paths_in(reply):
    """Return the documented message of each error, without its explanation."""
    assert reply.status == 400
    return {error["message"].partition(":")[0] for error in reply.errors}


async def create(service, **options):
    """Create a namespace."""
    return await ask(service, "POST", "/serial-key", service.admin, **options)


@pytest.mark.parametrize("method", METHODS_WITH_PATHS, ids=lambda method: method.full_name)
async def test_every_path_calls_its_method(service, method):
    """A valid request succeeds, or is refused with the documented body."""
    reply = await call(service, method, await everything(service, method))
    last = service.heard.events("call")[-1]
    assert last["method"] == f"{method.containing_service.full_name}/{method.name}"
    assert isinstance(reply.body, dict)
    if reply.status != 200:
        assert reply.errors
        assert all(error.keys() == {"component", "message", "code"} for error in reply.errors)
        assert reply.body["metadata"]["reason"] == last["reason"]


async def test_a_player_redeems_a_code_and_learns_why_not(service, world):
    """The documented codes of a used and of an unknown code come first."""
    [code] = await world.codes()
    token = ("x-access-token", await service.token("alice"))
    path = f"/serial-key/{world.name}/user/me/serialKey"
    used = await ask(service, "POST", path, [token], json={"code": code})
    assert (used.status, used.body["item"]["status"], used.body["item"]["usedUserId"]) == (200, "USED", "alice")
    again = await ask(service, "POST", path, [token], json={"code": code})
    assert (again.status, again.errors[0]["code"]) == (400, "code.status.invalid")
    unknown = await ask(service, "POST", path, [token], json={"code": "wrong"})
    assert (unknown.status, unknown.errors[0]["code"]) == (404, "code.code.notFound")


async def test_responses_are_complete(service, world):
    """Numbers are numbers, defaults are filled in, empty lists are there, and the id of a request comes back."""
    headers = {"X-GS2-REQUEST-ID": "mine"}
    listed = await ask(
        service, "GET", f"/serial-key/{world.name}/campaign/spring/issue", service.admin, headers=headers
    )
    assert listed.body == {"items": [], "metadata": {"requestId": "mine"}}
    got = await ask(service, "GET", f"/serial-key/{world.name}/campaign/spring", service.admin)
    assert got.body["item"]["enableCampaignCode"] is False
    created = await create(service, json={"name": f"{world.name}-2"})
    assert isinstance(created.body["item"]["createdAt"], int)


async def test_null_is_absence(service, world):
    """In JSON, as the text of a query, and as a segment of a path, which never names a thing."""
    query = {"pageToken": "null", "limit": "null", "namePrefix": "null"}
    assert (await ask(service, "GET", "/serial-key", service.admin, params=query)).status == 200
    body = {"name": f"{world.name}-3", "description": None, "logSetting": None, "contextStack": None, "unknown": 1}
    assert (await create(service, json=body)).status == 200
    absent = await ask(service, "GET", "/serial-key/null/status", service.admin)
    assert (absent.status, absent.body["metadata"]["reason"]) == (400, "VALIDATION_FAILED")


@pytest.mark.parametrize(
    ("segment", "user"), [("a+b", "a+b"), ("50%25", "50%"), ("a%2Fb%20%C3%A9", "a/b é"), ("%2541", "%41")]
)
async def test_segments_are_decoded_once(service, world, segment, user):
    """A plus is a plus, and a value may have a percent sign or a slash."""
    [code] = await world.codes()
    path = f"/serial-key/{world.name}/user/{segment}/serialKey"
    used = await ask(service, "POST", path, service.admin, json={"code": code})
    assert used.body["item"]["usedUserId"] == user


async def test_literal_segments_precede_variable_ones(service, world):
    """/user/me/ is the player of the token, not a player called `me`."""
    refused = await ask(
        service, "POST", f"/serial-key/{world.name}/user/me/serialKey", service.admin, json={"code": "x"}
    )
    assert (refused.status, refused.body["metadata"]["reason"]) == (401, "CREDENTIAL_MISSING")


async def test_each_violation_is_an_error_with_its_path(service):
    """With the documented prefix, so that an SDK that shows messages alone shows what is wrong."""
    reply = await create(service, json={"name": "a b", "description": "x" * 2000, "logSetting": "wrong"})
    assert reply.status == 400
    assert [error["message"].partition(":")[0] for error in reply.errors] == [
        "serialKey.namespace.logSetting.error.invalid"
    ]
    reply = await create(service, json={"name": "a b", "description": "x" * 2000})
    assert {error["message"].partition(":")[0] for error in reply.errors} == {
        "serialKey.namespace.name.error.invalid",
        "serialKey.namespace.description.error.tooLong",
    }


@pytest.mark.parametrize(
    ("verb", "path", "status"),
    [
        ("GET", "/serial-key/a/b/c/d/e/f/g", 404),
        ("PATCH", "/serial-key/a", 405),
        ("HEAD", "/serial-key/a", 405),
        ("GET", "/serial-key/%ff/status", 400),
        ("GET", "/serial-key/a/b/c/d/e/f%0Ag", 404),
        ("GET", "/", 404),
        ("GET", "/inventory/a", 404),
        ("POST", "/account", 404),
        ("DELETE", "/healthz", 405),
    ],
)
async def test_a_request_that_reaches_no_method_has_the_documented_body(service, verb, path, status):
    """Clients of the vendor crash on any other body."""
    found, body = await ask_raw(service, path, verb)
    assert found == status
    assert verb == "HEAD" or json.loads(json.loads(body)["message"])[0]["code"]


@pytest.mark.parametrize(
    "head",
    [
        b"GET /serial-key?pageToken=" + b"x" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /serial-key HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 9000 + b"\r\n\r\n",
        b"GET /serial-key HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
    ],
    ids=["long path", "long header", "wrong length"],
)
async def test_a_request_that_cannot_be_read_has_the_documented_body(service, head):
    """Also if the HTTP library refuses it; and nothing of it is quoted."""
    received, _, body = (await exchange(service, head)).partition(b"\r\n\r\n")
    assert received.split(b" ")[1] == b"400"
    assert json.loads(json.loads(body)["message"])[0]["code"] == "REQUEST_MALFORMED"
    assert b"xxx" not in body


async def test_an_expectation_that_is_not_met_has_the_documented_body(service):
    """The HTTP library refuses it before it looks for a handler; 100-continue is met."""
    head = "GET /serial-key HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: "
    status, _, body = (await exchange(service, f"{head}wonders\r\n\r\n".encode())).partition(b"\r\n\r\n")
    assert status.split(b" ")[1] == b"417"
    assert json.loads(json.loads(body)["message"])[0]["code"] == "REQUEST_MALFORMED"
    assert (await exchange(service, f"{head}100-continue\r\n\r\n".encode())).startswith(b"HTTP/1.1 100")


async def test_two_values_of_a_header_are_refused(service, world):
    """Under either name of a dry run: it never becomes a call that is committed."""
    [code] = await world.codes()
    url = f"http://127.0.0.1:{service.http_port}/serial-key/{world.name}/user/alice/serialKey"
    for first, second in (("X-GS2-DRY-RUN", "X-GS2-DRY-RUN"), ("X-Dry-Run", "X-GS2-DRY-RUN")):
        headers = [*service.admin, (first, "false"), (second, "true")]
        refused = await service.http("POST", url, json={"code": code}, headers=CIMultiDict(headers))
        assert refused.status == 400
        assert json.loads(refused.body)["metadata"]["reason"] == "REQUEST_MALFORMED"
    assert (await ask(service, "POST", URL(url).path, service.admin, json={"code": code})).status == 200


async def test_a_refused_http_method_names_the_allowed_ones(service):
    """In the header Allow (RFC 9110, 15.5.6)."""
    refused = await service.http("PATCH", f"http://127.0.0.1:{service.http_port}/serial-key/a", data=b"{}")
    assert (refused.status, refused.headers["Allow"]) == (405, "DELETE, GET, PUT")


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff", b'{"name": 1e999}', b"\x1f\x8b\x00"])
async def test_a_body_that_is_no_object_is_refused(service, body):
    """As the caller's mistake, with the documented body."""
    reply = await create(service, data=body)
    assert (reply.status, reply.body["metadata"]["reason"]) == (400, "REQUEST_MALFORMED")


async def test_a_packed_body_is_unpacked_within_bounds(service, world):
    """Gzip in, as Python's SDK sends it. A body that unpacks to too much is refused, also if it is small."""
    packed = {"Content-Encoding": "gzip"}
    body = gzip.compress(json.dumps({"name": f"{world.name}-4"}).encode())
    assert (await create(service, data=body, headers=packed)).status == 200
    large = gzip.compress(b'{"name": "' + b"x" * MEBIBYTE + b'"}')
    assert (await create(service, data=large, headers=packed)).body["metadata"]["reason"] == "REQUEST_TOO_LARGE"
    assert (await create(service, data=body[:-9], headers=packed)).body["metadata"]["reason"] == "REQUEST_MALFORMED"
    assert (await create(service, data=b"{}", headers={"Content-Encoding": "br"})).status == 400


async def test_a_body_that_is_cut_off_is_refused(service):
    """Nothing is logged as a defect, and the next request is served."""
    head = f"POST /serial-key HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {service.key}\r\nContent-Length: 100\r\n\r\n"
    await exchange(service, head.encode(), b'{"name"', half_close=True)
    async with asyncio.timeout(WAIT_SECONDS):
        while service.heard.last("CreateNamespace").get("reason") != "REQUEST_MALFORMED":  # noqa: ASYNC110 -- a log
            await asyncio.sleep(0.01)
    assert not service.heard.events("defect")
    assert (await ask(service, "GET", "/serial-key", service.admin)).status == 200


async def test_little_is_read_for_a_caller_who_is_not_identified(service, world):
    """A player's body without a token, and that of a public method; with a token, the method's own limit counts."""
    path, large = f"/serial-key/{world.name}/user/me/serialKey", {"code": "x" * 100_000}
    login = {"client_id": "x" * 100_000}
    token = ("x-access-token", await service.token("alice"))
    read = [
        (await ask(service, "POST", at, metadata, json=body)).body["metadata"]["bytes"]
        for at, metadata, body in (
            (path, service.admin, large),
            ("/identifier/projectToken/login", (), login),
            (path, [token], large),
        )
    ]
    assert read[:2] == ["more than 65536"] * 2
    assert int(read[2]) > 100_000


async def test_an_absent_body_is_an_empty_object(service):
    """The refusal names the field that is required."""
    assert "name" in (await create(service)).errors[0]["message"]


async def test_headers_are_fields_and_metadata(service, world):
    """The same duplication avoider: the same response. A dry run changes nothing; false is no dry run."""
    [first, second] = await world.codes(2)
    path = f"/serial-key/{world.name}/user/alice/serialKey"
    keyed = {"X-GS2-DUPLICATION-AVOIDER": "once"}
    replies = [await ask(service, "POST", path, service.admin, json={"code": first}, headers=keyed) for _ in range(2)]
    assert replies[0] == replies[1]
    assert replies[0].status == 200
    for name, text in (
        ("X-GS2-DRY-RUN", "true"),
        ("X-GS2-DRY-RUN", "True"),
        ("X-Dry-Run", "true"),
        ("X-GS2-DRY-RUN", "false"),
    ):
        dry = await ask(service, "POST", path, service.admin, json={"code": second}, headers={name: text})
        assert dry.status == 200, (name, text)


async def test_a_page_of_another_origin_may_read_responses_if_it_is_configured(service):
    """Preflights are answered; other origins get no permission."""
    preflight = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-gs2-access-token",
    }
    url = f"http://127.0.0.1:{service.http_port}/serial-key"
    allowed = await service.http("OPTIONS", url, headers=preflight)
    assert allowed.status == 204
    assert allowed.headers["Access-Control-Allow-Origin"] == PAGE
    assert "x-gs2-access-token" in allowed.headers["Access-Control-Allow-Headers"]
    assert (await service.http("GET", url, headers={"Origin": PAGE})).headers["Access-Control-Allow-Origin"] == PAGE
    other = await service.http("GET", url, headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in other.headers


async def test_headers_that_name_a_client_are_not_passed_on(service):
    """Whoever calls the door is its key or token, whatever certificate a header states."""
    stated = {"x-forwarded-client-cert": "By=x;URI=spiffe://studio/admin"}
    assert (await ask(service, "GET", "/serial-key", headers=stated)).status == 401
