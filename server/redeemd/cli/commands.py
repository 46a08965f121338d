"""All commands: `redeemd --help`. The module of a command is imported when the command runs."""

import importlib
from typing import Annotated, NamedTuple, cast

import typer
from typer.core import TyperCommand, TyperGroup

from redeemd import __version__
from redeemd.cli.results import Json, put

_Command = TyperCommand | TyperGroup


class _Place(NamedTuple):
    """The module and name of a command, or of the Typer of a group of commands, and what help says of it."""

    module: str
    name: str
    summary: str


_PLACES = {
    "serve": _Place("serve", "serve", "Serve until stopped."),
    "migrate": _Place("migrate", "migrate", "Migrate a database to the schema of this version."),
    "keys": _Place("keys", "app", "Manage the API keys of servers and tools."),
    "master-keys": _Place("master_keys", "app", "Rotate the master key: docs/how-to/rotate-keys.md."),
    "campaign": _Place("campaigns", "app", "Manage campaigns."),
    "apply": _Place("apply", "apply", "Create and change namespaces and master data as a Deploy template says."),
    "batch": _Place("batches", "app", "Delete, move and limit batches of codes."),
    "issue": _Place("codes", "issue", "Issue a batch of any number of codes at once."),
    "switch": _Place("switching", "switch", "Switch a campaign, one of its batches, one code or the codes of a file."),
    "export": _Place("files", "export", "Write the codes of an issue job to a file."),
    "import": _Place("importing", "import_codes", "Import codes that you already have into a campaign."),
    "import-counters": _Place("moving_in", "import_counters", "Import counters of another system, each once."),
    "import-awaits": _Place("moving_in", "import_awaits", "Import awaits of another system, each once."),
    "player": _Place("player", "player", "Show what the namespaces of a name hold about a player."),
    "jobs": _Place("jobs", "jobs", "List batches and imports, and deliveries to handlers that wait or are dead."),
    "lookup": _Place("codes", "lookup", "Explain a code, in every namespace that has it."),
    "report": _Place("report", "report", "Show how many codes were used, by day or hour of a time zone, or by batch."),
    "revert": _Place("revert", "revert", "Revert a transaction of the last 24 hours."),
    "qr": _Place("print_codes", "qr_code", "Write the QR code of a code."),
    "print-sheet": _Place("print_codes", "print_sheet", "Write cards with the codes of an issue job or a file."),
    "backup": _Place("backup", "back_up", "Write a consistent copy of the database, even while a server uses it."),
    "restore": _Place("backup", "restore", "Create the database of a data folder from a backup."),
    "script": _Place("script", "app", "Try scripts without a server: docs/how-to/scripts.md."),
    "copy": _Place("copy", "copy", "Copy a database into another one, from SQLite to PostgreSQL or back."),
    "watch": _Place("watch", "watch", "Print events as they occur."),
    "webhooks": _Place("webhooks", "app", "See how far webhooks are behind, and send events again."),
    "audit": _Place("audit", "audit", "Print the retained events up to now."),
    "demo": _Place("demo", "demo", "Issue 100,000 codes, redeem one, try it again."),
    "health": _Place("health", "health", "Check whether a server is serving."),
    "version": _Place("commands", "version", "Print the version."),
}  # fmt: skip


class _Commands(TyperGroup):
    """The commands as help lists them; the one that runs is imported, as importing all takes a second of CPU."""

    def __init__(self, **attributes: object) -> None:
        super().__init__(**attributes)  # type: ignore[arg-type]  # what typer passes on
        self.commands = {name: TyperCommand(name, help=place.summary) for name, place in _PLACES.items()}

    def resolve_command(  # type: ignore[override]  # the class of contexts is not public
        self, ctx: typer.Context, args: list[str]
    ) -> tuple[str | None, _Command | None, list[str]]:
        """Return the name of the command in `args`, the command, and the remaining arguments."""
        name, found, rest = super().resolve_command(ctx, args)
        return name, None if found is None else _load(cast("str", name)), rest


app = typer.Typer(
    cls=_Commands,
    help="Issue serial and campaign codes, redeem each exactly once.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        version()
        raise typer.Exit


@app.callback()
def _main(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def version(as_json: Json = False) -> None:
    """Print the version."""
    put({"version": __version__}, __version__, as_json=as_json)


def every() -> TyperGroup:
    """Return the command line interface with all commands imported."""
    group = cast("TyperGroup", typer.main.get_command(app))
    group.commands = {name: _load(name) for name in _PLACES}
    return group


def _load(name: str) -> _Command:
    place = _PLACES[name]
    found = getattr(importlib.import_module(f"redeemd.cli.{place.module}"), place.name)
    if not isinstance(found, typer.Typer):
        single = typer.Typer(add_completion=False)
        single.command(name)(found)
        found = single
    return cast("_Command", typer.main.get_command(found))
