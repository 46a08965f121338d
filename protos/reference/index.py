"""Renders the first page: the list of services, and what applies to all of them."""

from reference.links import ACTIONS, Links
from reference.markdown import first_sentence, joined, table
from reference.source import REASONS, SERVICES, Source, enums, package_of

_INTRODUCTION = """# API reference

Every RPC, field, limit, error and action of redeemd. `make generate` writes these pages from
[`protos/`](../../../protos/redeem). For a first call, see the [README](../../../README.md#first-call)."""

_CALLING = """## Calling

* **Address.** gRPC listens on `--listen`; the path of a method is `/<service>/<method>`, for example
  `/redeem.serialkey.v1.SerialKeyService/Use`. The server offers
  [reflection](https://grpc.io/docs/guides/reflection/) and the [health
  service](https://grpc.io/docs/guides/health-checking/), so grpcurl, buf curl and ghz need no files.
* **Credentials.** Servers and operators send a key in the metadata `authorization: Bearer <key>`. Players send the
  access token of [Login](auth.md#login), in the field `access_token` or in the metadata `x-access-token`. Each method
  lists the [roles](../access.md) that may call it.
* **Idempotency key.** A method may take a key in the field `duplication_avoider` or in the metadata `idempotency-key`.
  A call that is repeated with the same key within 24 hours receives the first response: see [how to build
  keys](../../how-to/idempotency.md).
* **Dry run.** With the metadata `x-dry-run: true`, a method that offers dry runs responds or refuses, and changes
  nothing.
* **Errors.** See [error reasons](../errors.md)."""

_READING = """## Reading the tables

* Fields have the names of the contract. In JSON (grpcurl, documents, actions), `namespace_name` is `namespaceName`, an
  `int64` is written as a string and may be read as a number, and `bytes` are Base64.
* *required*: the field must be set and not empty. *secret*: the field holds a code, a token or a signed URL, and the
  log never shows it.
* Lengths count characters (Unicode code points). No string may contain a NUL. An [enum](enums.md) accepts its declared
  values except `..._UNSPECIFIED`.
* *default*: the meaning of an absent field.
* Times are Unix milliseconds. Ids of entities are GRNs.
* An *addition* is not part of the documented GS2 API; such fields have numbers from 101 on."""


def index_page(source: Source) -> str:
    """Render the page."""
    return joined([_INTRODUCTION, _services(source), _others(), _CALLING, _READING])


def _services(source: Source) -> str:
    rows = []
    for service in SERVICES:
        package = package_of(service.file)
        links = Links(source, package, service)
        entities = f"[entities]({source.entities_page_of(package)})" if source.entities(package) else ""
        name, count = f"[{service.name}]({source.page_of(service)})", f"{len(service.methods)}"
        rows.append([name, count, links.line(first_sentence(source.comment(service))), entities])
    return "## Services\n\n" + table(["service", "methods", "purpose", "messages"], rows)


def _others() -> str:
    rows = [
        ["[Actions](actions.md)", f"the {len(ACTIONS)} actions of transactions and exchanges"],
        ["[Error reasons](../errors.md)", f"the {len(REASONS)} reasons, each with an example"],
        ["[Enums](enums.md)", f"the {len(enums())} enums in both spellings"],
        ["[Common entities](common-entities.md)", "settings, placeholders and actions that all services share"],
    ]
    return "## For all services\n\n" + table(["page", "description"], rows)
