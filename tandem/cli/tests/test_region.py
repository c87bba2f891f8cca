"""Residency from the shell: the same answers as the pages; and two whole installations, scanned byte by byte."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tandem.accounts.domain.places import country_code
from tandem.cli.main import main
from tandem.compliance.actions import residency
from tandem.compliance.contracts.residency import DestinationKind, Region
from tandem.compliance.domain.regions import region_of_place
from tandem.core import clock
from tandem.core.actors import built_in_agent
from tandem.core.file_texts import texts_of
from tandem.simulation import CompanyConfig, simulate
from tests.company import Company

SHELL = built_in_agent("shell", "shell")
OUTSIDE = {Region.EEA, Region.UK, Region.CH}
POLICIES = """
import django; django.setup()
from tandem.compliance.actions import residency
from tandem.compliance.contracts.residency import Region
from tandem.core import clock
from tandem.core.actors import built_in_agent
shell = built_in_agent("shell", "shell")
for region in (Region.EEA, Region.UK, Region.CH):
    residency.set_policy(region, stores_here=False, reason="kept in Frankfurt", actor=shell, now=clock.now())
"""
PARTNER = """
import sys, django; django.setup()
from tandem.compliance.actions import residency
from tandem.compliance.contracts.residency import Region
from tandem.core import clock
from tandem.core.actors import built_in_agent
name, regions, key = sys.argv[1:]
residency.add_partner(name=name, regions=[Region(one) for one in regions.split(",")], public_key=key,
                      actor=built_in_agent("shell", "shell"), now=clock.now())
