"""Renders the first page: the list of services, and what applies to all of them."""

from reference.links import ACTIONS, Links
from reference.markdown import first_sentence, joined, table
from reference.source import REASONS, SERVICES, Source, enums, package_of

_INTRODUCTION = """# API reference

Every RPC, field, limit, error and action of redeemd, generated from [`protos/`](../../protos/redeem) by `make
generate`. For a first call, see the [README](../../README.md#first-call)."""

_CALLING = """## Calling

* **Address.** redeemd serves gRPC on `--listen`. The path of a method is `/<service>/<method>`, such as
  `/redeem.serialkey.v1.SerialKeyService/Use`. [Reflection](https://grpc.io/docs/guides/reflection/) and the [health
  service](https://grpc.io/docs/guides/health-checking/) are available, so grpcurl, buf curl and ghz need no files.
* **Authentication.** Servers and operators send a key in the metadata entry `authorization: Bearer <key>`. Players send
  the access token of [Login](auth.md#login) in the field `access_token` or the metadata entry `x-access-token`. Each
  method lists the [roles](enums.md#optionsrole) that may call it.
* **Idempotency key.** Some methods accept one, in the field `duplication_avoider` or the metadata entry
  `idempotency-key`. A call that is repeated with the same key within 24 hours returns the first response: see [how to
  build keys](../idempotency.md).
* **Dry run.** With the metadata entry `x-dry-run: true`, a method that supports dry runs responds or fails as usual,
  but changes nothing.
* **Errors.** See [error reasons](errors.md)."""

_READING = """## Reading the tables

* Fields have their names in the contract. In JSON (grpcurl, documents, actions), `namespace_name` is `namespaceName`,
  an `int64` is written as a string and accepted as a string or a number, and `bytes` are Base64.
* *required*: the field must be set and not empty. *secret*: it contains a code, a token or a signed URL, and is never
  logged.
* Lengths are in characters (Unicode code points). No text may contain a NUL. Fields of an [enum](enums.md) type accept
  only declared values other than `..._UNSPECIFIED`.
* *default*: the meaning of an absent field.
* Times are Unix milliseconds. Ids of entities are GRNs.
* An *addition* is not part of the documented API; such fields have numbers from 101 on."""


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
    return "## Services\n\n" + table(["service", "methods", "description", "entities"], rows)


def _others() -> str:
    rows = [
        ["[Actions](actions.md)", f"the {len(ACTIONS)} actions that transactions and exchanges can contain"],
        ["[Error reasons](errors.md)", f"the {len(REASONS)} error reasons, each with an example"],
        ["[Enums](enums.md)", f"the {len(enums())} enums in both spellings"],
        ["[Common entities](common-entities.md)", "settings, placeholders and actions that all services share"],
    ]
    return "## For all services\n\n" + table(["page", "description"], rows)
