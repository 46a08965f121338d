"""Checks that settings, each valid by itself, agree with each other and with the files that they name."""

import importlib.util
from typing import TYPE_CHECKING

from redeemd.config.addresses import is_loopback

if TYPE_CHECKING:
    from redeemd.config.settings import Settings

_ADDRESSES = ("listen", "http_listen", "admin_listen")


def problems(settings: "Settings") -> list[str]:
    """Return what is wrong with settings that are each valid, and with the files that they name."""
    found = _conflicts(settings) + _tls_problems(settings) + _console_problems(settings)
    readers = (
        settings.read_github_keys,
        settings.read_action_handlers,
        settings.read_webhooks,
        settings.read_identities,
        settings.read_console_client,
    )
    for read in readers:
        try:
            read()
        except ValueError as problem:
            found.append(str(problem))
    return found + _open_problems(settings)


def _conflicts(settings: "Settings") -> list[str]:
    problems = []
    if settings.master_key.get_secret_value() and settings.master_key_file:
        problems.append("master_key and master_key_file are mutually exclusive")
    if settings.github_keys.get_secret_value() and settings.github_keys_file:
        problems.append("github_keys and github_keys_file are mutually exclusive")
    if settings.api_docs and not settings.json_door:
        problems.append("api_docs describes the REST API, which json_door switches off")
    if settings.webhooks is not None and not settings.event_retention_seconds:
        problems.append("webhooks sends events, of which event_retention_seconds 0 keeps none")
    problems += _shared_addresses(settings)
    if settings.reuse_port and settings.embedded:
        problems.append("reuse_port needs PostgreSQL: an embedded database has one server")
    return problems


def _shared_addresses(settings: "Settings") -> list[str]:
    """Return what two listeners have in common: an address. Port 0 is another one each time."""
    names: dict[str, str] = {}
    problems = []
    for name in _ADDRESSES:
        address = getattr(settings, name)
        other = names.setdefault(address, name)
        if other != name and address and not address.endswith(":0"):
            problems.append(f"{other} and {name} are the same address, {address}")
    return problems


def _tls_problems(settings: "Settings") -> list[str]:
    problems = []
    if (settings.tls_cert is None) != (settings.tls_key is None):
        problems.append("tls_cert and tls_key must be given together")
    if settings.tls_client_ca is not None and settings.tls_cert is None:
        problems.append("tls_client_ca needs tls_cert and tls_key")
    modes = {"http_tls": settings.http_tls, "admin_tls": settings.admin_tls}
    if settings.tls_source == "spiffe" and (settings.tls_cert or settings.tls_key or settings.tls_client_ca):
        problems.append("tls_source spiffe takes no tls_cert, tls_key or tls_client_ca")
    if not settings.verifies_clients:
        problems += [
            f"{name} mutual needs tls_client_ca or tls_source spiffe"
            for name, mode in modes.items()
            if mode == "mutual"
        ]
    return problems


def _open_problems(settings: "Settings") -> list[str]:
    """Return the addresses at which a server without authentication must not listen."""
    addresses = {name: getattr(settings, name) for name in _ADDRESSES}
    return [
        f"auth off serves loopback addresses only, but {name} is {value}"
        for name, value in addresses.items()
        if settings.auth == "off" and value and not is_loopback(value)
    ]


def _console_problems(settings: "Settings") -> list[str]:
    """Return what keeps the console from being served, if it is switched on."""
    if not settings.console:
        return []
    missing = importlib.util.find_spec("jinja2") is None
    return [
        *(["console: install redeemd[console]"] if missing else []),
        *([] if settings.admin_listen else ["console is served by admin_listen, which is empty"]),
    ]
