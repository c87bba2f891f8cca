"""A file's bytes as the mails in it: one mail, or a mailbox of many (mbox)."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Right at the start, or after a blank line: "From ", an address or a dash, and a time of day (RFC 4155 and its kin).
_FROM = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\r\n\r\n))From (?:\S+|- ).{0,80}?\d{1,2}:\d{2}[^\n]*\r?\n", re.I)


def messages_in(raw: bytes) -> Iterator[bytes]:
    """The mails of a file. An empty file is one empty mail; ">From " of mailboxes is undone.

    >>> [len(one) > 0 for one in messages_in(b"From a Tue Sep  1 10:12:00 2026\\nSubject: Hi\\n\\nYes\\n")]
    [True]
    """
    starts = [match.span() for match in _FROM.finditer(raw)] if raw.startswith(b"From ") else []
    if not starts:
        yield raw
        return
    ends = [start for start, _ in starts[1:]] + [len(raw)]
    for (_, begins), end in zip(starts, ends, strict=True):
        yield re.sub(rb"(?m)^>(>*From )", rb"\1", raw[begins:end])
