"""The page of error reasons: each with its status, what it means, an example, and the methods that name it."""

import re

from google.protobuf.descriptor import EnumValueDescriptor

from reference.links import Links, reason_link
from reference.markdown import joined, table
from reference.methods import reasons_of
from reference.source import METHODS, REASONS, SERVICES, Source, package_of

_INTRODUCTION = """# Error reasons

A refusal is a canonical gRPC status whose details are a `google.rpc.Status` with these:

* `ErrorInfo`: `reason` is one of those below, `domain` is `redeemd`, `metadata` says more. Every refusal has
  `request_id` there, which the log has, too; where the documented API has a component or a code there are `component`
  and `code`. A refusal by an action of a transaction has `action`, `action_index` and `action_path` besides
  ([which](../transactions.md#errors)).
* `BadRequest`: the fields that are wrong, at most 20.
* `RetryInfo`: when to come back, where that helps.

All of it stays below 5 KiB of metadata, the details counted in base64 and the message percent-encoded, so that
clients in every language can read it with their default limits. What is too long is cut in this order: the message,
to 512 bytes; the texts of violations; then violations are left out, and `violations_omitted` in the metadata of
`ErrorInfo` says how many of those that were found; at last other values of that metadata are cut, and left out
(`metadata_omitted`). The reason, the domain, `request_id`, `component`, `code` and the first violation are always
there.

Go by `reason`, and by the status for reasons that you do not know: later versions may have more. Texts are for
people and may change. The examples below show `ErrorInfo` without its `request_id`."""

# Where what refuses so is no method in particular.
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
    """Answer the status of a reason, with which its comment begins."""
    return source.comment(value).split(".", 1)[0]


def _general() -> str:
    rows = [[call, ", ".join(map(reason_link, reasons))] for call, reasons in _GENERAL.items()]
    return "## What any method may refuse with\n\n" + table(["what", "may be refused with"], rows)


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
    named = f"Named by {', '.join(naming)}." if naming else ""
    return f"## {reason}\n\n" + joined([f"`{status}`. {links.line(text)}", f"```json\n{shown}\n```", named]).rstrip(
        "\n"
    )
