"""The vendor's own SDK for Python drives a server unmodified; only its endpoint is changed."""

import asyncio
import importlib
import inspect
import json

import pytest
from gs2.core.exception import BadRequestException, Gs2Exception
from gs2.core.model import BasicGs2Credential
from gs2.core.rest import Gs2RestSession
from gs2.core.web_socket import Gs2WebSocketSession
from redeemd.contract import paths
from support.door import METHODS_WITH_PATHS, members_of

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
    yield opened
    await asyncio.to_thread(opened.disconnect)


def snake(name):
    """Return the name of an RPC as Python's SDK spells it."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).strip("_")


def client_of(session, service):
    """Return the client of a service; the package hides some of its modules from attributes."""
    package, name = SERVICES[service]
    rest = isinstance(session, Gs2RestSession)
    module = importlib.import_module(f"gs2.{package}.{'rest' if rest else 'web_socket'}")
    return getattr(module, f"{name}{'Rest' if rest else 'WebSocket'}Client")(session)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.full_name)
async def test_every_method_of_the_sdk_reaches_its_rpc(service, session, method):
    """Its result has the documented members; a refusal is an exception of the SDK with a code."""
    function = getattr(client_of(session, paths.label(method)), snake(method.name))
    request_type = next(iter(inspect.signature(function).parameters.values())).annotation
    request = request_type.from_dict(members_of(method))
    if hasattr(request, "access_token") and not request.access_token:
        request.access_token = await service.token("alice")
    try:
        result = await asyncio.to_thread(function, request)
    except Gs2Exception as refusal:
        assert refusal.errors[0].code not in {"None", ""}
    else:
        assert result is not None
    called = service.heard.events("call")[-1]["method"]
    assert called.replace("/PreUpdate", "/Update") == f"{method.containing_service.full_name}/{uploading(method.name)}"


def uploading(name):
    """Return a name without the step that the SDK makes first: it uploads a document before it puts it in force."""
    return name.replace("PreUpdate", "Update")


class Game:
    """What a game does with the SDK."""

    def __init__(self, session, namespace):
        self.keys, self.limits, self.exchanges, self.auth = (
            client_of(session, service) for service in ("serialKey", "limit", "exchange", "auth")
        )
        self.namespace = namespace

    def put_in_force(self, client, kind, document):
        """Make a namespace, and put a document in force."""
        module = importlib.import_module(type(client).__module__)
        client.create_namespace(module.CreateNamespaceRequest().with_name(self.namespace))
        request = getattr(module, f"UpdateCurrent{kind}MasterRequest")().with_namespace_name(self.namespace)
        function = getattr(client, f"update_current_{kind.lower()}_master")
        return function(request.with_mode("direct").with_settings(json.dumps(document)))

    def issue(self, count):
        """Issue codes; return them."""
        module = importlib.import_module("gs2.serial_key.request")
        issued = self.keys.issue(
            module.IssueRequest()
            .with_namespace_name(self.namespace)
            .with_campaign_model_name("spring")
            .with_issue_request_count(count)
        )
        listed = self.keys.describe_serial_keys(
            module.DescribeSerialKeysRequest()
            .with_namespace_name(self.namespace)
            .with_campaign_model_name("spring")
            .with_issue_job_name(issued.item.name)
        )
        return [item.code for item in listed.items]


def play(session, namespace):
    """Set everything up, and exchange a code for a counter; return what the game saw."""
    game = Game(session, namespace)
    game.put_in_force(game.keys, "Campaign", {"version": "2022-09-13", "campaignModels": [{"name": "spring"}]})
    game.put_in_force(
        game.limits, "Limit", {"version": "2019-04-05", "limitModels": [{"name": "ever", "resetType": "notReset"}]}
    )
    game.put_in_force(game.exchanges, "Rate", {"version": "2019-08-19", "rateModels": [rate(namespace)]})
    [code] = game.issue(1)
    auth, exchange, limit = (importlib.import_module(f"gs2.{name}.request") for name in ("auth", "exchange", "limit"))
    token = game.auth.login(auth.LoginRequest().with_user_id("alice")).token
    request = (
        exchange.ExchangeRequest()
        .with_namespace_name(namespace)
        .with_rate_name("reward")
        .with_access_token(token)
        .with_count(1)
        .with_config([exchange.Config().with_key("code").with_value(code)])
    )
    bought = game.exchanges.exchange(request)
    with pytest.raises(BadRequestException) as again:
        game.exchanges.exchange(request)
    counter = game.limits.get_counter(
        limit.GetCounterRequest()
        .with_namespace_name(namespace)
        .with_limit_name("ever")
        .with_counter_name("rewards")
        .with_access_token(token)
    )
    return bought.auto_run_stamp_sheet, again.value.errors[0].code, counter.item.count


def rate(namespace):
    """Return a rate: a code for a count."""
    use = {"namespaceName": namespace, "code": "#{code}", "userId": "#{userId}"}
    count = {
        "namespaceName": namespace,
        "limitName": "ever",
        "counterName": "rewards",
        "userId": "#{userId}",
        "countUpValue": 5,
    }
    return {
        "name": "reward",
        "timingType": "immediate",
        "consumeActions": [
            {"action": "Gs2SerialKey:UseByUserId", "request": json.dumps(use)},
            {"action": "Gs2Limit:CountUpByUserId", "request": json.dumps(count)},
        ],
    }


async def test_a_game_exchanges_a_code(session):
    """The transaction runs at once; the second exchange says why not, with the documented code."""
    namespace = f"game-{type(session).__name__}"
    assert await asyncio.to_thread(play, session, namespace) == (True, "code.status.invalid", 5)
