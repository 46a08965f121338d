"""Validates a configuration without serving."""

from redeemd.app import master_keys, scripts, tls
from redeemd.config import Settings
from redeemd.handlers import channels
from redeemd.webhooks import runtime as webhooks


def check(settings: Settings) -> None:
    """Read the files that settings name: certificates, master keys, those of handlers and webhooks, and scripts.

    The settings themselves are valid. Raises TlsError, KeyRingError, ConfigError or OSError.
    """
    certificates = tls.certificates(settings)
    if certificates is not None:
        certificates.close()
    for handler in settings.read_action_handlers().values():
        channels.credentials(handler)
    webhooks.check(settings.read_webhooks())
    master_keys.read(settings)
    scripts.of(settings)
