"""Reads the headers of a request."""

from collections.abc import Mapping

from aiohttp import web

from redeemd.errors import RequestMalformed

_LISTS = {"tracestate"}  # several headers are one list (https://www.w3.org/TR/trace-context/#combined-header-value)


def read(request: web.Request, names: Mapping[str, str]) -> dict[str, str]:
    """Return headers by other names, those that are absent left out.

    Raises RequestMalformed for one that is not UTF-8, and for two of one name with different values: whoever sent
    `X-Dry-Run` twice must not get a call that is committed.
    """
    found: dict[str, str] = {}
    for header, name in names.items():
        if header not in request.headers:
            continue
        given = request.headers.getall(header)
        values = {",".join(given)} if name in _LISTS else set(given)
        if name in found:
            values.add(found[name])
        if len(values) > 1:
            raise RequestMalformed
        found[name] = given[0] if name not in _LISTS else ",".join(given)
    try:
        "".join(found.values()).encode()
    except UnicodeEncodeError:
        raise RequestMalformed from None
    return found
