"""Whoever said no is left alone: under every spelling, on every channel, after erasure, whoever asks meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tandem.compliance import actions, queries
from tandem.compliance.contracts import (
    AddressKind,
    Channel,
    Purpose,
    SuppressionEntry,
    SuppressionReason,
)
from tandem.compliance.domain import addresses
from tandem.compliance.models import LedgerEntry, Suppression
from tandem.core.actors import built_in_agent
from tandem.core.errors import Conflict, DataUnreadable, InvalidInput, NotAllowed, NotFound
from tests.company import Company

WORKER = built_in_agent("worker", "worker")
NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
local_parts = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,14}[A-Za-z0-9])?", fullmatch=True)
hosts = st.from_regex(r"([a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?\.){1,3}(com|de|example)", fullmatch=True)


def suppress(address: str, **fields: Any) -> Any:
    entry = SuppressionEntry(address=address, **{"reason": SuppressionReason.UNSUBSCRIBE, **fields})
    return actions.suppress(entry, source="test", actor=WORKER, now=NOW)


def reason_for(*found: str, channel: Channel = Channel.EMAIL, **asked: Any) -> SuppressionReason | None:
    answer = queries.is_suppressed(found, channel, **asked)
    return answer.reason if answer else None


# --- addresses ---


@given(local_parts, hosts, st.sampled_from(["+crm", "+a+b", ""]))
def test_every_spelling_of_a_mailbox_is_one_address(local: str, host: str, tag: str) -> None:
    plain = addresses.email(f"{local}@{host}")
    assert plain
    for spelling in (
        f"{local}{tag}@{host}",
        f"{local.upper()}@{host.upper()}",
        f"Ann <{local}{tag}@{host}>",
        f" mailto:{local}@{host}. ",
    ):
        assert addresses.email(spelling) == plain


@given(st.text(max_size=60))
def test_any_text_is_an_address_in_normal_form_or_none(text: str) -> None:
    read = addresses.read(text, country="GB")
    if read is not None:
        assert addresses.read(read.value, kind=read.kind) == read


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_hash_tells_addresses_apart_and_keys_too(one: str, other: str) -> None:
    first = addresses.Address(kind=AddressKind.EMAIL, value=one)
    second = addresses.Address(kind=AddressKind.EMAIL, value=other)
    assert (addresses.keyed_hash(first, "k") == addresses.keyed_hash(second, "k")) == (one == other)
    assert addresses.keyed_hash(first, "k") != addresses.keyed_hash(first, "l")


@pytest.mark.parametrize(
    ("text", "country", "value"),
    [
        ("J.Doe+news@googlemail.com", "", "jdoe@gmail.com"),
        ("ann@MÜLLER.example", "", "ann@xn--mller-kva.example"),
        ("ann@xn--mller-kva.example", "", "ann@xn--mller-kva.example"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("0044 20 7946 0958", "", "+442079460958"),
        ("https://www.Acme.example/contact", "", "acme.example"),
        ("account:12", "", "account:12"),
    ],
)
def test_addresses_meet_in_one_form(text: str, country: str, value: str) -> None:
    read = addresses.read(text, country=country)
    assert read is not None
    assert read.value == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "ann@",
        "@acme",
        "ann lee@acme.com x",
        "123",
        "020 7946 0958",
        "a" * 300 + "@x.com",
        "a@b",
        "\0@acme.com",
    ],
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert addresses.read(text) is None


# --- the registry ---


@pytest.mark.django_db
def test_one_no_counts_under_every_spelling_and_on_every_channel() -> None:
    suppress("Ann.Lee+crm@gmail.com")
    for channel in Channel:
        assert reason_for("annlee@googlemail.com", channel=channel) is SuppressionReason.UNSUBSCRIBE
    assert reason_for("bob@gmail.com") is None


@pytest.mark.django_db
def test_a_no_on_one_channel_leaves_the_others() -> None:
    suppress("+44 20 7946 0958", channel=Channel.SMS)
    assert reason_for("+442079460958", channel=Channel.SMS) is SuppressionReason.UNSUBSCRIBE
    assert reason_for("+442079460958", channel=Channel.VOICE) is None
    assert reason_for("020 7946 0958", channel=Channel.ALL, country="gb") is SuppressionReason.UNSUBSCRIBE


@pytest.mark.django_db
def test_a_domain_and_an_account_cover_everybody_there() -> None:
    suppress("acme.example", reason=SuppressionReason.LEGAL)
    suppress("account:3", reason=SuppressionReason.MANUAL)
    assert reason_for("ann@mail.eu.acme.example") is SuppressionReason.LEGAL
    assert reason_for("ann@notacme.example") is None
    assert reason_for("bob@other.example", "account:3") is SuppressionReason.MANUAL
    assert reason_for("bob@other.example", "account:3", "x@acme.example") is SuppressionReason.LEGAL


@pytest.mark.django_db
def test_a_refused_purpose_leaves_the_others_but_an_unknown_purpose_is_refused() -> None:
    suppress("ann@acme.example", purpose=Purpose.NEWSLETTER)
    assert reason_for("ann@acme.example", purpose=Purpose.SALES) is None
    assert reason_for("ann@acme.example", purpose=Purpose.NEWSLETTER) is SuppressionReason.UNSUBSCRIBE
    assert reason_for("ann@acme.example") is SuppressionReason.UNSUBSCRIBE


@pytest.mark.django_db
def test_what_can_not_be_looked_up_does_not_pass_for_free() -> None:
    suppress("+44 20 7946 0958")
    for unreadable in ("020 7946 0958", "nobody", ""):
        with pytest.raises(InvalidInput):
            queries.is_suppressed(["ann@acme.example", unreadable], Channel.VOICE)
    assert queries.suppressed_among({"contact:1": ["nobody"]}, Channel.EMAIL) == {}


@pytest.mark.django_db
def test_a_thousand_people_are_asked_about_in_one_query(django_assert_num_queries: Any) -> None:
    suppress("p7@acme.example")
    people = {f"contact:{n}": [f"p{n}@acme.example", f"+4420794{n:05d}"] for n in range(1_000)}
    with django_assert_num_queries(1):
        found = queries.suppressed_among(people, Channel.EMAIL)
    assert list(found) == ["contact:7"]
    with django_assert_num_queries(1):
        assert queries.is_suppressed(["p7@acme.example", "account:3"], Channel.EMAIL) is not None


@pytest.mark.django_db
def test_saying_it_twice_is_one_entry_and_one_line_of_the_ledger() -> None:
    assert suppress("ann@acme.example").added == 1
    assert (suppress("ANN@acme.example").added, suppress("ann@acme.example").known) == (0, 1)
    entry = LedgerEntry.objects.get(action="compliance.suppressed")
    assert entry.subject == f"suppression:{Suppression.objects.get().id}"
    assert "acme" not in entry.facts


@pytest.mark.django_db
def test_many_at_once_with_repeats_and_bad_rows() -> None:
    given_rows = ["ann@acme.example", "Ann@Acme.example", "nobody", "bob@acme.example"]
    entries = [SuppressionEntry(address=one, reason=SuppressionReason.BOUNCE) for one in given_rows]
    report = actions.suppress_many(iter(entries), source="import:x.csv", actor=WORKER, now=NOW)
    assert (report.added, report.known) == (2, 1)
    assert [(one.number, one.value) for one in report.rejects] == [(3, "nobody")]
    assert LedgerEntry.objects.filter(action="compliance.suppressed").count() == 2


@pytest.mark.django_db
def test_an_entry_is_never_deleted_changed_or_begun_again() -> None:
    suppress("ann@acme.example")
    rows = Suppression.objects.all()
    actions.lift_suppression(
        rows[0].id, permission="form 7", given_at=NOW + timedelta(hours=1), actor=WORKER, now=NOW + timedelta(days=1)
    )
    for harm in (
        rows.delete,
        lambda: rows.update(reason="bounce"),
        lambda: rows.update(key_hash="0" * 32),
        lambda: rows.update(address="bob@acme.example"),
        lambda: rows.update(superseded_at=None, permission=""),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            harm()
    assert Suppression.objects.get().address == "ann@acme.example"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"reason": "mood"}, {"channel": "smoke"}, {"at": NOW + timedelta(days=1)}, {"superseded_at": NOW},
        {"reason": "legal", "superseded_at": NOW, "permission": "x"}, {"reason": "erased", "address": "a@b.example"},
    ],
)  # fmt: skip
def test_the_database_refuses_what_must_never_be_true(fields: dict[str, Any]) -> None:
    good = {
        "kind": "email",
        "key_hash": "0" * 32,
        "key_id": "0" * 8,
        "reason": "manual",
        "source": "x",
        "at": NOW,
        "recorded_at": NOW,
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        Suppression.objects.create(**{**good, **fields})
    assert not Suppression.objects.exists()


@pytest.mark.django_db
def test_only_a_later_permission_with_proof_lets_an_entry_end() -> None:
    suppress("ann@acme.example")
    number, later = Suppression.objects.get().id, NOW + timedelta(days=2)

    def lift(**changed: Any) -> None:
        said = {"permission": "form 7", "given_at": NOW + timedelta(days=1), "actor": WORKER, "now": later, **changed}
        actions.lift_suppression(number, **said)

    for bad in ({"permission": " "}, {"given_at": NOW}, {"given_at": later + timedelta(days=1)}):
        with pytest.raises(InvalidInput):
            lift(**bad)
    assert reason_for("ann@acme.example") is SuppressionReason.UNSUBSCRIBE
    lift()
    assert reason_for("ann@acme.example") is None
    with pytest.raises(Conflict):
        lift()
    with pytest.raises(NotFound):
        actions.lift_suppression(number + 1, permission="x", given_at=later, actor=WORKER, now=later)
    suppress("ann@acme.example")
    assert reason_for("ann@acme.example") is SuppressionReason.UNSUBSCRIBE


@pytest.mark.django_db
def test_a_legal_entry_never_ends() -> None:
    suppress("ann@acme.example", reason=SuppressionReason.LEGAL)
    with pytest.raises(Conflict):
        actions.lift_suppression(
            Suppression.objects.get().id,
            permission="x",
            given_at=NOW + timedelta(1),
            actor=WORKER,
            now=NOW + timedelta(2),
        )
    assert reason_for("ann@acme.example") is SuppressionReason.LEGAL


def test_sellers_add_and_only_reviewers_lift(company: Company) -> None:
    entry = SuppressionEntry(address="ann@acme.example", reason=SuppressionReason.MANUAL)
    with pytest.raises(NotAllowed):
        actions.suppress(entry, source="call", actor=company.actor("executive"), now=NOW)
    actions.suppress(entry, source="call", actor=company.actor("seller"), now=NOW)
    row = Suppression.objects.get()
    with pytest.raises(NotAllowed):
        actions.lift_suppression(
            row.id, permission="x", given_at=NOW + timedelta(1), actor=company.actor("seller"), now=NOW + timedelta(2)
        )
    everything = queries.SuppressionFilters()
    seen = {
        who: queries.count_suppressions(company.actor(who), everything)
        for who in ("seller", "liam", "manager", "compliance")
    }
    assert seen == {"seller": 1, "liam": 0, "manager": 1, "compliance": 1}


# --- erasure ---


def bytes_with(word: str) -> list[str]:
    """Tables of the whole database in which the word stands anywhere."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            if any(word in str(row).casefold() for row in cursor.fetchall()):
                found.append(table)
    return found


