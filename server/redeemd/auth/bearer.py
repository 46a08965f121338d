"""Reads the `authorization` header."""

from redeemd.errors import CredentialMissing
from redeemd.rpc.ports import Metadata

_BEARER = "bearer "


def bearer_header(metadata: Metadata) -> str:
    """Return the header that holds a key. Raises CredentialMissing."""
    header = metadata.get("authorization", "")
    if not isinstance(header, str) or not header[: len(_BEARER)].lower() == _BEARER:
        raise CredentialMissing(needs="a key: metadata `authorization: Bearer <key>`")
    return header


def credential_in(header: str) -> str:
    """Return the credential in the header `Bearer <credential>`, "" if there is none."""
    return header[len(_BEARER) :].strip() if header[: len(_BEARER)].lower() == _BEARER else ""
