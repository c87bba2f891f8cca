"""Pytest plugin: the environment of a test run, set before Django reads its settings.

`TANDEM_TEST_DATABASE=postgresql` starts a private server on a loopback port for the run; SQLite otherwise.
"""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

START_SECONDS = 20


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


def start_postgresql() -> str:
    """Start a throw-away server that ends with this process; returns its address.

    PostgreSQL refuses to run as root, so root runs it as nobody.
    """
    folder = Path(tempfile.mkdtemp(prefix="tandem-pg-"))
    as_nobody = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
    if as_nobody:
        shutil.chown(folder, "nobody", "nogroup")
    port = _free_port()
    data = folder / "data"
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
        server.wait(timeout=10)
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return f"postgresql://tandem@127.0.0.1:{port}/postgres"
        time.sleep(0.05)
    raise TimeoutError(f"PostgreSQL did not answer on port {port} within {START_SECONDS} s")


def _prepare() -> None:
    # A worker of a parallel run inherits the folder of the run; its files must not meet those of the other workers.
    if "TANDEM_DATA_DIR" not in os.environ or "PYTEST_XDIST_WORKER" in os.environ:
        folder = tempfile.mkdtemp(prefix="tandem-test-")
        os.environ["TANDEM_DATA_DIR"] = folder
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ.setdefault("TANDEM_SECRET_KEY", "only-for-tests-" + "x" * 40)
    if os.environ.get("TANDEM_TEST_DATABASE") == "postgresql" and not os.environ.get("TANDEM_DATABASE_URL"):
        os.environ["TANDEM_DATABASE_URL"] = start_postgresql()


_prepare()
