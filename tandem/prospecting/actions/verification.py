"""Checking addresses: own history first, then a verifier if one is on, else the built-in check, labelled as weaker."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from tandem.access.actions import require
from tandem.accounts.queries.contact_evidence import ContactEvidence, contact_evidence
from tandem.core import bulk, ledger
from tandem.core.actors import Actor
from tandem.prospecting.actions.asking import Asked, Asker, Outcome, Question
from tandem.prospecting.connectors import adapters, mail_hosts
from tandem.prospecting.connectors.base import Door
from tandem.prospecting.domain.providers import BUILT_IN, CallKind
from tandem.prospecting.domain.verification import (
    MOST_TRIES,
    RETRY_AFTER,
    Checked,
    MailHosts,
    Result,
    check_built_in,
    good_until,
    is_due,
    read_address,
)
from tandem.prospecting.models import AddressCheck
from tandem.prospecting.queries.providers import accounts_on, can_be_asked
from tandem.prospecting.queries.sources import address_hash, catch_all_accounts, checks_of, history_of, standing_check
from tandem.prospecting.queries.waterfall import verifiers_in_order

Progress = Callable[[int, int | None, str], None]
MAIL_HOSTS = "mail-hosts"
COLUMNS = (
    "contact", "address_hash", "verifier", "result", "is_weak", "raw", "reasons", "chance", "tries", "checked_at",
    "retry_at",
)  # fmt: skip
ANSWERED = frozenset({Outcome.FOUND, Outcome.MISSED})


@dataclass(slots=True)
class CheckReport:
    """What a run did.

    checked : addresses checked now, by result; fresh : left alone, because their check still counts
    without_address : contacts that have none
    asked : "provider outcome" to how many; charged : by provider, in its currency
    """

    checked: dict[str, int] = field(default_factory=dict)
    fresh: int = 0
    without_address: int = 0
    asked: dict[str, int] = field(default_factory=dict)
    charged: dict[str, Decimal] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Addresses checked now."""
        return sum(self.checked.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    asker: Asker
    now: datetime
    verifiers: Sequence[str]
    looks_up: bool
    hosts: dict[str, MailHosts]
    catch_all: set[int]


def check_contacts(
    contact_ids: Iterable[int], *, actor: Actor, now: datetime, progress: Progress | None = None
) -> CheckReport:
    """Check the addresses of contacts whose check is missing, too old, or to be tried once more.

    No network where no provider is on. Raises NotAllowed without "prospect.edit".
    """
    require(actor, "prospect.edit")
    evidence = contact_evidence(contact_ids)
    report, people = CheckReport(), [one for one in evidence.values() if one.email]
    report.without_address = len(evidence) - len(people)
    if not people:
        return report
    checks = checks_of([one.email for one in people])
    accounts = accounts_on()
    run = _Run(
        asker=Asker(actor=actor, now=now),
        now=now,
        verifiers=[key for key in verifiers_in_order() if key in accounts and can_be_asked(accounts[key], now)],
        looks_up=MAIL_HOSTS in accounts,
        hosts={},
        catch_all=catch_all_accounts(checks, people),
    )
    built_in: dict[str, tuple[object, ...]] = {}
    for number, one in enumerate(people, start=1):
        digest = address_hash(one.email)
        if digest in built_in:
            report.fresh += 1
            continue
        result = _check(run, one, checks.get(digest, ()), built_in, digest)
        _count(report, result)
        if progress is not None and number % 50 == 0:
            progress(number, len(people), "")
    bulk.upsert(AddressCheck, COLUMNS, built_in.values(), conflict=("address_hash", "verifier"), update=_CHANGING)
    report.asked, report.charged = run.asker.tally.counts, run.asker.tally.charged
    if report.total:
        charged = {key: str(amount) for key, amount in sorted(report.charged.items()) if amount}
        ledger.append(
            actor, "prospecting.contacts_checked", subject="contacts", results=dict(sorted(report.checked.items())),
            asked=dict(sorted(report.asked.items())), charged=charged,
        )  # fmt: skip
    return report


_CHANGING = tuple(name for name in COLUMNS if name not in ("address_hash", "verifier"))


def _count(report: CheckReport, result: Result | None) -> None:
    if result is None:
        report.fresh += 1
    else:
        report.checked[result.value] = report.checked.get(result.value, 0) + 1


def _check(
    run: _Run,
    one: ContactEvidence,
    checks: Sequence[AddressCheck],
    built_in: dict[str, tuple[object, ...]],
    digest: str,
) -> Result | None:
    """Check one address; None: its check still counts. Built-in results are gathered, to be written together."""
    history = history_of(one, is_catch_all=one.account_id in run.catch_all)
    own = check_built_in(one.email, history, hosts=MailHosts.NOT_ASKED, now=run.now)
    is_settled = own.result is Result.BAD or own.raw == "seen"
    standing = standing_check(checks, run.now)
    if is_settled and standing is not None and standing.is_fresh and standing.raw == own.raw:
        return None
    if not is_settled:
        if standing is not None and standing.is_fresh and not _is_to_retry(checks, run):
            return None
        told = _ask_verifiers(run, one, digest, checks)
        if told is not None:
            return told
        own = check_built_in(one.email, history, hosts=_hosts(run, one.email), now=run.now)
    built_in[digest] = _row(one.id, digest, BUILT_IN, own, tries=1, now=run.now)
    return own.result


def _is_to_retry(checks: Sequence[AddressCheck], run: _Run) -> bool:
    """Whether an unknown one is due for its second try, or a weak check could be made by a verifier now."""
    if any(row.retry_at is not None and row.retry_at <= run.now for row in checks):
        return True
    is_weak = all(row.is_weak for row in checks if not is_due(row.checked_at, run.now))
    return is_weak and bool(run.verifiers)


def _ask_verifiers(run: _Run, one: ContactEvidence, digest: str, checks: Sequence[AddressCheck]) -> Result | None:
    """The first verifier that answers; an unknown is its answer too. None: nobody could be asked."""
    for key in run.verifiers:
        before = next((row for row in checks if row.verifier == key and not is_due(row.checked_at, run.now)), None)
        tries = before.tries + 1 if before is not None and before.result == Result.UNKNOWN else 1
        if tries > MOST_TRIES:
            continue
        asked = _ask(run, key, one, digest, tries)
        if asked.outcome in ANSWERED and asked.value is not None:
            return asked.value.result
    return None


def _ask(run: _Run, key: str, one: ContactEvidence, digest: str, tries: int) -> Asked[Checked]:
    def call(door: Door) -> Checked:
        return adapters.verifier(door).check(one.email)

    def keep(told: Checked) -> None:
        row = _row(one.id, digest, key, told, tries=tries, now=run.now)
        bulk.upsert(AddressCheck, COLUMNS, [row], conflict=("address_hash", "verifier"), update=_CHANGING)

    question = Question(
        kind=CallKind.CHECK_ADDRESS, words=(one.email.lower(),), subject=f"contact:{one.id}", places=one.places,
        answer_holds=good_until(run.now) - run.now, miss_holds=RETRY_AFTER,
    )  # fmt: skip
    return run.asker.ask(key, question, call, is_hit=lambda told: told.result is not Result.UNKNOWN, keep=keep)


def _row(
    contact_id: int, digest: str, verifier: str, told: Checked, *, tries: int, now: datetime
) -> tuple[object, ...]:
    is_unknown = told.result is Result.UNKNOWN and verifier != BUILT_IN
    retry_at = now + RETRY_AFTER if is_unknown and tries < MOST_TRIES else None
    return (
        contact_id, digest, verifier, told.result.value, told.is_weak, told.raw[:60], list(told.reasons)[:6],
        told.chance, tries, now, retry_at,
    )  # fmt: skip


def _hosts(run: _Run, address: str) -> MailHosts:
    """What the names of the address's domain say, each domain once; not asked where the look-up is off."""
    read = read_address(address)
    if not run.looks_up or read is None:
        return MailHosts.NOT_ASKED
    domain = read[1]
    if domain not in run.hosts:
        run.hosts[domain] = mail_hosts.look_up(domain)
    return run.hosts[domain]
