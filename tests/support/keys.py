"""API keys of any role."""

from typing import Any

from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.options.v1 import options_pb2

from support.service import Metadata, Service, bearer


async def key_of(service: Service, role: Any, **fields: Any) -> Metadata:
    """Make a key of a role; return the metadata that shows it."""
    number: Any = options_pb2.Role.Value(f"ROLE_{role.upper()}")
    request = auth_pb.CreateKeyRequest(role=number, **fields)
    made = await service.auth.CreateKey(request, metadata=service.admin)
    return bearer(f"{made.item.key_id}.{made.secret}")
