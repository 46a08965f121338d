"""Listings: any method whose response has a next_page_token, or whose listing is one page."""

import copy
from typing import Any, TypeVar

RequestT = TypeVar("RequestT")


def after(request: RequestT, response: object) -> RequestT | None:
    """Return the request of the page after a response, None after the last page."""
    token: str = getattr(response, "next_page_token", "")
    return _copy(request, page_token=token) if token else None


def resumed(request: RequestT, response: object) -> RequestT:
    """Return the request that continues a stream behind a response. The last one of an export has no cursor."""
    cursor: str = getattr(response, "next_cursor", "")
    return _copy(request, cursor=cursor) if cursor else request


def _copy(request: RequestT, **fields: str) -> RequestT:
    further: Any = copy.copy(request)  # a message, whose fields depend on the method
    for name, value in fields.items():
        setattr(further, name, value)
    copied: RequestT = further
    return copied
