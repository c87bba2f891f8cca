"""Pytest plugin: the environment of a test run, set before Django reads its settings.

`TANDEM_TEST_DATABASE=postgresql` starts a private server on a loopback port for the run; SQLite otherwise.
Migrated databases are kept under var/ for later runs, until a migration changes (see also tests/databases.py).
Compiled modules are kept between runs, and so for the many processes of one run, even where PYTHONDONTWRITEBYTECODE
is set: then under var/, not beside the sources. Compiling anew costs each process several seconds.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

START_SECONDS = 20
ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "var" / "testing"
KEPT_SECONDS = 3600  # a database of other migrations: another run may be copying it just now


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _binary(name: str) -> str:
    """The server's program on PATH or where Debian puts it."""
    found = shutil.which(name) or next(
        (str(path) for path in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)), None
    )
    if found is None:
        raise FileNotFoundError(f"{name} is not installed; apt-get install postgresql, or run the tests on SQLite")
    return found


def kept_database(kind: str) -> Path:
    """Where a migrated database of this kind ("sqlite", "postgresql") of the migrations of now is kept, or would be."""
    content = hashlib.sha256()
    for name in ("django", "django-allauth"):
        content.update(f"{name} {version(name)}".encode())
    made_by = [ROOT / "tandem/config/settings.py", ROOT / "tandem/config/testing.py", ROOT / "tests/databases.py"]
    for path in sorted([*ROOT.glob("tandem/*/migrations/*.py"), *made_by]):
        content.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return KEPT / f"{kind}-{content.hexdigest()[:16]}"


def forget_old_databases() -> None:
    """Delete what was kept for other migrations and not made within the last hour."""
    current = {kept_database("sqlite"), kept_database("postgresql")}
    for path in set(KEPT.glob("*")) - current:
        if time.time() - path.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _copy_folder(source: Path, target: Path) -> None:
    """Copy with owners and rights, which PostgreSQL insists on."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)  # noqa: S603, S607


def _keep_cluster(data: Path, kept: Path) -> None:
    """Keep a stopped server's databases; of two runs that end at once the first one's stay."""
    KEPT.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix="partial-", dir=KEPT)) / "data"
    _copy_folder(data, partial)
    if not kept.exists():
        partial.rename(kept)
        kept.touch()
    shutil.rmtree(partial.parent)
    forget_old_databases()


def start_postgresql() -> str:
    """Start a throw-away server that ends with this process; returns its address.

    Its databases come from the last run with the same migrations, where there was one.
    PostgreSQL refuses to run as root, so root runs it as nobody.
    """
    kept = kept_database("postgresql")
    folder = Path(tempfile.mkdtemp(prefix="tandem-pg-"))
    as_nobody = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
    if as_nobody:
        shutil.chown(folder, "nobody", "nogroup")
    (folder / "migrations").write_text(kept.name)
    os.environ["TANDEM_TEST_SERVER"] = str(folder)
    port = _free_port()
    data = folder / "data"
    if kept.exists():
        _copy_folder(kept, data)
    else:
        subprocess.run(  # noqa: S603
            [_binary("initdb"), "-D", str(data), "-A", "trust", "-U", "tandem", "--locale=C.UTF-8", "--no-sync"],
            check=True,
            capture_output=True,
            cwd=folder,
            **as_nobody,  # type: ignore[call-overload]
        )
    options = [
        "-c",
        "fsync=off",
        "-c",
        "full_page_writes=off",
        "-c",
        "synchronous_commit=off",
        "-c",
        "max_connections=100",
    ]
    server = subprocess.Popen(  # noqa: S603
        [_binary("postgres"), "-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", str(folder), *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        **as_nobody,  # type: ignore[call-overload]
    )

    def stop() -> None:
        server.terminate()
        if server.wait(timeout=10) == 0 and not kept.exists() and (folder / "migrated").exists():
            _keep_cluster(data, kept)
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return f"postgresql://tandem@127.0.0.1:{port}/postgres"
        time.sleep(0.05)
    raise TimeoutError(f"PostgreSQL did not answer on port {port} within {START_SECONDS} s")


def _keep_compiled_modules() -> None:
    """For this process from here on, and from their start for those it starts."""
    if sys.dont_write_bytecode and sys.pycache_prefix is None:
        sys.dont_write_bytecode, sys.pycache_prefix = False, str(ROOT / "var" / "bytecode")
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _prepare() -> None:
    _keep_compiled_modules()
    # A worker of a parallel run inherits the folder of the run; its files must not meet those of the other workers.
    if "TANDEM_DATA_DIR" not in os.environ or "PYTEST_XDIST_WORKER" in os.environ:
        folder = tempfile.mkdtemp(prefix="tandem-test-")
        os.environ["TANDEM_DATA_DIR"] = folder
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ.setdefault("TANDEM_SECRET_KEY", "only-for-tests-" + "x" * 40)
    if os.environ.get("TANDEM_TEST_DATABASE") == "postgresql" and not os.environ.get("TANDEM_DATABASE_URL"):
        os.environ["TANDEM_DATABASE_URL"] = start_postgresql()


_prepare()
