"""Handlers that are called by TLS: who is trusted, and who is not."""

import contextlib
import datetime
import json
import re

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from redeem.transaction.v1 import action_handler_pb2 as pb
from redeem.transaction.v1 import action_handler_pb2_grpc
from redeemd import config
from support.exchanges import action, make_exchanges
from support.handler import TAKE
from support.service import refused, running

NAME = "inventory.game.example"  # what the handler's certificate is for
PAY = action(TAKE, item="gold", count=1)


class Authority:
    """Signs certificates; they and their keys are files in a folder."""

    def __init__(self, folder):
        folder.mkdir()
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("authority")
        self.ca = self._write("ca.pem", self._sign("authority", self._key, ca=True))

    def issue(self, name):
        """Answer the paths of a certificate for a name and of its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return self._write(f"{name}.pem", self._sign(name, key)), self._write(f"{name}.key", text)

    def _sign(self, name, key, *, ca=False):
        now = datetime.datetime.now(datetime.UTC)
        certificate = x509.CertificateBuilder(
            issuer_name=self._name,
            subject_name=_name(name),
            public_key=key.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=now - datetime.timedelta(hours=1),
            not_valid_after=now + datetime.timedelta(hours=1),
        )
        certificate = certificate.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        certificate = certificate.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        return certificate.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM)

    def _write(self, name, text):
        path = self.folder / name
        path.write_bytes(text)
        return path


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Agreeable(action_handler_pb2_grpc.ActionHandlerServicer):
    """Does what it is asked, and notes who asked."""

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
    """Whom the handler trusts, and who signed its certificate."""
    return Authority(tmp_path / "authority")


@pytest.fixture
async def handler(authority):
    """A handler that wants callers to show a certificate; it has `address`."""
    certificate, key = (path.read_bytes() for path in authority.issue(NAME))
    credentials = grpc.ssl_server_credentials(
        [(key, certificate)], root_certificates=authority.ca.read_bytes(), require_client_auth=True
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
    path.write_text(json.dumps({"Game": {"address": handler.address, "deadlineSeconds": 1} | settings}))
    async with running(folder / "data", action_handlers=path) as service:
        yield await make_exchanges(service)


def tls(authority, client=None, name=NAME):
    """Answer the settings of TLS for who trusts an authority and has a client's certificate."""
    shown = {} if client is None else dict(zip(("certificate", "key"), map(str, client), strict=True))
    return {"ca": str(authority.ca), "serverName": name, **shown}


async def test_both_sides_show_who_they_are(tmp_path, authority, handler):
    """The handler hears from the client of the certificate in the configuration, under the name that it has."""
    async with served(tmp_path, handler, tls=tls(authority, authority.issue("redeemd"))) as exchanges:
        await exchanges.run(consume=[PAY])
    assert handler.callers == [b"redeemd"]


@pytest.mark.parametrize("wrong", ["no certificate", "another authority", "another name", "plaintext"])
async def test_who_is_not_trusted_executes_nothing(tmp_path, authority, handler, wrong):
    """Whoever of the two it is: HANDLER_UNAVAILABLE, and the handler executed nothing."""
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


def test_a_file_that_is_missing_is_told_at_the_start(tmp_path):
    """With its path; the server does not start."""
    path, missing = tmp_path / "handlers.json", tmp_path / "missing.pem"
    path.write_text(json.dumps({"Game": {"address": "127.0.0.1:1", "tls": {"ca": str(missing)}}}))
    with pytest.raises(config.ConfigError, match=re.escape(f"Game.tls: the file {missing} does not exist")):
        config.load(data=tmp_path / "data", action_handlers=path)
