"""Rules that every service of the contract keeps, whatever it does."""

import re

import pytest
from google.api import annotations_pb2
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import FieldDescriptor
from redeem.options.v1 import options_pb2
from support.contract import FILES, MESSAGES, REPOSITORY, SERVICES, every_method, policy_of

_PATHS = {"google/api/annotations.proto", "google/api/http.proto"}
_BY_USER_ID = "ByUserId"
_PAIRS = [
    (service.methods_by_name[method.name.removesuffix(_BY_USER_ID)], method)
    for service in SERVICES
    for method in service.methods
    if method.name.endswith(_BY_USER_ID) and method.name.removesuffix(_BY_USER_ID) in service.methods_by_name
]
# The options file describes the contract itself; what its messages hold never crosses the border as JSON.
_SPELLED_ENUMS = {
    field.enum_type.full_name: field.enum_type
    for message in MESSAGES
    if message.file.package != options_pb2.DESCRIPTOR.package
    for field in message.fields
    if field.enum_type is not None
}
_PROTO_ROOT = REPOSITORY / "protos"
_FIELDS = [field for message in MESSAGES for field in message.fields]
_NAME_OF_A_SECRET = re.compile(
    r"(.+_)?(codes?|token|secret|url|stack|results?)|(verify|stamp)_task|stamp_sheet(_encryption_key_id)?"
    r"|serial_key_id|duplication_avoider|transaction|(verify|consume|acquire)_request"
)
# Places in a listing: they open nothing.
_NO_SECRETS = {"page_token", "next_page_token"}
# Fields that are secret and do not sound like it.
_SECRETS_BY_OTHER_NAMES = {
    "redeem.transaction.v1.ExecuteRequest.request",
    "redeem.transaction.v1.GetOutcomeRequest.key",  # an idempotency key, as which callers may have sent a code
    "redeem.transaction.v1.ExecuteResponse.result",
    "redeem.transaction.v1.CancelRequest.request",
    "redeem.common.v1.Config.value",  # of a placeholder that stands for a code
    "redeem.common.v1.VerifyAction.request",  # may name one
    "redeem.common.v1.ConsumeAction.request",
    "redeem.common.v1.AcquireAction.request",
}

_COMMENTED_MESSAGE = re.compile(r"^((?:[ ]*//.*\n)+)[ ]*message (\w+) \{", re.MULTILINE)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z0-9]+")
# Words that add nothing to the name of a message.
_FILLERS = {"a", "an", "the", "of", "for", "to", "asks", "answers", "request", "requests", "response", "responses"}


def _repeats_the_name(comment, name):
    said, named = ({word.lower() for word in _WORD.findall(text)} for text in (comment, name))
    return said <= named | _FILLERS


def _committed():
    data = (REPOSITORY / "generated" / "descriptors" / "redeem.binpb").read_bytes()
    return {file.name: file for file in descriptor_pb2.FileDescriptorSet.FromString(data).file}


def _without_json_names(file):
    """Drop what protoc writes into a descriptor set and not into Python modules."""
    messages = list(file.message_type)
    for message in messages:
        messages.extend(message.nested_type)
        for field in (*message.field, *message.extension):
            field.ClearField("json_name")
    for field in file.extension:
        field.ClearField("json_name")
    return file


def _without_paths(file):
    """Drop the paths of the JSON door, as protos/without_paths.py does."""
    kept = [name for name in file.dependency if name not in _PATHS]
    file.ClearField("dependency")
    file.dependency.extend(kept)
    for service in file.service:
        for method in service.method:
            method.options.ClearExtension(annotations_pb2.http)
    return file


def _imports_of(files):
    """Return the names of files and of all that they import, at any remove."""
    names, waiting = set(), list(files)
    while waiting:
        file = waiting.pop()
        if file.name not in names:
            names.add(file.name)
            waiting.extend(file.dependencies)
    return names


def _shape(message):
    return [(field.name, field.number, field.type, _type_name(field), field.is_repeated) for field in message.fields]


def _type_name(field: FieldDescriptor):
    kind = field.message_type or field.enum_type
    return kind.full_name if kind is not None else None


@every_method
def test_a_method_says_who_may_call_it_and_what_it_is_about(method):
    """Every method has a policy with an access kind and a component."""
    policy = policy_of(method)
    assert policy.access != options_pb2.ACCESS_UNSPECIFIED
    assert policy.component


