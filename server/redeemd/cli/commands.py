"""All commands: `redeemd --help`."""

import typer

from redeemd import __version__
from redeemd.cli import (
    audit,
    backup,
    campaigns,
    codes,
    copy,
    demo,
    files,
    health,
    importing,
    keys,
    master_keys,
    migrate,
    serve,
)

app = typer.Typer(
    help="Issue serial and campaign codes, redeem each exactly once.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
serve.add_to(app)
app.command()(migrate.migrate)
app.add_typer(keys.app, name="keys")
app.add_typer(master_keys.app, name="master-keys")
app.add_typer(campaigns.app, name="campaign")
app.command()(codes.issue)
app.command()(codes.switch)
app.command()(files.export)
app.command(name="import")(importing.import_codes)
app.command()(codes.lookup)
app.command(name="backup")(backup.back_up)
app.command()(backup.restore)
app.command()(copy.copy)
app.command()(audit.audit)
app.command()(demo.demo)
app.command()(health.health)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)
