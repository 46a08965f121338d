"""Identifies the peer of a connection by its certificate, or by the header of a proxy that is configured as trusted."""

from collections.abc import Sequence

from redeemd.auth import xfcc
from redeemd.auth.roles import caller_of
from redeemd.config.identities import LOOPBACK, UNIX, Identities
from redeemd.config.spiffe import is_spiffe_id
from redeemd.errors import CredentialInvalid, CredentialMissing
from redeemd.rpc.call import Caller
from redeemd.rpc.ports import Context

HEADER = "x-forwarded-client-cert"
_PROPERTY = "peer_spiffe_id"  # gRPC sets it for a verified certificate whose only URI is a SPIFFE ID
_SECURITY, _TLS = "transport_security_type", b"ssl"
_LOOPBACK_PREFIXES = ("ipv4:127.", "ipv6:%5B::1%5D:", "ipv6:[::1]:")


class Peers:
    """The peers of the configuration, as callers by their SPIFFE ID."""

    def __init__(self, identities: Identities) -> None:
        self._callers = {name: caller_of(grant, name=name) for name, grant in identities.peers.items()}
        self._forwarders = frozenset(identities.forwarders)

    def caller(self, context: Context) -> Caller | None:
        """Return the caller of a call without a key from a peer with a role; None from a peer without a SPIFFE ID.

        Raises CredentialMissing for a SPIFFE ID without a role, CredentialInvalid for a malformed header of a trusted
        proxy.
        """
        name, via = self._origin(context)
        if via in self._forwarders:
            headers = [value for key, value in context.invocation_metadata() or () if key == HEADER]
            if headers:
                name = _forwarded(headers)
        if name is None:
            return None
        caller = self._callers.get(name)
        if caller is None and is_spiffe_id(name):  # other texts, which may be long in metadata, are not repeated
            raise CredentialMissing(needs="a key, because the peer has no role", peer=name)
        return caller

    def _origin(self, context: Context) -> tuple[str | None, str | None]:
        """Return the SPIFFE ID of the peer, and what the configuration may call it as a proxy."""
        names = list(context.auth_context().get(_PROPERTY, ()))
        if len(names) == 1:
            name = names[0].decode("ascii", "replace")
            return name, name
        if _TLS in context.auth_context().get(_SECURITY, ()):
            return None, None  # the client of a proxy that TLS hides, or a proxy without an ID
        peer: str = context.peer()
        if peer.startswith("unix:"):
            return None, UNIX
        return None, LOOPBACK if peer.startswith(_LOOPBACK_PREFIXES) else None


def _forwarded(headers: Sequence[str | bytes]) -> str:
    if len(headers) != 1 or not isinstance(headers[0], str):
        raise CredentialInvalid(kind=HEADER)
    try:
        return xfcc.client_of(headers[0])
    except xfcc.XfccInvalid:
        raise CredentialInvalid(kind=HEADER) from None
