"""Refusals of the Transaction service; one class per redeem.transaction.v1.ErrorReason."""

from grpc import StatusCode

from redeemd.errors import ServiceError


class MethodNotFound(
    ServiceError,
    package="transaction",
    status=StatusCode.NOT_FOUND,
    reason="METHOD_NOT_FOUND",
    component="method",
):
    """There is no method of this name that takes idempotency keys."""


class TransactionResultNotFound(
    ServiceError,
    package="transaction",
    status=StatusCode.NOT_FOUND,
    reason="TRANSACTION_RESULT_NOT_FOUND",
    component="transactionResult",
):
    """No transaction of the player with this id was run lately."""


class TransactionAlreadyRun(
    ServiceError,
    package="transaction",
    status=StatusCode.ALREADY_EXISTS,
    reason="TRANSACTION_ALREADY_RUN",
    component="transaction",
):
    """A transaction of the player with this id was run."""


class TransactionTooLarge(
    ServiceError,
    package="transaction",
    status=StatusCode.FAILED_PRECONDITION,
    reason="TRANSACTION_TOO_LARGE",
    component="transaction",
):
    """The transaction has more {limit} than {max}."""


class ExpressionFalse(
    ServiceError,
    package="transaction",
    status=StatusCode.FAILED_PRECONDITION,
    reason="EXPRESSION_FALSE",
    component="expression",
    says_no=True,
):
    """None of the actions holds."""
