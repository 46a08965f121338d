"""The client by which the console logs people in at an identity provider (OpenID Connect)."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import SecretStr

from redeemd.config.identities import Identities, check_url

if TYPE_CHECKING:
    from redeemd.config.settings import Settings

_SECRET_LENGTH_MAX = 4096


@dataclass(frozen=True, slots=True)
class OpenIdClient:
    """A client that is registered at the provider.

    issuer     the `iss` of the provider's tokens, and the URL below which it describes itself
    secret     None for a public client
    scopes     with spaces between
    url        of the console for browsers, without a path; the URLs that are registered begin with it
    """

    issuer: str
    client_id: str
    secret: SecretStr | None
    scopes: str
    url: str


def read(settings: "Settings") -> OpenIdClient | None:
    """Return the client of the settings, None for none. Raises ValueError with every problem."""
    if not settings.console_issuer:
        if settings.console_client_id or settings.console_client_secret_file:
            raise ValueError("console_client_id and console_client_secret_file need console_issuer")
        return None
    problems = _setting_problems(settings) + _issuer_problems(settings)
    secret = None
    try:
        secret = _secret(settings.console_client_secret_file)
    except ValueError as problem:
        problems.append(str(problem))
    if problems:
        raise ValueError("; ".join(problems))
    return OpenIdClient(
        issuer=settings.console_issuer,
        client_id=settings.console_client_id,
        secret=secret,
        scopes=" ".join(settings.console_scopes.split()),
        url=settings.console_url.rstrip("/"),
    )


def _setting_problems(settings: "Settings") -> list[str]:
    problems = []
    if not settings.console:
        problems.append("console_issuer needs console")
    if settings.auth == "off":
        problems.append("console_issuer needs auth on")
    if not settings.console_client_id:
        problems.append("console_issuer needs console_client_id")
    if "openid" not in settings.console_scopes.split():
        problems.append("console_scopes must contain openid")
    if not settings.console_url:
        problems.append("console_issuer needs console_url, to which the provider sends browsers back")
    elif urlsplit(settings.console_url).path.strip("/"):
        problems.append("console_url must have no path with console_issuer")
    else:
        problems += _url_problems("console_url", settings.console_url)
    return problems


def _issuer_problems(settings: "Settings") -> list[str]:
    """Return why the tokens of the issuer would open no console."""
    name, client_id = settings.console_issuer, settings.console_client_id
    problems = _url_problems("console_issuer", name)
    if urlsplit(name).query:
        problems.append("console_issuer must have no query")
    found = _identities(settings).issuers.get(name)
    if found is None:
        return [*problems, f"console_issuer {name} is no issuer in the file of identities"]
    if found.role_claim is None:
        problems.append(f"console_issuer {name} needs roleClaim and roles in the file of identities")
    if client_id and client_id not in found.audiences:
        problems.append(f"console_client_id {client_id} is not in the audiences of {name} in the file of identities")
    return problems


def _identities(settings: "Settings") -> Identities:
    try:
        return settings.read_identities()
    except ValueError:  # which is a problem by itself
        return Identities()


def _url_problems(setting: str, url: str) -> list[str]:
    try:
        check_url(url)
    except ValueError as problem:
        return [f"{setting} {problem}"]
    return []


def _secret(path: Path | None) -> SecretStr | None:
    """Return the secret in a file, without the white space around it. Raises ValueError, which does not quote it."""
    if path is None:
        return None
    try:
        text = path.read_text(encoding="utf-8").strip()
    except OSError as problem:
        raise ValueError(f"console_client_secret_file {path}: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"console_client_secret_file {path}: is not UTF-8") from None
    if not (0 < len(text) <= _SECRET_LENGTH_MAX and text.isascii() and text.isprintable()):
        raise ValueError(f"console_client_secret_file {path}: must be one line of printable ASCII")
    return SecretStr(text)
