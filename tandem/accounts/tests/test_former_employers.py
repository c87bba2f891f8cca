"""A source tells only the present employer; what it said before is kept as a job that is over."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from tandem.accounts.actions.imports import import_path
from tandem.accounts.models import Contact, Employment, SourceRecord
from tandem.accounts.tests.telling import NOW, SHELL

HEADER = "Id,FirstName,LastName,Title,AccountId,Email,MailingCountry,SystemModstamp\n"
ACCOUNTS = "Id,Name,Website,BillingCountry\n001A,Alpine,alpine.at,Austria\n001B,Borealis,borealis.se,Sweden\n"
pytestmark = pytest.mark.django_db


def bring(folder: Path, *contacts: str, day: int) -> None:
    folder.mkdir()
    (folder / "Account.csv").write_text(ACCOUNTS)
    (folder / "Contact.csv").write_text(HEADER + "".join(f"{row}\n" for row in contacts))
    report = import_path(folder, actor=SHELL, now=NOW + timedelta(days=day))
    assert not report.failed, report


def test_a_person_whose_employer_changed_between_two_imports_keeps_both_jobs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path / "data")
    monkeypatch.setattr(settings, "WAREHOUSE_DIR", tmp_path / "data" / "warehouse")
    old = "003X,Ann,Lee,Buyer,001A,ann@alpine.at,Austria,2026-03-01T08:00:00Z"
    new = "003X,Ann,Lee,CFO,001B,ann@borealis.se,Sweden,2026-09-15T08:00:00Z"
    bring(tmp_path / "one", old, day=0)
    bring(tmp_path / "two", new, day=1)
    contact = Contact.objects.select_related("account").get()
    assert (contact.account.name, contact.title, contact.has_left) == ("Borealis", "CFO", False)
    jobs = Employment.objects.values_list("account__name", "title", "is_current", "ends_on")
    assert set(jobs) == {("Borealis", "CFO", True, None), ("Alpine", "Buyer", False, date(2026, 9, 15))}
    bring(tmp_path / "three", new.replace("CFO", "CEO"), day=2)
    assert Employment.objects.count() == 2
    before = SourceRecord.objects.get(entity="contact").data
    bring(tmp_path / "four", new.replace("CFO", "CEO"), "003Y,Bo,Ek,Buyer,001A,,,2026-09-15T08:00:00Z", day=3)
    assert SourceRecord.objects.get(entity="contact", key="003X").data == before
