"""Reads modules for what can put bytes outside: imports and calls that reach the network, other programs, files, browsers.

`tests/architecture/test_one_road_out.py` holds the list of modules that may, each with its reason.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "tandem"

# Modules whose import alone makes a road: the network, mail, other programs, foreign stores.
NETWORK = (
    "smtplib", "socket", "socketserver", "ssl", "http.client", "http.server", "urllib.request", "urllib3", "httpx",
    "httpcore", "httpx2", "httpcore2", "requests", "aiohttp", "websocket", "websockets", "telnetlib", "ftplib", "imaplib", "poplib", "nntplib",
    "xmlrpc", "asyncio", "paramiko", "asyncssh", "fabric", "pysftp", "boto3", "botocore", "s3fs", "gcsfs", "adlfs",
    "fsspec", "pyarrow.fs", "google.cloud", "azure", "django.core.mail", "anymail", "twilio", "livekit", "vonage",
    "slack_sdk", "simple_salesforce", "hubspot", "pipedrive", "mcp", "fastmcp", "pydantic_ai", "openai", "anthropic",
    "litellm", "huggingface_hub", "pywebpush", "kafka", "pika", "redis", "paho", "zmq", "grpc", "logging.handlers",
    "dns.resolver", "dns.query", "dns.asyncresolver", "dns.asyncquery",
    "subprocess", "multiprocessing", "pexpect", "pty", "ctypes", "tandem.core.outside",
)  # fmt: skip
# Names in modules that are harmless apart from them.
FROM = {
    "os": {"system", "popen", "execv", "execve", "execvp", "spawnv", "spawnl", "posix_spawn", "fork"},
    "django.core.management": set(),
}
# Calls that hand a file to whoever asked, or write one.
ANSWERS = {"StreamingHttpResponse", "FileResponse"}
WRITES = {
    "write_text", "write_bytes", "to_csv", "to_parquet", "to_excel", "to_json", "write_table", "write_parquet",
    "copytree", "copyfile", "copy2", "ParquetWriter", "sink_parquet", "hardlink_to",
}  # fmt: skip
ATTACHED = "Content-Disposition"
NETWORK_KIND, PROGRAM, ANSWER, FILE = "network", "program", "answer", "file"


def product() -> Iterator[Path]:
    """Every module of the product without its tests and migrations."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if not {"tests", "migrations"} & set(path.parts):
            yield path


def name_of(path: Path) -> str:
    """As the list names modules: "tandem/core/lists.py"."""
    return str(path.relative_to(ROOT))


def roads(source: str) -> set[str]:
    """What in a module's source can put bytes outside, in words: "network: smtplib", "file: write_text"."""
    tree = ast.parse(source)
    return {road for node in ast.walk(tree) for road in _of(node)}


def _of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        for name in node.names:
            yield from _import(name.name)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield from _import(node.module)
        for name in node.names:
            yield from _import(f"{node.module}.{name.name}")
            if name.name in FROM.get(node.module, ()):
                yield f"{PROGRAM}: {node.module}.{name.name}"
    elif isinstance(node, ast.Call):
        yield from _call(node)
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        if node.attr in FROM.get(node.value.id, ()):
            yield f"{PROGRAM}: {node.value.id}.{node.attr}"
    elif isinstance(node, ast.Constant) and node.value == ATTACHED:
        yield f"{ANSWER}: {ATTACHED}"


def _import(module: str) -> Iterator[str]:
    for root in NETWORK:
        if module == root or module.startswith(f"{root}."):
            kind = PROGRAM if root in ("subprocess", "multiprocessing", "pexpect", "pty", "ctypes") else NETWORK_KIND
            yield f"{kind}: {root}"


def _call(node: ast.Call) -> Iterator[str]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    words = [one.value for one in (*node.args, *(key.value for key in node.keywords)) if isinstance(one, ast.Constant)]
    if name in ("import_module", "__import__"):
        for word in words:
            yield from _import(str(word))
    elif name in ANSWERS:
        yield f"{ANSWER}: {name}"
    elif name in WRITES or (
        name in ("open", "fdopen", "ZipFile", "GzipFile") and any(_is_writing(word) for word in _modes(node))
    ):
        yield f"{FILE}: {name}"


def _modes(node: ast.Call) -> Iterator[object]:
    """What could be the mode in a call that opens: the second word, of a path's own `open` the first, or `mode`."""
    places = node.args[:2] if isinstance(node.func, ast.Attribute) else node.args[1:2]
    for one in (*places, *(key.value for key in node.keywords if key.arg == "mode")):
        if isinstance(one, ast.Constant):
            yield one.value


def _is_writing(word: object) -> bool:
    return isinstance(word, str) and len(word) <= 4 and set(word) <= set("rwaxbt+") and bool(set(word) & set("wax+"))


def calls_of(source: str, *names: str) -> list[int]:
    """Lines on which something of these names is called."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and (node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")) in names
    ]


def annotations_of(source: str) -> dict[str, set[str]]:
    """Every name in the annotations of the parameters of a module's functions, by function."""
    return {
        node.name: set(_names(node))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def _names(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    taken = function.args
    for argument in (*taken.posonlyargs, *taken.args, *taken.kwonlyargs):
        for one in ast.walk(argument.annotation) if argument.annotation is not None else ():
            if getattr(one, "id", "") == "bytes" and one is not argument.annotation:
                continue  # part of something else, such as a server's answer
            if isinstance(one, ast.Name | ast.Attribute):
                yield one.id if isinstance(one, ast.Name) else one.attr
