"""TLS of the server: who can connect, and certificates that are replaced while it runs."""

import asyncio
import contextlib
import re
import ssl

import aiohttp
import grpc
import pytest
from cryptography import x509
from grpc_health.v1 import health_pb2, health_pb2_grpc
from redeem.auth.v1 import auth_service_pb2_grpc
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeemd import config
from redeemd.base.tls_error import TlsError
from redeemd.http.limits import HttpLimits
from support.certificates import SERVER_NAME, Authority, channel
from support.cli import run
from support.patience import WAIT_SECONDS
from support.service import bearer, running


@pytest.fixture
def authority(tmp_path):
    """The authorities that sign the certificates of the server and of its clients."""
    return Authority(tmp_path / "authority")


@pytest.fixture
def own(authority):
    """The certificate of the server."""
    return authority.issue(SERVER_NAME)


def settings(own, **others):
    """Return the settings of TLS."""
    return {"tls_cert": own.certificate, "tls_key": own.key, **others}


async def list_keys(service, ca, client=None):
    """Call a method by TLS, on a new connection, as the administrator."""
    async with channel(service.port, ca, client) as opened:
        stub = auth_service_pb2_grpc.AuthServiceStub(opened)
        return await stub.ListKeys(auth_pb.ListKeysRequest(), metadata=bearer(service.key), timeout=WAIT_SECONDS)


async def test_a_call_by_tls_is_served(tmp_path, authority, own):
    """A client that trusts the authority of the server's certificate is served."""
    async with running(tmp_path / "data", **settings(own)) as service:
        assert (await list_keys(service, authority.ca)).items


async def test_a_plaintext_call_to_a_tls_port_is_not_served(tmp_path, own):
    """The port speaks TLS only."""
    async with running(tmp_path / "data", **settings(own)) as service:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await service.auth.ListKeys(auth_pb.ListKeysRequest(), metadata=service.admin, timeout=WAIT_SECONDS)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize("client", ["none", "of another authority", "expired"])
async def test_without_a_good_client_certificate_no_call_is_served(tmp_path, authority, own, client):
    """With tls_client_ca, a client needs a certificate of these authorities that is still valid."""
    stranger = Authority(tmp_path / "stranger")
    shown = {
        "none": None,
        "of another authority": stranger.issue("game"),
        "expired": authority.issue("game", expired=True),
    }[client]
    async with running(tmp_path / "data", **settings(own, tls_client_ca=authority.ca)) as service:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await list_keys(service, authority.ca, shown)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert (await list_keys(service, authority.ca, authority.issue("game"))).items


async def test_replaced_certificates_are_used_without_a_restart(tmp_path, authority, own):
    """New connections see the new certificate, and connections that are open go on."""
    replacement = Authority(tmp_path / "replacement")
    async with (
        running(tmp_path / "data", **settings(own)) as service,
        channel(service.port, authority.ca) as kept,
    ):
        stub = health_pb2_grpc.HealthStub(kept)
        await stub.Check(health_pb2.HealthCheckRequest(), timeout=WAIT_SECONDS)
        own.replace_by(replacement.issue(SERVER_NAME))
        await eventually(lambda: list_keys(service, replacement.ca), grpc.aio.AioRpcError)
        await eventually(lambda: https(service, replacement.ca), aiohttp.ClientError)
        with pytest.raises(grpc.aio.AioRpcError):
            await list_keys(service, authority.ca)
        await stub.Check(health_pb2.HealthCheckRequest(), timeout=WAIT_SECONDS)


async def test_clients_of_replaced_authorities_are_accepted_without_a_restart(tmp_path, authority, own):
    """A new file of authorities accepts its clients, and no longer those of the former file."""
    others = Authority(tmp_path / "others")
    ca = tmp_path / "clients.pem"
    ca.write_bytes(authority.ca.read_bytes())
    async with running(tmp_path / "data", **settings(own, tls_client_ca=ca)) as service:
        ca.write_bytes(others.ca.read_bytes())
        await eventually(lambda: list_keys(service, authority.ca, others.issue("game")), grpc.aio.AioRpcError)
        with pytest.raises(grpc.aio.AioRpcError):
            await list_keys(service, authority.ca, authority.issue("game"))


