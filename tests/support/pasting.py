"""Commands that a reader pastes: what interactive shells, zsh above all, treat differently than `sh` in a script."""

import re

_HERE_DOCUMENT = re.compile(r"<<'?(\w+)'?\n.*?^\1$", re.MULTILINE | re.DOTALL)
_SINGLE_QUOTED = re.compile(r"'[^']*'")
_QUOTED = re.compile(r"""'[^']*'|"(?:\\.|\$\((?:[^()"]|"[^"]*")*\)|[^"\\])*\"""", re.DOTALL)
_WITH_SPACE = re.compile(r"""^\s*(?:export )?(\w+)=(?=["'][^"'\n]*\s)""", re.MULTILINE)

# Each outside of quotes, but for those of _EVERYWHERE.
_BARE = {
    "comment": re.compile(r"(^|\s)#", re.MULTILINE),  # zsh passes its words as arguments
    "pattern": re.compile(r"(?<!\$)[*?\[]"),  # zsh refuses one without a match, and bash passes it on
    "word splitting": re.compile(r"(^|[;&|(]\s*)\$\w", re.MULTILINE),  # zsh takes a variable as the name of one command
    "path of a command": re.compile(r"(^|\s)=\w", re.MULTILINE),  # zsh replaces =ls by /bin/ls
}
_EVERYWHERE = {
    "history": re.compile(r"!"),  # bash replaces it by an earlier command, also inside double quotes
}
_IN_VARIABLES = {
    "modifier": re.compile(r"\$\w+(:[a-zA-Z]|\[)"),  # zsh takes a part of the value
}


def traps(commands: str) -> list[str]:
    """Return the kinds of what is treated differently; none if the commands can be pasted."""
    commands = _HERE_DOCUMENT.sub("", commands)
    bare = _QUOTED.sub("''", commands)
    texts = ((_BARE, bare), (_EVERYWHERE, commands), (_IN_VARIABLES, _SINGLE_QUOTED.sub("", commands)))
    found = {kind for kinds, text in texts for kind, pattern in kinds.items() if pattern.search(text)}
    if any(re.search(rf"\${name}\b", bare) for name in _WITH_SPACE.findall(commands)):
        found.add("word splitting")  # zsh passes the value as one argument
    return sorted(found)
