"""The options of `serve`: one for every setting, with its type, default and variable, in groups."""

import inspect
from pathlib import Path
from typing import Annotated, Literal, get_args, get_origin

import typer
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from redeemd.config import Settings

_GROUPS = {
    "Addresses": {
        *("listen", "reuse_port", "http_listen", "admin_listen", "public_url"),
        *("json_door", "connect", "api_docs", "cors_origins"),
        *("console", "console_url", "console_issuer", "console_client_id", "console_client_secret_file"),
        "console_scopes",
    },
    "TLS": {"tls_source", "tls_cert", "tls_key", "tls_client_ca", "http_tls", "admin_tls"},
    "Database": {
        *("data", "database", "migrate", "allow_empty_database", "readers", "connections", "prepared_statements"),
        "event_retention_seconds",
    },
    "Keys and callers": {
        *("auth", "identities", "master_key", "master_key_file", "project_token_seconds", "time_offsets")
    },
    "Other services": {
        *("github_url", "github_keys", "github_keys_file", "action_handlers", "webhooks", "scripts"),
        *("region", "owner_id"),
    },
    "Limits and times": {
        *("calls_max", "message_timeout_seconds", "guess_delay_seconds", "connection_age_seconds"),
        *("connection_age_grace_seconds", "drain_seconds", "grace_seconds"),
    },
    "Observation": {"log", "log_ok_reads", "log_slow_seconds", "reflection", "channelz"},
}
_TYPES = {bool: "true|false", int: "INTEGER", float: "NUMBER", Path: "PATH"}


def signature() -> inspect.Signature:
    """Return the signature of `serve`, from which typer reads its options.

    Values are text, because the settings are validated together, with those of the environment.
    """
    context = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    settings = [_parameter(name, field) for name, field in Settings.model_fields.items()]
    modes = [
        _mode("check", "Validate the settings and the files that they name, and exit."),
        _mode("print_config", "Print the settings as JSON, without secrets, and exit."),
    ]
    return inspect.Signature([context, *settings, *modes])


def _parameter(name: str, field: FieldInfo) -> inspect.Parameter:
    option = typer.Option(
        help=field.description,
        metavar=_metavar(field.annotation),
        show_default=_shown(field.default),
        rich_help_panel=next((group for group, names in _GROUPS.items() if name in names), "Other"),
        # Shown, and read by the settings themselves.
        envvar=f"REDEEMD_{name.upper()}",
    )
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[str | None, option]
    )


def _mode(name: str, text: str) -> inspect.Parameter:
    option = typer.Option(f"--{name.replace('_', '-')}", help=text)
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Annotated[bool, option])


def _metavar(annotation: object) -> str:
    if get_origin(annotation) is Literal:
        return "|".join(get_args(annotation))
    known = [kind for kind in (annotation, *get_args(annotation)) if kind in _TYPES]
    return _TYPES[known[0]] if known else "TEXT"


def _shown(default: object) -> str | bool:
    """Return a default as a user would write it; False for none."""
    if default in {None, ""} or isinstance(default, SecretStr):
        return False
    return str(default).lower() if isinstance(default, bool) else str(default)
