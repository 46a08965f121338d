"""Creates the console, where it is switched on."""

from collections.abc import Sequence

from aiohttp import web
from redeem.exchange.v1.resources_pb2 import CALCULATE_TYPE_LINEAR, CALCULATE_TYPE_POWER, IncrementalRateModel

from redeemd.app.foundation import Foundation
from redeemd.app.services import Service
from redeemd.auth.roles import allowed
from redeemd.exchange import pricing
from redeemd.exchange.pricing import Calculation
from redeemd.http.limits import HttpLimits
from redeemd.rpc.method import Handlers

_CALCULATIONS = {CALCULATE_TYPE_LINEAR: Calculation.LINEAR, CALCULATE_TYPE_POWER: Calculation.POWER}


def routes(
    foundation: Foundation, services: Sequence[Service], handlers: Handlers, limits: HttpLimits, *, tls: bool
) -> list[web.RouteDef]:
    """Return the routes of the console; none if it is off. `handlers` are those of gRPC. `tls`: its port has TLS."""
    settings = foundation.settings
    if not settings.console:
        return []
    from redeemd.app import code_file  # noqa: PLC0415 -- same
    from redeemd.console import creation  # noqa: PLC0415 -- an extra, and nothing of it is needed without it

    return creation.routes(
        [service.descriptor for service in services],
        handlers,
        access=foundation.access,
        allowed=allowed,
        clock=foundation.clock,
        ring=foundation.ring,
        limits=limits,
        open_to_all=settings.auth == "off",
        secure=tls or settings.console_url.startswith("https:"),
        guess_delay_seconds=settings.guess_delay_seconds,
        read_codes=code_file.read,
        price=_price,
    )


def _price(model: IncrementalRateModel, before: int) -> int | None:
    """See redeemd.console.visit.Price."""
    calculation = _CALCULATIONS.get(model.calculate_type)
    if calculation is None:
        return None
    try:
        return pricing.price(
            calculation,
            base=model.base_value,
            coefficient=model.coefficient_value,
            before=before,
            count=1,
        )
    except pricing.PriceTooHigh:
        return None
