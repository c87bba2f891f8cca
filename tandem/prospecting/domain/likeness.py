"""Whether an answer is about whom we asked for: names and domains compared as people would."""

from __future__ import annotations

import re
import unicodedata


def folded(text: str) -> str:
    """Letters and digits alone, small, without accents.

    >>> folded("Müller-Lüdenscheidt")
    'mullerludenscheidt'
    """
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    return re.sub(r"[^a-z0-9]+", "", plain.encode("ascii", "ignore").decode()) or re.sub(r"\W+", "", text.casefold())


def same_name(one: str, other: str) -> bool:
    """Whether two whole names can be one person's: the same last word, and first words that begin alike.

    >>> same_name("Ann Lee", "Anna Lee"), same_name("A. Lee", "Ann Lee"), same_name("Bob Lee", "Ann Lee")
    (True, True, False)
    """
    left, right = one.split(), other.split()
    if not left or not right or folded(left[-1]) != folded(right[-1]):
        return False
    first, second = folded(left[0]), folded(right[0])
    if len(left) == 1 or len(right) == 1 or not first or not second:
        return True
    return first.startswith(second[: len(first)]) or second.startswith(first[: len(second)])


def host_of(text: str) -> str:
    """The host of an address or domain, without www.

    >>> host_of("https://www.Acme.example/about"), host_of("acme.example")
    ('acme.example', 'acme.example')
    """
    return re.sub(r"^[a-z][a-z0-9+.-]*://", "", text.strip().lower()).split("/")[0].split(":")[0].removeprefix("www.")


def same_domain(one: str, other: str) -> bool:
    """Whether two domains are one, or one lies below the other; an unknown one is nobody's.

    >>> same_domain("www.acme.example", "acme.example"), same_domain("acme.example", "macme.example")
    (True, False)
    """
    left, right = host_of(one), host_of(other)
    if not left or not right:
        return False
    return left == right or left.endswith(f".{right}") or right.endswith(f".{left}")
