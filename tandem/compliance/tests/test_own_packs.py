"""An installation's own rules: laid over the product's, refused whole when anything is wrong."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tandem.cli.comply import app
from tandem.compliance.contracts.decisions import Outcome
from tandem.compliance.domain.rules.decisions import decide
from tandem.compliance.domain.rules.packs import built_in, check_folder, layered
from tandem.compliance.queries import rules as queries
from tandem.core.errors import DataUnreadable, InvalidInput

HEAD = """
name = "house"
title = "Rules of the house"
version = "house.1"
published = 2026-11-24
"""
NO_FRANCE = """
[[rule]]
id = "HOUSE-FR-001"
version = "1"
title = "No mail to France"
effect = "forbid"
where = ["FR"]
channels = ["email"]
when = "always"
source = [{cite = "decision of the board"}]
confidence = "high"
needs_lawyer = false
words = "Until the new office opens."
"""
FREE = {
    "at": "2026-11-24T15:00:00Z", "channel": "email", "suppressed": False, "history": [],
    "recipient": {"country": "FR", "kind": "corporate_generic", "email": "info@firme.fr", "timezone": "Europe/Paris"},
    "sender": {"is_ai": False, "postal_address": "1 rue"}, "consents": [{"kind": "express", "at": "2026-11-01"}],
    "content": {"has_unsubscribe": True, "has_postal_address": True, "ai_disclosed": True},
    "address": {"source": "own_customer"}, "basis": {"lia_approved": True, "art14_notice_at": "2026-11-01"},
}  # fmt: skip


def folder_with(folder: Path, *rules: str, terms: str = "") -> Path:
    (folder / "house.toml").write_text(HEAD + "".join(rules), encoding="utf-8")
    if terms:
        (folder / "terms.toml").write_text(terms, encoding="utf-8")
    return folder


def test_an_own_rule_is_added_and_decides(tmp_path: Path) -> None:
    own = layered(built_in(), folder_with(tmp_path, NO_FRANCE))
    assert len(own.rules) == len(built_in().rules) + 1
    assert own.replaced == ()
    assert "house.1" in own.version
    before, after = decide(FREE, built_in()), decide(FREE, own)
    assert before.outcome is Outcome.ALLOW
    assert after.outcome is Outcome.BLOCK
    assert "HOUSE-FR-001" in {rule.id for rule in after.rules}


def test_an_own_rule_takes_the_place_of_one_with_its_id(tmp_path: Path) -> None:
    own = layered(built_in(), folder_with(tmp_path, NO_FRANCE.replace("HOUSE-FR-001", "EU-FR-EMAIL-GEN")))
    ids = [rule.id for rule in own.rules]
    replaced = {rule.id for rule in own.replaced}
    assert ids.count("EU-FR-EMAIL-GEN") == 1
    assert replaced <= {"EU-FR-EMAIL-GEN"}
    assert next(rule for rule in own.rules if rule.id == "EU-FR-EMAIL-GEN").pack == "house"


def test_own_conditions_use_the_terms_of_the_product_and_terms_of_their_own(tmp_path: Path) -> None:
    rule = NO_FRANCE.replace('when = "always"', 'when = "sms_like or in_paris"')
    own = layered(built_in(), folder_with(tmp_path, rule, terms='[terms]\nin_paris = "places in FR"\n'))
    assert decide(FREE, own).outcome is Outcome.BLOCK


def test_a_term_of_the_product_can_not_be_changed(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="The product has a term soft_opt_in already"):
        layered(built_in(), folder_with(tmp_path, NO_FRANCE, terms='[terms]\nsoft_opt_in = "always"\n'))


def test_a_pack_of_the_product_can_not_be_shadowed_by_its_name(tmp_path: Path) -> None:
    folder_with(tmp_path, NO_FRANCE)
    (tmp_path / "house.toml").write_text((HEAD + NO_FRANCE).replace('"house"', '"canada"'), encoding="utf-8")
    with pytest.raises(InvalidInput, match="The product has a pack canada already"):
        layered(built_in(), tmp_path)


def test_everything_that_is_wrong_is_listed_at_once(tmp_path: Path) -> None:
    folder_with(tmp_path, NO_FRANCE.replace("email", "fax"), NO_FRANCE.replace("always", "often"), "[[rule]]\n")
    (tmp_path / "broken.toml").write_text("name = ", encoding="utf-8")
    _, problems = check_folder(built_in(), tmp_path)
    assert [(one.context["file"], one.context.get("field")) for one in problems] == [
        ("broken.toml", None), ("house.toml", "channels"), ("house.toml", "when"), ("house.toml", "id"),
    ]  # fmt: skip
    assert all(one.hint for one in problems)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is not there"):
        layered(built_in(), tmp_path / "none")


def test_the_setting_lays_own_packs_over_the_product(tmp_path: Path, settings: Any) -> None:
    settings.RULEPACKS_DIR = folder_with(tmp_path, NO_FRANCE)
    assert queries.decide(FREE).outcome is Outcome.BLOCK
    assert "HOUSE-FR-001" in {rule.id for rule in queries.rules_of(country="FR")}
    settings.RULEPACKS_DIR = None
    assert queries.decide(FREE).outcome is Outcome.ALLOW


def test_rules_as_of_a_day_are_those_in_force_on_it_whatever_the_moment() -> None:
    before = {rule.id for rule in built_in().as_of(date(2026, 8, 1)).rules}
    after = {rule.id for rule in built_in().as_of(date(2026, 8, 2)).rules}
    assert {"EU-AIA-501", "EU-AIA-502"} <= after - before
    assert before <= after


def test_rules_that_say_the_same_have_one_digest_and_a_changed_term_changes_it(tmp_path: Path) -> None:
    def digest(text: str, terms: str) -> str:
        own = layered(built_in(), folder_with(tmp_path, text, terms=terms))
        return next(rule.digest for rule in own.rules if rule.id == "HOUSE-FR-001")

    rule = NO_FRANCE.replace("always", "in_paris")
    first = digest(rule, '[terms]\nparis = "places in FR"\nin_paris = "paris"\n')
    assert digest(rule, '[terms]\nparis = "places in FR"\nin_paris = "paris"\n') == first
    assert digest(rule, '[terms]\nparis = "places in US"\nin_paris = "paris"\n') != first
    assert digest(rule.replace("board", "owner"), '[terms]\nparis = "places in FR"\nin_paris = "paris"\n') != first


# --- the shell ---


def run(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


def test_the_shell_checks_a_folder_and_lists_everything_that_is_wrong(tmp_path: Path) -> None:
    folder_with(tmp_path, NO_FRANCE)
    good = run("check", str(tmp_path), "--json")
    assert (good.exit_code, json.loads(good.stdout)) == (0, {"ok": True, "rules": 1, "replaced": [], "problems": []})
    folder_with(tmp_path, NO_FRANCE.replace("always", "often"), NO_FRANCE.replace('"email"', '"fax"'))
    bad = run("check", str(tmp_path), "--json")
    told = json.loads(bad.stdout)
    assert (bad.exit_code, told["ok"], len(told["problems"])) == (1, False, 2)
    assert told["problems"][0]["where"] == {"file": "house.toml", "rule": "HOUSE-FR-001", "field": "when"}


def test_the_shell_says_what_own_rules_change_for_a_file_of_requests(tmp_path: Path) -> None:
    packs = tmp_path / "packs"
    packs.mkdir()
    folder_with(packs, NO_FRANCE)
    lines = [{"id": "7", "campaign": "spring", "request": FREE}, FREE, {"at": "yesterday", "channel": "email"}]
    file = tmp_path / "asked.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines) + "\n", encoding="utf-8")
    answer = run("impact", "--packs", str(packs), "--requests", str(file), "--json")
    told = json.loads(answer.stdout)
    assert (told["decided"], told["changed_count"], told["unreadable_count"]) == (2, 2, 1)
    assert [one["subject"] for one in told["changed"]] == ["7", "line 2"]
    assert told["by_campaign"] == {"": 1, "spring": 1}
    shown = run("impact", "--packs", str(packs), "--requests", str(file)).stdout
    assert "2 of 2 end otherwise." in shown
    assert "HOUSE-FR-001" in shown


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--as-of", "2026-01-01"),
        ("--as-of", "soon", "--against", "2026-01-01"),
        ("--packs", "none", "--as-of", "x"),
    ],
)
def test_the_shell_asks_what_is_to_be_compared(words: tuple[str, ...]) -> None:
    assert isinstance(run("impact", *words).exception, InvalidInput)


def test_the_shell_names_the_line_that_is_no_request(tmp_path: Path) -> None:
    file = tmp_path / "asked.jsonl"
    file.write_text('{"at": "2026-11-24T15:00:00Z", "channel": "email"}\n[1]\n', encoding="utf-8")
    refused = run("impact", "--as-of", "2026-08-01", "--against", "2026-08-02", "--requests", str(file)).exception
    assert isinstance(refused, DataUnreadable)
    assert refused.context["line"] == 2


def test_the_shell_lists_what_comes_into_force() -> None:
    told = json.loads(run("changes", "--from", "2026-08-01", "--to", "2026-08-31", "--json").stdout)
    assert {"EU-AIA-501", "US-CA-DELETE-001"} <= {one["rule"]["id"] for one in told}
    assert told[0]["turn"] == "comes into force"
    assert "EU-AIA-501" in run("changes", "--from", "2026-08-01", "--to", "2026-08-31").stdout
