"""Checks of DNS entries, on zones that are right, wrong and hostile."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.core.errors import DataUnreadable, InvalidInput
from tandem.engagement.domain.dns_answers import Answer, Status
from tandem.engagement.domain.domain_checks import check_domain, name_of
from tandem.engagement.domain.domain_findings import DnsRecord, DomainReport, Finding, FindingLevel, Topic, Verdict
from tandem.engagement.domain.spf_terms import read_terms
from tandem.engagement.domain.zones import ZoneFile

DOMAIN = "example.com"


def key_of(bits: int) -> str:
    public = rsa.generate_private_key(public_exponent=65_537, key_size=bits).public_key()
    return b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


KEY_2048, KEY_1024 = key_of(2048), key_of(1024)


def split(text: str) -> str:
    """As zone files carry long texts."""
    return " ".join(f'"{text[start : start + 200]}"' for start in range(0, len(text), 200))


SPF = '@ IN TXT "v=spf1 ip4:192.0.2.0/24 -all"\n'
MX = "@ IN MX 10 mail\nmail IN A 192.0.2.1\n"
DKIM = f"s1._domainkey IN TXT {split(f'v=DKIM1; k=rsa; p={KEY_2048}')}\n"
DMARC = '_dmarc IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@example.com"\n'
BIMI = 'default._bimi IN TXT "v=BIMI1; l=https://example.com/l.svg; a=https://example.com/l.pem"\n'
TRANSPORT = '_mta-sts IN TXT "v=STSv1; id=1"\n_smtp._tls IN TXT "v=TLSRPTv1; rua=mailto:t@example.com"\n'


def checked(*parts: str, selectors: Sequence[str] = (), includes: Sequence[str] = ()) -> DomainReport:
    zone = ZoneFile("$ORIGIN example.com.\n" + "".join(parts), domain=DOMAIN)
    return check_domain(DOMAIN, lookup=zone, selectors=selectors, includes=includes)


def rules(report: DomainReport, topic: Topic) -> dict[str, str]:
    return {one.rule: one.level.value for one in report.of(topic)}


def with_spf(record: str, *more: str, includes: Sequence[str] = ()) -> DomainReport:
    return checked(f"@ IN TXT {split(record)}\n", MX, DKIM, DMARC, *more, includes=includes)


def found(report: DomainReport, rule: str) -> Finding:
    return next(one for one in report.findings if one.rule == rule)


def test_a_whole_domain_is_sound_and_every_topic_says_so() -> None:
    report = checked(SPF, MX, DKIM, DMARC, BIMI, TRANSPORT)
    assert {one.level for one in report.findings} == {FindingLevel.OK}
    assert [one.rule for one in report.findings] == [
        "mx.ok", "spf.ok", "dkim.ok", "dmarc.ok", "bimi.ok", "mta_sts.ok", "tls_rpt.ok"
    ]  # fmt: skip
    assert (report.verdict, report.spf_lookups, report.selectors) == (Verdict.SOUND, 0, ("s1",))


def test_an_empty_domain_is_told_each_record_to_set() -> None:
    report = checked("@ IN A 192.0.2.1\n")
    records = {one.rule: one.record for one in report.findings}
    assert records["spf.missing"] == DnsRecord(name=DOMAIN, type="TXT", value="v=spf1 mx ~all")
    assert records["dmarc.missing"] == DnsRecord(
        name="_dmarc.example.com", type="TXT", value="v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com"
    )
    assert rules(report, Topic.DKIM) == {"dkim.not_found": "error"}
    assert rules(report, Topic.MX) == {"mx.implicit": "warning"}
    assert report.verdict is Verdict.UNSOUND


@pytest.mark.parametrize(
    ("record", "more", "wanted"),
    [
        ("v=spf1 +all", "", {"spf.plus_all": "error"}),
        ("v=spf1 all", "", {"spf.plus_all": "error"}),
        ("v=spf1 ?all", "", {"spf.neutral_all": "warning"}),
        ("v=spf1 ip4:192.0.2.1", "", {"spf.no_all": "warning"}),
        ("v=spf1 ptr -all", "", {"spf.ptr": "warning"}),
        ("v=spf1 ip4:300.0.0.1 -all", "", {"spf.syntax": "error"}),
        ("v=spf1 ip4:192.0.2.1/33 -all", "", {"spf.syntax": "error"}),
        ("v=spf1 ip6:192.0.2.1 -all", "", {"spf.syntax": "error"}),
        ("v=spf1 include -all", "", {"spf.syntax": "error"}),
        ("v=spf1 includes:a.example.com -all", "", {"spf.syntax": "error"}),
        ("v=spf1 a:mail.example.com/24//64 -all", "", {"spf.void_lookup": None}),
        ("v=spf1 exists:%{i}._spf.example.com -all", "", {"spf.ok": "ok"}),
        ("v=spf1 exists:%{z}.example.com -all", "", {"spf.syntax": "error"}),
        ("v=spf1 -all ip4:192.0.2.1", "", {"spf.after_all": "warning"}),
        ("v=spf1 redirect=a.example.com -all", 'a IN TXT "v=spf1 -all"\n', {"spf.after_all": "warning"}),
        ("v=spf1 redirect=a.example.com", 'a IN TXT "v=spf1 -all"\n', {"spf.ok": "ok"}),
        ("v=spf1 redirect=example.com", "", {"spf.loop": "error"}),
        ("v=spf1 include:a.example.com -all", 'a IN TXT "v=spf1 include:example.com -all"\n', {"spf.loop": "error"}),
        ("v=spf1 include:a.example.com -all", 'a IN TXT "hello"\n', {"spf.broken_include": "error"}),
        ("v=spf1 include:gone.example.com -all", "", {"spf.broken_include": "error", "spf.void_lookup": "advice"}),
        ("v=spf1 a:x.example.com a:y.example.com a:z.example.com -all", "", {"spf.too_many_void": "error"}),
        ("v=spf1 include:_spf.elsewhere.example -all", "", {"spf.not_followed": "advice"}),
    ],
)  # fmt: skip
def test_spf_faults_are_named(record: str, more: str, wanted: dict[str, str | None]) -> None:
    told = rules(with_spf(record, more), Topic.SPF)
    assert {rule: told.get(rule) for rule in wanted} == wanted


def test_more_than_ten_lookups_are_an_error_ten_are_not() -> None:
    leaves = "".join(f'i{number} IN TXT "v=spf1 ip4:192.0.2.{number} -all"\n' for number in range(12))
    ten = "v=spf1 " + " ".join(f"include:i{number}.example.com" for number in range(10)) + " -all"
    report = with_spf(ten, leaves)
    assert (report.spf_lookups, rules(report, Topic.SPF)) == (10, {"spf.ok": "ok"})
    report = with_spf(ten.replace(" -all", " include:i10.example.com -all"), leaves)
    assert rules(report, Topic.SPF) == {"spf.too_many_lookups": "error"}


def test_a_tree_of_includes_that_doubles_at_every_step_ends() -> None:
    zone = "".join(
        f'n{at} IN TXT "v=spf1 include:n{at + 1}.example.com include:n{at + 1}.example.com -all"\n' for at in range(40)
    )
    report = with_spf("v=spf1 include:n0.example.com -all", zone)
    assert found(report, "spf.too_many_lookups").level is FindingLevel.ERROR


def test_several_spf_records_become_one_with_the_terms_of_all() -> None:
    report = checked('@ IN TXT "v=spf1 ip4:192.0.2.1 -all"\n@ IN TXT "v=spf1 mx ~all"\n', MX, DKIM, DMARC)
    record = found(report, "spf.multiple").record
    assert record is not None
    assert record.value == "v=spf1 ip4:192.0.2.1 mx ~all"


def test_a_text_that_was_meant_as_spf_is_shown_with_what_is_wrong() -> None:
    report = checked('@ IN TXT "v=spf1;ip4:192.0.2.1 -all"\n', MX, DKIM, DMARC)
    assert found(report, "spf.missing").found == "v=spf1;ip4:192.0.2.1 -all"


def test_the_mailbox_providers_include_is_asked_for() -> None:
    report = with_spf("v=spf1 ip4:192.0.2.1 -all", includes=["_spf.google.com"])
    missing = found(report, "spf.provider_missing")
    assert missing.level is FindingLevel.ERROR
    assert missing.record is not None
    assert missing.record.value == "v=spf1 include:_spf.google.com ip4:192.0.2.1 -all"
    guessed = checked(SPF, "@ IN MX 1 aspmx.l.google.com.\n", DKIM, DMARC)
    assert found(guessed, "spf.provider_missing").level is FindingLevel.WARNING


@pytest.mark.parametrize(
    ("record", "wanted"),
    [
        ("v=DKIM1; p=", "dkim.revoked"),
        (f"v=DKIM1; t=y; p={KEY_2048}", "dkim.test_mode"),
        (f"v=DKIM1; h=sha1; p={KEY_2048}", "dkim.sha1"),
        (f"v=DKIM1; s=tlsrpt; p={KEY_2048}", "dkim.other_service"),
        (f"v=DKIM1; k=rsa; p={KEY_1024}", "dkim.small_key"),
        (f"v=DKIM1; k=rsa; p={KEY_2048[:-40]}", "dkim.syntax"),
        ("v=DKIM1; k=rsa; p=@@@@", "dkim.syntax"),
        (f"v=DKIM2; p={KEY_2048}", "dkim.syntax"),
        (f"k=rsa; v=DKIM1; p={KEY_2048}", "dkim.syntax"),
        ("v=DKIM1; k=rsa", "dkim.syntax"),
        (f"v=DKIM1; k=ed25519; p={KEY_2048}", "dkim.syntax"),
        ("v=DKIM1; k=rsa; p=ключ", "dkim.syntax"),
    ],
)
def test_dkim_faults_are_named(record: str, wanted: str) -> None:
    report = checked(SPF, MX, DMARC, f"s1._domainkey IN TXT {split(record)}\n")
    assert wanted in rules(report, Topic.DKIM)


def test_an_ed25519_key_is_fine_and_advised_to_be_joined_by_an_rsa_key() -> None:
    raw = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    report = checked(SPF, MX, DMARC, f's1._domainkey IN TXT "v=DKIM1; k=ed25519; p={b64encode(raw).decode()}"\n')
    assert rules(report, Topic.DKIM) == {"dkim.ed25519": "advice", "dkim.ok": "ok"}


def test_a_key_below_a_name_that_is_an_alias_is_found_and_a_missing_named_one_is_an_error() -> None:
    alias = "s9._domainkey IN CNAME s1._domainkey\n"
    assert checked(SPF, MX, DMARC, DKIM, alias).selectors == ("s1", "s9")
    report = checked(SPF, MX, DMARC, DKIM, selectors=["s7"])
    assert rules(report, Topic.DKIM) == {"dkim.missing": "error"}


def test_a_wildcard_is_not_taken_for_a_key_nor_for_a_policy() -> None:
    report = checked(SPF, MX, '* IN TXT "hello"\n')
    assert rules(report, Topic.DKIM) == {"dkim.wildcard": "warning", "dkim.not_found": "error"}
    assert rules(report, Topic.DMARC) == {"dmarc.no_record": "warning", "dmarc.missing": "error"}


def test_a_key_that_is_not_the_one_we_sign_with_is_an_error_with_the_right_record() -> None:
    own = DnsRecord(name="s1._domainkey.example.com", type="TXT", value=f"v=DKIM1; k=rsa; p={KEY_1024}")
    zone = ZoneFile("$ORIGIN example.com.\n" + SPF + MX + DMARC + DKIM, domain=DOMAIN)
    report = check_domain(DOMAIN, lookup=zone, selectors=["s1"], own_key=own)
    assert found(report, "dkim.other_key").record == own


@pytest.mark.parametrize(
    ("record", "wanted"),
    [
        ("v=DMARC1; p=none; rua=mailto:a@example.com", {"dmarc.none": "warning"}),
        ("v=DMARC1; p=nothing; rua=mailto:a@example.com", {"dmarc.policy": "error"}),
        ("v=DMARC1; rua=mailto:a@example.com", {"dmarc.no_policy": "error"}),
        ("v=DMARC1; p=reject", {"dmarc.no_reports": "warning"}),
        ("v=DMARC1; p=reject; sp=none; rua=mailto:a@example.com", {"dmarc.open_subdomains": "warning"}),
        ("v=DMARC1; p=reject; pct=50; rua=mailto:a@example.com", {"dmarc.pct": "warning", "dmarc.retired_tag": "advice"}),
        ("v=DMARC1; p=reject; pct=all; rua=mailto:a@example.com", {"dmarc.pct": "error"}),
        ("v=DMARC1; p=reject; adkim=x; rua=mailto:a@example.com", {"dmarc.alignment": "error"}),
        ("v=DMARC1; p=reject; aspf=s; rua=mailto:a@example.com", {"dmarc.strict": "advice"}),
        ("v=DMARC1; p=reject; fo=9; rua=mailto:a@example.com", {"dmarc.fo": "advice"}),
        ("v=DMARC1; p=reject; rua=a@example.com", {"dmarc.report_address": "warning"}),
        ("v=DMARC1; p=reject; rua=mailto:a@other.example.org", {"dmarc.external_not_asked": "advice"}),
        ("v=DMARC1; p=reject; t=y; rua=mailto:a@example.com", {"dmarc.test_mode": "warning"}),
        ("v=DMARC1; p=reject; p=none; rua=mailto:a@example.com", {"dmarc.syntax": "warning"}),
        ("v=DMARC1; p=reject; rau=mailto:a@example.com", {"dmarc.unknown_tag": "advice"}),
        ("v=DMARC1, p=reject", {"dmarc.no_record": "warning", "dmarc.missing": "error"}),
    ],
)  # fmt: skip
def test_dmarc_faults_are_named(record: str, wanted: dict[str, str]) -> None:
    told = rules(checked(SPF, MX, DKIM, f'_dmarc IN TXT "{record.replace(";", chr(92) + ";")}"\n'), Topic.DMARC)
    assert {rule: told.get(rule) for rule in wanted} == wanted


def test_reports_to_another_organisation_need_its_word() -> None:
    record = '_dmarc IN TXT "v=DMARC1; p=reject; rua=mailto:a@reports.example!10m"\n'
    outside = "$ORIGIN reports.example.\n@ IN SOA ns h 1 2 3 4 5\n"
    report = checked(SPF, MX, DKIM, record, outside)
    missing = found(report, "dmarc.external_not_authorised").record
    assert missing == DnsRecord(name="example.com._report._dmarc.reports.example", type="TXT", value="v=DMARC1")
    agreed = outside + 'example.com._report._dmarc IN TXT "v=DMARC1"\n'
    assert rules(checked(SPF, MX, DKIM, record, agreed), Topic.DMARC) == {"dmarc.ok": "ok"}


def test_a_subdomain_lives_by_the_policy_above_it() -> None:
    zone = "$ORIGIN example.com.\n@ IN SOA ns h 1 2 3 4 5\n" + DMARC.replace("p=reject", "p=reject; sp=none")
    zone += f'mail IN TXT "v=spf1 -all"\nmail IN MX 1 mx\nmx IN A 192.0.2.1\ns1._domainkey.mail IN TXT {split("p=" + KEY_2048)}\n'
    report = check_domain("mail.example.com", lookup=ZoneFile(zone, domain="mail.example.com"))
    assert rules(report, Topic.DMARC) == {"dmarc.inherited": "advice", "dmarc.none": "warning"}


def test_several_dmarc_records_count_as_none() -> None:
    assert rules(checked(SPF, MX, DKIM, DMARC, '_dmarc IN TXT "v=DMARC1; p=none"\n'), Topic.DMARC) == {
        "dmarc.multiple": "error"
    }


@pytest.mark.parametrize(
    ("zone", "wanted"),
    [
        ("@ IN MX 0 .\n", {"mx.null": "error"}),
        ("@ IN MX 0 .\n@ IN MX 10 mail\nmail IN A 192.0.2.1\n", {"mx.null": "error"}),
        ("@ IN MX 10 gone\n", {"mx.unresolved": "error"}),
        ("@ IN MX 10 mail\nmail IN CNAME other.example.net.\n", {"mx.cname": "error"}),
        ("@ IN MX 10 mail\nmail IN A 10.0.0.1\n", {"mx.private": "warning"}),
        ("@ IN MX 10 192.0.2.1.\n", {"mx.address": "error"}),
    ],
)
def test_mx_faults_are_named(zone: str, wanted: dict[str, str]) -> None:
    assert rules(checked(SPF, DKIM, DMARC, zone), Topic.MX) == wanted


@pytest.mark.parametrize(
    ("record", "dmarc", "wanted"),
    [
        ("v=BIMI1; l=; a=", DMARC, {"bimi.declined": "ok"}),
        ("v=BIMI1; l=http://example.com/l.svg; a=https://example.com/l.pem", DMARC, {"bimi.logo": "warning"}),
        ("v=BIMI1; l=https://example.com/l.svg", DMARC, {"bimi.no_certificate": "advice"}),
        (
            "v=BIMI1; l=https://example.com/l.svg; a=https://example.com/l.pem",
            DMARC.replace("reject", "none"), {"bimi.needs_dmarc": "warning"},
        ),
    ],
)  # fmt: skip
def test_bimi_faults_are_named(record: str, dmarc: str, wanted: dict[str, str]) -> None:
    assert rules(checked(SPF, MX, DKIM, dmarc, f'default._bimi IN TXT "{record}"\n'), Topic.BIMI) == wanted


class Broken:
    """Name servers that answer some questions in their own way."""

    def __init__(self, status: Status, *names: str) -> None:
        self.zone = ZoneFile("$ORIGIN example.com.\n" + SPF + MX + DKIM + DMARC, domain=DOMAIN)
        self.status, self.names = status, names

    def __call__(self, name: str, kind: str) -> Answer:
        return Answer(status=self.status) if name in self.names or not self.names else self.zone(name, kind)

    def names_below(self, name: str) -> Sequence[str]:
        return ()


@pytest.mark.parametrize("status", [Status.TIMEOUT, Status.FAILED])
def test_silent_name_servers_are_never_taken_for_missing_records(status: Status) -> None:
    report = check_domain(DOMAIN, lookup=Broken(status))
    assert (report.verdict, [one.rule for one in report.findings]) == (Verdict.UNDECIDED, [f"dns.{status.value}"])
    report = check_domain(DOMAIN, lookup=Broken(status, "_dmarc.example.com", "s1._domainkey.example.com"))
    assert report.verdict is Verdict.UNDECIDED
    assert rules(report, Topic.DMARC) == {f"dns.{status.value}": "warning"}
    assert rules(report, Topic.DKIM) == {f"dns.{status.value}": "warning"}


def test_a_domain_that_does_not_exist_is_told_so_and_nothing_else() -> None:
    report = check_domain(DOMAIN, lookup=Broken(Status.NO_NAME))
    assert [one.rule for one in report.findings] == ["dns.no_name"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("@ IN MX ten mail\n", 1),
        ("\n\nfoo bar baz\n", 3),
        ("x CNAME y\nx A 192.0.2.1\n", 2),
        (f'@ TXT "{"x" * 256}"\n', 1),
        ("$INCLUDE /etc/passwd\n", 1),
        ("$GENERATE 1-100000000 h$ A 192.0.2.1\n", 1),
        ('@ TXT "unclosed\n', 1),
    ],
)
def test_a_zone_file_with_a_fault_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(DataUnreadable) as refused:
        ZoneFile(text, domain=DOMAIN, file="zone.txt")
    assert refused.value.context == {"file": "zone.txt", "line": line}


def test_a_zone_answers_as_its_server_would() -> None:
    text = 'a.b IN A 192.0.2.1\n*.w IN TXT "wild"\nx.w IN A 192.0.2.2\nl1 CNAME l2\nl2 CNAME l1\n'
    zone = ZoneFile(text, domain=DOMAIN)
    told = {
        (name, kind): zone(f"{name}.example.com", kind).status
        for name, kind in (("b", "A"), ("gone", "A"), ("q.w", "TXT"), ("q.w", "A"), ("x.w", "TXT"), ("l1", "A"))
    }
    assert told == {
        ("b", "A"): Status.NO_DATA, ("gone", "A"): Status.NO_NAME, ("q.w", "TXT"): Status.FOUND,
        ("q.w", "A"): Status.NO_DATA, ("x.w", "TXT"): Status.NO_DATA, ("l1", "A"): Status.FAILED,
    }  # fmt: skip
    assert zone("elsewhere.org", "A").status is Status.OUTSIDE


def test_strings_of_a_text_are_one_and_a_huge_one_is_read() -> None:
    networks = " ".join(f"ip4:192.0.2.{number}" for number in range(256))
    report = checked(f"@ IN TXT {split(f'v=spf1 {networks} -all')}\n", MX, DKIM, DMARC)
    assert rules(report, Topic.SPF) == {"spf.long": "advice"}


@pytest.mark.parametrize(
    "text", ["", "com", "a..b", "bad domain.com", "x" * 64 + ".com", "a." * 130 + "com", "\x00.com"]
)
def test_what_is_no_domain_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        name_of(text)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_the_reading_of_spf(text: str) -> None:
    assert all(term.text for term in read_terms("v=spf1 " + text))


class Anything:
    """Name servers that answer every question with the same hostile texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts

    def __call__(self, name: str, kind: str) -> Answer:
        values = self.texts if kind == "TXT" else ()
        return Answer(status=Status.FOUND if values else Status.NO_DATA, values=values)

    def names_below(self, name: str) -> Sequence[str]:
        return ("s1",)


TEXTS = st.lists(
    st.builds(
        lambda head, rest: head + rest,
        st.sampled_from(["v=spf1 ", "v=DMARC1; p=reject; rua=", "v=DMARC1;", "v=DKIM1; p=", "v=BIMI1; l=", "v=STSv1; id=", ""]),
        st.text(max_size=80),
    ),
    min_size=1, max_size=3,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_no_answer_breaks_a_check(texts: list[str]) -> None:
    report = check_domain(DOMAIN, lookup=Anything(texts), selectors=["s1"])
    assert all(one.text and one.source for one in report.findings)
