"""The first page: the services, and what holds for all of them."""

from reference.links import ACTIONS, Links
from reference.markdown import first_sentence, joined, table
from reference.source import REASONS, SERVICES, Source, enums, package_of

_INTRODUCTION = """# API reference

Every RPC, field, limit, error and action of redeemd, generated from [`protos/`](../../protos/redeem) by `make
generate`. For a first call see the [README](../../README.md#first-call)."""

_CALLING = """## Calling

* **Address.** gRPC on `--listen`; a method's path is `/<service>/<method>`, as
  `/redeem.serialkey.v1.SerialKeyService/Use`. [Reflection](https://grpc.io/docs/guides/reflection/) and the [health
  service](https://grpc.io/docs/guides/health-checking/) are there, so grpcurl, buf curl and ghz need no files.
* **Who calls.** Servers and operators send a key: metadata `authorization: Bearer <key>`. Players send the access
  token of [Login](auth.md#login), in the field `access_token` or as metadata `x-access-token`. Each method says for
  which [roles](enums.md#optionsrole) it is.
* **Idempotency key.** A method that takes one, in the field `duplication_avoider` or as metadata `idempotency-key`,
  gives a call that comes again within 24 hours the first answer: see [how to build keys](../idempotency.md).
* **Dry run.** With metadata `x-dry-run: true` a method that offers it answers or refuses, and changes nothing.
* **Refusals.** See [error reasons](errors.md)."""

_READING = """## Reading the tables

* Fields are named as in the contract. In JSON (grpcurl, documents, actions) `namespace_name` is `namespaceName`, an
  `int64` is written as a text and read as a number, too, and `bytes` are Base64.
* *required*: the field is set and not empty. *secret*: it holds a code, a token or a signed URL, and is never logged.
* Lengths are in characters (Unicode code points). No text may hold a NUL. Of an [enum](enums.md) only declared values
  are taken, and not `..._UNSPECIFIED`.
* *default*: what it means that the field is absent.
* Instants are Unix milliseconds. Ids of entities are GRNs.
* An *addition* is not in the documented API; such fields have numbers from 101 on."""


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
    return "## Services\n\n" + table(["service", "methods", "what", "made of"], rows)


def _others() -> str:
    rows = [
        ["[Actions](actions.md)", f"the {len(ACTIONS)} actions that transactions and exchanges are made of"],
        ["[Error reasons](errors.md)", f"the {len(REASONS)} reasons of refusals, each with an example"],
        ["[Enums](enums.md)", f"the {len(enums())} enums in both spellings"],
        ["[Common entities](common-entities.md)", "settings, placeholders and actions, as all services have them"],
    ]
    return "## For all services\n\n" + table(["page", "what"], rows)
