"""Handlers that are called by TLS: who is trusted, and who is not."""

import contextlib
import json
import re

import grpc
import pytest
from redeem.transaction.v1 import action_handler_pb2 as pb
from redeem.transaction.v1 import action_handler_pb2_grpc
from redeemd import config
from redeemd.base.tls_error import TlsError
from support.certificates import Authority
from support.exchanges import action, make_exchanges
from support.handler import TAKE
from support.service import refused, running

NAME = "inventory.game.example"  # what the handler's certificate is for
PAY = action(TAKE, item="gold", count=1)


class Agreeable(action_handler_pb2_grpc.ActionHandlerServicer):
    """Executes every request, and notes the caller."""

    def __init__(self):
        self.callers = []

    async def Execute(self, _request, context):  # noqa: N802 -- as the proto has it
        """See the proto."""
        self.callers += context.auth_context().get("x509_common_name", [b"nobody"])
        return pb.ExecuteResponse(result="{}")

    async def Cancel(self, _request, _context):  # noqa: N802 -- as the proto has it
        """See the proto."""
        return pb.CancelResponse()


@pytest.fixture
def authority(tmp_path):
    """The authority that the handler trusts, and the one that signed its certificate."""
    return Authority(tmp_path / "authority")


@pytest.fixture
async def handler(authority):
    """A handler that wants callers to show a certificate; it has `address`."""
    own = authority.issue(NAME)
    credentials = grpc.ssl_server_credentials(
        [(own.key.read_bytes(), own.certificate.read_bytes())],
        root_certificates=authority.ca.read_bytes(),
        require_client_auth=True,
    )
    server, handler = grpc.aio.server(), Agreeable()
    action_handler_pb2_grpc.add_ActionHandlerServicer_to_server(handler, server)
    handler.address = f"127.0.0.1:{server.add_secure_port('127.0.0.1:0', credentials)}"
    await server.start()
    yield handler
    await server.stop(None)


@contextlib.asynccontextmanager
async def served(folder, handler, **settings):
    """A server that calls the handler with these settings."""
    path = folder / "handlers.json"
    path.write_text(json.dumps({"Game": {"address": handler.address, "deadlineSeconds": 10} | settings}))
    async with running(folder / "data", action_handlers=path) as service:
        yield await make_exchanges(service)


def tls(authority, client=None, name=NAME):
    """Return the settings of TLS for who trusts an authority and has a client's certificate."""
    shown = {} if client is None else {"certificate": str(client.certificate), "key": str(client.key)}
    return {"ca": str(authority.ca), "serverName": name, **shown}


async def test_both_sides_show_who_they_are(tmp_path, authority, handler):
    """The handler is called with the certificate in the configuration, under its configured name."""
    async with served(tmp_path, handler, tls=tls(authority, authority.issue("redeemd"))) as exchanges:
        await exchanges.run(consume=[PAY])
    assert handler.callers == [b"redeemd"]


async def test_replaced_certificates_are_used_without_a_restart(tmp_path, authority, handler):
    """The next call shows the new certificate; files that do not fit together change nothing."""
    shown, replacement = authority.issue("before"), authority.issue("after")
    async with served(tmp_path, handler, tls=tls(authority, shown)) as exchanges:
        await exchanges.run(consume=[PAY])
        shown.certificate.write_bytes(replacement.certificate.read_bytes())
        await exchanges.service.app.components.reloading.step()
        await exchanges.run(consume=[PAY])
        shown.replace_by(replacement)
        await exchanges.service.app.components.reloading.step()
        await exchanges.run(consume=[PAY])
    assert handler.callers == [b"before", b"before", b"after"]


@pytest.mark.parametrize("wrong", ["no certificate", "another authority", "another name", "plaintext"])
async def test_who_is_not_trusted_executes_nothing(tmp_path, authority, handler, wrong):
    """If either side does not trust the other, the call ends with HANDLER_UNAVAILABLE and nothing is executed."""
    stranger = Authority(tmp_path / "stranger")
    settings = {
        "no certificate": {"tls": tls(authority)},
        "another authority": {"tls": tls(stranger, stranger.issue("redeemd"))},
        "another name": {"tls": tls(authority, authority.issue("redeemd"), name="elsewhere.example")},
        "plaintext": {"plaintext": True},
    }[wrong]
    async with served(tmp_path, handler, **settings) as exchanges:
        with refused("HANDLER_UNAVAILABLE"):
            await exchanges.run(consume=[PAY])
    assert handler.callers == []


def test_a_missing_file_stops_the_start(tmp_path):
    """With its path; the server does not start."""
    path, missing = tmp_path / "handlers.json", tmp_path / "missing.pem"
    path.write_text(json.dumps({"Game": {"address": "127.0.0.1:1", "tls": {"ca": str(missing)}}}))
    with pytest.raises(config.ConfigError, match=re.escape(f"Game.tls: the file {missing} does not exist")):
        config.load(data=tmp_path / "data", action_handlers=path)


async def test_an_unusable_file_stops_the_start(tmp_path, authority, handler):
    """With its path; the server does not start."""
    client, other = authority.issue("redeemd"), authority.issue("other")
    client.key.write_bytes(other.key.read_bytes())
    with pytest.raises(TlsError, match=re.escape(f"{client.key}: is not the key of the certificate")):
        async with served(tmp_path, handler, tls=tls(authority, client)):
            pass


async def test_a_handler_that_moved_is_found_after_a_reload(tmp_path, authority, handler):
    """Its new address is in the file; a file that changes anything else changes nothing."""
    async with served(tmp_path, handler, tls=tls(authority, authority.issue("redeemd"))) as exchanges:
        path, reloading = tmp_path / "handlers.json", exchanges.service.app.components.reloading
        right = json.loads(path.read_text())
        path.write_text(json.dumps({"Game": right["Game"] | {"address": "127.0.0.1:1"}}))
        await reloading.reload()
        with refused("HANDLER_UNAVAILABLE"):
            await exchanges.run(consume=[PAY])
        path.write_text(json.dumps(right))
        await reloading.reload()
        await exchanges.run(consume=[PAY])
        path.write_text(json.dumps(right | {"Other": right["Game"] | {"address": "127.0.0.1:1"}}))
        await reloading.reload()
        await exchanges.run(consume=[PAY])
    assert handler.callers == [b"redeemd"] * 2
