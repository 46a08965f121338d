"""The page of commands: what `redeemd --help` says, on one page."""

from collections.abc import Iterator
from typing import Any

from redeemd.cli import commands

from reference.markdown import anchor, escape_prose, first_sentence, joined, table

_INTRODUCTION = """# Command line

`redeemd COMMAND --help` shows the same in a terminal. `serve`, `migrate`, `backup`, `restore` and `copy` open the
database themselves. The others call a running server; `keys` opens the database if no server uses it. Exit codes: 0 for
success, 1 for a refusal or a fault, which includes settings of `serve` that are not valid, 2 for arguments that a
command does not have or cannot read.

**JSON.** With `--json`, commands print an object on each line of standard output: entities as in the
[documented JSON](README.md), with times in Unix milliseconds; a command that lists several kinds of things adds
`kind`. Progress, warnings and problems go to standard error. A command that fails prints no object for what it did not
do.

**Profiles.** `--profile NAME`, or `REDEEMD_PROFILE`, takes the connection options that are not given from a table of
`~/.config/redeemd/config.toml` (`$XDG_CONFIG_HOME/redeemd/config.toml`). A flag precedes a variable, which precedes the
profile. Paths are relative to the folder of the file; keys stay in files of their own, which only you should be able to
read.

```toml
[profiles.live]
server = "codes.example.com:50051"
tls = true
key-file = "live.key"
```

Options: `server`, `tls`, `ca`, `client-cert`, `client-key`, `authority`, `key-file`.

Files that the commands create can be read by their owner only, whatever the umask."""

_SERVE = (
    "The flags are the settings: see [configuration](../configuration.md). `--check` validates them and the files that "
    "they name, `--print-config` prints them without secrets; both exit."
)


def commands_page() -> str:
    """Render the page."""
    found = list(_commands(commands.every(), "redeemd"))
    rows = [[f"[`{name}`](#{anchor(name)})", escape_prose(first_sentence(command.help))] for name, command in found]
    return joined([_INTRODUCTION, table(["command", "purpose"], rows), *(_section(*each) for each in found)])


def _commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield the commands with their full names; a group holds others. Typer's classes are not public, so Any."""
    for word, inner in getattr(command, "commands", {}).items():
        if hasattr(inner, "commands"):
            yield from _commands(inner, f"{name} {word}")
        else:
            yield f"{name} {word}", inner


def _section(name: str, command: Any) -> str:
    parameters = command.params
    arguments = [each for each in parameters if each.param_type_name == "argument"]
    usage = " ".join([name, *(_usage(each) for each in arguments), "[OPTIONS]" * (len(arguments) < len(parameters))])
    shown = _SERVE if name == "redeemd serve" else table(["name", "variable", "default", "purpose"], _rows(parameters))
    paragraphs = (escape_prose(" ".join(each.split())) for each in command.help.split("\n\n"))
    return joined([f"## {name}", f"`{usage.strip()}`", *paragraphs, shown if parameters else ""]).rstrip("\n")


def _usage(argument: Any) -> str:
    name = argument.name.upper()
    return name if argument.required else f"[{name}]"


def _rows(parameters: list[Any]) -> list[list[str]]:
    return [
        [_name(each), f"`{each.envvar}`" if each.envvar else "", _default(each), escape_prose(each.help or "")]
        for each in parameters
    ]


def _name(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{parameter.name.upper()}`"
    return ", ".join(f"`{name}`" for name in [*parameter.opts, *parameter.secondary_opts])


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    if parameter.default is None or str(parameter.default) in {"", "False"}:
        return ""
    return f"`{parameter.default}`"
