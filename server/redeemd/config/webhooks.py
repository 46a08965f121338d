"""The file of webhooks: the receivers of events, and how redeemd calls them."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from redeem.options.v1 import options_pb2
from yarl import URL

from redeemd.config.client_tls import ClientTls
from redeemd.config.json_file import FromJson

WEBHOOKS_MAX = 100
KINDS = {name.removeprefix("EVENT_KIND_"): number for name, number in options_pb2.EventKind.items() if number}

_NAME = r"^[A-Za-z0-9_.-]{1,64}$"
_FILTER = r"^[A-Za-z0-9_.-]{1,128}$"


class WebhookSettings(FromJson):
    """A receiver of events, what it receives, and how redeemd calls it."""

    url: str = Field(
        max_length=2048, description="URL of the receiver, https://... or, with `plaintext`, http://... Never logged."
    )
    secret_file: str = Field(
        description="File of the secrets that sign messages, one a line: whsec_... (HMAC) or whsk_... (ed25519)."
    )
    plaintext: bool = Field(False, description="Allow a URL without TLS.")
    tls: ClientTls | None = Field(None, description="Authorities to trust, and a client certificate.")
    services: list[Annotated[str, Field(pattern=_FILTER)]] = Field(
        default_factory=list, max_length=10, description="Only events of these services; all if empty."
    )
    namespace_names: list[Annotated[str, Field(pattern=_FILTER)]] = Field(
        default_factory=list, max_length=100, description="Only events of these namespaces; all if empty."
    )
    kinds: list[str] = Field(
        default_factory=list,
        max_length=20,
        description="Only events of these kinds, such as REDEEMED; if empty, of all kinds but ADMINISTERED.",
    )
    codes: Literal["none", "masked", "full"] = Field("none", description="How events show codes.")
    start: Literal["now", "oldest"] = Field(
        "now", description="With which event a new webhook begins: the next one, or the oldest one that is kept."
    )
    events_max: int = Field(
        1, ge=1, le=500, description="Events of one request. 1: a CloudEvent; more: always a batch of them."
    )
    deadline_seconds: float = Field(10.0, gt=0, le=60, description="Deadline of one request.")
    attempts_max: int = Field(
        30, ge=1, le=10_000, description="Attempts at an event before it becomes a dead letter and later ones are sent."
    )
    backoff_seconds: float = Field(
        1.0, gt=0, le=3600, description="Pause after the first failed attempt; each later pause is doubled."
    )
    backoff_seconds_max: float = Field(300.0, gt=0, le=86_400, description="The longest pause between two attempts.")

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        self._check_url()
        if unknown := sorted(set(self.kinds) - set(KINDS)):
            raise ValueError(f"there are no kinds {', '.join(unknown)}; there are {', '.join(KINDS)}")
        return self

    def _check_url(self) -> None:
        try:
            url = URL(self.url)
            valid = url.scheme in {"https", "http"} and bool(url.host) and url.port != 0
        except ValueError:
            valid = False
        if not valid or not self.url.isprintable() or " " in self.url:
            raise ValueError("url must be https://... or http://...")
        if url.user is not None or url.fragment:
            raise ValueError("url must have no user and no fragment")
        if (url.scheme == "http") != self.plaintext:
            raise ValueError('an http:// URL needs "plaintext": true, and an https:// URL excludes it')
        if self.plaintext and self.tls is not None:
            raise ValueError('"plaintext": true excludes "tls"')


Webhooks = Annotated[dict[Annotated[str, Field(pattern=_NAME)], WebhookSettings], Field(max_length=WEBHOOKS_MAX)]