async def test_bad_files_leave_the_certificates_in_use(tmp_path, authority, own):
    """Files that are half written, or do not fit, change nothing; good ones after them are used."""
    replacement = Authority(tmp_path / "replacement")
    async with running(tmp_path / "data", **settings(own)) as service:
        own.certificate.write_bytes(replacement.issue(SERVER_NAME).certificate.read_bytes())
        await service.app.components.reloading.step()
        assert (await list_keys(service, authority.ca)).items
        own.certificate.write_text("-----BEGIN CERTIFICATE-----\n")
        await service.app.components.reloading.step()
        assert (await list_keys(service, authority.ca)).items
        own.replace_by(replacement.issue(SERVER_NAME))
        await service.app.components.reloading.step()
        assert (await list_keys(service, replacement.ca)).items


@pytest.mark.parametrize(
    "case",
    [
        ("certificate", None, "No such file or directory"),
        ("certificate", "no PEM", "holds no PEM certificate"),
        ("key", "no PEM", "holds no PEM private key"),
        ("key", "another", "is not the key of the certificate"),
        ("ca", "no PEM", "holds no PEM certificate"),
    ],
)
async def test_unusable_files_stop_the_start(tmp_path, authority, own, case):
    """One line that names the file and the problem; the server does not start."""
    file, text, problem = case
    path = {"certificate": own.certificate, "key": own.key, "ca": authority.ca}[file]
    if text is None:
        path.unlink()
    else:
        path.write_text(authority.issue("other").key.read_text() if text == "another" else text)
    with pytest.raises(TlsError, match=f"^{re.escape(f'{path}: {problem}')}$"):
        async with running(tmp_path / "data", **settings(own, tls_client_ca=authority.ca)):
            pass


@pytest.mark.parametrize("comment", ["# Prüfstelle\n".encode(), b"# Pr\xfcfstelle\n", b"\xef\xbb\xbf"], ids=repr)
async def test_comments_in_any_encoding_are_allowed_beside_certificates(tmp_path, authority, own, comment):
    """Also a mark of the order of bytes."""
    for path in (own.certificate, authority.ca):
        path.write_bytes(comment + path.read_bytes())
    ca = tmp_path / "trusted.pem"
    ca.write_bytes(authority.ca.read_bytes().removeprefix(comment))
    async with running(tmp_path / "data", **settings(own, tls_client_ca=authority.ca, http_tls="mutual")) as service:
        client = authority.issue("game")
        assert (await list_keys(service, ca, client)).items
        assert await https(service, ca, client) == 200


@pytest.mark.parametrize("file", ["certificate", "ca"])
async def test_files_that_end_inside_their_second_certificate_are_refused(tmp_path, authority, own, file):
    """They are being written: the first certificate alone may lack what clients need."""
    path = {"certificate": own.certificate, "ca": authority.ca}[file]
    path.write_bytes(path.read_bytes() + authority.issue("other").certificate.read_bytes()[:200])
    with pytest.raises(TlsError, match=f"^{re.escape(str(path))}: holds a PEM certificate that is incomplete$"):
        async with running(tmp_path / "data", **settings(own, tls_client_ca=authority.ca)):
            pass


@pytest.mark.parametrize(
    ("chosen", "problem"),
    [
        ({"tls_cert": "a.pem"}, "tls_cert and tls_key must be given together"),
        ({"tls_client_ca": "a.pem"}, "tls_client_ca needs tls_cert and tls_key"),
        ({"http_tls": "mutual"}, "http_tls mutual needs tls_client_ca"),
        ({"listen": "unix:"}, "must be HOST:PORT or unix:PATH"),
        ({"http_listen": "unix:/tmp/a"}, "must be HOST:PORT"),
    ],
)
def test_inconsistent_settings_are_refused(tmp_path, chosen, problem):
    """Before anything is opened."""
    with pytest.raises(config.ConfigError, match=problem):
        config.load(data=tmp_path, **chosen)


