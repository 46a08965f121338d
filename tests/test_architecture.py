"""The rules of the code base: imports of server/redeemd go down the list of LAYERS, and files are short."""

import ast
import re
import sys

from support.sources import SERVER, imports, texts, trees

# The modules and packages of redeemd from top to bottom. Those in one line do not import each other.
LAYERS = (
    ("__main__",),
    ("cli",),
    ("app",),
    ("code_files",),
    ("serialkey", "exchange", "limit", "handlers", "webhooks"),
    ("transaction",),
    ("event",),
    ("auth",),
    ("resources", "door", "console"),
    ("rpc",),
    ("http", "idempotency", "contract", "script", "status", "printing"),
    ("crypto", "store"),
    ("base", "errors"),
    ("config",),
)
SERVICES = ("serialkey", "exchange", "limit")
# Modules of a service that know transactions and not calls.
LOGIC = ("redeeming", "counting", "awaits", "models", "batches", "campaigns", "actions")
# Modules that are arithmetic on values, and so can be read, tested and reused alone.
PURE = ("codes", "ff1", "code_format", "formatted", "look_alikes", "pricing", "resets", "skipping", "template")


def _inside(name, *packages):
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def _importers(*packages):
    """Return which modules import something of some packages, those packages themselves left out."""
    return {
        module
        for module, names in imports().items()
        if not _inside(module, *packages) and any(_inside(name, *packages) for name in names)
    }


def _modules(*last_names):
    """Return the modules of the services and of transactions by the last part of their name."""
    packages = _packages(*SERVICES, "transaction")
    found = [
        name
        for name in trees()
        if name.split(".")[-1] in last_names and _inside(name, *packages) and ".rpcs." not in name
    ]
    assert found, last_names
    return found


def _packages(*names):
    return [f"redeemd.{name}" for name in names]


def _foreign(name):
    return not _inside(name, "redeemd") and name.split(".")[0] not in sys.stdlib_module_names


def _layer(name):
    """Return how far down a name is in LAYERS; None for one that redeemd itself has, or that is not ours."""
    parts = name.split(".")
    found = [depth for depth, names in enumerate(LAYERS) if parts[0] == "redeemd" and parts[1:2] and parts[1] in names]
    return found[0] if found else None


def test_every_module_has_a_layer():
    """Each module and package of redeemd is in LAYERS, once, and nothing else is."""
    ours = [name.split(".")[1] for name in trees() if name != "redeemd"]
    assert sorted(name for names in LAYERS for name in names) == sorted(set(ours))


def test_imports_only_go_down():
    """A module imports its own package and layers below its own, never a layer above or one beside it."""
    up = [
        f"{module} imports {name}"
        for module, names in imports().items()
        for name in names
        if _layer(name) is not None
        and not _inside(name, ".".join(module.split(".")[:2]))
        and (_layer(module) is None or _layer(name) <= _layer(module))
    ]
    assert up == []


def test_nothing_but_the_app_imports_servicers():
    """Servicers are put together in the app; no part reaches into another part's RPCs."""
    servicers = [module for module in trees() if module.endswith(".servicer")]
    assert servicers
    assert _importers(*servicers) == {"redeemd.app.services"}


def test_logic_knows_no_calls():
    """Logic and actions import neither grpc nor redeemd.rpc: they run the same in a call, a transaction or a test."""
    for module in _modules(*LOGIC):
        assert not [name for name in imports()[module] if _inside(name, "grpc", "redeemd.rpc")], module


def test_arithmetic_imports_the_standard_library_only():
    """Codes, prices, resets, waits and templates import the standard library and each other, with three exceptions."""
    allowed = {
        "codes": ("redeemd.serialkey.codec.bulk",),
        "formatted": ("redeemd.serialkey.codec.bulk_formats",),
        "ff1": ("cryptography",),
    }  # codes in bulk; AES
    for module in _modules(*PURE):
        package, _, last = module.rpartition(".")
        others = [f"{package}.{name}" for name in PURE]
        names = [name for name in imports()[module] if _foreign(name) or _inside(name, "redeemd")]
        assert [name for name in names if not _inside(name, *others, *allowed.get(last, ()))] == [], module


def test_the_json_reader_imports_the_standard_library_only():
    """json_text is a reader of text and nothing else."""
    names = imports()["redeemd.contract.json_text"]
    assert [name for name in names if _foreign(name) or _inside(name, "redeemd")] == []


def test_grpc_is_imported_where_calls_are_served_or_made():
    """grpc belongs to rpc, which serves calls, and to its clients: the client of handlers and the command line.

    All others raise the errors of redeemd.errors, which rpc translates.
    """
    for module in _importers("grpc", "grpc_status", "grpc_health", "grpc_reflection", "grpc_channelz"):
        assert _inside(module, *_packages("rpc", "cli", "handlers.client", "handlers.channels")), module


def test_commands_alone_share_the_client():
    """redeemd_client is what users of the server install: what serves calls knows nothing of it."""
    importers = _importers("redeemd_client")
    assert importers
    assert all(_inside(module, *_packages("cli")) for module in importers)


def test_a_failure_has_one_class():
    """No two failures have one name: rpc.refusals alone translates those of the store."""
    declaring = [module for module in trees() if module.endswith(".errors")] + _packages("store.base", "rpc.call")
    names = [node.name for module in declaring for node in trees()[module].body if isinstance(node, ast.ClassDef)]
    assert [name for name in names if names.count(name) > 1] == []


