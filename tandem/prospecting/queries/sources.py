"""Which contacts may be written to: two independent sources, a verified address, and nothing that speaks against it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.crypto import salted_hmac

from tandem.accounts.contracts import SourceKind
from tandem.accounts.queries.contact_evidence import ContactEvidence, contact_evidence
from tandem.core import clock
from tandem.prospecting.domain.likeness import same_domain
from tandem.prospecting.domain.providers import BUILT_IN, independent
from tandem.prospecting.domain.verification import (
    History,
    MailHosts,
    Result,
    check_built_in,
    good_until,
    is_due,
    left_of,
    strictest,
)
from tandem.prospecting.models import AddressCheck

ENOUGH_SOURCES = 2
WROTE_WITHIN = timedelta(days=365)
MAIL = "mail"
CATCH_ALL = ("catchall", "catch-all", "accept_all", "catch_all")
LEFT, NO_ADDRESS = "Has left the company.", "No mail address is known."
BOUNCED = "Mail to the address bounced for good."
RECONCILING = frozenset({"account", "email"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """The standing check of an address.

    verifier : provider's key or "built-in"; is_weak : the receiving server was not asked
    chance : of taking mail now, 0 to 1: that of the day of the check, less 2.5 % for each month since
    is_fresh : it still counts; until : the moment from which it no longer does
    """

    verifier: str
    result: Result
    raw: str
    is_weak: bool
    reasons: tuple[str, ...]
    chance: float
    checked_at: datetime
    until: datetime
    is_fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactState:
    """Whether one contact may enter engagement, and why not.

    sources : families of independent sources that say the person works there now
    is_reconciled : a person confirmed employer or address by hand, which stands for the second source
    elsewhere : sources that name another employer as the present one
    reasons : against it, the strongest first; empty: usable
    check : None when the address was never checked
    """

    contact_id: int
    name: str
    email: str
    account_id: int | None
    sources: tuple[str, ...]
    is_reconciled: bool
    elsewhere: tuple[str, ...]
    check: CheckView | None
    reasons: tuple[str, ...]

    @property
    def is_usable(self) -> bool:
        """Whether the gate between prospecting and engagement lets the contact through."""
        return not self.reasons

    @property
    def has_two_sources(self) -> bool:
        """Whether two independent sources agree, or a person has reconciled them."""
        return self.is_reconciled or len(self.sources) >= ENOUGH_SOURCES


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountContacts:
    """The contacts of an account: those that can be used, and the others with their reasons."""

    usable: tuple[ContactState, ...]
    others: tuple[ContactState, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressFault:
    """Why nobody may be mailed now. is_final : no new check mends it: they left, or the address takes no mail"""

    why: str
    is_final: bool


def usable_contacts(account_id: int, *, now: datetime | None = None) -> AccountContacts:
    """Verified contacts of an account that two sources agree on, and why the others are not. Seven queries.

    The caller has made sure that the account is in the actor's sight.
    """
    states = contact_states(account_ids=[account_id], now=now)
    ordered = sorted(states.values(), key=lambda one: (one.name.casefold(), one.contact_id))
    return AccountContacts(
        usable=tuple(one for one in ordered if one.is_usable), others=tuple(one for one in ordered if not one.is_usable)
    )


def contact_states(
    contact_ids: Iterable[int] | None = None,
    *,
    account_ids: Iterable[int] | None = None,
    now: datetime | None = None,
) -> dict[int, ContactState]:
    """The state of many contacts by id: those named, those at the accounts, or all. Seven queries for each 10,000."""
    moment = now or clock.now()
    evidence = contact_evidence(contact_ids, account_ids=account_ids)
    checks = checks_of([one.email for one in evidence.values() if one.email])
    return {pk: state_of(one, checks.get(address_hash(one.email), ()), moment) for pk, one in evidence.items()}


def address_faults(contact_ids: Iterable[int], *, now: datetime) -> dict[int, AddressFault]:
    """What speaks against mailing each contact at this moment, the strongest first; those without a fault are left out.

    The gate into engagement asks for two sources as well; whoever is in only needs an address that still takes mail.
    Eight queries for each 10,000.
    """
    evidence = contact_evidence(contact_ids)
    checks = checks_of([one.email for one in evidence.values() if one.email])
    found = {pk: _address_fault(one, checks.get(address_hash(one.email), ()), now) for pk, one in evidence.items()}
    return {pk: fault for pk, fault in found.items() if fault is not None}


def _address_fault(one: ContactEvidence, checks: Sequence[AddressCheck], now: datetime) -> AddressFault | None:
    check = standing_check(checks, now)
    is_bad = check is not None and check.result is Result.BAD
    told = [
        (one.has_left, LEFT, True),
        (not one.email, NO_ADDRESS, False),
        (bool(one.email) and is_dead(one, now), BOUNCED, True),
        # A bad address stays bad when the check that found it grows old; that alone, the first, is mended by a new one.
        *((holds, why, is_bad and n > 0) for n, (holds, why) in enumerate(_against(check, bool(one.email)))),
    ]
    against = sorted(((not is_final, why) for holds, why, is_final in told if holds), key=lambda one: one[0])
    return AddressFault(why=against[0][1], is_final=not against[0][0]) if against else None


def checks_of(addresses: Sequence[str]) -> dict[str, list[AddressCheck]]:
    """Stored checks by the address's hash, of any verifier. For this room alone."""
    found: dict[str, list[AddressCheck]] = defaultdict(list)
    hashes = sorted({address_hash(address) for address in addresses})
    for start in range(0, len(hashes), 10_000):
        for row in AddressCheck.objects.filter(address_hash__in=hashes[start : start + 10_000]).order_by("id"):
            found[row.address_hash].append(row)
    return dict(found)


