"""Origins of web pages (RFC 6454)."""

import re
from typing import Annotated

from pydantic import AfterValidator

# In the lower case of browsers. The origin of pages without one is null.
_ORIGIN = re.compile(r"\*|null|[a-z][a-z0-9+.-]*://[^/\s?#@A-Z]+")


def _checked(origins: str) -> str:
    for origin in origins.split():
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(f"{origin} is not as browsers send it: https://HOST or https://HOST:PORT, without a slash")
    return origins


# Origins with spaces between, or `*`.
Origins = Annotated[str, AfterValidator(_checked)]
