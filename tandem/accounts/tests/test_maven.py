"""A CRM export of somebody else's making comes in whole through the example mapping."""

from __future__ import annotations

import csv
import os
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models import Sum

from tandem.access.models import Person
from tandem.accounts.actions.imports import import_path
from tandem.accounts.models import Account, Opportunity, OpportunityProduct, Product
from tandem.core.actors import built_in_agent

FOLDER = Path(os.environ.get("TANDEM_REAL_DATA", "missing")) / "maven_crm"
MAPPING = Path(__file__).parents[3] / "examples" / "maven" / "mapping.toml"
SHELL = built_in_agent("shell", "shell")
NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)


def rows_of(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.realdata
@pytest.mark.django_db
@pytest.mark.skipif(not FOLDER.is_dir(), reason="TANDEM_REAL_DATA names no folder with maven_crm")
def test_the_maven_export_lands_row_by_row_and_its_spelling_drift_is_shown() -> None:
    report = import_path(FOLDER, actor=SHELL, now=NOW, mapping=MAPPING)
    told = {(file.file_name, file.entity): file for file in report.files}
    assert told["data_dictionary.csv", ""].word == "left out"
    for (name, entity), file in told.items():
        if entity:
            landed = file.rows_landed + file.rows_unchanged + file.rows_refused
            assert (file.word, file.rows_read, landed) == ("landed", len(rows_of(name)), len(rows_of(name)))
    assert not report.failed

    notes = [note for file in report.files for note in file.notes]
    assert "product_name: 'GTXPro' (1,480 rows) is in no product file; it looks like 'GTX Pro'." in notes
    assert "industry: 'technolgy' (12 rows) looks like 'technology'." in notes
    rejects = (Path(settings.DATA_DIR) / told["accounts.csv", "account"].rejects_path).read_text()
    assert "cell left empty,country,Philipines,is no country we know" in rejects

    deals = Opportunity.objects.all()
    assert (deals.count(), deals.filter(account=None).count(), deals.filter(owner=None).count()) == (8_800, 1_425, 0)
    assert (deals.filter(is_won=True).count(), deals.filter(is_closed=True, is_won=False).count()) == (4_238, 2_473)
    worth = sum(int(row["close_value"]) for row in rows_of("sales_pipeline.csv") if row["deal_stage"] == "Won")
    assert deals.filter(is_won=True).aggregate(worth=Sum("amount"))["worth"] == Decimal(worth)
    lines = OpportunityProduct.objects.all()
    assert (lines.count(), lines.filter(product__name="GTXPro").count()) == (8_800, 1_480)
    assert lines.filter(opportunity__is_won=True).aggregate(worth=Sum("amount"))["worth"] == Decimal(worth)
    assert list(Product.objects.filter(is_listed=False).values_list("name", flat=True)) == ["GTXPro"]

    first = rows_of("sales_pipeline.csv")[0]
    deal = deals.get(
        name=f"{first['account']}: {first['product']}", opened_on=date(2016, 10, 20), owner__name=first["sales_agent"]
    )
    assert (deal.close_on, deal.currency, deal.owner.team.name, deal.owner.reports_to.role) == (
        date(2017, 3, 1), "USD", "Central", "manager",
    )  # fmt: skip
    assert (Person.objects.count(), Account.objects.count()) == (41, 85)
    assert Account.objects.get(name="Acme Corporation").annual_revenue == Decimal("1100040000")

    again = import_path(FOLDER, actor=SHELL, now=NOW, mapping=MAPPING)
    assert (again.rows_landed, again.golden) == (0, None)
