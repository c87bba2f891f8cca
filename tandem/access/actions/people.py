"""People and teams: added by RevOps or told of by HR and CRM files; roles are given by hand, never by a file alone."""

from __future__ import annotations

from datetime import date
from typing import Any

from allauth.account import app_settings as account_settings
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from tandem.access.actions.checks import require, require_reason
from tandem.access.contracts import Role
from tandem.access.models import Person, Team
from tandem.core import ledger
from tandem.core.actors import Actor, ActorKind
from tandem.core.errors import Conflict, InvalidInput, NotFound

NO_MAIL_DOMAIN = "unknown.invalid"  # RFC 2606: can't exist


def add_first_person(*, email: str, name: str, password: str, actor: Actor) -> int:
    """The RevOps person of a new installation; returns the id.

    Raises Conflict when somebody can sign in already, InvalidInput for a weak password or a mail that is none.
    """
    if Person.objects.filter(is_active=True).exclude(password__startswith="!").exists():  # noqa: S106  the mark of no password
        raise Conflict("Somebody can sign in here already.", hint="Ask RevOps to add you on the People page.")
    mail = _clean_mail(email)
    person = Person.objects.filter(email=mail).first() or Person(email=mail)
    person.name, person.role, person.is_active = name, Role.REVOPS, True
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), hint="Choose a longer password.") from error
    with transaction.atomic():
        person.set_password(password)
        person.save()
        ledger.append(actor, "access.person_added", subject=f"person:{person.id}", role=person.role)
    return person.id


def add_person(*, email: str, name: str, role: str, team_id: int | None, actor: Actor) -> int:
    """Somebody new, by hand; returns the id. They sign in after `make_password_link`, or by single sign-on.

    Raises InvalidInput, NotFound, and Conflict when the mail is known already.
    """
    require(actor, "person.manage")
    mail = _clean_mail(email)
    if not name.strip():
        raise InvalidInput("The name is empty.", hint="Give the name as colleagues write it.")
    if Person.objects.filter(email=mail).exists():
        raise Conflict(f"{mail} is known already.", hint="Open that person in the list.")
    person = Person(email=mail, name=name.strip(), role=_role(role), team_id=_team(team_id))
    with transaction.atomic():
        person.set_unusable_password()
        person.save()
        ledger.append(actor, "access.person_added", subject=f"person:{person.id}", role=person.role)
    return person.id


def upsert_person(
    *,
    name: str,
    actor: Actor,
    email: str = "",
    role: str | None = None,
    team: str = "",
    region: str = "",
    manager_email: str = "",
    time_zone: str = "",
    country: str = "",
    starts_on: date | None = None,
    ends_on: date | None = None,
    is_active: bool = True,
) -> int:
    """A person as HR or a CRM tells of them; found by mail, else by name; returns the id.

    role : Role value; None or unknown keeps the present one (seller for somebody new). A file gives roles only to
        people who can't sign in yet: rights of somebody who can are given by hand.
    is_active : False shuts somebody out; True never lets somebody in again who was shut out.
    People that come in this way can't sign in until they have a password link or single sign-on.
    Raises NotAllowed, InvalidInput for an unknown role, Conflict when it would shut out the last RevOps person.
    """
    require(actor, "person.manage")
    person, is_new = _find_or_start(name, email)
    before = None if is_new else _facts_of(person)
    with transaction.atomic():
        if role and not _can_sign_in(person):
            person.role = _role(role)
        _place(person, team=team, region=region, manager_email=manager_email)
        person.name = name or person.name
        person.time_zone = time_zone or person.time_zone
        person.country = country or person.country
        person.starts_on = starts_on or person.starts_on
        person.ends_on = ends_on or person.ends_on
        if is_new or not is_active:
            person.is_active = is_active
        if before == _facts_of(person):
            return person.id
        if not is_new and not person.is_active:
            _refuse_last_revops(person.id)
        person.save()
        action = "access.person_added" if is_new else "access.person_changed"
        ledger.append(actor, action, subject=f"person:{person.id}", role=str(person.role), active=person.is_active)
    return person.id


def _find_or_start(name: str, email: str) -> tuple[Person, bool]:
    """The known person (by mail; else by name, when the mail of one side is missing), or a new one."""
    mail = email.strip().lower()
    person = Person.objects.filter(email=mail).first() if mail else None
    if person is None and name:
        namesakes = Person.objects.filter(name__iexact=name)
        person = (namesakes.filter(email__endswith=f"@{NO_MAIL_DOMAIN}") if mail else namesakes).first()
    if person is not None:
        person.email = mail or person.email
        return person, False
    person = Person(email=mail or f"{'.'.join(name.lower().split()) or 'unnamed'}@{NO_MAIL_DOMAIN}", role=Role.SELLER)
    person.set_unusable_password()
    return person, True


def _can_sign_in(person: Person) -> bool:
    return person.last_login is not None or person.has_usable_password()


FACTS = (
    "name", "email", "role", "team_id", "reports_to_id", "time_zone", "country", "starts_on", "ends_on", "is_active",
)  # fmt: skip


def _facts_of(person: Person) -> tuple[Any, ...]:
    return tuple(getattr(person, name) for name in FACTS)


def _place(person: Person, *, team: str, region: str, manager_email: str) -> None:
    if team:
        person.team, _ = Team.objects.get_or_create(name=team, defaults={"region": region})
    if manager_email:
        manager = Person.objects.filter(email=manager_email.strip().lower()).exclude(id=person.id).first()
        person.reports_to = manager or person.reports_to


