"""The voice guide: versions, proposals, norms, drift; and the rules of video and synthetic voice."""

from __future__ import annotations

from typing import Any

import pytest

from tandem.core.errors import Conflict, InvalidInput, NotAllowed
from tandem.engagement.actions import voice as actions
from tandem.engagement.domain.media import Medium, Origin, Recording, refusals
from tandem.engagement.domain.voice import VoiceGuide, differences, drift, read_guide, shipped_guide
from tandem.engagement.models import VoiceProposal, VoiceVersion
from tandem.engagement.queries import voice as queries
from tests.company import NOW, Company

stored = pytest.mark.django_db


def document(**more: Any) -> dict[str, Any]:
    return {**shipped_guide("de").as_document(), **more}


@stored
def test_without_a_version_the_guide_of_the_product_is_in_force():
    assert queries.voice_in_force("de-AT") == shipped_guide("de")


@stored
def test_a_change_is_a_new_version_that_says_what_changed(company: Company):
    number = actions.save(
        document(forbidden={"Lösung": "sagen, was es tut", "Mehrwert": ""}), note="No value talk", base=0,
        actor=company.actor("revops"), now=NOW,
    )  # fmt: skip
    assert number == 1
    newest, shipped = queries.voice_versions("de")
    assert ("forbidden", "added", "Mehrwert") in newest.changes
    assert ("forbidden", "removed", "nahtlos") in newest.changes
    assert shipped.number == 0
    assert queries.voice_in_force("de").version == 1


@stored
def test_two_people_who_edit_the_same_version_do_not_overwrite_each_other(company: Company):
    olga = company.actor("revops")
    actions.save(document(tone=["dry"]), note="", base=0, actor=olga, now=NOW)
    with pytest.raises(Conflict):
        actions.save(document(tone=["warm"]), note="", base=0, actor=olga, now=NOW)
    assert queries.voice_in_force("de").tone == ("dry",)


@stored
def test_a_seller_may_propose_and_only_revops_decides(company: Company):
    maya, olga = company.actor("seller"), company.actor("revops")
    told = {"language": "de", "field": "forbidden", "entry": "Synergien", "because": "Four people took it out"}
    first = actions.propose(**told, draft_ids=[1, 2], actor=maya, now=NOW, instead="")
    assert actions.propose(**told, draft_ids=[2, 3], actor=maya, now=NOW) == first
    (row,) = queries.open_proposals("de")
    assert (row.entry, row.times) == ("Synergien", 3)
    with pytest.raises(NotAllowed):
        actions.decide(first, is_taken=True, actor=maya, now=NOW)
    assert actions.decide(first, is_taken=True, actor=olga, now=NOW) == 1
    assert "Synergien" in queries.voice_in_force("de").forbidden
    assert queries.open_proposals() == []
    with pytest.raises(Conflict):
        actions.decide(first, is_taken=False, actor=olga, now=NOW)


@stored
def test_a_declined_proposal_changes_nothing(company: Company):
    pk = actions.propose(
        language="de", field="preferred", entry="Takt", because="Often", draft_ids=[1], actor=company.actor("seller"),
        now=NOW,
    )  # fmt: skip
    assert actions.decide(pk, is_taken=False, actor=company.actor("revops"), now=NOW) == 0
    assert VoiceVersion.objects.count() == 0
    assert VoiceProposal.objects.get().state == "declined"


@stored
def test_an_organisation_keeps_its_own_norms_and_can_go_back(company: Company):
    olga = company.actor("revops")
    actions.change_norms("de", {"greeting": "Hallo {first} {last},"}, note="", actor=olga, now=NOW)
    assert queries.norms_in_force("de").greet("Anna", "Weiss") == "Hallo Anna Weiss,"
    actions.change_norms("de", {}, note="Back", actor=olga, now=NOW)
    assert queries.norms_in_force("de").greet("Anna", "Weiss") == "Guten Tag Anna Weiss,"


@pytest.mark.parametrize(
    "values", [{"greeting": "Hallo {name},"}, {"greeting": "Hallo,"}, {"mood": "dry"}, {"least_days": 0},
               {"forbidden": {"(": "no"}}],
)  # fmt: skip
@stored
def test_norms_that_can_not_work_are_refused(company: Company, values: dict[str, Any]):
    with pytest.raises(InvalidInput):
        actions.change_norms("de", values, note="", actor=company.actor("revops"), now=NOW)
    assert queries.own_norms() == {}


@pytest.mark.parametrize(
    "told", [[], {"words": []}, {"language": "d"}, {"forbidden": {"x": 1}}, {"most_words": {"pigeon": 9}},
             {"most_words": {"email": 3}}, {"tone": "dry"}],
)  # fmt: skip
def test_a_guide_that_can_not_be_read_is_refused(told: Any):
    with pytest.raises(InvalidInput):
        read_guide(told)


