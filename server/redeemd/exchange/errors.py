"""Refusals of the Exchange service; one class per redeem.exchange.v1.ErrorReason."""

from redeemd.errors import Code, ServiceError


class ExchangeError(ServiceError, package="exchange"):
    """Base class of the errors of this service."""


class RateModelNotFound(ExchangeError, status=Code.NOT_FOUND, reason="RATE_MODEL_NOT_FOUND", component="rateModel"):
    """The current master data has no such rate."""


class RateModelMasterNotFound(
    ExchangeError, status=Code.NOT_FOUND, reason="RATE_MODEL_MASTER_NOT_FOUND", component="rateModelMaster"
):
    """There is no such rate master."""


class RateModelMasterAlreadyExists(
    ExchangeError, status=Code.ALREADY_EXISTS, reason="RATE_MODEL_MASTER_ALREADY_EXISTS", component="rateModelMaster"
):
    """A rate master with this name already exists."""


class IncrementalRateModelNotFound(
    ExchangeError, status=Code.NOT_FOUND, reason="INCREMENTAL_RATE_MODEL_NOT_FOUND", component="incrementalRateModel"
):
    """The current master data has no such incremental rate."""


class IncrementalRateModelMasterNotFound(
    ExchangeError,
    status=Code.NOT_FOUND,
    reason="INCREMENTAL_RATE_MODEL_MASTER_NOT_FOUND",
    component="incrementalRateModelMaster",
):
    """There is no such incremental rate master."""


class IncrementalRateModelMasterAlreadyExists(
    ExchangeError,
    status=Code.ALREADY_EXISTS,
    reason="INCREMENTAL_RATE_MODEL_MASTER_ALREADY_EXISTS",
    component="incrementalRateModelMaster",
):
    """An incremental rate master with this name already exists."""


class CurrentRateMasterNotFound(
    ExchangeError, status=Code.NOT_FOUND, reason="CURRENT_RATE_MASTER_NOT_FOUND", component="currentRateMaster"
):
    """No master data has been uploaded yet."""


class AwaitNotFound(ExchangeError, status=Code.NOT_FOUND, reason="AWAIT_NOT_FOUND", component="await"):
    """The player has no such await."""


class AwaitLocked(
    ExchangeError,
    status=Code.FAILED_PRECONDITION,
    reason="AWAIT_LOCKED",
    component="await",
    code="exchange.await.locked",
):
    """The await cannot be acquired before {acquirable_at}."""


class DirectExchangeDisabled(
    ExchangeError, status=Code.FAILED_PRECONDITION, reason="DIRECT_EXCHANGE_DISABLED", component="namespace"
):
    """The namespace allows exchanges only as actions of transactions ({error_type})."""


class AwaitExchangeDisabled(
    ExchangeError, status=Code.FAILED_PRECONDITION, reason="AWAIT_EXCHANGE_DISABLED", component="namespace"
):
    """The namespace does not allow rates with a waiting time ({error_type})."""


class RateNotAwaiting(
    ExchangeError, status=Code.FAILED_PRECONDITION, reason="RATE_NOT_AWAITING", component="rateModel"
):
    """The reward of this rate has no waiting time ({error_type})."""


class ExchangesExhausted(
    ExchangeError, status=Code.FAILED_PRECONDITION, reason="EXCHANGES_EXHAUSTED", component="incrementalRateModel"
):
    """The rate allows no more exchanges."""


class PriceTooHigh(
    ExchangeError, status=Code.FAILED_PRECONDITION, reason="PRICE_TOO_HIGH", component="incrementalRateModel"
):
    """The price, {price}, exceeds what the consume action can take."""