@pytest.mark.django_db
def test_after_erasure_only_the_hash_is_left_and_it_still_blocks() -> None:
    actions.suppress(SuppressionEntry(address="ann.quill@acme.example", reason=SuppressionReason.OBJECTION, evidence="mail of ann.quill"),
                     source="reply of ann.quill", actor=WORKER, now=NOW, subject="contact:12")  # fmt: skip
    assert bytes_with("ann.quill") == ["compliance_suppression"]
    actions.erase_person(["Ann.Quill@acme.example"], subject="contact:12", request="request:1", actor=WORKER, now=NOW)
    assert bytes_with("ann.quill") == []
    assert reason_for("ann.quill+again@acme.example") is SuppressionReason.ERASED
    entry = SuppressionEntry(address="ann.quill@acme.example", reason=SuppressionReason.ERASED)
    assert actions.suppress_many([entry], source="import", actor=WORKER, now=NOW).added == 0


@pytest.mark.django_db
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(local_parts, hosts, st.booleans())
def test_whoever_is_erased_stays_out_and_is_nowhere_by_name(local: str, host: str, was_known: bool) -> None:
    address = f"{local}@{host}"
    if was_known:
        suppress(address, evidence=address)
    actions.erase_person([address], request="request:1", actor=WORKER, now=NOW)
    assert reason_for(f"{local.upper()}+again@{host}") is SuppressionReason.ERASED
    again = SuppressionEntry(address=address, reason=SuppressionReason.ERASED)
    assert actions.suppress_many([again], source="import", actor=WORKER, now=NOW).added == 0
    stored = [str(row) for model in (Suppression, LedgerEntry) for row in model.objects.values_list()]
    assert not any(f"{local}@".casefold() in row.casefold() for row in stored)