def test_a_guide_survives_being_written_and_read():
    guide = VoiceGuide(language="fr", tone=("sobre",), forbidden={"innovant": ""}, most_words={"email": 70})
    assert differences(guide, read_guide(guide.as_document())) == ()


PLAIN = "We look at how the hall works today and say what the next peak will ask of it."
OTHER = "Unlock amazing growth journeys with a holistic platform that empowers every stakeholder daily."


def test_a_week_in_the_same_words_has_not_drifted_and_one_in_others_has():
    guide = shipped_guide("en-GB")
    same = drift([PLAIN] * 30, [PLAIN] * 120, guide)
    other = drift([OTHER] * 30, [PLAIN] * 120, guide)
    assert same is not None
    assert not same.has_drifted
    assert same.distance == 0.0
    assert other is not None
    assert other.has_drifted
    assert other.distance > 0.9


def test_few_words_tell_nothing():
    assert drift([PLAIN], [PLAIN] * 9, shipped_guide("en-GB")) is None


@stored
def test_everybody_sees_the_guide_and_revops_changes_it(company: Company, client_of: Any):
    page = client_of("seller").get("/outreach/voice?language=de")
    assert page.status_code == 200
    assert "Lösung" in page.text
    assert "Guten Tag {first} {last}," in page.text
    client = client_of("revops")
    sent = {
        "language": "de", "base": 0, "forbidden": "Mehrwert = Nutzen", "most_words": "email = 80",
        "longest_sentence": 30, "note": "Shorter",
    }  # fmt: skip
    assert client.post("/outreach/voice/edit", sent).status_code == 302
    guide = queries.voice_in_force("de")
    assert (guide.forbidden, guide.longest_sentence, dict(guide.most_words)) == (
        {"Mehrwert": "Nutzen"}, 30, {"email": 80},
    )  # fmt: skip
    refused = client.post("/outreach/voice/edit", {**sent, "base": 1, "most_words": "pigeon = 3"})
    assert refused.status_code == 422
    assert "pigeon" in refused.text
    assert client_of("seller").post("/outreach/voice/edit", sent).status_code == 403


@stored
def test_a_sample_is_checked_as_it_is_typed(company: Company, client_of: Any):
    sent = {"language": "en-GB", "subject": "Hello", "body": "Hi Anna,\n\nI hope this finds you well!\n\nMaya"}
    answer = client_of("seller").post("/outreach/voice/lint", sent)
    assert answer.status_code == 200
    assert "stands in every mail they get" in answer.text


SAID = "This message was made by software."


def voicemail(**more: Any) -> Recording:
    told = {"voice": Origin.SYNTHETIC, "script": f"{SAID} Hello Anna.", "disclosure": SAID, "quality": 0.9, **more}
    return Recording(medium=Medium.VOICEMAIL, **told)


@pytest.mark.parametrize(
    ("recording", "refused"),
    [
        (Recording(medium=Medium.VIDEO, face=Origin.HUMAN, voice=Origin.HUMAN), 0),
        (Recording(medium=Medium.VIDEO, face=Origin.HUMAN, voice=Origin.SYNTHETIC, disclosure=SAID, is_marked=True,
                   quality=0.9), 1),
        (Recording(medium=Medium.VIDEO, face=Origin.SYNTHETIC, voice=Origin.SYNTHETIC, disclosure=SAID,
                   is_marked=True, quality=0.9), 0),
        (Recording(medium=Medium.VIDEO, face=Origin.SYNTHETIC, voice=Origin.SYNTHETIC, quality=0.9), 2),
        (Recording(medium=Medium.VIDEO), 1),
        (voicemail(), 0),
        (voicemail(script="Hello Anna."), 1),
        (voicemail(disclosure=""), 1),
        (voicemail(imitates="Maya Okafor"), 1),
        (voicemail(quality=None), 1),
        (voicemail(quality=0.5), 1),
        (Recording(medium=Medium.CALL, voice=Origin.HUMAN), 0),
    ],
)  # fmt: skip
def test_video_and_voice_are_wholly_human_or_wholly_made_and_say_so(recording: Recording, refused: int):
    assert len(refusals(recording)) == refused


def test_a_live_call_has_the_sellers_own_voice():
    call = Recording(medium=Medium.CALL, voice=Origin.SYNTHETIC, script=SAID, disclosure=SAID, quality=0.9)
    assert refusals(call) == ("A live call has the seller's own voice; prepare a sheet for the call instead.",)
