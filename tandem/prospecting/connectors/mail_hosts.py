"""Whether a domain takes mail, asked from the name servers of this machine: MX records by RFC 1035, 5321 and 7505.

One question over UDP. An answer that does not fit its question, and no answer, count as not asked.
"""

from __future__ import annotations

import secrets
import socket
import struct
from collections.abc import Sequence
from pathlib import Path

from tandem.prospecting.domain.verification import MailHosts

SECONDS = 2.0
PORT = 53
MX, A, IN = 15, 1, 1
NO_SUCH_NAME, FINE = 3, 0
SERVERS_FILE = Path("/etc/resolv.conf")
LARGEST = 4_096
Server = tuple[str, int]


def look_up(domain: str, *, servers: Sequence[Server] | None = None) -> MailHosts:
    """What the names of a domain say. servers : (address, port); None: those of this machine"""
    for server in own_servers() if servers is None else servers:
        told = _ask(server, domain, MX)
        if told is None:
            continue
        code, hosts = told
        if code == NO_SUCH_NAME:
            return MailHosts.NONE
        if code != FINE:
            continue
        if hosts:
            return MailHosts.REFUSES if set(hosts) == {""} else MailHosts.TAKES
        address = _ask(server, domain, A)
        return MailHosts.NOT_ASKED if address is None else MailHosts.TAKES if address[1] else MailHosts.REFUSES
    return MailHosts.NOT_ASKED


def own_servers() -> list[Server]:
    """Name servers of this machine; none where it does not tell them in the usual file."""
    if not SERVERS_FILE.is_file():
        return []
    lines = (line.split() for line in SERVERS_FILE.read_text(encoding="utf-8", errors="replace").splitlines())
    return [(words[1], PORT) for words in lines if len(words) > 1 and words[0] == "nameserver"]


def _ask(server: Server, domain: str, kind: int) -> tuple[int, list[str]] | None:
    """Response code and the hosts answered; None: no answer that fits."""
    number = secrets.randbits(16)
    try:
        labels = [label.encode("idna") for label in domain.rstrip(".").split(".")]
        name = b"".join(bytes([len(label)]) + label for label in labels) + b"\x00"
        question = struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + name + struct.pack(">HH", kind, IN)
        family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as line:
            line.settimeout(SECONDS)
            line.connect(server)
            line.send(question)
            return _read(line.recv(LARGEST), number, question[12:], kind)
    except (OSError, UnicodeError, ValueError, struct.error, IndexError):
        return None


def _read(answer: bytes, number: int, question: bytes, kind: int) -> tuple[int, list[str]] | None:
    told, flags, _, answers, _, _ = struct.unpack(">HHHHHH", answer[:12])
    is_ours = told == number and flags & 0x8000 and not flags & 0x0200
    if not is_ours or answer[12 : 12 + len(question)].lower() != question.lower():
        return None
    hosts, at = [], 12 + len(question)
    for _ in range(min(answers, 50)):
        _, at = _name(answer, at)
        of, _, _, size = struct.unpack(">HHIH", answer[at : at + 10])
        at += 10
        if of == kind:
            hosts.append(_name(answer, at + 2)[0] if kind == MX else socket.inet_ntoa(answer[at : at + 4]))
        at += size
    return flags & 0x000F, hosts


def _name(answer: bytes, at: int) -> tuple[str, int]:
    """A name and where it ends; pointers are followed a bounded number of times."""
    labels: list[str] = []
    end = -1
    for _ in range(128):
        size = answer[at]
        if size & 0xC0 == 0xC0:
            end = at + 2 if end < 0 else end
            at = struct.unpack(">H", answer[at : at + 2])[0] & 0x3FFF
        elif size == 0:
            return ".".join(labels), at + 1 if end < 0 else end
        else:
            labels.append(answer[at + 1 : at + 1 + size].decode("ascii", "replace"))
            at += 1 + size
    raise ValueError("a name that leads round in a circle")
