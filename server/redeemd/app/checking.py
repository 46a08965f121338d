"""Validates a configuration without serving."""

from redeemd.app import master_keys, tls
from redeemd.config import Settings
from redeemd.handlers import channels


def check(settings: Settings) -> None:
    """Read the files that settings name: certificates, master keys, and certificates of handlers.

    The settings themselves are valid. Raises TlsError, KeyRingError or OSError.
    """
    certificates = tls.certificates(settings)
    if certificates is not None:
        certificates.close()
    for handler in settings.read_action_handlers().values():
        channels.credentials(handler)
    master_keys.read(settings)