@every_method
def test_a_method_that_is_idempotent_or_can_run_dry_writes(method):
    """Idempotency keys and dry runs are offered only by methods that write."""
    policy = policy_of(method)
    assert policy.writes or not (policy.idempotent or policy.dry_run)


@every_method
def test_messages_are_named_after_the_method(method):
    """Requests are <Rpc>Request and responses <Rpc>Response, in the package of the service."""
    package = method.containing_service.file.package
    assert method.input_type.full_name == f"{package}.{method.name}Request"
    assert method.output_type.full_name == f"{package}.{method.name}Response"


def test_a_comment_of_a_message_says_more_than_its_name():
    """A message has a comment that says something, or none."""
    sources = (path.read_text(encoding="utf-8") for path in sorted((_PROTO_ROOT / "redeem").rglob("*.proto")))
    commented = [found for source in sources for found in _COMMENTED_MESSAGE.findall(source)]
    assert commented
    assert [name for comment, name in commented if _repeats_the_name(comment, name)] == []


def _is_secret(field):
    return field.GetOptions().Extensions[options_pb2.secret]


def _sounds_secret(field):
    return field.name not in _NO_SECRETS and _NAME_OF_A_SECRET.fullmatch(field.name) is not None


def test_a_text_that_sounds_like_a_secret_is_marked_as_one():
    """Codes, tokens, secrets, URLs, stamp tasks and sheets, context stacks and the ids of keys are never logged.

    Nor are transactions, the requests and results of their actions, and idempotency keys, which may be codes.
    """
    texts = [field for field in _FIELDS if field.type == FieldDescriptor.TYPE_STRING and _sounds_secret(field)]
    assert texts
    assert [field.full_name for field in texts if not _is_secret(field)] == []


def test_nothing_else_is_marked_as_a_secret():
    """All other fields appear in the request log."""
    marked = {field.full_name for field in _FIELDS if field.message_type is None and _is_secret(field)}
    assert {field.full_name for field in _FIELDS if _sounds_secret(field)} >= marked - _SECRETS_BY_OTHER_NAMES
    assert marked >= _SECRETS_BY_OTHER_NAMES


@pytest.mark.parametrize(("plain", "by_user_id"), _PAIRS, ids=lambda method: method.full_name)
def test_a_method_and_its_by_user_id_form_respond_alike(plain, by_user_id):
    """Their responses have the same fields under the same numbers, so a stored response serves both."""
    assert _shape(plain.output_type) == _shape(by_user_id.output_type)


@pytest.mark.parametrize("enum", _SPELLED_ENUMS.values(), ids=_SPELLED_ENUMS.keys())
def test_enum_values_say_how_the_documents_spell_them(enum):
    """Every value but the first, which is ..._UNSPECIFIED = 0, has a spelling of its own."""
    first, *rest = enum.values
    spellings = [value.GetOptions().Extensions[options_pb2.documented] for value in rest]
    assert first.number == 0
    assert first.name.endswith("_UNSPECIFIED")
    assert not first.GetOptions().Extensions[options_pb2.documented]
    assert all(spellings)
    assert len(set(spellings)) == len(spellings)


def test_every_proto_has_a_generated_module():
    """No proto was added or removed without `make generate`."""
    assert sorted(FILES) == sorted(
        path.relative_to(_PROTO_ROOT).as_posix() for path in (_PROTO_ROOT / "redeem").rglob("*.proto")
    )


def test_the_committed_descriptor_set_holds_the_files_of_the_contract_and_their_imports():
    """redeem.binpb has the files of the Python modules, except those of paths, and the types of error details."""
    details = {"google/rpc/error_details.proto", "google/rpc/status.proto"}
    assert set(_committed()) == (_imports_of(FILES.values()) | details) - _PATHS


@pytest.mark.parametrize("name", FILES)
def test_the_committed_descriptor_set_is_the_one_of_the_python_modules(name):
    """Descriptor set and modules come from the same generation; the set leaves out the paths of the JSON door."""
    module = descriptor_pb2.FileDescriptorProto.FromString(FILES[name].serialized_pb)
    assert _without_json_names(_committed()[name]) == _without_paths(module)
