"""Secrets stay out of the log, also where a namespace's log setting adds requests and responses to it.

There are two texts that occur nowhere else: one for what the contract marks as secret, which must not be found, and one
for all else, which must.
"""

import pytest
from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.options.v1 import options_pb2
from support.canary import overheard, send
from support.contract import METHODS, PLACES, valid_request
from support.exchanges import make_exchanges
from support.heard import LOGS

SECRET = "canary-secret-77b10c"
PLAIN = "canary-plain-4e0d5a"
SERVICES = {"SerialKeyService", "ExchangeService", "LimitService"}
# Methods that a namespace's log setting covers. Deleting comes last, for the others need the namespace.
LOGGED = sorted(
    (
        method
        for method in METHODS
        if method.containing_service.name in SERVICES and "namespace_name" in method.input_type.fields_by_name
    ),
    key=lambda method: method.name == "DeleteNamespace",
)
TEXTS = [
    place
    for place in PLACES
    if place.field.type == FieldDescriptor.TYPE_STRING and place.method in LOGGED and place.names != ("namespace_name",)
]
# Wrong ones are refused before a request is logged; they are sent right.
CREDENTIALS = ("access_token", "time_offset_token")
# What has a form of its own, and is sent in it; the canaries are no such forms.
FORMS = {"reset_time_zone": "Asia/Tokyo"}


def _name(method):
    return f"{method.containing_service.full_name}/{method.name}"


def _is_secret(field):
    return field.GetOptions().Extensions[options_pb2.secret]


def _canary(place):
    return SECRET if _is_secret(place.field) else FORMS.get(place.field.name, PLAIN)


def _secrets_in(message):
    """Yield name and value of every field that the contract marks as secret."""
    for descriptor, value in message.ListFields():
        values = value if descriptor.is_repeated else [value]
        if _is_secret(descriptor):
            yield from ((descriptor.name, text) for text in values if text)
        elif descriptor.message_type is not None and not descriptor.message_type.GetOptions().map_entry:
            for item in values:
                yield from _secrets_in(item)


async def _logged_namespaces(service):
    """Make a namespace of each service with a log setting, and rates that codes pay for."""
    setting = {"logging_namespace_id": LOGS}
    exchanges = await make_exchanges(service, enable_await_exchange=True, log_setting=setting)
    await exchanges.world.call("UpdateNamespace", log_setting=setting)
    await exchanges.limits.call("UpdateNamespace", log_setting=setting)
    rate = {"consumeActions": [exchanges.use()], "acquireActions": [exchanges.issue()]}
    waiting = {"name": "waiting", "timingType": "await", "lockTime": 0}
    rising = exchanges.incremental(acquireActions=[exchanges.issue()])
    await exchanges.put_in_force({"name": "rate"} | rate, waiting | rate, incremental=[rising])
    return exchanges


async def _exchange(exchanges, codes):
    """Exchange in every way, by codes; yield the responses."""
    yield await exchanges.buy(values={"code": codes[0]})
    yield await exchanges.rise(config=[{"key": "code", "value": codes[1]}])
    yield await exchanges.buy("waiting", values={"code": codes[2]})
    (waiting,) = await exchanges.awaits()
    yield waiting
    yield await exchanges.call("AcquireByUserId", user_id="alice", await_name=waiting.name)
    yield await exchanges.call("DescribeRateModels")


async def _call_where_all_is_logged(service, told):
    """Call every method as it should be called, and with the canaries; return all secrets that came and went."""
    exchanges = await _logged_namespaces(service)
    world = exchanges.world
    job = await world.issue(len(LOGGED) + 4)
    keys = await world.keys(job)
    ahead = auth_pb.IssueTimeOffsetTokenByUserIdRequest(user_id=PLAIN, time_offset=60)
    offset = await service.auth.IssueTimeOffsetTokenByUserId(ahead, metadata=service.admin)
    tokens = {"access_token": await service.token(PLAIN), "time_offset_token": offset.token}
    await world.as_player("Use", PLAIN, code=keys[0].code)
    secrets = {*tokens.items(), *(("code", key.code) for key in keys)}
    async for answer in _exchange(exchanges, [key.code for key in keys[1:4]]):
        secrets.update(_secrets_in(answer))
    names = {"campaign_model_name": "spring", "issue_job_name": job.name, "rate_name": "rate", "limit_name": "daily"}
    namespaces = {
        "SerialKeyService": world.name,
        "ExchangeService": exchanges.name,
        "LimitService": exchanges.limits.name,
    }
    for method, key in zip(LOGGED, keys[4:], strict=True):
        names["namespace_name"] = namespaces[method.containing_service.name]
        request = valid_request(method.input_type, **names, **tokens, user_id=PLAIN, code=key.code)
        for place in TEXTS:
            if place.method is method and place.field.name not in CREDENTIALS:
                await send(service, told, method, place.put(request, _canary(place)), service.admin)
        for data in await send(service, told, method, request, service.admin):
            secrets.update(_secrets_in(message_factory.GetMessageClass(method.output_type).FromString(data)))
    return secrets


@pytest.fixture(scope="session")
async def logged(tmp_path_factory):
    """The output of a server while namespaces with a log setting were called, and the secrets of those calls."""
    async with overheard(tmp_path_factory.mktemp("logged")) as (service, told):
        secrets = await _call_where_all_is_logged(service, told)
    return told, secrets


def _logged_values(told, place):
    """Return all that the log has of a field of requests; of a list of messages, of its first."""
    for line in told.calls():
        if line["method"] == _name(place.method) and "request" in line:
            message, value = place.method.input_type, line["request"]
            for name in place.names:
                here = message.fields_by_name[name]
                value, message = value.get(here.json_name, {}), here.message_type
                if message is not None and here.is_repeated and value:
                    value = value[0]
            yield value[0] if isinstance(value, list) and value else value


# A canary breaks the rule of a prefix, and such a request is refused before it is logged.
@pytest.mark.parametrize(
    "place",
    [place for place in TEXTS if place.path != "code_format.prefix"],
    ids=lambda place: f"{_name(place.method)}.{place.path}",
)
def test_a_logged_request_has_its_texts_unless_they_are_secret(logged, place):
    """The search below looks in the right place: every text of every method is there, or that it is redacted."""
    redacted = "(redacted, 1)" if place.field.is_repeated else "(redacted)"
    assert (redacted if _is_secret(place.field) else _canary(place)) in _logged_values(logged[0], place)


def test_what_is_secret_is_found_nowhere_though_all_is_logged(logged):
    """Neither what callers sent, nor codes, URLs, tokens, GRNs and transactions that the server made."""
    told, secrets = logged
    of_codes = {"code", "codes", "serial_key_id", "url", "upload_token", "upload_url"}
    of_transactions = {"transaction", "value", "request", "consume_request", "consume_result", "acquire_result"}
    assert {name for name, _ in secrets} >= of_codes | of_transactions
    assert told.holds(PLAIN) == ["log"]
    assert told.holds(SECRET) == []
    assert [name for name, text in secrets if told.holds(text) or told.holds(text.replace("-", ""))] == []
