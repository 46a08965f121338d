"""Parses `x-forwarded-client-cert`, in which a proxy states the certificate of its client.

https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-forwarded-client-cert: elements
separated by commas, of pairs KEY=VALUE separated by semicolons; a value with one of `,;="` is quoted, with `\"` for a
quote in it. A proxy that appends to the header of an untrusted client sends several elements, so only a header of
exactly one element names a client.
"""

import re

from redeemd.config.spiffe import is_spiffe_id

LENGTH_MAX = 16 * 1024

_KEYS = frozenset({"by", "hash", "cert", "chain", "subject", "uri", "dns"})
_PAIR = re.compile(r'(?P<key>[A-Za-z]+)=(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^",;=]*))(?P<end>;|\Z)')
_ESCAPED = re.compile(r"\\(.)")


class XfccInvalid(Exception):
    """The header is malformed, has not exactly one element, or does not name exactly one SPIFFE ID."""


def client_of(header: str) -> str:
    """Return the SPIFFE ID of the client, the only URI of the only element. Raises XfccInvalid."""
    uris = [value for key, value in parse(header) if key == "uri"]
    if len(uris) != 1 or not is_spiffe_id(uris[0]):
        raise XfccInvalid
    return uris[0]


def parse(header: str) -> list[tuple[str, str]]:
    """Return the pairs of a header of one element, with keys in lower case. Raises XfccInvalid."""
    if len(header) > LENGTH_MAX:
        raise XfccInvalid
    pairs = []
    position = 0
    while True:
        found = _PAIR.match(header, position)
        if found is None or found["key"].lower() not in _KEYS:
            raise XfccInvalid
        quoted = found["quoted"]
        pairs.append((found["key"].lower(), found["plain"] if quoted is None else _ESCAPED.sub(r"\1", quoted)))
        position = found.end()
        if not found["end"]:
            return pairs
