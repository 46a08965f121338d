"""Players who call through Envoy with the published service config, while something happens to a replica."""

import asyncio
import signal
import ssl

import pytest
from cryptography import x509
from support.certificates import SERVER_NAME
from support.mesh import GATEWAY, REDEEMD
from support.patience import WAIT_SECONDS
from support.replicas import HonestPlayers

PLAYERS = 6
ROUNDS = 20  # between two events


# What makes clients watch the health of what they are connected to, without retries.
HEALTH_ONLY = '{"loadBalancingConfig": [{"round_robin": {}}], "healthCheckConfig": {"serviceName": ""}}'


async def drained(mesh, address, _players):
    """Stop the replica gracefully."""
    assert await mesh.replicas.processes[address].end() == 0


async def killed(mesh, address, _players):
    """Kill the replica."""
    await mesh.replicas.processes[address].end(signal.SIGKILL)


async def paused(mesh, address, players):
    """Suspend the replica until Envoy ejects it, then resume it."""
    process = mesh.replicas.processes[address].process
    process.send_signal(signal.SIGSTOP)
    try:
        await mesh.envoy.until_healthy(1)
        await players.rounds_more(ROUNDS)
    finally:
        process.send_signal(signal.SIGCONT)


async def rotated(mesh, address, _players):
    """Replace the certificates of the replicas and of Envoy; the restart makes them connect anew."""
    before = [await serial(mesh, address), await serial(mesh)]
    mesh.own.replace_by(mesh.certificate(REDEEMD))
    mesh.envoy.show(mesh.certificate(GATEWAY))
    async with asyncio.timeout(WAIT_SECONDS):
        while {await serial(mesh, address), await serial(mesh)} & set(before):  # noqa: ASYNC110 -- in other processes
            await asyncio.sleep(0.1)
    await mesh.replicas.restart(address)


async def serial(mesh, address=""):
    """Return the serial number of the certificate that a replica or Envoy shows on a new connection."""
    port = int(address.rpartition(":")[2]) if address else mesh.envoy.ports["mesh"]
    context = ssl.create_default_context(cafile=mesh.authority.ca)
    client = mesh.certificate(GATEWAY)
    context.load_cert_chain(client.certificate, client.key)
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=SERVER_NAME)
    try:
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        return x509.load_der_x509_certificate(shown).serial_number
    finally:
        writer.close()


async def wrong_calls(mesh, address, event, service):
    """Run players until after an event of a replica, which is restarted if it ended; return the calls that failed."""
    players = HonestPlayers(await service.world())
    async with asyncio.timeout(WAIT_SECONDS), players.playing(PLAYERS):
        await players.rounds_more(ROUNDS)
        await event(mesh, address, players)
        await players.rounds_more(ROUNDS)
    if mesh.replicas.processes[address].process.returncode is not None:
        await mesh.replicas.start(address)
    await mesh.envoy.until_healthy(2)
    return players.wrong


@pytest.mark.parametrize("event", [drained, killed, paused, rotated])
async def test_nobody_notices_what_happens_to_a_replica(mesh, event):
    """No call fails, and each code is used by the player who used it."""
    async with mesh.service() as service:
        assert await wrong_calls(mesh, mesh.replicas.addresses[0], event, service) == []


async def test_a_client_without_retries_does_not_notice_a_drain(mesh):
    """Envoy moves the calls, and its clients do not take the health of one replica for that of Envoy."""
    async with mesh.service(HEALTH_ONLY) as service:
        for address in mesh.replicas.addresses:
            assert await wrong_calls(mesh, address, drained, service) == []
