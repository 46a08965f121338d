"""Requests to the JSON door, made from the contract."""

import json
from typing import Any, NamedTuple
from urllib.parse import quote

import aiohttp
from google.protobuf.descriptor import MethodDescriptor
from redeemd.contract import documented_json, paths
from yarl import URL

from support.contract import METHODS, valid_request
from support.service import Metadata, Service

METHODS_WITH_PATHS = [method for method in METHODS if paths.of(method)]


def function_of(method: MethodDescriptor) -> tuple[str, str]:
    """Return how clients call a method: the service and the function."""
    name = method.name.removesuffix("Project")  # LoginProject is the log-in of the documented service identifier
    return paths.label(method), name[0].lower() + name[1:]


FUNCTIONS = {function_of(method): method for method in METHODS_WITH_PATHS}
HEADERS = {"x-access-token": "X-GS2-ACCESS-TOKEN"}


class DoorReply(NamedTuple):
    """The status of a response, and its JSON."""

    status: int
    body: Any

    @property
    def errors(self) -> Any:
        """The documented list of errors."""
        return json.loads(self.body["message"])


def members_of(method: MethodDescriptor, **values: Any) -> dict[str, Any]:
    """Return the members of a valid request, as the documents spell them."""
    return dict(documented_json.to_json(valid_request(method.input_type, **values)))


async def members_for(service: Service, method: MethodDescriptor, **values: Any) -> dict[str, Any]:
    """Return the members of a valid request, with the access token of `alice` where it is one of them."""
    given = {"accessToken": await service.token("alice")} if "access_token" in method.input_type.fields_by_name else {}
    return given | members_of(method, **values)


def path_of(method: MethodDescriptor, members: dict[str, Any], number: int = 0) -> tuple[str, str]:
    """Return the HTTP method of a request, and its path, whose fields are removed from `members`."""
    verb, segments = paths.of(method)[number]
    filled = []
    for segment in segments:
        if segment.startswith("{"):
            filled.append(quote(str(members.pop(documented_json.camel(segment.strip("{}")))), safe=""))
        else:
            filled.append("any" if segment == "*" else segment)
    return verb, "/" + "/".join(filled)


async def ask(service: Service, verb: str, path: str, metadata: Metadata = (), **options: Any) -> DoorReply:
    """Send a request; return its response, which has to be JSON."""
    headers = {HEADERS.get(name, name): str(value) for name, value in metadata} | options.pop("headers", {})
    url = URL(f"http://127.0.0.1:{service.http_port}{path}", encoded=True)  # not encoded once more
    async with aiohttp.ClientSession() as session, session.request(verb, url, headers=headers, **options) as response:
        assert response.content_type == "application/json", await response.text()
        return DoorReply(response.status, json.loads(await response.read()))


async def call(service: Service, method: MethodDescriptor, metadata: Metadata, **values: Any) -> DoorReply:
    """Call a method by its path: with a query or with a body, as its HTTP method has it."""
    members = members_of(method, **values)
    verb, path = path_of(method, members)
    if verb in {"POST", "PUT"}:
        return await ask(service, verb, path, metadata, json=members)
    query = {name: str(value) for name, value in members.items()}
    return await ask(service, verb, path, metadata, params=query)