def address_hash(address: str) -> str:
    """The keyed hash under which an address's checks stand."""
    return salted_hmac("tandem.prospecting.address", address.strip().lower(), algorithm="sha256").hexdigest()


def state_of(one: ContactEvidence, checks: Sequence[AddressCheck], now: datetime) -> ContactState:
    """What evidence and checks come to."""
    sources, elsewhere = agreeing(one, now)
    is_reconciled = bool(one.corrected & RECONCILING)
    check = standing_check(checks, now)
    told = [
        (one.opted_out, "Asked to be left alone."),
        (one.has_left, LEFT),
        (one.account_id is None, "No company is known."),
        (not one.email, NO_ADDRESS),
        (bool(one.email) and is_dead(one, now), BOUNCED),
        (not is_reconciled and len(sources) < ENOUGH_SOURCES, _too_few(sources, elsewhere)),
        *_against(check if one.email else None, bool(one.email)),
    ]
    return ContactState(
        contact_id=one.id, name=one.name, email=one.email, account_id=one.account_id, sources=sources,
        is_reconciled=is_reconciled, elsewhere=elsewhere, check=check,
        reasons=tuple(reason for holds, reason in told if holds),
    )  # fmt: skip


def agreeing(one: ContactEvidence, now: datetime) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Independent sources that place the person at the company now, and sources that place them elsewhere.

    A mail that the person sent within a year from the company's domain is a source of its own.
    """
    here = [told for told in one.employers if told.is_current and told.is_here and told.kind != SourceKind.CORRECTION]
    systems = {told.system for told in here}
    vendors = frozenset(told.system for told in here if told.kind == SourceKind.VENDOR)
    wrote = any(
        now - at <= WROTE_WITHIN and same_domain(address.rpartition("@")[2], one.account_domain)
        for address, at in one.wrote_at.items()
    )
    elsewhere = {told.source_key for told in one.employers if told.is_current and not told.is_here}
    found = independent(systems, vendors=vendors)
    return tuple(sorted({*found, MAIL} if wrote else found)), tuple(sorted(elsewhere))


def is_dead(one: ContactEvidence, now: datetime) -> bool:
    """Whether the address is known to take no mail, by a bounce or a source's word."""
    found = check_built_in(one.email, history_of(one), hosts=MailHosts.NOT_ASKED, now=now)
    return found.raw == "bounced"


def history_of(one: ContactEvidence, *, is_catch_all: bool = False) -> History:
    """What is known here of the contact's address."""
    dead = [told for told in one.addresses if told.value == one.email and told.is_dead]
    return History(
        bounced=bool(dead),
        bounced_at=max((told.at for told in dead if told.at is not None), default=None),
        seen_at=one.wrote_at.get(one.email.lower()),
        is_catch_all=is_catch_all,
    )


def standing_check(checks: Sequence[AddressCheck], now: datetime) -> CheckView | None:
    """The check that counts: a fresh "bad" of anybody; else what verifiers say, strictest first; else the built-in one.

    Checks that are too old count only where no fresh one is there, and are shown as due.
    """
    fresh = [row for row in checks if not is_due(row.checked_at, now)]
    among = fresh or list(checks)
    if not among:
        return None
    bad = [row for row in among if row.result == Result.BAD]
    strong = [row for row in among if not row.is_weak]
    group = bad or strong or among
    worst = strictest([Result(row.result) for row in group])
    row = max((one for one in group if one.result == worst), key=lambda one: one.checked_at)
    return CheckView(
        verifier=row.verifier, result=Result(row.result), raw=row.raw, is_weak=row.is_weak,
        reasons=tuple(row.reasons), chance=row.chance * left_of(row.checked_at, now), checked_at=row.checked_at,
        until=good_until(row.checked_at), is_fresh=bool(fresh),
    )  # fmt: skip


def _too_few(sources: Sequence[str], elsewhere: Sequence[str]) -> str:
    told = "Only one independent source" if sources else "No source"
    more = f"; {', '.join(elsewhere)} names another employer" if elsewhere else ""
    return f"{told} says that the person works there now{more}."


def _against(check: CheckView | None, has_address: bool) -> list[tuple[bool, str]]:
    if check is None:
        return [(has_address, "The address was not checked yet.")]
    why = f" ({check.reasons[0]})" if check.reasons else ""
    return [
        (not check.is_fresh, "The last check is too old; it is made again."),
        (check.result is Result.BAD, f"The address takes no mail{why}."),
        (check.result is Result.RISKY, f"The address is risky{why}."),
        (check.result is Result.UNKNOWN, f"Nobody could tell whether the address takes mail{why}."),
    ]


def catch_all_accounts(checks: Mapping[str, Sequence[AddressCheck]], evidence: Iterable[ContactEvidence]) -> set[int]:
    """Accounts at one of whose addresses a verifier met a server that takes whatever is sent."""
    met = {digest for digest, rows in checks.items() if any(row.raw in CATCH_ALL and not row.is_weak for row in rows)}
    return {one.account_id for one in evidence if one.account_id and met and address_hash(one.email) in met}


__all__ = [
    "BUILT_IN", "AccountContacts", "AddressFault", "CheckView", "ContactState", "address_faults", "address_hash",
    "agreeing", "catch_all_accounts", "checks_of", "contact_states", "history_of", "is_dead", "standing_check",
    "state_of", "usable_contacts",
]  # fmt: skip
