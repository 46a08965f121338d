"""The vendor's own SDK for Python drives a server unmodified; only its endpoint is changed."""

import asyncio
import importlib
import inspect

import pytest
from gs2.core.exception import Gs2Exception
from gs2.core.model import BasicGs2Credential
from gs2.core.rest import Gs2RestSession
from gs2.core.web_socket import Gs2WebSocketSession
from redeemd.contract import paths
from support import games
from support.door import METHODS_WITH_PATHS, function_of, members_for

# By the documented name of the service: the module and the name of its clients.
SERVICES = {
    "serialKey": ("serial_key", "Gs2SerialKey"),
    "exchange": ("exchange", "Gs2Exchange"),
    "limit": ("limit", "Gs2Limit"),
    "auth": ("auth", "Gs2Auth"),
    "distributor": ("distributor", "Gs2Distributor"),
}
# The SDK logs in by itself.
METHODS = [method for method in METHODS_WITH_PATHS if paths.label(method) in SERVICES]


@pytest.fixture(scope="module", params=[Gs2RestSession, Gs2WebSocketSession], ids=["rest", "socket"])
async def session(service, request):
    """A session of the SDK, logged in with the halves of a key."""
    client_id, secret = service.key.split(".")
    endpoint = f"http://127.0.0.1:{service.http_port}"
    opened = request.param(BasicGs2Credential(client_id, secret), "local", steady_endpoint=endpoint)
    await asyncio.to_thread(opened.connect)
    yield PythonSession(opened)
    await asyncio.to_thread(opened.disconnect)


def snake(name):
    """Return the name of an RPC as Python's SDK spells it."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).strip("_")


class PythonSession:
    """See games.Session."""

    def __init__(self, session):
        self._session = session

    async def call(self, service, function, **members):
        """See games.Session."""
        method = getattr(self._client(service), snake(function))
        request_type = next(iter(inspect.signature(method).parameters.values())).annotation
        try:
            result = await asyncio.to_thread(method, request_type.from_dict(members))
        except Gs2Exception as refusal:
            assert refusal.errors, "the SDK read no errors"
            return games.Outcome({}, [{"code": error.code} for error in refusal.errors])
        return games.Outcome(result.to_dict(), [])

    async def put_in_force(self, service, kind, namespace, document):
        """See games.Session."""
        master = {"namespaceName": namespace, "mode": "direct", "settings": document}
        return await self.call(service, f"updateCurrent{kind}Master", **master)

    def _client(self, service):
        """Return the client of a service; the package hides some of its modules from attributes."""
        package, name = SERVICES[service]
        rest = isinstance(self._session, Gs2RestSession)
        module = importlib.import_module(f"gs2.{package}.{'rest' if rest else 'web_socket'}")
        return getattr(module, f"{name}{'Rest' if rest else 'WebSocket'}Client")(self._session)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.full_name)
async def test_every_method_of_the_sdk_reaches_its_rpc(service, session, method):
    """The SDK reads a result; a refusal is an exception with a code."""
    outcome = await session.call(*function_of(method), **await members_for(service, method))
    assert {error["code"] for error in outcome.errors}.isdisjoint({"None", ""})
    called = service.heard.events("call")[-1]["method"]
    assert called.replace("/PreUpdate", "/Update") == f"{method.containing_service.full_name}/{uploading(method.name)}"


def uploading(name):
    """Return a name without the step that the SDK makes first: it uploads a document before it puts it in force."""
    return name.replace("PreUpdate", "Update")


async def test_a_game_exchanges_a_code(session, request):
    """The exchange runs at once, and its repetition says why not."""
    played = await games.play(session, f"python-{request.node.callspec.id}", dry_run=False)
    assert played.bought.result["autoRunStampSheet"] is True
    assert [error["code"] for error in played.again.errors] == ["code.status.invalid"]
    assert played.counter.result["item"]["count"] == 5
