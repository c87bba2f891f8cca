"""Anchor in a git repository: the checkpoint becomes a commit, pushed where the repository has a remote "origin"."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tandem.compliance.contracts.anchors import AnchorDocument
from tandem.core.errors import ProviderFailed

SECONDS = 60
AUTHOR = ("-c", "user.name=Tandem", "-c", "user.email=ledger@tandem.invalid", "-c", "commit.gpgsign=false")
REMOTE = "origin"


def keep(document: AnchorDocument, folder: Path) -> str:
    """Commit the checkpoint to the repository in the folder, and push; returns the commit's id.

    A checkpoint that is committed already is only pushed. Raises ProviderFailed.
    """
    if not (folder / ".git").exists():
        raise ProviderFailed(
            f"{folder} is no git repository with a working tree.",
            hint="Make one there: git clone, or git init.",
            code="anchor.git",
        )
    try:
        (folder / document.name).write_bytes(document.body)
    except OSError as error:
        raise ProviderFailed(f"{folder} can't be written: {error.strerror}.", code="anchor.git") from error
    _git(folder, "add", "--", document.name)
    if _git(folder, "status", "--porcelain", "--", document.name):
        _git(folder, *AUTHOR, "commit", "--quiet", "--no-verify", "-m", document.title, "--", document.name)
    commit = _git(folder, "rev-list", "-1", "HEAD", "--", document.name)
    if REMOTE in _git(folder, "remote").split():
        _git(folder, "push", "--quiet", REMOTE, "HEAD")
    return commit


def _git(folder: Path, *arguments: str) -> str:
    """What one git command answers. No shell, no question to anybody, bounded in time."""
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "ssh -oBatchMode=yes", "LC_ALL": "C"}
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        environment.pop(name, None)
    try:
        done = subprocess.run(  # noqa: S603  fixed words; the folder and the file's name are ours
            ["git", "-C", str(folder), *arguments],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
            env=environment,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ProviderFailed(f"git did not run: {error}.", hint="Install git.", code="anchor.git") from error
    if done.returncode:
        told = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise ProviderFailed(
            f"git {arguments[0] if not arguments[0].startswith('-') else 'commit'}: {told[-1] if told else 'failed'}",
            hint="Try the same command by hand in the repository.",
            code="anchor.git",
        )
    return done.stdout.strip()
