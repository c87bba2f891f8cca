"""Sending domains: added, given a key, checked, ramped up, paused and resumed.

A domain begins to send when a person starts its ramp, and that needs a check that found it sound.
"""

from __future__ import annotations

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import IntegrityError, transaction

from tandem.access.actions import require
from tandem.access.actions.checks import require_reason
from tandem.core import ledger, secrets
from tandem.core.actors import Actor
from tandem.core.errors import AppError, Conflict, InvalidInput, NotFound
from tandem.core.nightly import today as company_day
from tandem.engagement.contracts import DomainPurpose
from tandem.engagement.domain.domain_checks import name_of
from tandem.engagement.domain.domain_findings import DomainReport, FindingLevel, Verdict
from tandem.engagement.domain.reputation import Level, judge, share_left
from tandem.engagement.models import DomainCheck, SendingDomain
from tandem.engagement.queries import domain_checks
from tandem.engagement.queries.sender_days import windows_from
from tandem.engagement.queries.sending_domains import includes_of, own_key_record

RIGHT = "sender.manage"
MOST_A_DAY = 10_000
KEY_BITS = 2_048
LONGEST_WHY = 300


def add_domain(
    name: str, purpose: DomainPurpose | str, *, full_volume: int = 400, selector: str = "", actor: Actor, now: datetime
) -> int:
    """Add a domain; returns its id. Nothing leaves from it before it was checked and its ramp started.

    full_volume : messages a day once the ramp is over, 1 to 10,000
    selector : of its DKIM key, where a provider signs; empty: looked for

    Raises NotAllowed, InvalidInput for what is no domain, purpose or volume, Conflict when it is there already.
    """
    require(actor, RIGHT)
    domain = name_of(name)
    if purpose not in list(DomainPurpose):
        raise InvalidInput(f"{purpose!r} is no purpose.", hint="primary or outreach.", code="domain.purpose")
    if not 1 <= full_volume <= MOST_A_DAY:
        told = f"{full_volume:,} messages a day can't be the full volume."
        raise InvalidInput(told, hint=f"1 to {MOST_A_DAY:,}.", code="domain.volume")
    row = SendingDomain(
        name=domain, purpose=DomainPurpose(purpose).value, full_volume=full_volume, dkim_selector=selector.strip(),
        added_at=now, added_by=actor.name,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            facts = {"purpose": row.purpose, "full_volume": full_volume}
            ledger.append(actor, "engagement.domain_added", subject=_subject(row), name=domain, **facts)
    except IntegrityError as error:
        raise Conflict(f"{domain} is there already.", hint="Open it in the list of domains.") from error
    return row.id


def make_key(domain_id: int, *, actor: Actor, now: datetime) -> str:
    """A new DKIM key of 2,048 bits that this installation signs with; returns its selector.

    The key before is gone: set the new record, then check. Until it is found the domain is not sound.
    """
    require(actor, RIGHT)
    domain = _get(domain_id)
    private = generate_private_key(public_exponent=65_537, key_size=KEY_BITS)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")
    selector = f"tandem{now:%Y%m%d%H%M}"
    with transaction.atomic():
        found = SendingDomain.objects.filter(id=domain_id)
        found.update(dkim_selector=selector, dkim_key=secrets.seal(pem), is_sound=False)
        ledger.append(actor, "engagement.dkim_key_made", subject=_subject(domain), selector=selector)
    return selector


def check_domain(domain_id: int, *, actor: Actor, now: datetime) -> DomainReport:
    """Look at a domain's DNS entries and keep what was found. Takes seconds; no transaction is open meanwhile.

    A check that could not ask everything changes nothing but the history: what was sound stays so until the last real
    check is a week old.
    """
    require(actor, RIGHT)
    return keep_check(domain_id, actor=actor, now=now)


def keep_check(domain_id: int, *, actor: Actor, now: datetime) -> DomainReport:
    """The same without asking for a right: for the worker."""
    domain = _get(domain_id)
    report = domain_checks.check(
        domain.name,
        selectors=[domain.dkim_selector] if domain.dkim_selector else (),
        includes=includes_of(domain),
        own_key=own_key_record(domain),
    )
    verdict = report.verdict
    with transaction.atomic():
        DomainCheck.objects.create(
            domain=domain, verdict=verdict.value, findings=[one.as_dict() for one in report.findings],
            checked_at=now, checked_by=actor.name,
        )  # fmt: skip
        if verdict is not Verdict.UNDECIDED:
            found = SendingDomain.objects.filter(id=domain_id)
            found.update(is_sound=verdict is Verdict.SOUND, checked_at=now)
        errors = [one.rule for one in report.findings if one.level is FindingLevel.ERROR]
        was = "sound" if domain.is_sound else "not sound"
        facts = {"verdict": verdict.value, "errors": errors, "before": was}
        ledger.append(actor, "engagement.domain_checked", subject=_subject(domain), **facts)
    return report


def check_all(*, actor: Actor, now: datetime) -> dict[str, str]:
    """Check every domain; returns what each came to, or why it could not be checked, by name."""
    told: dict[str, str] = {}
    for domain_id, name in SendingDomain.objects.order_by("name").values_list("id", "name"):
        try:
            told[name] = keep_check(domain_id, actor=actor, now=now).verdict.value
        except AppError as error:  # a zone file that can't be read must not keep the others from their check
            told[name] = error.message
    return told


def start_ramp(domain_id: int, *, actor: Actor, now: datetime) -> None:
    """Begin to send a little, today.

    Raises NotAllowed, Conflict when it has begun already or the last check did not find the domain sound, InvalidInput
    for a primary domain, which has no ramp.
    """
    require(actor, RIGHT)
    domain = _get(domain_id)
    if domain.purpose == DomainPurpose.PRIMARY:
        told = f"{domain.name} is a primary domain; it has no ramp."
        raise InvalidInput(told, hint="Add a domain of its own for mail that software writes.", code="domain.primary")
    if not domain.is_sound:
        told = f"{domain.name} was not found sound: nothing may leave from it."
        raise Conflict(told, hint="Mend its DNS entries as shown, then check again.", code="domain.unsound")
    day = company_day(now)
    with transaction.atomic():
        begun = SendingDomain.objects.filter(id=domain_id, ramp_started_on=None).update(ramp_started_on=day)
        if not begun:
            raise Conflict(f"The ramp of {domain.name} has begun already.", code="domain.ramp")
        ledger.append(actor, "engagement.ramp_started", subject=_subject(domain), day=day.isoformat())


def pause_domain(domain_id: int, *, reason: str, actor: Actor, now: datetime) -> None:
    """Let nothing leave from a domain until somebody resumes it.

    Raises NotAllowed, InvalidInput without a reason, Conflict when it is paused already.
    """
    require(actor, RIGHT)
    why = require_reason(reason)[:LONGEST_WHY]
    domain = _get(domain_id)
    with transaction.atomic():
        if not SendingDomain.objects.filter(id=domain_id, paused_at=None).update(paused_at=now, why=why):
            raise Conflict(f"{domain.name} is paused already.", code="domain.paused")
        ledger.append(actor, "engagement.domain_paused", subject=_subject(domain), why=why)


def resume_domain(domain_id: int, *, reason: str, actor: Actor, now: datetime) -> None:
    """Let a paused domain go on, at half its volume for a week. Its reputation is judged from today on.

    Raises NotAllowed, InvalidInput without a reason, Conflict when it is not paused, or when what came back today
    would stop it again at once.
    """
    require(actor, RIGHT)
    why = require_reason(reason)[:LONGEST_WHY]
    domain = _get(domain_id)
    day = company_day(now)
    verdict = judge(windows_from(domain_id, since=day, today=day))
    if verdict.level is Level.STOP:
        told = f"{domain.name} would be stopped again at once: {verdict.why}."
        raise Conflict(told, hint="Resume it tomorrow.", code="domain.still_bad")
    with transaction.atomic():
        found = SendingDomain.objects.filter(id=domain_id, paused_at__isnull=False)
        if not found.update(paused_at=None, why=why, judged_from=day, throttle=share_left(Level.SLOW)):
            raise Conflict(f"{domain.name} is not paused.", code="domain.not_paused")
        ledger.append(actor, "engagement.domain_resumed", subject=_subject(domain), why=why)


def set_volume(domain_id: int, full_volume: int, *, actor: Actor, now: datetime) -> None:
    """Set what a domain may send a day once its ramp is over, 1 to 10,000. The ramp leads there, without a leap."""
    require(actor, RIGHT)
    domain = _get(domain_id)
    if not 1 <= full_volume <= MOST_A_DAY:
        told = f"{full_volume:,} messages a day can't be the full volume."
        raise InvalidInput(told, hint=f"1 to {MOST_A_DAY:,}.", code="domain.volume")
    with transaction.atomic():
        SendingDomain.objects.filter(id=domain_id).update(full_volume=full_volume)
        facts = {"before": domain.full_volume, "after": full_volume}
        ledger.append(actor, "engagement.domain_volume_set", subject=_subject(domain), **facts)


def _get(domain_id: int) -> SendingDomain:
    found = SendingDomain.objects.filter(id=domain_id).first()
    if found is None:
        raise NotFound(f"There is no sending domain {domain_id}.", hint="Open it from the list of domains.")
    return found


def _subject(domain: SendingDomain) -> str:
    return f"sending_domain:{domain.id}"
