"""Builds the wheel, compares it with what it must hold, and tries it elsewhere. `python -m tools.check_wheel`.

The trial runs in an environment of its own that sees this one's packages but not this checkout: `tandem --help`,
`tandem setup`, the sign-in page with its style sheet, and a small simulated company.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOT_SHIPPED = {".md", ".pyc"}
LEFT_OUT = {"tests", "__pycache__", "var"}  # the last is where a run from inside keeps its data
PAGE = """
import django
django.setup()
from django.contrib.staticfiles import finders
from django.test import Client
page = Client().get("/sign-in/")
assert page.status_code == 200, page.status_code
assert b"<h1" in page.content
import tandem
assert "site-packages" in tandem.__file__, tandem.__file__
assert finders.find("console/records.css"), "no style sheets"
"""


def must_hold() -> set[str]:
    """Names in the wheel of everything the product needs at run time: code, templates, style sheets, words, rules."""
    files = (path.relative_to(ROOT) for path in (ROOT / "tandem").rglob("*") if path.is_file())
    return {
        path.as_posix()
        for path in files
        if not any(part in LEFT_OUT or part.startswith(".") for part in path.parts) and path.suffix not in NOT_SHIPPED
    }


def build(folder: Path) -> Path:
    """The wheel, built from a copy: what an earlier build left in the checkout plays no part."""
    copy = folder / "sources"
    shutil.copytree(ROOT / "tandem", copy / "tandem", ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "requirements").mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "requirements/base.in"):
        shutil.copy(ROOT / name, copy / name)
    _run([_uv(), "build", "--quiet", "--wheel", "--out-dir", str(folder), str(copy)], cwd=folder)
    return next(folder.glob("*.whl"))


def missing_from(wheel: Path) -> list[str]:
    """What the wheel lacks, and tests that it should not hold."""
    held = set(zipfile.ZipFile(wheel).namelist())
    return sorted(must_hold() - held) + sorted(name for name in held if "/tests/" in name)


def try_out(wheel: Path, folder: Path) -> None:
    """Install and use it. Raises CalledProcessError where something does not work."""
    home = folder / "elsewhere"
    home.mkdir()
    python = home / "venv" / "bin" / "python"
    _run([_uv(), "venv", "--quiet", "--python", sys.executable, str(home / "venv")], cwd=home)
    _run([_uv(), "pip", "install", "--quiet", "--python", str(python), "--no-deps", str(wheel)], cwd=home)
    packages = next((home / "venv" / "lib").glob("python*/site-packages"))
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    tandem = str(python.parent / "tandem")
    _run([tandem, "--help"], cwd=home)
    _run([tandem, "setup"], cwd=home)
    _run([str(python), "-c", PAGE], cwd=home)
    _run([tandem, "simulate", "--out", str(home / "files"), "--sellers", "2", "--months", "3"], cwd=home)


def _uv() -> str:
    return str(Path(sys.executable).parent / "uv")


def _run(command: list[str], *, cwd: Path) -> None:
    """Run it away from the checkout, with a data folder of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TANDEM_", "PYTHONPATH"))}
    own = {"TANDEM_DATA_DIR": str(cwd / "data"), "DJANGO_SETTINGS_MODULE": "tandem.config.settings"}
    subprocess.run(command, cwd=cwd, env=kept | own, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  our own words


def main() -> int:
    """0 when the wheel is whole and works."""
    with tempfile.TemporaryDirectory(prefix="tandem-wheel-") as name:
        folder = Path(name)
        wheel = build(folder)
        wrong = missing_from(wheel)
        for line in wrong:
            sys.stderr.write(f"wrong in the wheel: {line}\n")
        if wrong:
            return 1
        try_out(wheel, folder)
        sys.stdout.write(f"{wheel.name}: {len(must_hold()):,} files, and it works from another folder.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