async def https(service, ca, client=None, path="/healthz"):
    """Return the status of a request to the HTTP side by TLS, on a new connection."""
    context = ssl.create_default_context(cafile=ca)
    if client is not None:
        context.load_cert_chain(client.certificate, client.key)
    url = f"https://127.0.0.1:{service.http_port}{path}"
    async with (
        aiohttp.ClientSession() as session,
        session.get(url, ssl=context, server_hostname=SERVER_NAME) as response,
    ):
        return response.status


async def test_http_uses_the_same_certificate(tmp_path, authority, own):
    """Requests by TLS are served, without a client certificate; URLs of files are https."""
    async with running(tmp_path / "data", **settings(own, tls_client_ca=authority.ca)) as service:
        assert await https(service, authority.ca) == 200
        with pytest.raises(aiohttp.ClientError):
            await service.http("GET", f"http://127.0.0.1:{service.http_port}/healthz")


async def test_metrics_show_when_the_certificate_expires(tmp_path, own):
    """So that an alert can come before."""
    async with running(tmp_path / "data", **settings(own)) as service:
        expiry = service.telemetry.registry.get_sample_value("redeemd_certificate_expiry_timestamp_seconds")
        [certificate] = x509.load_pem_x509_certificates(own.certificate.read_bytes())
        assert expiry == certificate.not_valid_after_utc.timestamp()


async def test_http_can_require_client_certificates(tmp_path, authority, own):
    """With http_tls mutual, HTTP serves nobody without a certificate of these authorities."""
    chosen = settings(own, tls_client_ca=authority.ca, http_tls="mutual")
    async with running(tmp_path / "data", **chosen) as service:
        assert await https(service, authority.ca, authority.issue("prometheus")) == 200
        with pytest.raises((aiohttp.ClientError, ssl.SSLError)):
            await https(service, authority.ca)


async def test_http_can_stay_plaintext(tmp_path, own):
    """With http_tls off, for a proxy that ends TLS."""
    async with running(tmp_path / "data", **settings(own, http_tls="off")) as service:
        assert (await service.http("GET", f"http://127.0.0.1:{service.http_port}/healthz")).status == 200


async def test_connections_without_a_handshake_keep_nobody_out(tmp_path, authority, own):
    """Of more connections than there may be that send nothing, the oldest are closed, and requests are served."""
    async with running(tmp_path / "data", http_limits=HttpLimits(connections_max=4), **settings(own)) as service:
        silent = [await asyncio.open_connection("127.0.0.1", service.http_port) for _ in range(8)]
        try:
            assert await https(service, authority.ca) == 200
            async with asyncio.timeout(WAIT_SECONDS):
                assert await silent[0][0].read() == b""
        finally:
            for _, writer in silent:
                writer.close()


async def test_commands_connect_by_tls(tmp_path, authority, own):
    """With the options of a connection; a command that trusts nobody of these reports one line."""
    async with running(tmp_path / "data", **settings(own, tls_client_ca=authority.ca)) as service:
        client = authority.issue("operator")
        there = [
            "--server",
            f"127.0.0.1:{service.port}",
            "--authority",
            SERVER_NAME,
            "--ca",
            authority.ca,
        ]
        shown = ["--client-cert", client.certificate, "--client-key", client.key]
        listed = await run("campaign", "create", "ns", "spring", *there, *shown, "--key", service.key)
        assert listed.output == "campaign spring is in force in ns\n"
        assert (await run("health", *there, *shown)).exit_code == 0
        assert (await run("health", *there)).exit_code == 1


async def test_an_option_without_its_file_is_refused(tmp_path):
    """In one line."""
    result = await run("campaign", "list", "ns", "--ca", tmp_path / "missing.pem", "--key", "k")
    assert (result.exit_code, result.output.count("\n")) == (1, 1)
    assert "missing.pem" in result.output


async def eventually(work, *refusals):
    """Try until it succeeds."""
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            with contextlib.suppress(*refusals):
                return await work()
            await asyncio.sleep(0.1)
