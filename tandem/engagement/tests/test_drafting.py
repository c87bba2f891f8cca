"""Texts of touches: written from kept facts alone, one for each, refused where there is nothing to say."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.accounts.contracts import SourceKind
from tandem.accounts.models import Source
from tandem.agents.models import AgentRun
from tandem.compliance.contracts.gate import Mode, Road
from tandem.core.errors import Conflict, InvalidInput, NotAllowed
from tandem.engagement.actions.drafting import rewrite, write
from tandem.engagement.ai.checking import check
from tandem.engagement.contracts import Angle, DraftState, TouchState
from tandem.engagement.domain.lint import Text
from tandem.engagement.domain.lint_words import HOLES
from tandem.engagement.domain.norms import TAGS
from tandem.engagement.models import Campaign, Draft, Enrollment, Sequence, SequenceVersion, Touch
from tandem.engagement.queries.due_texts import touches_due_for_text
from tandem.prospecting.actions.fact_sheets import make_fact_sheets
from tandem.prospecting.models import Fact
from tandem.prospecting.tests.test_profiles import land
from tandem.prospecting.tests.test_research import told
from tests.company import NOW, Company
from tests.outreach import bought

pytestmark = pytest.mark.django_db
STEPS = [
    {"number": 1, "channel": "email", "angle": "opening", "wait_days": 0},
    {"number": 2, "channel": "linkedin", "angle": "new_reason", "wait_days": 3},
    {"number": 3, "channel": "email", "angle": "reminder", "wait_days": 3},
    {"number": 4, "channel": "email", "angle": "last_word", "wait_days": 5},
]
MESSAGE = (
    "We help plants plan set-up times so that lines keep running.\n"
    "de: Wir helfen Werken, Rüstzeiten so zu planen, dass die Linien laufen."
)


@pytest.fixture
def world(company: Company, settings: Any, tmp_path: Path) -> Company:
    """The small company with published things about Kröger and Anna."""
    settings.WAREHOUSE_DIR = tmp_path
    news = Source.objects.create(key="news", name="Trade Press", kind=SourceKind.OTHER, created_at=NOW)
    land(
        company, news,
        told("S", "site_opening", 21, "Kröger opens a plant in Ulm", "Kröger opens a plant in Ulm in spring."),
        told("W", "blog_post", 9, "On set-up times", "Our goal is to cut set-up times by 20% in the plant.",
             author="Anna Weiss", person="Anna Weiss", language="en"),
        told("F", "press_release", 30, "Kröger celebrates", "“We are proud of our team,” says Anna Weiss."),
        told("V", "blog_post", 5, "My holiday", "We spent a wonderful week in Como with the children.",
             author="Anna Weiss"),
    )  # fmt: skip
    make_fact_sheets([company.contacts["anna"].id], actor=company.actor("revops"), now=NOW)
    return company


def touches(company: Company, *, language: str = "de", mode: Mode = Mode.EVERY, **more: Any) -> list[Touch]:
    """A plan of four steps for Anna."""
    sequence = Sequence.objects.create(name="Plants", created_at=NOW, created_by="Olga")
    version = SequenceVersion.objects.create(
        sequence=sequence, number=1, steps=STEPS, made_at=NOW, made_by="Olga", published_at=NOW
    )
    opted_in = {} if mode is Mode.EVERY else {"autonomy_since": NOW}
    campaign = Campaign.objects.create(
        name="Plants", version=version, message=MESSAGE, mode=mode.value, state="running", created_at=NOW,
        created_by="Olga", **opted_in, **more,
    )  # fmt: skip
    anna = company.contacts["anna"]
    enrollment = Enrollment.objects.create(
        campaign=campaign, contact=anna, account_id=anna.account_id, seller=company.people["maya"], language=language,
        enrolled_at=NOW, enrolled_by="Olga",
    )  # fmt: skip
    return [
        Touch.objects.create(
            key=f"enrollment:{enrollment.id}:step:{step['number']}", enrollment=enrollment, contact=anna,
            step=step["number"], channel=step["channel"], mode=mode.value, due_at=NOW + timedelta(hours=1), made_at=NOW,
        )
        for step in STEPS
    ]  # fmt: skip


def done(company: Company, *some: Touch) -> Any:
    return write([one.id for one in some], actor=company.actor("revops"), now=NOW)


def test_a_first_text_rests_on_a_kept_fact_and_waits_for_a_person(world: Company):
    first, *_ = touches(world)
    assert done(world, first).to_person == 1
    draft = Draft.objects.get(touch=first)
    first.refresh_from_db()
    assert first.state == TouchState.WRITTEN
    assert draft.violations == []
    assert draft.body.startswith("Guten Tag Anna Weiss,\n\n")
    assert draft.body.endswith("\n\nViele Grüße\nMaya")
    assert Fact.objects.filter(evidence_id=draft.opening_fact).exists()
    (fact,) = draft.facts
    assert draft.body[fact["start"] : fact["end"]].startswith(draft.body.split("\n\n")[1][:20])
    assert "Como" not in draft.body
    assert AgentRun.objects.get(id=draft.run).task == "engagement.first_touch"


def test_own_words_come_before_news_of_the_company(world: Company):
    first, *_ = touches(world, language="en-GB")
    done(world, first)
    draft = Draft.objects.get(touch=first)
    assert draft.opening_fact == "signal:news/W"
    assert "“Our goal is to cut set-up times by 20% in the plant”" in draft.body
    assert "we help plants plan set-up times" in draft.body


def test_later_steps_tell_something_new_and_end_graciously(world: Company):
    first, second, third, last = touches(world, language="en-GB")
    for one in (first, second, third, last):
        done(world, one)
    drafts = {one.touch_id: one for one in Draft.objects.all()}
    assert drafts[second.id].opening_fact == "signal:news/S"
    assert drafts[first.id].body.split("\n\n")[1] not in drafts[third.id].body
    assert "?" not in drafts[last.id].body
    assert {one.subject for one in drafts.values() if one.subject} == {drafts[first.id].subject}
    assert Touch.objects.get(id=second.id).state == TouchState.TO_DO
    assert drafts[second.id].body.startswith("Copy this:\n\nHi Anna,")


def test_the_same_touch_written_again_replaces_its_text(world: Company):
    first, *_ = touches(world)
    done(world, first)
    done(world, first)
    assert list(Draft.objects.order_by("number").values_list("number", "state")) == [
        (1, DraftState.REPLACED.value),
        (2, DraftState.PROPOSED.value),
    ]
    assert len(set(Draft.objects.values_list("body", flat=True))) == 1


def test_software_on_its_own_is_ready_at_once_unless_the_account_is_worth_more(world: Company):
    first, *_ = touches(world, mode=Mode.TARGETS)
    assert done(world, first).ready == 1
    Campaign.objects.update(value_threshold=5_000_000)
    Touch.objects.filter(id=first.id).update(state=TouchState.PLANNED.value)
    assert done(world, first).ready == 1
    bought(
        world, next(word for word, one in world.accounts.items() if one.id == first.enrollment.account_id), 5_000_000
    )
    Touch.objects.filter(id=first.id).update(state=TouchState.PLANNED.value)
    assert done(world, first).to_person == 1


def test_without_anything_published_it_is_refused_and_says_why(world: Company):
    first, *_ = touches(world)
    Fact.objects.all().delete()
    found = done(world, first)
    assert found.drafts == 0
    assert found.refused == {"Nothing published is known that could be said: needs research.": 1}
    first.refresh_from_db()
    assert (first.state, first.why) == (
        TouchState.PLANNED, "Nothing published is known that could be said: needs research.",
    )  # fmt: skip
    assert Draft.objects.count() == 0


def test_a_person_without_a_fact_sheet_gets_one_before_anything_is_written(world: Company):
    from tandem.prospecting.models import FactSheet

    FactSheet.objects.all().delete()
    first, *_ = touches(world)
    assert done(world, first).to_person == 1
    assert FactSheet.objects.filter(contact=first.contact).exists()


def test_a_language_without_norms_is_left_to_a_person(world: Company):
    first, *_ = touches(world, language="sv")
    assert list(done(world, first).refused) == ["There are no norms for sv: write it by hand."]


def test_many_touches_take_as_many_queries_as_one(world: Company):
    first, _, third, last = touches(world)
    with CaptureQueriesContext(connection) as one:
        done(world, first)
    with CaptureQueriesContext(connection) as many:
        done(world, first, third, last)
    assert len(many) <= len(one) + 24  # a second task brings its own handful, whatever the number of touches


def test_a_persons_text_takes_the_place_and_is_checked(world: Company):
    first, *_ = touches(world)
    done(world, first)
    old = Draft.objects.get()
    actor = world.actor("revops")
    new = rewrite(old.id, subject="Rüstzeiten", body=old.body.replace("Maya", "Maya Fischer"), actor=actor, now=NOW)
    draft = Draft.objects.get(id=new)
    assert (draft.number, draft.is_by_ai, draft.written_by) == (2, False, actor.name)
    assert {one["rule"] for one in draft.violations} == {"sign_off", "subject_vague"}
    assert [one["id"] for one in draft.facts] == [one["id"] for one in old.facts]
    old.refresh_from_db()
    assert old.state == DraftState.REPLACED
    with pytest.raises(Conflict):
        rewrite(old.id, subject="", body="Once more", actor=actor, now=NOW)


def test_an_empty_text_and_a_stranger_change_nothing(world: Company):
    first, *_ = touches(world)
    done(world, first)
    draft = Draft.objects.get()
    with pytest.raises(InvalidInput):
        rewrite(draft.id, subject="x", body="  \n", actor=world.actor("revops"), now=NOW)
    with pytest.raises(NotAllowed):
        write([first.id], actor=world.actor("executive"), now=NOW)
    assert Draft.objects.get() == draft


def test_only_what_is_due_by_the_next_working_day_is_written_by_itself(world: Company):
    first, second, *_ = touches(world)
    Touch.objects.filter(id=second.id).update(due_at=NOW + timedelta(days=4))
    assert first.id in touches_due_for_text(now=NOW)
    assert second.id not in touches_due_for_text(now=NOW)
    Touch.objects.filter(id=first.id).update(why="needs research")
    assert first.id not in touches_due_for_text(now=NOW)
    assert first.id in touches_due_for_text(now=NOW, anew=True)


def test_every_language_has_a_text_that_its_validators_let_through(world: Company):
    first, *_ = touches(world)
    for language in TAGS:
        Enrollment.objects.update(language=language)
        Touch.objects.update(state=TouchState.PLANNED.value)
        done(world, first)
        draft = Draft.objects.order_by("-number")[0]
        assert draft.language == language
        text = Text(subject=draft.subject, body=draft.body, channel=Road.EMAIL, language=language, angle=Angle.OPENING)
        assert [one.rule for one in check(text) if one.is_hard] == []


@pytest.mark.parametrize("channel", ["linkedin", "phone_manual"])
def test_a_sheet_for_the_hand_has_no_hole_in_any_language(world: Company, channel: str):
    first, *_ = touches(world)
    Touch.objects.update(channel=channel)
    for language in TAGS:
        Enrollment.objects.update(language=language)
        Touch.objects.update(state=TouchState.PLANNED.value)
        assert done(world, first).by_hand == 1
        body = Draft.objects.order_by("-number")[0].body
        holes = [what for pattern, what in HOLES if pattern.search(body.replace("\u00a0", ""))]
        assert holes == []
        assert "Who: Anna Weiss" in body
