"""The permissions of roles, and the callers to whom the configuration gives roles."""

from redeem.options.v1 import options_pb2

from redeemd.config.identities import Grant
from redeemd.contract.options import MethodRule, role_rule, roles, spelling
from redeemd.errors import RoleNotAllowed
from redeemd.rpc.call import Caller

_ROLES = {role.number: role_rule(role) for role in options_pb2.Role.DESCRIPTOR.values}


def allowed(role: options_pb2.Role, rule: MethodRule) -> bool:
    """Return whether a role may call a method; see RoleRule in the contract."""
    granted = _ROLES[role]
    if rule.models and granted.models:
        return True
    if rule.codes and granted.codes == options_pb2.CODE_ACCESS_FULL and rule.writes:
        return True
    if rule.codes and (granted.codes == options_pb2.CODE_ACCESS_UNSPECIFIED or rule.writes):
        return False
    return rule.access in (granted.writes if rule.writes else granted.reads)


def require_role(caller: Caller, rule: MethodRule) -> None:
    """Raise RoleNotAllowed unless the caller's role may call a method."""
    if not allowed(caller.role, rule):
        raise RoleNotAllowed(role=_role_name(caller.role), access=_access_name(rule))


def code_access(role: options_pb2.Role) -> options_pb2.CodeAccess:
    """Return in which form a role may see codes."""
    return _ROLES[role].codes


def caller_of(grant: Grant, *, name: str) -> Caller:
    """Return the caller with a grant of the configuration; `name` is its name in events, logs and limits."""
    role = roles()[grant.role]
    return Caller(
        role=role,
        key_id=name,
        namespace_names=None if grant.namespaces is None else frozenset(grant.namespaces),
        code_access=code_access(role),
    )


def _role_name(role: options_pb2.Role) -> str:
    return spelling(options_pb2.Role.DESCRIPTOR, role)


def _access_name(rule: MethodRule) -> str:
    name: str = options_pb2.Access.Name(rule.access).removeprefix("ACCESS_").lower()
    return f"{name}, writing" if rule.writes else name
