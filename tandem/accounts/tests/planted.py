"""A small company's exports in which one person stands everywhere, beside neighbours who must stay as they are."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

MAIL, PRIVATE = "kaester@ulmerpumpen.de", "frieda.kaester@posteo.example"
PHONE, NAME = "+4915712345678", "Frieda Käster"
WRITTEN = ("+49 1571 2345678", "01571/2345678")
NEIGHBOUR = "bo.kaester@ulmerpumpen.de"  # ends as the person's own does

Rows = Sequence[Mapping[str, str]]
TABLES: Mapping[str, Rows] = {
    "salesforce/User.csv": [
        {"Id": "005A", "Username": "maya", "Name": "Maya Okafor", "Email": "maya@ours.example", "IsActive": "1",
         "Title": "Account Executive", "UserType": "Standard"},
    ],
    "salesforce/Account.csv": [
        {"Id": "001A", "Name": "Ulmer Pumpen GmbH", "Website": "ulmerpumpen.de", "BillingCountry": "Germany",
         "OwnerId": "005A"},
        {"Id": "001B", "Name": f"{NAME} Beratung", "Website": "kaester-beratung.example", "BillingCountry": "Germany",
         "OwnerId": "005A"},
    ],
    "salesforce/Contact.csv": [
        {"Id": "003A", "AccountId": "001A", "FirstName": "Frieda", "LastName": "Käster", "Email": MAIL,
         "MobilePhone": WRITTEN[0], "Phone": "+49 731 100200", "MailingCity": "Ulm", "ReportsToId": "003B"},
        {"Id": "003B", "AccountId": "001A", "FirstName": "Bo", "LastName": "Kaester", "Email": NEIGHBOUR,
         "MobilePhone": "+49 1571 2345679", "Phone": "+49 731 100200", "MailingCity": "Ulm", "ReportsToId": "003A"},
    ],
    "salesforce/Opportunity.csv": [
        {"Id": "006A", "Name": "Pumps 2027", "AccountId": "001A", "StageName": "Proposal", "Amount": "12000",
         "CloseDate": "2026-12-31", "OwnerId": "005A", "NextStep": f"Call {NAME} on Monday"},
        {"Id": "006B", "Name": "Broken", "AccountId": "001A", "StageName": "Proposal", "Amount": "a lot",
         "CloseDate": "2026-12-31", "OwnerId": "005A", "NextStep": f"ask {MAIL.upper()}"},
    ],
    "salesforce/OpportunityContactRole.csv": [
        {"Id": "00KA", "OpportunityId": "006A", "ContactId": "003A", "Role": "Champion", "IsPrimary": "true"},
        {"Id": "00KB", "OpportunityId": "006A", "ContactId": "003B", "Role": "User", "IsPrimary": "false"},
    ],
    "salesforce/Task.csv": [
        {"Id": "00TA", "WhoId": "003A", "WhatId": "006A", "Subject": "Call with Frieda", "ActivityDate": "2026-10-01",
         "Status": "Completed", "Type": "Call", "Description": "She plays the cello.", "OwnerId": "005A"},
        {"Id": "00TB", "WhoId": "003B", "WhatId": "006A", "Subject": "Call", "ActivityDate": "2026-10-02",
         "Status": "Completed", "Type": "Call", "Description": f"Says {NAME} decides, {WRITTEN[1]}.", "OwnerId": "005A"},
    ],
    "vendor/zoominfo-contacts.csv": [
        {"ZoomInfo Contact ID": "77", "Last Name": "Käster", "First Name": "Frieda", "Job Title": "Head of pumps",
         "Email Address": MAIL, "Mobile phone": WRITTEN[1], "Person City": "Ulm", "Country": "Germany",
         "Company Name": "Ulmer Pumpen GmbH", "Website": "ulmerpumpen.de",
         "LinkedIn Contact Profile URL": "https://www.linkedin.com/in/frieda-käster-77"},
    ],
    "hubspot/hubspot-contacts.csv": [
        {"Record ID": "501", "First Name": "Frieda", "Last Name": "Käster", "Email": PRIVATE,
         "Mobile Phone Number": PHONE, "Company Name": "Ulmer Pumpen GmbH", "Create Date": "2026-03-30 12:25",
         "Last Modified Date": "2026-06-02 12:29"},
        {"Record ID": "502", "First Name": "Ada", "Last Name": "Vogel", "Email": "ada@ulmerpumpen.de",
         "Mobile Phone Number": "", "Company Name": "Ulmer Pumpen GmbH", "Create Date": "2026-03-30 12:25",
         "Last Modified Date": "2026-06-02 12:29"},
    ],
}  # fmt: skip
MAILS = (
    ("m1", f"{NAME} <{MAIL}>", "Maya Okafor <maya@ours.example>", "Pumps", "My dog is ill, call me tomorrow."),
    ("m2", "Maya Okafor <maya@ours.example>", f"{NAME} <{PRIVATE}>", "Re: Pumps", "Dear Frieda, get well."),
    ("m3", "Maya Okafor <maya@ours.example>", f"{NAME} <{MAIL}>, Bo Kaester <{NEIGHBOUR}>", "Offer",
     "Dear Frieda, dear Bo, here is the offer of 12,000."),
    ("m4", f"Bo Kaester <{NEIGHBOUR}>", "Maya Okafor <maya@ours.example>", "Who decides",
     f"Ask Käster, Frieda: kaester+x@ulmerpumpen.de or {MAIL}, {WRITTEN[1]}. Not {NEIGHBOUR}."),
    ("m5", f"Bo Kaester <{NEIGHBOUR}>", "Maya Okafor <maya@ours.example>", "Price", "The price is fine."),
)  # fmt: skip
SPOKEN = (
    ("Maya Okafor", "Welcome Frieda and Bo."),
    (NAME, "I would rather buy two pumps."),
    ("Bo Kaester", "So would I, as Frieda Käster says."),
)
EVENTS = (
    {"type": "identify", "messageId": "e1", "timestamp": "2026-10-01T10:00:00Z", "userId": "u-9",
     "traits": {"email": MAIL, "firstName": "Frieda", "lastName": "Käster"}},
    {"type": "track", "messageId": "e2", "timestamp": "2026-10-01T10:01:00Z", "userId": "u-9", "event": "Pump viewed",
     "properties": {"pump": "X"}},
    {"type": "track", "messageId": "e3", "timestamp": "2026-10-02T10:01:00Z", "userId": "u-8", "event": "Pump viewed",
     "traits": {"email": "ada@ulmerpumpen.de"}, "context": {"traits": {"email": "ada@ulmerpumpen.de"}},
     "properties": {"pump": "X"}},
)  # fmt: skip


def write_exports(folder: Path, *, more: bool = False) -> Path:
    """All exports; `more`: each with a further row of a neighbour, as a later export would have."""
    for name, rows in TABLES.items():
        _table(folder / name, [*rows, *(_further(name) if more else ())])
    _mailbox(folder / "mail/maya@ours.example.mbox", more)
    _meeting(folder / "meetings/m-1", "meet-1")
    if more:
        _meeting(folder / "meetings/m-2", "meet-2")
    _slack(folder / "slack", more)
    events = [*EVENTS, *(({**EVENTS[2], "messageId": "e4"},) if more else ())]
    _write(
        folder / "product/events-2026-10.jsonl", "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in events)
    )
    return folder


def _further(name: str) -> Rows:
    """A row of somebody else that the first export did not have."""
    last = dict(TABLES[name][-1])
    ids = {"Id", "ZoomInfo Contact ID", "Record ID"}
    fresh = {word: f"{cell}9" if word in ids else cell for word, cell in last.items()}
    named = {"Email": "cy@albguss.de", "Email Address": "cy@albguss.de", "First Name": "Cy", "FirstName": "Cy",
             "Last Name": "Berg", "LastName": "Berg", "Username": "cy", "MobilePhone": "", "Mobile phone": "",
             "Description": "", "NextStep": "", "LinkedIn Contact Profile URL": "", "Website": "albguss.de",
             "Company Name": "Alb Guss AG", "Amount": "700"}  # fmt: skip
    fresh |= {word: cell for word, cell in named.items() if word in fresh}
    if name.endswith("Account.csv"):
        fresh["Name"] = "Alb Guss AG"
    if name.endswith("User.csv"):
        fresh |= {"Name": "Cy Berg", "Email": "cy@ours.example"}
    if name.endswith("OpportunityContactRole.csv"):
        fresh |= {"ContactId": "003B9"}
    return [fresh]


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _table(file: Path, rows: Rows) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _mailbox(file: Path, more: bool) -> None:
    told = [*MAILS, *((("m6", *MAILS[4][1:]),) if more else ())]
    _write(
        file,
        "".join(
            f"From x Thu Oct  1 10:0{number}:00 2026\nMessage-ID: <{key}@mail>\nDate: Thu, 1 Oct 2026 10:0{number}:00 +0000\n"
            f"From: {sender}\nTo: {to}\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n{text}\n\n"
            for number, (key, sender, to, subject, text) in enumerate(told)
        ),
    )


def _meeting(folder: Path, key: str) -> None:
    people = [("Maya Okafor", "maya@ours.example"), (NAME, MAIL), ("Bo Kaester", NEIGHBOUR)]
    told = {
        "uuid": key, "topic": f"Pumps with {NAME}", "start_time": "2026-10-03T12:30:00Z", "duration": 20,
        "host_email": "maya@ours.example", "participants": [{"name": name, "user_email": mail} for name, mail in people],
        "consent": {"status": "granted", "states": {name: "granted" for name, _ in people}},
    }  # fmt: skip
    _write(folder / "meeting.json", json.dumps(told, ensure_ascii=False))
    cues = (
        f"00:00:0{place}.000 --> 00:00:0{place + 1}.000\n{who}: {what}\n" for place, (who, what) in enumerate(SPOKEN)
    )
    _write(folder / "transcript.vtt", "WEBVTT\n\n" + "\n".join(cues))


def _slack(folder: Path, more: bool) -> None:
    users = [{"id": "U1", "name": "maya", "profile": {"real_name": "Maya Okafor", "email": "maya@ours.example"}}]
    said: list[dict[str, Any]] = [
        {"type": "message", "user": "U1", "ts": "1790848800.000100", "text": f"{NAME} wants two, write to {MAIL}"},
        {"type": "message", "user": "U1", "ts": "1790935200.000100", "text": "Nothing new"},
    ]
    if more:
        said.append({"type": "message", "user": "U1", "ts": "1790935300.000100", "text": "Still nothing"})
    _write(folder / "users.json", json.dumps(users))
    _write(folder / "channels.json", json.dumps([{"id": "C1", "name": "deal-pumps"}]))
    for message in said:
        day = "2026-10-01" if message["ts"] < "17909" else "2026-10-02"
        file = folder / "deal-pumps" / f"{day}.json"
        known = json.loads(file.read_text()) if file.exists() else []
        _write(file, json.dumps([*(one for one in known if one["ts"] != message["ts"]), message], ensure_ascii=False))
