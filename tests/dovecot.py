"""A real IMAP server for tests: Dovecot with its own configuration, started by whoever runs the tests.

Mail comes in by LMTP (`deliver`), is read by IMAP on a port of this machine, and is gone with the folder.
"""

from __future__ import annotations

import getpass
import grp
import os
import pwd
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

PASSWORD = "only-for-tests"
START_SECONDS = 15.0
CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap lmtp
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
first_valid_uid = 0
first_valid_gid = 0
mail_uid = {user}
mail_gid = {group}
mail_location = maildir:{folder}/mail/%u
mailbox_idle_check_interval = 1 secs
recipient_delimiter = +
lmtp_save_to_detail_mailbox = no
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  chroot =
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dovecot:
    """A running server. Any user can sign in with `PASSWORD`; a mailbox is made when the first mail comes."""

    folder: Path
    imap_port: int
    lmtp_port: int

    def deliver(self, raw: bytes, recipient: str, *, sender: str = "") -> None:
        """Put one mail into somebody's INBOX, as a mail server would."""
        with smtplib.LMTP("127.0.0.1", self.lmtp_port) as line:
            line.sendmail(sender or "sender@reply.test", [recipient], raw)

    def receiving(self, user: str) -> dict[str, object]:
        """What `Mailbox.receiving` holds for a user of it."""
        return {"host": "127.0.0.1", "port": self.imap_port, "tls": "none", "user": user, "folder": "INBOX"}

    def number_anew(self, user: str) -> None:
        """Give the user's INBOX another UIDVALIDITY, as a server that was restored from a backup does."""
        for name in ("dovecot-uidlist", "dovecot.index", "dovecot.index.log", "dovecot.index.cache"):
            (self.folder / "mail" / user / name).unlink(missing_ok=True)
        time.sleep(1.1)  # Dovecot's UIDVALIDITY is the second in which it was made


def find_dovecot() -> str:
    """The server's program; empty: it is not installed."""
    usual = Path("/usr/sbin/dovecot")
    return shutil.which("dovecot") or (str(usual) if usual.exists() else "")


@contextmanager
def running() -> Iterator[Dovecot]:
    """A server for as long as the block lasts. Skips the test where Dovecot is not installed."""
    program = find_dovecot()
    if not program:
        pytest.skip("Dovecot is not installed: tools/test_services.sh installs it.")
    folder = Path(tempfile.mkdtemp(prefix="tandem-dovecot-"))
    user, group, lowered = _identity(folder)
    ports = {"imap": _free_port(), "lmtp": _free_port()}
    config = folder / "dovecot.conf"
    told = {"folder": folder, "user": user, "group": group, "password": PASSWORD, **ports}
    config.write_text(CONFIG.format(**told))
    for name in ("run", "state", "mail"):
        (folder / name).mkdir()
    if lowered:
        subprocess.run(["chown", "-R", f"{user}:{group}", str(folder)], check=True)
    server = subprocess.Popen(
        [program, "-F", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **lowered
    )  # type: ignore[call-overload]
    try:
        _wait_for(ports.values(), folder)
        yield Dovecot(folder=folder, imap_port=ports["imap"], lmtp_port=ports["lmtp"])
    finally:
        server.terminate()
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _identity(folder: Path) -> tuple[str, str, dict[str, object]]:
    """As whom the server runs: root gives it to nobody, everybody else runs it themselves."""
    if os.geteuid() != 0:
        return getpass.getuser(), grp.getgrgid(os.getegid()).gr_name, {}
    folder.chmod(0o755)
    group = grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_name
    return "nobody", group, {"user": "nobody", "group": group, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(ports: object, folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if all(_answers(port) for port in ports):  # type: ignore[attr-defined]
            return
        time.sleep(0.05)
    log = folder / "dovecot.log"
    raise TimeoutError(f"Dovecot did not start: {log.read_text()[-800:] if log.exists() else 'no log'}")


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
