"""Messages as the libraries of receivers read them: Standard Webhooks, and CloudEvents."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from support import lacking
from support.handler import until
from support.receiver import SECRET, caught_up
from support.webhook_calls import use

standardwebhooks = lacking.module("standardwebhooks")
structured = lacking.module("cloudevents.core.bindings.http")
cloud_events_json = lacking.module("cloudevents.core.formats.json")
http_v1 = lacking.module("cloudevents.v1.http")

OTHER = "whsec_" + base64.b64encode(bytes(range(32))).decode()


async def received(world, receiver):
    """Return the messages of two events."""
    await use(world, "alice", "bob")
    await until(lambda: caught_up(world.service))
    return receiver.requests


async def test_the_library_of_standard_webhooks_verifies_each_message(world, receiver):
    """And refuses one of which anything was changed, or that another secret signed."""
    for each in await received(world, receiver):
        assert standardwebhooks.Webhook(SECRET).verify(each.body, each.headers)["data"]["userId"]
        changed = {**each.headers, "webhook-id": "another"}
        for body, headers, secret in ((each.body + b" ", each.headers, SECRET), (each.body, changed, SECRET),
                                      (each.body, each.headers, OTHER)):  # fmt: skip
            with pytest.raises(standardwebhooks.WebhookVerificationError):
                standardwebhooks.Webhook(secret).verify(body, headers)


async def test_all_secrets_sign_while_they_are_rotated(world, receiver):
    """A file that was replaced is read again on request: HMAC of each secret, and a signature of ed25519."""
    key = Ed25519PrivateKey.generate()
    pair = key.private_bytes_raw() + key.public_key().public_bytes_raw()
    secrets = [SECRET, OTHER, "whsk_" + base64.b64encode(pair).decode()]
    (receiver.folder / "secret").write_text("\n".join(secrets))
    await world.service.app.components.reloading.reload()
    for each in await received(world, receiver):
        for secret in (SECRET, OTHER):
            standardwebhooks.Webhook(secret).verify(each.body, each.headers)
        kinds = dict.fromkeys(part.partition(",")[0] for part in each.headers["webhook-signature"].split())
        assert list(kinds) == ["v1", "v1a"]
        signature = each.headers["webhook-signature"].rpartition("v1a,")[2]
        signed = f"{each.message_id}.{each.headers['webhook-timestamp']}.".encode() + each.body
        key.public_key().verify(base64.b64decode(signature), signed)


async def test_the_libraries_of_cloudevents_read_each_event(world, receiver):
    """With all attributes that the specification requires, and the event as data."""
    for each in await received(world, receiver):
        message = structured.HTTPMessage(headers=each.headers, body=each.body)
        event = structured.from_structured_event(message, cloud_events_json.JSONFormat())
        old = http_v1.from_http(each.headers, each.body)
        assert event.get_id() == old["id"] == each.message_id
        assert event.get_type() == old["type"] == "dev.redeemd.event.v1.redeemed"
        assert event.get_source() == old["source"] == "/redeemd/redeemd/local"
        assert event.get_subject() == world.name
        assert event.get_datacontenttype() == "application/json"
        assert event.get_time().timestamp() * 1000 == pytest.approx(event.get_data()["at"])
        assert event.get_data() == old.data
