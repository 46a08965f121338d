"""Decides whether a request to change something comes from a page of the console."""

import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

from aiohttp import web

HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",  # not no-referrer, with which browsers send no Origin with forms
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def leaving_headers(url: str) -> dict[str, str]:
    """Return the headers of a page whose form goes to another site, which may lead on to others, and back."""
    parts = urlsplit(url)
    targets = f"form-action 'self' https: {parts.scheme}://{parts.netloc}"
    policy = HEADERS["Content-Security-Policy"].replace("form-action 'self'", targets)
    return dict(HEADERS) | {"Content-Security-Policy": policy}


def is_same_origin(request: web.Request) -> bool:
    """Return whether a browser says that a request comes from this origin; programs, which say nothing, pass."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return False
    origin = request.headers.get("Origin")
    try:
        return origin is None or urlsplit(origin).netloc == request.host
    except ValueError:  # no URL
        return False


def has_token(form: Mapping[str, str], token: str) -> bool:
    """Return whether a form has the token of its session."""
    return hmac.compare_digest(form.get("csrf", "").encode(), token.encode())


def redirect(url: str) -> web.Response:
    """Return a response that leads to another page."""
    return web.Response(status=303, headers=dict(HEADERS) | {"Location": url})


def local(path: str) -> str:
    """Return a path of the console as it is, and the first page for any other."""
    return path if is_local(path) else "/console/"


def is_local(path: str) -> bool:
    """Return whether a path is one of the console; a URL may be on another host."""
    return path.startswith("/console/") and path.isprintable() and "\\" not in path
