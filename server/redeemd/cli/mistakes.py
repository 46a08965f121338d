"""Explains why a call failed, in a sentence that says what to change."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

# What gRPC reports of a connection that fails: where, and why.
_LAST_ERROR = re.compile(r"last error: [A-Z_]+: (?:ipv[46]:)?(?P<address>unix:[^:]+|\S+?:\d+): (?P<why>.+)", re.DOTALL)
_UNRESOLVED = re.compile(r"errors resolving (?P<address>.+?): \[")

# By a part of why a connection failed.
_CONNECTIONS = {
    "WRONG_VERSION_NUMBER": "{address} does not use TLS; leave out --tls, --ca and --client-cert",
    "CERTIFICATE_VERIFY_FAILED": "the certificate of {address} is not trusted; name its authority with --ca",
    "Hostname Verification": "the certificate of {address} is for another name; give that name with --authority",
    "http1.x server": "{address} serves HTTP and not gRPC; give the address of `serve --listen`, by default port 50051",
    "Connection refused": "no server listens at {address}; check --server, and whether the server runs",
    "No such file": "no server listens at {address}; check --server, and whether the server runs",
    "Socket closed": "{address} closed the connection; if it uses TLS, add --tls, --ca or --client-cert",
    "reset by peer": "{address} closed the connection; if it uses TLS, add --tls, --ca or --client-cert",
}
# By the reason of a refusal.
_HINTS = {
    "CREDENTIAL_MISSING": "give --key-file, --key or --profile; without them, data/admin.key is used if it exists",
    "ISSUE_JOB_USED": "--unused-only deletes the others",
    "MASTER_DATA_CHANGED": "another editor put it in force; run the command again",
    "CREDENTIAL_INVALID": "it may be revoked or expired, or the key of another server",
}
_SHOWN_MAX = 5


def explain(details: str, reason: str) -> str:
    """Return the details of an error with what to do about it or, where gRPC describes a connection, a sentence."""
    if reason:
        hint = _HINTS.get(reason)
        return f"{details.removesuffix('.')}; {hint}" if hint else details
    if found := _UNRESOLVED.search(details):
        return f"the address {found['address']} cannot be resolved; --server is HOST:PORT or unix:PATH"
    found = _LAST_ERROR.search(details)
    if found is None:
        return details
    sentence = next((text for part, text in _CONNECTIONS.items() if part in found["why"]), "{address}: {why}")
    return sentence.format(**found.groupdict())


def sentence_of(problem: Exception) -> str:
    """Return what to report of an error. One of the system about a file begins with the file, and has no number."""
    if isinstance(problem, OSError) and problem.filename and problem.strerror:
        return f"{problem.filename}: {problem.strerror}"
    return str(problem)


def suggest(name: str, names: Iterable[str]) -> str:
    """Return which of the existing names may be meant, or which there are; at most _SHOWN_MAX."""
    existing = sorted(names)
    if not existing:
        return "there is none yet"
    if close := get_close_matches(name, existing, n=1):
        return f"did you mean {close[0]}?"
    more = f" and {len(existing) - _SHOWN_MAX} more" if len(existing) > _SHOWN_MAX else ""
    return f"there are {', '.join(existing[:_SHOWN_MAX])}{more}"
