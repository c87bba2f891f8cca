"""Prospects answer as their laws say, the same way for the same seed, and with mail that reads like mail."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
from collections import Counter

from tandem.simulation.text.answering import Answer, Prospects, language_of
from tandem.simulation.text.prospects import Act, Prospect

MONDAY = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)
TEXTS = {
    "en": "Hi Anna,\n\nYou opened a second site in Lyon. Would 15 minutes on Tuesday be worth it for you?\n\nMaya",
    "de": "Guten Tag Frau Weiss,\n\nSie haben eine Halle eröffnet. Wären 15 Minuten am Dienstag für Sie möglich?\n\nMaya",
}


def mail(number: int, language: str = "en") -> bytes:
    text = (
        f"From: Maya Okafor <maya@go.northwind.example>\nTo: Anna Weiss <anna.weiss{number}@lager{number}.de>\n"
        f"Subject: Second site\nMessage-ID: <m{number}@go.northwind.example>\n"
        f"Content-Type: text/plain; charset=utf-8\n\n{TEXTS[language]}\n"
    )
    return text.encode()


def answers(people: Prospects, count: int, rounds: int, days: int) -> list[Answer]:
    return [
        one
        for turn in range(rounds)
        for number in range(count)
        for one in people.answers(mail(number), at=MONDAY + dt.timedelta(days=turn * days))
    ]


def test_the_same_seed_gives_the_same_answers_and_another_seed_others():
    assert answers(Prospects(3), 60, 3, 4) == answers(Prospects(3), 60, 3, 4)
    assert answers(Prospects(3), 60, 3, 4) != answers(Prospects(4), 60, 3, 4)


def test_whoever_said_no_or_wants_to_talk_writes_nothing_more():
    people = Prospects(5)
    ends = Counter(
        one.sender for one in answers(people, 150, 6, 3) if one.act in (Act.MEETING, Act.NEVER, Act.UNSUBSCRIBE)
    )
    assert len(ends) > 20
    assert set(ends.values()) == {1}


def test_more_mail_in_less_time_brings_more_objections():
    def share(days: int) -> float:
        acts = Counter(one.act for one in answers(Prospects(7), 400, 6, days))
        return (acts[Act.UNSUBSCRIBE] + acts[Act.COMPLAINT]) / 400

    assert share(1) > 1.5 * share(10)


def test_an_answer_quotes_ours_and_points_at_it():
    found = [one for one in answers(Prospects(1), 300, 1, 1) if one.act not in (Act.BOUNCE, Act.COMPLAINT, Act.AWAY)]
    read = [email.message_from_bytes(one.raw, policy=email.policy.default) for one in found]
    assert {str(message["In-Reply-To"]).rsplit("@")[1] for message in read} == {"go.northwind.example>"}
    quoting = [message for message in read if "second site in Lyon" in message.get_body(("plain",)).get_content()]
    assert 0.7 < len(quoting) / len(read) < 1


def test_a_dead_address_and_a_complaint_come_as_reports():
    found = answers(Prospects(2), 300, 5, 1)
    kinds = {
        one.act: email.message_from_bytes(one.raw)["Content-Type"]
        for one in found
        if one.act in (Act.BOUNCE, Act.COMPLAINT)
    }
    assert "delivery-status" in kinds[Act.BOUNCE]
    assert "feedback-report" in kinds[Act.COMPLAINT]


def test_people_answer_in_the_language_they_were_written_in():
    assert [language_of(text) for text in TEXTS.values()] == list(TEXTS)
    assert language_of("") == "en"


def test_an_absent_person_is_away_until_the_day_that_is_told():
    away = [one for one in answers(Prospects(1), 300, 1, 1) if one.act is Act.AWAY and one.returns_on]
    assert away
    assert all(one.returns_on > MONDAY.date() and one.returns_on.weekday() < 5 for one in away)


def test_the_share_of_dead_addresses_is_the_stated_one():
    dead = sum(Prospect.of(11, f"p{number}@x.example").failure is not None for number in range(4_000))
    assert 0.03 < dead / 4_000 < 0.05
