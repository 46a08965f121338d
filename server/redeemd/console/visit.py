"""One request for a page: who makes it, what it says, and the ways to call methods and to respond."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from aiohttp import web
from google.protobuf.message import Message
from redeem.auth.v1.requests_pb2 import ListKeysRequest
from redeem.exchange.v1.resources_pb2 import IncrementalRateModel, Namespace
from redeem.limit.v1.resources_pb2 import LimitModel
from redeem.transaction.v1.requests_pb2 import DescribeDeliveriesRequest

from redeemd.console import guard
from redeemd.console.calls import Methods, Refused
from redeemd.console.code_file import ReadCodes
from redeemd.console.identity import Identities, metadata_of, role_name
from redeemd.console.imports import Imports
from redeemd.console.rendering import Renderer
from redeemd.console.session import Session
from redeemd.http.peer import peer_of
from redeemd.printing.apart import Printer
from redeemd.rpc.call import Caller
from redeemd.status.replicas import Replicas

R = TypeVar("R", bound=Message)
# What pages at the top read, where a role may not: the others are for everybody.
_READ_BY: Mapping[str, type[Message]] = {
    "/console/deliveries": DescribeDeliveriesRequest,
    "/console/keys": ListKeysRequest,
    "/console/servers": DescribeDeliveriesRequest,
}
PAGE_ITEMS = 50  # of a list
KEY_LENGTH_MAX = 256


class Previews(Protocol):
    """Computes what models do, in force or not, with the code that runs when they are in force."""

    def resets(self, model: LimitModel, *, after: int, count: int) -> list[int]:
        """Return the first resets of a limit after a time, Unix milliseconds. It may run in a thread."""

    def price(self, namespace: Namespace, model: IncrementalRateModel, *, before: int, now: int) -> int:
        """Return the price of one exchange after `before` exchanges. Raises ServiceError. On the event loop only."""


@dataclass(frozen=True, slots=True)
class Tools:
    """The parts that all visits share."""

    methods: Methods
    identities: Identities
    renderer: Renderer
    now: Callable[[], int]
    read_codes: ReadCodes
    imports: Imports
    printer: Printer
    replicas: Replicas
    previews: Previews


@dataclass(slots=True)
class Visit:
    """A request of somebody who is logged in.

    form     the fields of a submitted form; empty for a request that only reads
    file     the content of the file of a submitted form
    refusal  why the action of the form was refused, for the page that is shown instead of its outcome
    notice   what was done by the action before this page
    status   of the page, unless it shows a refusal
    """

    request: web.Request
    tools: Tools
    session: Session
    caller: Caller
    language: str
    form: Mapping[str, str] = field(default_factory=dict)
    file: bytes = b""
    refusal: Refused | None = None
    notice: str = ""
    said: str = ""
    status: int = 200

    def part(self, name: str) -> str:
        """Return a variable part of the path."""
        return self.request.match_info[name]

    def query(self, name: str) -> str:
        """Return a parameter of the URL; "" if it is absent."""
        return self.request.query.get(name, "")

    def asked(self, name: str) -> str:
        """Return what somebody typed into a field of the form, or of the URL; "" if it is absent."""
        return self.form.get(name, self.query(name)).strip()

    @property
    def now(self) -> int:
        """The time of the server, Unix milliseconds."""
        return self.tools.now()

    def may(self, request_type: type[Message]) -> bool:
        """Return whether the role of the caller may call the method with a type of requests."""
        return self.tools.identities.may(self.caller, request_type)

    def may_open(self, url: str) -> bool:
        """Return whether the role of the caller may read what a page is about."""
        asked = _READ_BY.get(url)
        return asked is None or self.may(asked)

    async def call(self, request: Message, reply_type: type[R], *, item: str = "") -> R:
        """Call the method of a request, through the pipeline of all calls. Raises Refused.

        A call that writes has an idempotency key of the form, so that a form that is sent twice acts once; an action
        that calls a method several times tells the calls apart by `item`.
        """
        return await self.tools.methods.call(request, reply_type, self.metadata(request, item), self.peer)

    async def stream(self, requests: Iterable[Message], reply_type: type[R], metadata: Mapping[str, str]) -> R:
        """Call a method that takes a stream with requests, of which there is one at least. Raises Refused."""
        return await self.tools.methods.stream(requests, reply_type, metadata, self.peer)

    @property
    def peer(self) -> str:
        """The address of the browser, as calls have it."""
        return peer_of(self.request)

    def metadata(self, request: Message, item: str = "") -> dict[str, str]:
        """Return the metadata of a call; see `call`."""
        metadata = metadata_of(self.session.credential)
        once = self.form.get("once", "")
        if once and self.tools.methods.is_idempotent(request):
            metadata["idempotency-key"] = f"console:{once}:{item}"[:KEY_LENGTH_MAX]
        return metadata

    async def watch(
        self, request: Message, reply_type: type[R], *, enough: Callable[[R], bool], seconds: float
    ) -> list[R]:
        """Return the first messages of a streamed reply: up to one that is enough, or for so long. Raises Refused."""
        headers = metadata_of(self.session.credential)
        return await self.tools.methods.watch(request, reply_type, headers, self.peer, enough=enough, seconds=seconds)

    async def render(self, template: str, **values: object) -> web.Response:
        """Return a page from a template, with what its layout needs."""
        status = self.status if self.refusal is None else self.refusal.http_status
        text = await self.tools.renderer.render(template, self.language, self._layout() | values)
        return web.Response(text=text, status=status, content_type="text/html", headers=guard.HEADERS)

    def _layout(self) -> dict[str, object]:
        return {
            "visit": self,
            "who": self.caller,
            "role": role_name(self.caller),
            "path": self.request.path,
            "language": self.language,
            "csrf": self.session.csrf,
            "once": secrets.token_urlsafe(12),
            "refusal": self.refusal,
            "notice": self.notice,
            "partial": "HX-Request" in self.request.headers,
        }

    def text(self, message: str) -> str:
        """Return a text, given in English, in the language of the viewer."""
        return self.tools.renderer.text(message, self.language)

    def say(self, text: str) -> None:
        """Show a text, given in English, on the next page."""
        self.said = text

    @staticmethod
    def go(url: str) -> web.Response:
        """Return a response that leads to another page of the console."""
        return guard.redirect(url)
