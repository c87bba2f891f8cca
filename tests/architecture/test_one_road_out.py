"""There is one road out: every module that could put bytes outside is known, with the reason why it may.

A new module that reaches the network, another program, a file or a browser fails here until somebody has thought about
it. What to do: let it take a `Permit` (messages to people) or ask `core.exits.leave` (data), then name it below with its
kind and reason; or leave the network out of it.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.architecture import roads

INBOUND, OWN_PEOPLE, PROOF, ROAD, EXPORT, INSIDE, TOOL = (
    "inbound", "own people", "proof", "road", "export", "inside", "tool"
)  # fmt: skip
MEANING = {
    INBOUND: "only reads; what it sends is a question",
    OWN_PEOPLE: "speaks with this company's own people",
    PROOF: "hands out hashes and entries without personal data, so that others can verify",
    ROAD: "to people outside; takes nothing but a clearance or a permit",
    EXPORT: "data out; asks core.exits first",
    INSIDE: "writes into the installation's own folder, or speaks with its own processes",
    TOOL: "of those who run or build the product; the company's data do not pass through it",
}
LISTED: Mapping[str, tuple[str, str]] = {
    "tandem/access/web/single_sign_on.py": (OWN_PEOPLE, "asks the company's identity provider who signs in"),
    "tandem/accounts/actions/erasing/files.py": (INSIDE, "takes people out of files that lie here"),
    "tandem/accounts/actions/handing_over.py": (EXPORT, "rows, sealed, to the company's own other installation"),
    "tandem/accounts/actions/inbox.py": (INSIDE, "keeps files that were uploaded"),
    "tandem/accounts/actions/reading_ahead.py": (INSIDE, "a second process of this one reads files ahead"),
    "tandem/accounts/actions/rejects.py": (INSIDE, "keeps rows that were refused"),
    "tandem/accounts/connectors/handed.py": (INSIDE, "packs rows in memory; unpacks into the data folder"),
    "tandem/accounts/warehouse.py": (INSIDE, "the warehouse in the data folder"),
    "tandem/accounts/web/data_pages.py": (EXPORT, "the rejects of a load, to be mended"),
    "tandem/agents/connectors/sdk.py": (EXPORT, "questions to a language model; each asks in actions/metering.py"),
    "tandem/agents/connectors/transport.py": (INBOUND, "checks where a model's SDK connects to; carries what it sends"),
    "tandem/cli/comply_prove.py": (TOOL, "starts proofs on scratch databases; writes their report"),
    "tandem/cli/demo.py": (TOOL, "starts the demo's own processes and looks for a free port"),
    "tandem/cli/ledger.py": (PROOF, "writes a signed checkpoint: number and hash"),
    "tandem/cli/outreach/post.py": (
        TOOL,
        "the demo's own mail server: takes, never sends; keeps what comes back as files",
    ),
    "tandem/cli/outreach/setting_up.py": (TOOL, "writes the zone files that stand for DNS in the demo"),
    "tandem/cli/proof/races.py": (TOOL, "starts the processes of a race on a scratch database"),
    "tandem/cli/proof/racing.py": (TOOL, "sends made-up mail to a server of the proof on this machine"),
    "tandem/cli/proof/scratch.py": (TOOL, "makes scratch databases"),
    "tandem/cli/proof/sink.py": (TOOL, "the proof's own mail server; takes, never sends"),
    "tandem/agents/actions/prompts.py": (
        INSIDE,
        "prompts as text files in the data folder, where the company edits them",
    ),
    "tandem/agents/connectors/addresses.py": (
        INBOUND,
        "looks up where an endpoint's name leads before anything goes there",
    ),
    "tandem/cli/prospecting.py": (TOOL, "runs this program on made companies in scratch folders, to judge the ranking"),
    "tandem/engagement/web/inbox.py": (EXPORT, "one mail as it came, to whoever sees it"),
    "tandem/prospecting/web/icp.py": (OWN_PEOPLE, "the ideal customer profile as a file; no personal data"),
    "tandem/cli/registries.py": (INBOUND, "gives back refused rows of the caller's own file"),
    "tandem/cli/resolving.py": (INBOUND, "writes what it made of the caller's own files; no installation is read"),
    "tandem/cli/running.py": (TOOL, "becomes the web server"),
    "tandem/compliance/actions/erasure_log.py": (INSIDE, "hashes of who was erased, for backups that come back"),
    "tandem/compliance/actions/exchanging.py": (EXPORT, "the suppression registry as a file"),
    "tandem/compliance/actions/ledger.py": (EXPORT, "the ledger as a file"),
    "tandem/compliance/actions/packages.py": (EXPORT, "a person's own data, for them"),
    "tandem/compliance/actions/proving.py": (INSIDE, "keeps the signing key and the nightly checkpoints"),
    "tandem/compliance/actions/rollup.py": (EXPORT, "sums without people, for the company's other installations"),
    "tandem/compliance/actions/streaming.py": (EXPORT, "entries to the company's own log server; asks each turn"),
    "tandem/compliance/connectors/anchors/file.py": (PROOF, "hashes into a folder that is named in the settings"),
    "tandem/compliance/connectors/anchors/git.py": (PROOF, "hashes into a repository"),
    "tandem/compliance/connectors/anchors/mail.py": (PROOF, "hashes to a mailbox of the company's own"),
    "tandem/compliance/connectors/streams/syslog.py": (PROOF, "carries what actions/streaming.py hands it"),
    "tandem/compliance/connectors/webhooks.py": (PROOF, "carries anchors and what actions/streaming.py hands it"),
    "tandem/compliance/queries/installation_key.py": (INSIDE, "keeps the installation's key"),
    "tandem/compliance/web/messages.py": (EXPORT, "the record of a message, for a reviewer"),
    "tandem/compliance/web/pages.py": (EXPORT, "the ledger, streamed"),
    "tandem/compliance/web/quiet.py": (EXPORT, "the quiet calendar"),
    "tandem/compliance/web/rights.py": (EXPORT, "hands on what actions/packages.py lets out"),
    "tandem/config/settings.py": (INSIDE, "keeps keys made at the first start"),
    "tandem/config/testing.py": (TOOL, "the tests' own database server"),
    "tandem/core/archive.py": (EXPORT, "everything, in open formats"),
    "tandem/core/charts.py": (INSIDE, "static files"),
    "tandem/core/lists.py": (EXPORT, "every list as CSV"),
    "tandem/core/outside/__init__.py": (INBOUND, "the door's name"),
    "tandem/core/outside/addresses.py": (INBOUND, "looks up where a name leads before anything goes there"),
    "tandem/core/outside/client.py": (INBOUND, "the one client; who opens it is listed here too"),
    "tandem/core/outside/transport.py": (INBOUND, "of that client"),
    "tandem/engagement/channels/esp.py": (ROAD, "mail to people, by a provider's interface"),
    "tandem/engagement/channels/gmail.py": (ROAD, "mail to people, by Gmail"),
    "tandem/engagement/channels/mail.py": (ROAD, "mail to people"),
    "tandem/engagement/channels/microsoft.py": (ROAD, "mail to people, by Microsoft 365"),
    "tandem/engagement/channels/tokens.py": (INBOUND, "renews access tokens of own mailboxes; carries no message"),
    "tandem/engagement/channels/twilio.py": (ROAD, "text messages, WhatsApp messages and voicemails to people"),
    "tandem/engagement/channels/web_answers.py": (INBOUND, "how often a road's client may try; reads answers"),
    "tandem/engagement/actions/provider_posts.py": (INBOUND, "reads what providers post; asks nobody anything"),
    "tandem/engagement/actions/roads.py": (
        INBOUND,
        "opens the client that renews tokens; messages go through channels",
    ),
    "tandem/engagement/connectors/imap.py": (INBOUND, "reads mail out of a folder; changes nothing there"),
    "tandem/engagement/connectors/dns.py": (INBOUND, "asks the name servers about domains, never about people"),
    "tandem/intent/actions/receiving.py": (INSIDE, "received events as a file of a moment, for the importer"),
    "tandem/intent/actions/scoring.py": (INSIDE, "sums of a night, beside the warehouse"),
    "tandem/intent/actions/sifting.py": (INSIDE, "which signals do not count, beside the warehouse"),
    "tandem/intent/queries/scoring.py": (INBOUND, "a scratch copy of the caller's own file; no installation is read"),
    "tandem/prospecting/actions/bringing_in.py": (
        INSIDE,
        "what was found outside as a file for the import, removed after it",
    ),
    "tandem/prospecting/connectors/base.py": (
        INBOUND,
        "asks data providers; a person's data go only where the register of vendors allows it",
    ),
    "tandem/accounts/queries/told_answers.py": (
        INBOUND,
        "what somebody answered, for a moment, so that a reader can read it",
    ),
    "tandem/engagement/actions/receiving_hooks.py": (INBOUND, "reads what mail and text providers post to us"),
    "tandem/prospecting/connectors/mail_hosts.py": (INBOUND, "asks the name servers whether a domain takes mail"),
    "tandem/prospecting/connectors/pages.py": (INBOUND, "reads public pages where robots.txt lets it in"),
    "tandem/prospecting/web/agents.py": (EXPORT, "hands on what actions/handing_to_agents.py lets out"),
    "tandem/simulation/outputs.py": (TOOL, "files of a made-up company"),
    "tandem/simulation/text/mail.py": (TOOL, "mail of a made-up company, into files"),
    "tandem/simulation/text/meetings.py": (TOOL, "transcripts of a made-up company"),
    "tandem/simulation/writers/public/boards.py": (INSIDE, "files of the simulated company"),
    "tandem/simulation/writers/public/feeds.py": (INSIDE, "files of the simulated company"),
    "tandem/simulation/writers/public/listed.py": (INSIDE, "files of the simulated company"),
    "tandem/simulation/writers/public/registers.py": (INSIDE, "files of the simulated company"),
}
# What asks `core.exits` in the place of a listed module, which only carries.
ASKED_BY = {
    "tandem/compliance/web/rights.py": "tandem/compliance/actions/packages.py",
    "tandem/agents/connectors/sdk.py": "tandem/agents/actions/metering.py",
    "tandem/prospecting/web/agents.py": "tandem/prospecting/actions/handing_to_agents.py",
}
LEAVES = {"Clearance", "Permit"}
GATE = "tandem/compliance/actions/gate.py"
SOURCES = {roads.name_of(path): path.read_text(encoding="utf-8") for path in roads.product()}


def unlisted(name: str, source: str) -> list[str]:
    """What a module that is not listed can do, each with what to do about it; empty: nothing."""
    return [
        f"{name} can put bytes outside ({road}). Let it take a Permit (to people) or ask core.exits.leave (data), then "
        "list it in tests/architecture/test_one_road_out.py with its kind and reason."
        for road in sorted(roads.roads(source))
        if name not in LISTED
    ]


def is_loose(annotations: set[str]) -> bool:
    """Whether a function takes bytes, and no clearance beside them that names their hash."""
    return "bytes" in annotations and not annotations & LEAVES


def of_kind(kind: str) -> list[str]:
    return [name for name, (own, _) in LISTED.items() if own == kind]


def test_no_module_puts_bytes_outside_that_nobody_has_thought_about() -> None:
    assert [told for name, source in SOURCES.items() for told in unlisted(name, source)] == []


def test_the_list_names_what_is_there_and_why() -> None:
    assert [name for name in LISTED if name not in SOURCES or not roads.roads(SOURCES[name])] == []
    assert [name for name, (kind, why) in LISTED.items() if kind not in MEANING or len(why) < 8] == []


def test_a_road_to_people_takes_nothing_but_a_clearance_or_a_permit() -> None:
    assert of_kind(ROAD), "there is one, or nothing is proved"
    for name in of_kind(ROAD):
        taken = roads.annotations_of(SOURCES[name])
        assert any(found & LEAVES for found in taken.values()), name
        loose = [one for one, found in taken.items() if found & {"EmailMessage", "Message"} or is_loose(found)]
        assert loose == [], f"{name} takes bytes that no clearance beside them is bound to"
        assert roads.calls_of(SOURCES[name], "check_hand_off"), f"{name} does not look a last time before the wire"
        assert roads.calls_of(SOURCES[name], "depart"), f"{name} does not write down how it ended"


def test_data_asks_for_the_way_out() -> None:
    silent = [
        name for name in of_kind(EXPORT) if not roads.calls_of(SOURCES[ASKED_BY.get(name, name)], "leave", "look")
    ]
    assert silent == [], "call core.exits.leave before the first byte"


def test_nobody_but_the_gate_makes_clearances_and_permits() -> None:
    made = [
        f"{name}:{line}"
        for name, source in SOURCES.items()
        for line in roads.calls_of(source, "Clearance", "Permit", "ClearanceRow")
        if name != GATE
    ]
    assert made == []
    assert len(roads.calls_of(SOURCES[GATE], "Permit")) == 1, "one place, in claim"
    assert len(roads.calls_of(SOURCES[GATE], "Clearance")) == 1, "one place, in decide"


def test_nobody_but_the_gate_writes_its_tables() -> None:
    wrong = []
    for name, source in SOURCES.items():
        lines = source.splitlines()
        for line in roads.calls_of(
            source, "create", "bulk_create", "update", "update_or_create", "bulk_update", "upsert"
        ):
            around = " ".join(lines[max(0, line - 2) : line + 2])
            if any(f"{table}.objects" in around or f"({table}," in around for table in ("Clearance", "ClearanceRow")):
                wrong.append(f"{name}:{line}")
    assert [one for one in wrong if not one.startswith(GATE)] == []
    assert wrong, "the gate itself is seen, so that others would be"


def test_other_rooms_know_the_gate_by_its_doors_alone() -> None:
    wrong = [
        name
        for name, source in SOURCES.items()
        if "tandem.compliance.models" in source and not name.startswith("tandem/compliance/")
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "planted",
    [
        "import smtplib\nsmtplib.SMTP('mail.example')",
        "from urllib.request import urlopen",
        "def go():\n    import http.client",
        "import importlib\nimportlib.import_module('requests')",
        "from django.core import mail",
        "from django.core.mail import send_mail",
        "import os\nos.system('curl example.com')",
        "from os import popen",
        "import subprocess as tools",
        "from tandem.core import outside",
        "from tandem.core.outside import open_client",
        "from django.http import FileResponse\ndef page(r):\n    return FileResponse(open('x', 'rb'))",
        "def page(answer):\n    answer['Content-Disposition'] = 'attachment'",
        "with open('/srv/share/people.csv', 'w') as file:\n    file.write('x')",
        "from pathlib import Path\nPath('x').open(mode='ab')",
        "frame.to_parquet('s3://bucket/people.parquet')",
        "import boto3",
        "from twilio.rest import Client",
        "import livekit.api",
    ],
)
def test_a_planted_road_is_seen(planted: str) -> None:
    assert unlisted("tandem/accounts/actions/planted.py", planted)


def test_a_planted_clearance_is_seen_and_quiet_code_is_not() -> None:
    assert roads.calls_of("x = contracts.Clearance(token='t')\ny = Permit()", "Clearance", "Permit") == [1, 2]
    assert not unlisted("tandem/x.py", "import csv, json\nfrom pathlib import Path\nPath('x').read_text()\nopen('x')")
    assert roads.annotations_of("def send(permit: gate.Permit, raw: bytes): ...") == {
        "send": {"Permit", "gate", "bytes"}
    }
    assert is_loose({"bytes", "str"})
    assert not is_loose({"bytes", "Permit"})
