"""A running campaign over the small company, for tests of plans."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tandem.accounts.models import Contact
from tandem.engagement.models import Campaign, Sequence, SequenceVersion
from tandem.prospecting.queries.sources import ContactState
from tests.company import NOW, Company

PLAN = [
    {"channel": "email", "angle": "opening", "wait_days": 0},
    {"channel": "linkedin", "angle": "new_reason", "wait_days": 2, "conditions": ["has_linkedin"]},
    {"channel": "email", "angle": "case", "wait_days": 3, "variants": ["short", "long"]},
    {"channel": "email", "angle": "last_word", "wait_days": 5, "conditions": ["no_reply_yet"]},
]


def running_campaign(company: Company, *, name: str = "Autumn", **fields: Any) -> Campaign:
    """A campaign that runs, of Olga's."""
    sequence = Sequence.objects.create(name=f"Plan of {name}", created_at=NOW, created_by="person:1")
    version = SequenceVersion.objects.create(
        sequence=sequence, number=1, steps=PLAN, made_at=NOW, made_by="person:1", published_at=NOW
    )
    told = {"state": "running", "owner": company.people["olga"], "started_at": NOW} | fields
    return Campaign.objects.create(name=name, version=version, created_at=NOW, created_by="person:1", **told)


def usable_states(ids: Any, *, now: datetime, but: dict[int, str] | None = None) -> dict[int, ContactState]:
    """Every contact usable, but those with a reason."""
    told = but or {}
    return {
        pk: ContactState(
            contact_id=pk, name="", email="a@b.example", account_id=1, sources=("a", "b"), is_reconciled=False,
            elsewhere=(), check=None, reasons=(told[pk],) if pk in told else (),
        )
        for pk in ids
    }  # fmt: skip


def all_usable(monkeypatch: Any, *, but: dict[int, str] | None = None) -> None:
    """Let the gate of prospecting find every contact usable, but those with a reason."""
    monkeypatch.setattr(
        "tandem.engagement.queries.enrollable.contact_states", lambda ids, *, now: usable_states(ids, now=now, but=but)
    )


def people(company: Company, count: int) -> list[Contact]:
    """Contacts whose accounts have owners, by id."""
    known = [one for one in company.contacts.values() if one.account and one.account.owner_id and not one.opted_out]
    return sorted(known, key=lambda one: one.id)[:count]
