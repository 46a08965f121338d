"""Forecasts of the actions of a preflight."""

from collections.abc import Sequence

from redeem.transaction.v1.requests_pb2 import ActionForecast

from redeemd.errors import ServiceError
from redeemd.transaction.action import ActionRequest


def of_refusal(path: str, request: ActionRequest, refusal: ServiceError) -> ActionForecast:
    """Forecast an action that refused."""
    return ActionForecast(
        action_path=path,
        action=request.action.definition.name,
        would_succeed=False,
        status_code=refusal.status,
        reason=refusal.reason,
        message=str(refusal),
        metadata=refusal.metadata,
    )


def after(path: str, request: ActionRequest, inside: Sequence[ActionForecast]) -> ActionForecast:
    """Forecast an action that did not refuse itself: it would fail with the first nested action that would fail."""
    forecast = ActionForecast()
    forecast.CopyFrom(next((each for each in inside if not each.would_succeed), forecast))
    forecast.would_succeed = not forecast.reason
    forecast.action_path, forecast.action = path, request.action.definition.name
    return forecast
