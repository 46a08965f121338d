"""API keys of any role."""

from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.options.v1 import options_pb2

from support.service import bearer


async def key_of(service, role, **fields):
    """Make a key of a role; answer the metadata that shows it."""
    number = options_pb2.Role.Value(f"ROLE_{role.upper()}")
    request = auth_pb.CreateKeyRequest(role=number, **fields)
    made = await service.auth.CreateKey(request, metadata=service.admin)
    return bearer(f"{made.item.key_id}.{made.secret}")
