"""The stored notes of an import: the values of its form, to start it again after an interruption, and its report."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from google.rpc import status_pb2

from redeemd.console.calls import Refused
from redeemd.console.code_file import Problem

PROBLEMS_MAX = 100
_CODE_CHARACTERS_MAX = 60  # of a problem; a cell of a file may have any number
TYPED = (
    "column",
    "encoding",
    "metadata",
    "valid_from",
    "valid_until",
    "exact",
    "allow_short",
    "skip_problems",
)  # of a form


@dataclass(frozen=True, slots=True)
class Report:
    """How an import ended.

    batch          the name of the batch of the imported codes; "" if none was
    problems       the first of `problem_count`
    refusal        why the method refused all of it; None if it did not
    """

    imported: int = 0
    batch: str = ""
    problem_count: int = 0
    problems: Sequence[Problem] = ()
    refusal: Refused | None = None


@dataclass(frozen=True, slots=True)
class Notes:
    """The stored notes of an import; `refused` counts the codes of the file that were left out before it began."""

    typed: Mapping[str, str]
    refused: int = 0
    report: Report | None = None

    def packed(self) -> bytes:
        """Return the notes as bytes."""
        values = {"typed": dict(self.typed), "refused": self.refused}
        return json.dumps(values | ({} if self.report is None else {"report": _packed(self.report)})).encode()

    @classmethod
    def unpacked(cls, data: bytes) -> "Notes":
        """Return the notes from bytes that `packed` returned."""
        values = json.loads(data)
        return cls(values["typed"], values["refused"], _unpacked(values["report"]) if "report" in values else None)


def typed_in(form: Mapping[str, str]) -> Mapping[str, str]:
    """Return the fields of a form that its repetition has to have as well."""
    return {name: form[name] for name in TYPED if form.get(name)}


def _packed(report: Report) -> dict[str, object]:
    refusal = report.refusal
    return {
        "imported": report.imported,
        "batch": report.batch,
        "problem_count": report.problem_count,
        "problems": [
            (each.line, each.column, each.code[:_CODE_CHARACTERS_MAX], each.text)
            for each in report.problems[:PROBLEMS_MAX]
        ],
        "refusal": "" if refusal is None else base64.b64encode(refusal.status.SerializeToString()).decode(),
    }


def _unpacked(values: Mapping[str, object]) -> Report:
    match values:
        case {"imported": int(imported), "batch": str(batch), "problem_count": int(count), **rest}:
            problems, refusal = rest["problems"], rest["refusal"]
            assert isinstance(problems, list)
            assert isinstance(refusal, str)
            status = status_pb2.Status.FromString(base64.b64decode(refusal))
            found = [Problem(*each) for each in problems]
            return Report(imported, batch, count, found, Refused(status) if refusal else None)
    raise ValueError("no report")