# Modules that have to do with calls as well as with bodies, and so use asyncio outside bodies.
_WITH_ASYNCIO = {
    "redeemd.auth.jwks",  # fetches keys, before bodies
    "redeemd.rpc.bind",  # counts cancelled calls
    "redeemd.rpc.direct",  # reads the clock of the loop
    "redeemd.rpc.limiter",  # waits for messages
    "redeemd.rpc.receiving",  # same
    "redeemd.rpc.discarding",  # same
    "redeemd.rpc.server",  # waits while draining
    "redeemd.rpc.runtime",  # says when the server stops
    "redeemd.rpc.batches",  # executes items at once, each in a transaction of its own
    "redeemd.rpc.batch_streams",  # reads messages while it executes items
    "redeemd.resources.masters",  # reads documents in threads, while preparing
    "redeemd.resources.user_data_jobs",  # reads uploads in threads, while preparing
    "redeemd.resources.user_data_worker",  # same, in the background
    "redeemd.serialkey.closing",  # waits for other transactions, while preparing
    "redeemd.transaction.composed",  # lets other calls run while it reads, while authorizing
    "redeemd.transaction.reversing",  # same
    "redeemd.base.tarpit",  # delays refusals, after bodies
    "redeemd.serialkey.codec.loading",  # imports in a thread, while preparing
    "redeemd.serialkey.importing.imports",  # begins and abandons imports, outside bodies
    "redeemd.serialkey.importing.importer",  # seals codes in threads while others are written; its bodies are inside it
}
# Modules that are no bodies, but call them.
_WITH_ASYNC_GENERATORS = {"redeemd.serialkey.importing.imports"}  # a context manager around an import
_BODIES = _packages(*SERVICES, "auth", "idempotency", "resources", "rpc", "transaction")


def _uses_asyncio(tree):
    return any(isinstance(node, ast.Name) and node.id == "asyncio" for node in ast.walk(tree))


def _prepares(tree):
    """Return the names of functions given to @prepared: they run outside transactions."""
    return {
        argument.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "prepared"
        for argument in node.args
    }


def test_bodies_use_no_asyncio():
    """A body awaits its Tx and nothing else, for the SQLite store runs it through without a loop.

    Where bodies live, asyncio is used by functions that prepare a call, before its transaction.
    """
    for module, tree in trees().items():
        if not _inside(module, *_BODIES) or module in _WITH_ASYNCIO:
            continue
        functions = [node for node in ast.walk(tree) if isinstance(node, (ast.AsyncFunctionDef, ast.FunctionDef))]
        users = {function.name for function in functions if _uses_asyncio(function)}
        assert users <= _prepares(tree), module
        imported = {name for name in imports()[module] if _inside(name, "asyncio")}
        assert imported <= ({"asyncio"} if module.endswith(".servicer") else set()), module


def test_bodies_have_no_async_generators():
    """An async generator left unfinished is closed by the loop, and a body has none."""
    for module, tree in trees().items():
        if _inside(module, *_BODIES) and module not in _WITH_ASYNC_GENERATORS:
            functions = [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)]
            assert [function.name for function in functions if _yields(function)] == [], module


def _yields(function):
    """Return whether a function itself yields, not one inside it."""
    waiting = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            waiting.extend(ast.iter_child_nodes(node))
    return False


# How often server/ may use Any. Lower it whenever their number has fallen.
ANY_MAX = 40


def _any_lines(tree):
    """Return the line of each Any in code and annotations, also quoted ones; imports do not count."""
    found = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "Any"]
    for node in ast.walk(tree):
        for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            quoted = [part for part in ast.walk(annotation) if isinstance(part, ast.Constant)] if annotation else []
            found += [part.lineno for part in quoted for _ in re.findall(r"\bAny\b", str(part.value))]
    return found


def test_any_stays_within_its_budget():
    """The type checker sees nothing behind an Any, so their number is limited, and lowered when it falls."""
    assert sum(len(_any_lines(tree)) for tree in trees().values()) <= ANY_MAX


def test_every_any_has_a_reason():
    """A comment on the line of an Any, or on the line above, says why there is no type."""
    for module, tree in trees().items():
        lines = ["", *texts()[module].splitlines()]
        assert [
            line for line in _any_lines(tree) if "#" not in lines[line] and not lines[line - 1].strip().startswith("#")
        ] == [], module


ROOT = SERVER.parent
FILE_LINES_MAX, CLASS_LINES_MAX = 300, 200


def _too_long(path):
    """Return whether a file, or a class in it, has too many lines."""
    text = path.read_text(encoding="utf-8")
    classes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)]
    lengths = [node.end_lineno - node.lineno + 1 for node in classes]
    return len(text.splitlines()) > FILE_LINES_MAX or max(lengths, default=0) > CLASS_LINES_MAX


def test_files_and_classes_are_short():
    """No file of server, clients, tests and benchmarks has more than 300 lines, and no class more than 200."""
    found = [
        path for folder in ("server", "tests", "bench", "protos/clients") for path in (ROOT / folder).rglob("*.py")
    ]
    paths = [path for path in found if ".work" not in path.parts]  # builds that a proof left behind
    assert len(paths) > 100
    assert {path.relative_to(ROOT).as_posix() for path in paths if _too_long(path)} == set()