"""


@pytest.fixture
def tandem(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Any:
    settings.INSTALLATION_KEY_FILE = tmp_path / "installation_key"

    def call(*words: object) -> tuple[int, Any]:
        monkeypatch.setattr(sys, "argv", ["tandem", *map(str, words), "--json"])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return int(ended.value.code or 0), json.loads(said.out or said.err)

    return call


def test_a_destination_is_checked_and_the_answer_is_the_exit_code(company: Company, tandem: Any) -> None:
    residency.add_destination(
        key="backup", name="Backup", kind=DestinationKind.BACKUP, places="IE", actor=SHELL, now=clock.now()
    )
    assert tandem("region", "check", "backup", "--from", "EU")[0] == 0
    assert tandem("region", "check", "backup", "--from", "DE,us")[1]["allowed"] is True
    code, told = tandem("region", "check", "nowhere", "--from", "eea")
    assert (code, told["allowed"], told["missing"]) == (1, False, ["a destination 'nowhere' on record"])
    assert tandem("region", "check", "backup", "--from", "Atlantis")[0] == 2
    assert tandem("region", "check", "backup", "--from", ",")[0] == 2
    code, told = tandem("region", "list")
    assert code == 0
    assert {one["key"] for one in told["destinations"]} == {"database", "warehouse", "export", "backup"}
    assert sum(one["people"] for one in told["regions"]) == len(company.contacts)


@pytest.mark.django_db
def test_the_key_is_printed_and_bad_files_are_refused(tandem: Any, tmp_path: Path) -> None:
    code, told = tandem("region", "key")
    assert (code, len(told["public_key"]), len(told["fingerprint"])) == (0, 88, 19)
    file = tmp_path / "no.sealed"
    file.write_bytes(b"no sealed file")
    assert tandem("region", "receive", file)[0] == 2
    assert tandem("region", "receive", tmp_path / "gone")[0] == 2
    assert tandem("region", "handover", "--to", "X", "--source", file, "--out", tmp_path / "out")[0] == 1
    assert tandem("rollup", "merge", file)[0] == 2
    assert tandem("rollup", "export", "--out", tmp_path / "rollup.json")[0] == 2
    assert not (tmp_path / "rollup.json").exists()


@pytest.mark.scale
def test_two_installations_hold_each_their_own_people(tmp_path: Path) -> None:
    """Ohio and Frankfurt from one export: no byte of Ohio's files is a European's; Frankfurt has them all."""
    exports = tmp_path / "exports"
    simulate(CompanyConfig(sellers=3, months=3, scale=0.3, accounts_per_seller=12, seed=7), exports)
    folders = {"Ohio": tmp_path / "ohio", "Frankfurt": tmp_path / "frankfurt"}
    for name, region in (("Ohio", "US"), ("Frankfurt", "DE")):
        run(folders[name], region, name, "-m", "tandem.cli.main", "setup")
    keys = {
        name: json.loads(run(folder, "", name, "-m", "tandem.cli.main", "region", "key", "--json"))["public_key"]
        for name, folder in folders.items()
    }
    run(folders["Ohio"], "US", "Ohio", "-c", POLICIES)
    run(folders["Ohio"], "US", "Ohio", "-c", PARTNER, "Frankfurt", "eea,uk,ch", keys["Frankfurt"])
    run(folders["Frankfurt"], "DE", "Frankfurt", "-c", PARTNER, "Ohio", "us", keys["Ohio"])
    run(folders["Ohio"], "US", "Ohio", "-m", "tandem.cli.main", "import", exports, "--json")
    sealed = tmp_path / "for-frankfurt.sealed"
    words = ["region", "handover", "--to", "Frankfurt", "--source", exports, "--out", sealed, "--json"]
    handed = json.loads(run(folders["Ohio"], "US", "Ohio", "-m", "tandem.cli.main", *words))
    received = json.loads(
        run(folders["Frankfurt"], "DE", "Frankfurt", "-m", "tandem.cli.main", "region", "receive", sealed, "--json")
    )
    assert handed["rows"] == sum(one["rows_read"] for one in received["files"])
    terms = europeans(exports)
    assert len(terms) > 200
    assert hits(folders["Ohio"], terms) == []
    found = {term for _, term in hits(folders["Frankfurt"], terms)}
    mails = {term for term in terms if "@" in term}
    assert len(mails & found) > 0.9 * len(mails)


def run(folder: Path, region: str, name: str, *words: object) -> str:
    """One command in an installation of its own."""
    settings = {
        **os.environ, "TANDEM_DATA_DIR": str(folder), "TANDEM_REGION": region, "TANDEM_INSTALLATION": name,
        "TANDEM_DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "tandem.config.settings",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, *map(str, words)], env=settings, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def europeans(folder: Path) -> set[str]:
    """Mail addresses, numbers and full names of everybody for whom a European country speaks, namesakes left out."""
    seats: dict[str, str] = {}
    people: list[tuple[str, list[str], set[Region]]] = []
    for row in _rows(folder / "salesforce" / "Account.csv"):
        seats[row["Id"]] = row["BillingCountry"]
    for row in _rows(folder / "salesforce" / "Contact.csv"):
        where = _regions(row["MailingCountry"], seats.get(row["AccountId"], ""))
        people.append((row["Name"], [row["Email"], row["Phone"], row["MobilePhone"]], where))
    for row in _rows(folder / "vendor" / "zoominfo-contacts.csv"):
        name = f"{row['First Name']} {row['Last Name']}"
        ways = [row["Email Address"], row["Direct Phone Number"], row["Mobile phone"]]
        people.append((name, ways, _regions(row["Country"], row["Company Country"])))
    others = {name.casefold() for name, _, regions in people if not regions & OUTSIDE}
    theirs = [one for one in people if one[2] & OUTSIDE]
    names = {name.casefold() for name, _, _ in theirs if " " in name} - others
    return names | {way.casefold() for _, ways, _ in theirs for way in ways if len(way) > 6}


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def _regions(*countries: str) -> set[Region]:
    codes = [country_code(country) for country in countries if country]
    return {region for code in codes if code and (region := region_of_place(code))}


def hits(folder: Path, terms: set[str]) -> list[tuple[str, str]]:
    """Every term that stands in a file: in its bytes, and in the text of packed ones."""
    found = []
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            texts = [file.read_bytes().decode("utf-8", "replace"), *(text for _, text in texts_of(file))]
            whole = "\n".join(texts).casefold()
            found += [(str(file.relative_to(folder)), term) for term in terms if term in whole]
    return found
