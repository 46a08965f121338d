"""Shows the defects of servers beside a test that fails."""

import traceback

from redeemd.base import telemetry


class Telemetry(telemetry.Telemetry):
    """Prints defects, so that a test that fails shows the reason of an INTERNAL."""

    def defect(self, error: BaseException, request_id: str = "") -> None:
        """Report an error, with its text."""
        traceback.print_exception(error)
        super().defect(error, request_id)