@pytest.mark.django_db
def test_a_new_key_still_knows_the_entries_of_the_old_one(settings: Any) -> None:
    settings.REGISTRY_KEYS = ["old" * 20]
    actions.erase_person(["ann@acme.example"], request="request:1", actor=WORKER, now=NOW)
    settings.REGISTRY_KEYS = ["new" * 20, "old" * 20]
    assert reason_for("ann@acme.example") is SuppressionReason.ERASED
    settings.REGISTRY_KEYS = ["new" * 20]
    assert reason_for("ann@acme.example") is None
    assert [one.register for one in queries.alarms(today=NOW.date())] == ["suppression"]


# --- files ---


@pytest.mark.django_db
def test_a_file_comes_in_with_every_bad_row_told() -> None:
    content = (
        "Email,Reason,Channel,At,Country\n"
        "ann@acme.example,unsubscribe,,2026-11-01,\n"
        "nobody,,,,\n"
        "bob@acme.example,mood,,,\n"
        "cid@acme.example,,,yesterday,\n"
        "\n"
        "'+44 20 7946 0958,complaint,voice,,\n"
        "020 7946 0000,,,,\n"
        "ANN@acme.example,unsubscribe,all,,\n"
        "dee@acme.example,,,2031-01-01,\n"
    )
    report = actions.import_suppressions(content.encode(), name="optouts.csv", actor=WORKER, now=NOW)
    assert (report.added, report.known) == (2, 1)
    assert [one.number for one in report.rejects] == [2, 3, 4, 7, 9]
    assert "none of" in report.rejects[1].reason
    assert reason_for("+442079460958", channel=Channel.VOICE) is SuppressionReason.COMPLAINT
    imported = LedgerEntry.objects.get(action="compliance.suppressions_imported")
    assert '"refused":5' in imported.facts


@pytest.mark.django_db
@pytest.mark.parametrize(
    "content", [b"", b"name,city\nann,berlin\n", b"email\n\xff\xfe\n", b'email\n"a' + b"x" * 140_000]
)
def test_what_is_no_registry_is_refused_whole(content: bytes) -> None:
    with pytest.raises(DataUnreadable):
        actions.import_suppressions(content, name="x.csv", actor=WORKER, now=NOW)
    assert not Suppression.objects.exists()
    assert not LedgerEntry.objects.exists()


def test_an_export_comes_in_again_whole_even_where_only_hashes_are_left(
    company: Company, client_of: Callable[..., Client]
) -> None:
    suppress("+44 20 7946 0958", channel=Channel.SMS)
    actions.erase_person(["ann@acme.example"], request="request:1", actor=WORKER, now=NOW)
    written = b"".join(client_of("compliance").get("/compliance/suppression.csv").streaming_content)  # type: ignore[attr-defined]
    again = actions.import_suppressions(written, name="again.csv", actor=WORKER, now=NOW)
    assert (again.added, again.known, again.rejects) == (0, 2, ())
    assert re.search(r"[0-9a-f]{32}", written.decode())
