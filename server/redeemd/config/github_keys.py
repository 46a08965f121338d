"""The keys for GitHub."""

from pydantic import SecretStr


def parse_github_keys(text: str) -> dict[str, SecretStr]:
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
