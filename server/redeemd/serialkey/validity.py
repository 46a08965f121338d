"""Whether and when codes can be used, as operators decide."""

from dataclasses import dataclass
from enum import IntEnum

from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1.resources_pb2 import CampaignModel

WithValidity = (
    CampaignModel
    | pb.IssueRequest
    | pb.IssueBatchRequest
    | pb.IssueOnceRequest
    | pb.IssueForUsersRequest
    | pb.ImportSerialKeysRequest
    | pb.SetIssueJobValidityRequest
)


class Availability(IntEnum):
    """Whether something is switched on or off; numbers as in the contract and in queries.sql."""

    ACTIVE = 1
    INACTIVE = 2


class Phase(IntEnum):
    """How far the deletion of a batch has come. While it is CLOSED, no key of it can be used; TRIMMED, all are used."""

    OPEN = 0
    CLOSED = 1
    TRIMMED = 2


def read_job_status(status: int) -> tuple[Phase, Availability]:
    """Return what the status of an issue_job means: see queries.sql."""
    phase, availability = divmod(status - 1, len(Availability))
    return Phase(phase), Availability(availability + 1)


@dataclass(frozen=True, slots=True)
class Validity:
    """When something can be used: from `start` until before `end`, in Unix milliseconds; None means no bound."""

    start: int | None = None
    end: int | None = None

    @classmethod
    def of(cls, message: WithValidity) -> "Validity":
        """Return the validity in the fields of a request or a model."""
        return cls(
            message.valid_from if message.HasField("valid_from") else None,
            message.valid_until if message.HasField("valid_until") else None,
        )

    def and_also(self, other: "Validity") -> "Validity":
        """Return the intersection of two validities."""
        starts = [start for start in (self.start, other.start) if start is not None]
        ends = [end for end in (self.end, other.end) if end is not None]
        return Validity(max(starts, default=None), min(ends, default=None))


ALWAYS = Validity()
