"""Deploy templates for tests: the one that is like those of gs2-cdk, and small ones."""

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from redeem.exchange.v1 import requests_pb2 as exchange_pb
from redeem.limit.v1 import requests_pb2 as limit_pb

from support import lacking

GS2_CDK = Path(__file__).parents[1] / "server" / "templates" / "gs2_cdk.yaml"
VERSIONS = {"campaignModels": "2022-09-13", "limitModels": "2019-04-05", "rateModels": "2019-08-19"}

_numbers = itertools.count(1)

Resources = dict[str, dict[str, Any]]


def new_name() -> str:
    """Return a name that no namespace has yet."""
    return f"template-{next(_numbers)}"


def of_gs2_cdk(path: Path, name: str) -> Path:
    """Write the template with namespaces of this name, as YAML or JSON by the suffix of the path; return the path."""
    text = GS2_CDK.read_text(encoding="utf-8").replace(": shop", f": {name}").replace("_shop", f"_{name}")
    if path.suffix == ".json":
        text = json.dumps(lacking.module("yaml").safe_load(text))
    path.write_text(text, encoding="utf-8")
    return path


def namespace(service: str, name: str, **properties: Any) -> dict[str, Any]:
    """Return the resource of a namespace."""
    return {"Type": f"GS2::{service}::Namespace", "Properties": {"Name": name, **properties}}


def document(service: str, name: str, **models: Any) -> dict[str, Any]:
    """Return the resource of master data, of lists of models by their members."""
    master = {"SerialKey": "CampaignMaster", "Limit": "LimitMaster", "Exchange": "RateMaster"}[service]
    settings = {"version": VERSIONS[next(iter(models))], **models}
    return {"Type": f"GS2::{service}::Current{master}", "Properties": {"NamespaceName": name, "Settings": settings}}


def write(path: Path, resources: Mapping[str, Any], **sections: Any) -> Path:
    """Write a template as JSON, and return its path."""
    template = {"GS2TemplateFormatVersion": "2019-05-01", "Resources": resources, **sections}
    path.write_text(json.dumps(template), encoding="utf-8")
    return path


async def documents(service: Any, name: str) -> list[Any]:
    """Return the documents in force, by service."""
    exchange = exchange_pb.GetCurrentRateMasterRequest(namespace_name=name)
    limit = limit_pb.GetCurrentLimitMasterRequest(namespace_name=name)
    return [
        (await service.call("GetCurrentCampaignMaster", namespace_name=name)).item,
        (await service.exchanges.GetCurrentRateMaster(exchange, metadata=service.admin)).item,
        (await service.limits.GetCurrentLimitMaster(limit, metadata=service.admin)).item,
    ]


async def namespaces(service: Any, name: str) -> list[Any]:
    """Return the namespaces of the three services."""
    exchange, limit = (module.GetNamespaceRequest(namespace_name=name) for module in (exchange_pb, limit_pb))
    return [
        (await service.call("GetNamespace", namespace_name=name)).item,
        (await service.exchanges.GetNamespace(exchange, metadata=service.admin)).item,
        (await service.limits.GetNamespace(limit, metadata=service.admin)).item,
    ]
