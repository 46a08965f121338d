"""Errors of the Transaction service; one class per redeem.transaction.v1.ErrorReason."""

from redeemd.errors import Code, ServiceError

_HANDLER_RETRY_MS = 1000


class TransactionError(ServiceError, package="transaction"):
    """Base class of the errors of this service."""


class MethodNotFound(TransactionError, status=Code.NOT_FOUND, reason="METHOD_NOT_FOUND", component="method"):
    """No method of this name accepts idempotency keys."""


class TransactionResultNotFound(
    TransactionError, status=Code.NOT_FOUND, reason="TRANSACTION_RESULT_NOT_FOUND", component="transactionResult"
):
    """No recent transaction of the player has this id."""


class TransactionAlreadyRun(
    TransactionError, status=Code.ALREADY_EXISTS, reason="TRANSACTION_ALREADY_RUN", component="transaction"
):
    """A transaction of the player with this id has already run."""


class TransactionAlreadyReverted(
    TransactionError, status=Code.ALREADY_EXISTS, reason="TRANSACTION_ALREADY_REVERTED", component="transaction"
):
    """The transaction was already reverted, by transaction {reverted_by}."""


class TransactionIrreversible(
    TransactionError, status=Code.FAILED_PRECONDITION, reason="TRANSACTION_IRREVERSIBLE", component="transaction"
):
    """{count} actions of the transaction have no reverse: {actions}."""


class TransactionTooLarge(
    TransactionError, status=Code.FAILED_PRECONDITION, reason="TRANSACTION_TOO_LARGE", component="transaction"
):
    """The transaction is too large: the limit for {limit} is {max}."""


class ActionRefused(
    TransactionError, status=Code.FAILED_PRECONDITION, reason="ACTION_REFUSED", component="actionHandler"
):
    """The handler refused the action ({handler_code}): {handler_message}."""


class HandlerUnavailable(
    TransactionError,
    status=Code.UNAVAILABLE,
    reason="HANDLER_UNAVAILABLE",
    component="actionHandler",
    retry_after_ms=_HANDLER_RETRY_MS,
):
    """The handler did not give a usable response ({handler_code}); the transaction was not committed."""


class ActionNotHere(
    TransactionError, status=Code.FAILED_PRECONDITION, reason="ACTION_NOT_HERE", component="actionHandler"
):
    """Nothing here executes this action."""


class DeliveryNotFound(TransactionError, status=Code.NOT_FOUND, reason="DELIVERY_NOT_FOUND", component="delivery"):
    """There is no such delivery."""


class ExpressionFalse(
    TransactionError, status=Code.FAILED_PRECONDITION, reason="EXPRESSION_FALSE", component="expression", says_no=True
):
    """None of the verify actions succeeds."""


class SheetInvalid(TransactionError, status=Code.INVALID_ARGUMENT, reason="SHEET_INVALID", component="stampSheet"):
    """The {part} was not signed by this server for this purpose ({problem})."""


class SheetExpired(TransactionError, status=Code.FAILED_PRECONDITION, reason="SHEET_EXPIRED", component="stampSheet"):
    """The sheet was signed too long ago."""


class SheetPartAlreadyRun(
    TransactionError, status=Code.ALREADY_EXISTS, reason="SHEET_PART_ALREADY_RUN", component="stampSheet"
):
    """Part {part} of the sheet has already run."""


class SheetOutOfOrder(
    TransactionError, status=Code.FAILED_PRECONDITION, reason="SHEET_OUT_OF_ORDER", component="stampSheet"
):
    """A part of the sheet before part {part} has not run yet."""


class StampSheetResultNotFound(
    TransactionError, status=Code.NOT_FOUND, reason="STAMP_SHEET_RESULT_NOT_FOUND", component="stampSheetResult"
):
    """No sheet of the player with this transaction id has run recently."""
