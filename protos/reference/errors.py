"""Renders the page of error reasons: the status, meaning, example and methods of each reason."""

import re

from google.protobuf.descriptor import EnumValueDescriptor

from reference.links import Links, reason_link
from reference.markdown import first_sentence, joined, table
from reference.methods import reasons_of
from reference.source import METHODS, REASONS, SERVICES, Source, package_of

_INTRODUCTION = """# Error reasons

Every refusal is a canonical gRPC status whose details are a `google.rpc.Status` with:

* `ErrorInfo`: `reason` is one of those below, `domain` is `redeemd`. Its `metadata` always has `request_id`, which is
  also in the log, and has `component` and `code` where the documented API has them. A refusal by an action of a
  transaction also has [`action`, `action_index` and `action_path`](../../explanation/transactions.md#errors).
* `BadRequest`: the invalid fields, at most 20.
* `RetryInfo`: how long to wait, if a retry can help.

**Branch on `reason`**, and on the status for reasons that you do not know: later versions may add reasons. Messages are
for people and may change.

The whole refusal stays below 5 KiB of metadata, counted with base64 and percent-encoding, so that clients in every
language can read it with their default limits. A longer one is trimmed in this order: the message, to 512 bytes; the
descriptions of violations; violations (`violations_omitted` in the metadata of `ErrorInfo` counts them); other values
of that metadata (`metadata_omitted`). The reason, the domain, `request_id`, `component`, `code` and the first
violation are always present.

The examples below show `ErrorInfo` without its `request_id`."""

# Reasons that are not specific to a method.
_GENERAL = {
    "a call of any method": (
        "VALIDATION_FAILED",
        "REQUEST_MALFORMED",
        "REQUEST_TOO_LARGE",
        "MESSAGE_TIMEOUT",
        "OVERLOADED",
        "STORE_UNAVAILABLE",
        "INTERNAL",
    ),
    "a call that needs a credential": (
        "CREDENTIAL_MISSING",
        "CREDENTIAL_INVALID",
        "ROLE_NOT_ALLOWED",
        "NAMESPACE_NOT_ALLOWED",
        "FORWARDED_CALL_REFUSED",
    ),
    "a call that names a namespace": ("NAMESPACE_NOT_FOUND",),
    "a call with a `page_token`": ("PAGE_TOKEN_INVALID",),
    "a call with a `time_offset_token`": ("TIME_OFFSET_DISABLED",),
    "a call that writes": ("NOT_COMMITTED", "OUTCOME_UNKNOWN", "CONFLICT"),
    "a call that changes a player": ("CONTENTION",),
    "a call with an idempotency key": ("IDEMPOTENCY_KEY_REUSED", "CALL_FENCED"),
}


def errors_page(source: Source) -> str:
    """Render the page."""
    return joined([_INTRODUCTION, _general(), _contents(source), *(_section(source, reason) for reason in REASONS)])


def status_of(source: Source, value: EnumValueDescriptor) -> str:
    """Return the status of a reason, which is the first word of its comment."""
    return source.comment(value).split(".", 1)[0]


def _general() -> str:
    rows = [[call, ", ".join(map(reason_link, reasons))] for call, reasons in _GENERAL.items()]
    return "## Errors of every method\n\n" + table(["call", "can fail with"], rows)


def _contents(source: Source) -> str:
    by_status: dict[str, list[str]] = {}
    for reason, value in REASONS.items():
        by_status.setdefault(status_of(source, value), []).append(reason)
    rows = [
        [f"`{status}`" * (place == 0), reason_link(reason), _first_sentence(source, reason)]
        for status, reasons in by_status.items()
        for place, reason in enumerate(reasons)
    ]
    return "## All reasons\n\n" + table(["status", "reason", "when"], rows)


def _first_sentence(source: Source, reason: str) -> str:
    value = REASONS[reason]
    return Links(source, package_of(value.type.file)).line(first_sentence(_without_status(source, value)))


def _without_status(source: Source, value: EnumValueDescriptor) -> str:
    """Return what a comment says about a reason, behind the status and before the example."""
    return source.comment(value).strip("\n").split("\n\n")[0].split(".", 1)[1]


def _section(source: Source, reason: str) -> str:
    value = REASONS[reason]
    links = Links(source, package_of(value.type.file))
    _, example = source.comment(value).strip("\n").split("\n\n")
    status, text = status_of(source, value), _without_status(source, value)
    naming = [links.service(service) for service in SERVICES if re.search(rf"\b{reason}\b", source.comment(service))]
    naming += [links.method(method) for method in METHODS if reason in reasons_of(source, method)]
    shown = "\n".join(line.removeprefix("    ") for line in example.splitlines())
    named = f"Returned by {', '.join(naming)}." if naming else ""
    return f"## {reason}\n\n" + joined([f"`{status}`. {links.line(text)}", f"```json\n{shown}\n```", named]).rstrip(
        "\n"
    )
