"""What a server says of itself: see redeemd.status.replicas."""

import os
import socket

from redeemd import __version__
from redeemd.app.foundation import Foundation
from redeemd.app.ports import Ports
from redeemd.config.addresses import with_port
from redeemd.status.replicas import About, Replicas
from redeemd.store import migrate


def replicas(foundation: Foundation, ports: Ports) -> Replicas:
    """Return the servers of the database; this one is described by its settings and what it does."""
    settings, store = foundation.settings, foundation.store
    host, schema = socket.gethostname(), migrate.load()[-1].version
    listening = {
        "grpc": (settings.listen, ports.rpc_port),
        "http": (settings.http_listen, ports.http_port),
        "admin": (settings.admin_listen, ports.admin_port),
    }
    addresses = {name: with_port(address, port) for name, (address, port) in listening.items() if address}

    def about(store_ms: int | None) -> About:
        return About(
            host,
            os.getpid(),
            __version__,
            addresses,
            schema,
            store_ms,
            store.waiting,
            handlers=sorted(foundation.handlers.prefixes),
            webhooks=sorted(foundation.webhooks.names),
            sending=sorted(foundation.webhooks.sending),
        )

    return Replicas(store, foundation.clock, about, shared=not settings.embedded, defect=foundation.telemetry.defect)
