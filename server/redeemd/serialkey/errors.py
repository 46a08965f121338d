"""Refusals of the SerialKey service; one class per redeem.serialkey.v1.ErrorReason."""

from redeemd.errors import Code, ServiceError

_IMPORT_RETRY_MS = 5000


class SerialKeyError(ServiceError, package="serialkey"):
    """Base class of the errors of this service."""


class CampaignModelNotFound(
    SerialKeyError, status=Code.NOT_FOUND, reason="CAMPAIGN_MODEL_NOT_FOUND", component="campaignModel"
):
    """The current master data has no such campaign."""


class CampaignModelMasterNotFound(
    SerialKeyError, status=Code.NOT_FOUND, reason="CAMPAIGN_MODEL_MASTER_NOT_FOUND", component="campaignModelMaster"
):
    """There is no such campaign master."""


class CampaignModelMasterAlreadyExists(
    SerialKeyError,
    status=Code.ALREADY_EXISTS,
    reason="CAMPAIGN_MODEL_MASTER_ALREADY_EXISTS",
    component="campaignModelMaster",
):
    """A campaign master with this name already exists."""


class CurrentCampaignMasterNotFound(
    SerialKeyError, status=Code.NOT_FOUND, reason="CURRENT_CAMPAIGN_MASTER_NOT_FOUND", component="currentCampaignMaster"
):
    """No master data has been uploaded yet."""


class IssueJobNotFound(SerialKeyError, status=Code.NOT_FOUND, reason="ISSUE_JOB_NOT_FOUND", component="issueJob"):
    """The campaign has no such issue job."""


class IssueJobUsed(SerialKeyError, status=Code.FAILED_PRECONDITION, reason="ISSUE_JOB_USED", component="issueJob"):
    """{used_count} keys of the batch are used."""


class SerialKeyNotFound(SerialKeyError, status=Code.NOT_FOUND, reason="SERIAL_KEY_NOT_FOUND", component="serialKey"):
    """This is neither a serial code of the namespace nor an enabled campaign code."""


class CodeNotFound(
    SerialKeyError,
    status=Code.NOT_FOUND,
    reason="CODE_NOT_FOUND",
    component="code",
    code="code.code.notFound",
    says_no=True,
):
    """This is neither a serial code of the namespace nor an enabled campaign code."""


class CodeStatusInvalid(
    SerialKeyError,
    status=Code.FAILED_PRECONDITION,
    reason="CODE_STATUS_INVALID",
    component="code",
    code="code.status.invalid",
    says_no=True,
):
    """The status of the code, {status}, does not allow this ({cause})."""


class CampaignMismatch(
    SerialKeyError, status=Code.FAILED_PRECONDITION, reason="CAMPAIGN_MISMATCH", component="campaignModel", says_no=True
):
    """The code belongs to another campaign."""


class CodeOfAnotherPlayer(
    SerialKeyError,
    status=Code.FAILED_PRECONDITION,
    reason="CODE_OF_ANOTHER_PLAYER",
    component="code",
    code="code.owner.invalid",
    says_no=True,
):
    """The code was issued for another player."""


class NumbersExhausted(
    SerialKeyError, status=Code.FAILED_PRECONDITION, reason="NUMBERS_EXHAUSTED", component="campaignModel"
):
    """No more campaigns can be created, or no more codes of this campaign issued."""


class ImportUnderWay(
    SerialKeyError, status=Code.ABORTED, reason="IMPORT_UNDER_WAY", component="import", retry_after_ms=_IMPORT_RETRY_MS
):
    """Another import into the namespace is under way."""


class TooManyGuesses(
    SerialKeyError,
    status=Code.RESOURCE_EXHAUSTED,
    reason="TOO_MANY_GUESSES",
    component="code",
    code="code.guess.tooMany",
):
    """Too many wrong codes were tried; wait before trying another one."""

    @classmethod
    def until(cls, retry_after_ms: int) -> "TooManyGuesses":
        """Return the refusal of a guess that may be retried in `retry_after_ms` milliseconds."""
        refusal = cls()
        refusal.retry_after_ms = retry_after_ms
        return refusal


class LimitReached(SerialKeyError, package="serialkey"):
    """Base class of refusals by a limit of a campaign. The code is right, so it is no wrong guess."""


class CampaignSoldOut(
    LimitReached, status=Code.FAILED_PRECONDITION, reason="CAMPAIGN_SOLD_OUT", component="campaignModel", says_no=True
):
    """The codes of the campaign were redeemed as often as it allows."""


class AlreadyRedeemed(
    LimitReached, status=Code.FAILED_PRECONDITION, reason="ALREADY_REDEEMED", component="code", says_no=True
):
    """The player has redeemed as many codes of the campaign as it allows, or this code."""


class RedeemedInGroup(
    LimitReached, status=Code.FAILED_PRECONDITION, reason="REDEEMED_IN_GROUP", component="campaignModel", says_no=True
):
    """The player has redeemed a code of {campaign_model_name}, a campaign of the same group."""


class KeyUsedUp(LimitReached, status=Code.FAILED_PRECONDITION, reason="KEY_USED_UP", component="code", says_no=True):
    """The code was used as often as its campaign allows."""
