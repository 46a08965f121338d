"""The file of handlers: their addresses, and how redeemd calls them."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from redeemd.config.addresses import split_address, unix_path
from redeemd.config.client_tls import ClientTls
from redeemd.config.json_file import FromJson

_ACTION_PREFIX = r"^[A-Za-z0-9_.-]{1,64}$"
_ACTION_REST = r"^[A-Za-z0-9_.-]{1,128}$"


class HandlerAction(FromJson):
    """Settings of one action of a handler."""

    quantity_field: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9_]{1,64}$",
        description="The member of the request that the count of an exchange multiplies.",
    )
    reverse: str | None = Field(
        None,
        pattern=_ACTION_REST,
        description="The action that RevertTransaction runs to undo it, by the part of the name behind the colon. It "
        "gets the same request.",
    )


class HandlerSettings(FromJson):
    """The address of the handler of a prefix, and how redeemd calls it; or the actions that are not here."""

    address: str = Field(
        "", description="HOST:PORT of the handler, or unix:PATH of its Unix socket. Required unless `notHere` is set."
    )
    plaintext: bool = Field(False, description="Connect without TLS. Set either this or `tls`.")
    tls: ClientTls | None = Field(None, description="Connect with TLS; `{}` trusts the certificates of the machine.")
    deadline_seconds: float = Field(5.0, gt=0, le=60, description="Deadline of one call.")
    attempts_max: int = Field(100, ge=1, le=10_000, description="Attempts of a delivery before it is dead.")
    backoff_seconds: float = Field(
        1.0,
        gt=0,
        le=3600,
        description="Pause after the first failed attempt of a delivery; each later pause is doubled.",
    )
    backoff_seconds_max: float = Field(300.0, gt=0, le=86_400, description="The longest pause between two attempts.")
    calls_max: int = Field(32, ge=1, le=1000, description="Deliveries of one replica in progress at once.")
    batches: bool = Field(False, description="Send deliveries that are due together in one call of ExecuteBatch.")
    actions: dict[Annotated[str, Field(pattern=_ACTION_REST)], HandlerAction] = Field(
        default_factory=dict, description="Settings of single actions, by the part of the name behind the colon."
    )
    not_here: list[Annotated[str, Field(pattern=_ACTION_REST)]] = Field(
        default_factory=list,
        description="Actions that nothing executes, by the part of the name behind the colon. Master data may name "
        "them; what would run one is refused with ACTION_NOT_HERE.",
    )

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        both = sorted(self.actions.keys() & self.not_here)
        if both:
            raise ValueError(f"{both[0]} cannot be in both actions and notHere")
        if not self.address:
            return self._check_without_address()
        if split_address(self.address) is None and unix_path(self.address) is None:
            raise ValueError("address must be HOST:PORT or unix:PATH")
        if self.plaintext == (self.tls is not None):
            raise ValueError('must have either "tls", {} for the certificates of the system, or "plaintext": true')
        return self

    def _check_without_address(self) -> Self:
        """Check that the entry only lists actions that are not here."""
        if not self.not_here:
            raise ValueError("must have an address, or list actions in notHere")
        if self.model_fields_set != {"not_here"}:
            raise ValueError("an entry without an address has notHere only")
        return self


Handlers = dict[Annotated[str, Field(pattern=_ACTION_PREFIX)], HandlerSettings]