def upsert_team(*, name: str, parent: str = "", region: str = "", actor: Actor) -> int:
    """A team and its place in the tree, by names; returns the id.

    Raises Conflict when the parent lies below the team.
    """
    require(actor, "person.manage")
    with transaction.atomic():
        team, is_new = Team.objects.get_or_create(name=name, defaults={"region": region})
        before = (team.parent_id, team.region)
        if parent:
            team.parent, _ = Team.objects.get_or_create(name=parent)
            _refuse_ring(team)
        team.region = region or team.region
        if is_new or before != (team.parent_id, team.region):
            team.save()
            ledger.append(actor, "access.team_placed", subject=f"team:{team.id}", parent=team.parent_id)
    return team.id


def _refuse_ring(team: Team) -> None:
    above = team.parent
    while above is not None:
        if above.id == team.id:
            raise Conflict(f"{team.name} would lie below itself.", hint="Name a parent outside the team.")
        above = above.parent


def set_role(*, person_id: int, role: str, reason: str, actor: Actor) -> None:
    """Give a person another role.

    Raises NotFound, InvalidInput, and Conflict when nobody would be left to manage people.
    """
    require(actor, "person.manage")
    role, reason = _role(role), require_reason(reason)
    with transaction.atomic():
        if role != Role.REVOPS:
            _refuse_last_revops(person_id)
        _change(person_id, role=role)
        ledger.append(actor, "access.role_set", subject=f"person:{person_id}", role=role, reason=reason)


def move_to_team(*, person_id: int, team_id: int | None, reason: str, actor: Actor) -> None:
    """Put a person into a team, or into none. Raises NotFound, InvalidInput without a reason."""
    require(actor, "person.manage")
    reason = require_reason(reason)
    with transaction.atomic():
        _change(person_id, team_id=_team(team_id))
        ledger.append(actor, "access.team_set", subject=f"person:{person_id}", team=team_id, reason=reason)


def set_active(*, person_id: int, is_active: bool, reason: str, actor: Actor) -> None:
    """Let a person in, or shut them out at once, also from pages that are open. Raises NotFound, Conflict."""
    require(actor, "person.manage")
    reason = require_reason(reason)
    if person_id == actor.id and actor.kind is ActorKind.PERSON:
        raise Conflict("You can't shut yourself out.", hint="Ask another RevOps person.")
    with transaction.atomic():
        if not is_active:
            _refuse_last_revops(person_id)
        _change(person_id, is_active=is_active)
        word = "access.person_let_in" if is_active else "access.person_shut_out"
        ledger.append(actor, word, subject=f"person:{person_id}", reason=reason)


def make_password_link(*, person_id: int, actor: Actor) -> str:
    """An address under which the person chooses a password; works once and for three days. Raises NotFound, Conflict.

    RevOps hands it over; nobody but the person learns the password.
    """
    require(actor, "person.manage")
    person = _get(person_id)
    if not person.is_active:
        raise Conflict(f"{person.name} is shut out.", hint="Let them in first.")
    if person.email.endswith(f"@{NO_MAIL_DOMAIN}"):
        raise Conflict(f"{person.name} has no mail address to sign in with.", hint="Import it, or add the person anew.")
    key = account_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(person)
    ledger.append(actor, "access.password_link_made", subject=f"person:{person_id}")
    return reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(person), "key": key})


def remove_second_step(*, person_id: int, reason: str, actor: Actor) -> None:
    """Take away a person's authenticator app and recovery codes, when both are lost. Raises NotFound, Conflict."""
    require(actor, "person.manage")
    reason = require_reason(reason)
    person = _get(person_id)
    if person_id == actor.id and actor.kind is ActorKind.PERSON:
        raise Conflict("You can't take away your own second step here.", hint="Use your own Two-step sign-in page.")
    with transaction.atomic():
        if not Authenticator.objects.filter(user_id=person.id).delete()[0]:
            raise Conflict(f"{person.name} has no second step.")
        ledger.append(actor, "access.second_step_removed", subject=f"person:{person_id}", reason=reason)


def _get(person_id: int) -> Person:
    person = Person.objects.filter(id=person_id).first()
    if person is None:
        raise NotFound(f"There is no person {person_id}.", hint="Open the list of people.")
    return person


def _change(person_id: int, **fields: Any) -> None:
    if not Person.objects.filter(id=person_id).update(**fields):
        raise NotFound(f"There is no person {person_id}.", hint="Open the list of people.")


def _clean_mail(email: str) -> str:
    mail = email.strip().lower()
    try:
        validate_email(mail)
    except ValidationError as error:
        raise InvalidInput(f"{email!r} is no mail address.", hint="Give it as name@example.com.") from error
    return mail


def _role(role: str) -> str:
    if role not in set(Role):
        raise InvalidInput(f"{role!r} is no role.", hint=f"Roles: {', '.join(Role)}.")
    return str(role)


def _team(team_id: int | None) -> int | None:
    if team_id is not None and not Team.objects.filter(id=team_id).exists():
        raise NotFound(f"There is no team {team_id}.")
    return team_id


def _refuse_last_revops(person_id: int) -> None:
    others = Person.objects.filter(role=Role.REVOPS, is_active=True).exclude(id=person_id)
    if Person.objects.filter(id=person_id, role=Role.REVOPS).exists() and not others.exists():
        raise Conflict("This is the last RevOps person.", hint="Give the role to somebody else first.")
