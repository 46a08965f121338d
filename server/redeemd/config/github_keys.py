"""The keys for GitHub."""

from pathlib import Path

from pydantic import SecretStr


def read(path: Path | None, text: SecretStr) -> dict[str, SecretStr]:
    """Return the keys in a file, or in a text without one. Raises ValueError with every problem."""
    if path is None:
        return _parse(text.get_secret_value())
    try:
        return _parse(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise ValueError(f"github_keys_file {path}: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"github_keys_file {path}: is not UTF-8") from None


def _parse(text: str) -> dict[str, SecretStr]:
    """Parse `<apiKeyId>=<token>` entries. Raises ValueError with every problem, none of which quotes an entry."""
    keys: dict[str, SecretStr] = {}
    problems = []
    for number, entry in enumerate(text.split(), 1):
        key_id, _, token = entry.partition("=")
        if not (key_id and token and token.isascii() and token.isprintable()):
            problems.append(f"GitHub key {number} is not <apiKeyId>=<token>")
        elif key_id in keys:
            problems.append(f"GitHub key {number} has the id of an earlier one")
        keys[key_id] = SecretStr(token)
    if problems:
        raise ValueError("; ".join(problems))
    return keys
