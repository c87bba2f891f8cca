"""From job titles to what somebody is here for."""

from __future__ import annotations

import re

from tandem.access.contracts import Role

# In this order: "Account Manager" sells, "SDR Manager" leads, "Head of Revenue Operations" runs the stack.
_TITLES: tuple[tuple[Role, re.Pattern[str]], ...] = tuple(
    (role, re.compile(pattern, re.IGNORECASE))
    for role, pattern in (
        (Role.COMPLIANCE, r"\bcompliance\b|data protection|datenschutz|\bprivacy\b|\blegal\b|\bcounsel\b|\bdpo\b"),
        (Role.REVOPS, r"\brev ?ops\b|(revenue|sales|gtm|commercial|vertriebs?)[ -]?operations|\bcrm admin"),
        (Role.SELLER, r"account (executive|manager)|customer success|sales (rep|executive|engineer)|\bae\b|\bseller\b"),
        (Role.EXECUTIVE, r"\bchief\b|\bc[eforstm]o\b|\b[es]?vp\b|vice president|\bpresident\b|founder|gesch.ftsf.hr"),
        (Role.MANAGER, r"\bmanager\b|\bhead of\b|\bdirector\b|\bteam lead|\blead\b|\bleiter(in)?\b|\bsupervisor\b"),
        (Role.SDR, r"\b[sblm]dr\b|development rep"),
    )
)


def read_role(title: str) -> str | None:
    """The `Role` value a title or a role's word means; None when it tells nothing.

    >>> read_role("Head of Revenue Operations"), read_role("Account Manager"), read_role("SDR"), read_role("Gardener")
    ('revops', 'seller', 'sdr', None)
    """
    word = title.strip().lower()
    if word in set(Role):
        return word
    return next((role.value for role, pattern in _TITLES if pattern.search(title)), None)
