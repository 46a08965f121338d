"""The page of settings: every field of redeemd.config, as a flag and as a variable, and the members of the files."""

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from redeemd.config import Settings
from redeemd.config.client_tls import ClientTls
from redeemd.config.handlers import HandlerAction, HandlerSettings
from redeemd.config.identities import Grant, Identities, IssuerSettings
from redeemd.config.webhooks import WebhookSettings

from reference.markdown import escape_prose, joined, table

_INTRODUCTION = """# Configuration

Every setting is a flag of [`redeemd serve`](../cli.md#redeemd-serve) and an environment variable. A flag overrides the
variable, which overrides the default. At start the server reports all invalid settings at once and never quotes a
secret. Prefer a file or a variable for secrets: everybody on the machine can read a command line."""

_HANDLERS = """## File of handlers

`--action-handlers` names a JSON file: an object with one member for each prefix of action names, the part before the
colon. See [how to host a handler](../../how-to/handlers.md) for an example."""

_WEBHOOKS = """## File of webhooks

`--webhooks` names a JSON file: an object with one member for each webhook, by its name. See
[how to receive events by webhooks](../../how-to/webhooks.md) for an example."""

_IDENTITIES = """## File of identities

`--identities` names a JSON file. See [how to use the identities that you have](../../how-to/identity.md) for an
example."""

_HANDLER_PARTS: dict[str, type[BaseModel]] = {
    "A handler": HandlerSettings,
    "`tls`": ClientTls,
    "An entry of `actions`": HandlerAction,
}
_WEBHOOK_PARTS: dict[str, type[BaseModel]] = {"A webhook": WebhookSettings, "`tls` of a webhook": ClientTls}
_IDENTITY_PARTS: dict[str, type[BaseModel]] = {
    "The file": Identities,
    "An entry of `issuers`": IssuerSettings,
    "An entry of `peers` or `roles`": Grant,
}
_BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most"}


def settings_page() -> str:
    """Render the page."""
    prefix = Settings.model_config["env_prefix"]
    rows = [
        [f"`--{name.replace('_', '-')}`", f"`{prefix}{name.upper()}`", _default(field), _what(field)]
        for name, field in Settings.model_fields.items()
    ]
    settings = table(["flag", "variable", "default", "purpose"], rows)
    files = (
        (_HANDLERS, _HANDLER_PARTS),
        (_WEBHOOKS, _WEBHOOK_PARTS),
        (_IDENTITIES, _IDENTITY_PARTS),
    )
    pages = [text for introduction, parts in files for text in (introduction, *_parts(parts))]
    return joined([_INTRODUCTION, settings, *pages])


def _parts(models: dict[str, type[BaseModel]]) -> list[str]:
    return [f"### {title}\n\n{_members(model)}" for title, model in models.items()]


def _members(model: type[BaseModel]) -> str:
    rows = [[f"`{field.alias}`", _default(field), _what(field)] for field in model.model_fields.values()]
    return table(["member", "default", "purpose"], rows)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    if default in (None, "", {}, []) or isinstance(default, SecretStr):
        return ""
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _what(field: FieldInfo) -> str:
    """Return the description of a setting with its bounds. Raises TypeError when it has none."""
    if not field.description:
        raise TypeError(f"a setting needs a description: {field!r}")
    bounds = [
        f"{word} {getattr(limit, name):,}"
        for limit in field.metadata
        for name, word in _BOUNDS.items()
        if hasattr(limit, name)
    ]
    return escape_prose(field.description) + (f" {', '.join(bounds).capitalize()}." if bounds else "")
