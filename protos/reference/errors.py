"""Renders the page of error reasons: the status, meaning, example and methods of each reason."""

import re

from google.protobuf.descriptor import EnumValueDescriptor

from reference.links import Links, reason_link
from reference.markdown import joined, table
from reference.methods import reasons_of
from reference.source import METHODS, REASONS, SERVICES, Source, package_of

_INTRODUCTION = """# Error reasons

An error is a canonical gRPC status whose details are a `google.rpc.Status` with these messages:

* `ErrorInfo`: `reason` is one of the reasons below, `domain` is `redeemd`, and `metadata` has details. Metadata always
  contains `request_id`, which is also in the log, and `component` and `code` where the documented API defines them.
  The error of an action of a transaction also has `action`, `action_index` and `action_path`
  ([details](../transactions.md#errors)).
* `BadRequest`: the invalid fields, at most 20.
* `RetryInfo`: when to retry, if a retry can succeed.

Together they take less than 5 KiB of gRPC metadata, counting the details in base64 and the message percent-encoded, so
that clients in every language can read them with their default limits. Longer errors are shortened in this order: the
message is cut to 512 bytes; the texts of violations are cut; violations are omitted, and their number is
`violations_omitted` in the metadata of `ErrorInfo`; finally, other values of that metadata are cut or omitted
(`metadata_omitted`). The reason, the domain, `request_id`, `component`, `code` and the first
violation are always present.

Decide by `reason`, and by the status for reasons that you do not know: later versions may add reasons. Texts are for
people and may change. The examples below show `ErrorInfo` without its `request_id`."""

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
        by_status.setdefault(status_of(source, value), []).append(reason_link(reason))
    return "## All reasons\n\n" + table(
        ["status", "reasons"], [[f"`{status}`", ", ".join(each)] for status, each in by_status.items()]
    )


def _section(source: Source, reason: str) -> str:
    value = REASONS[reason]
    links = Links(source, package_of(value.type.file))
    what, example = source.comment(value).strip("\n").split("\n\n")
    status, text = what.split(". ", 1) if ". " in what else what.split(".\n", 1)
    naming = [links.service(service) for service in SERVICES if re.search(rf"\b{reason}\b", source.comment(service))]
    naming += [links.method(method) for method in METHODS if reason in reasons_of(source, method)]
    shown = "\n".join(line.removeprefix("    ") for line in example.splitlines())
    named = f"Returned by {', '.join(naming)}." if naming else ""
    return f"## {reason}\n\n" + joined([f"`{status}`. {links.line(text)}", f"```json\n{shown}\n```", named]).rstrip(
        "\n"
    )
