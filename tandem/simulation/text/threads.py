"""Mail threads as short scripts: who writes, which rules, after how long, and what it is in truth."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tandem.simulation.deals.chain import state_parts
from tandem.simulation.deals.paths import Deal
from tandem.simulation.dice import Dice, Weighted


@dataclass(frozen=True, slots=True)
class Step:
    """One mail of a script.

    who: "we" (the seller), "they" (first contact), "other" (second contact), "inside" (a colleague).
    plan: rule names, "|" starts a paragraph, "?" after a name means every second time; "fact" states a fact of the deal.
    label: what the mail is, in the words of the reply labels. chance: of this step happening; a missed step of
    "they" ends nothing. days: shortest and longest wait. attach: with a file. forward: passed on with the thread below.
    """

    who: str
    plan: str
    label: str = ""
    chance: float = 1.0
    days: tuple[int, int] = (0, 3)
    attach: bool = False
    forward: bool = False
    cc: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """A thread: how its subject is made, and its mails."""

    subject: str
    steps: tuple[Step, ...]


_SCHEDULE = (
    Step("we", "ack? schedule_ask"),
    Step("they", "schedule_yes", "positive_meeting", 0.8),
    Step("they", "schedule_move", "", 0.25, (1, 4)),
)
SCRIPTS: dict[str, Script] = {
    "outbound": Script(
        "subject_outreach",
        (
            Step("we", "opener pitch | ask_meeting | opt_out_line"),
            Step("we", "bump pitch? | ask_meeting", "", 0.5, (3, 7)),
            Step("they", "pos_meeting t_pain?", "positive_meeting", 1.0, (0, 5)),
            *_SCHEDULE,
        ),
    ),
    "inbound": Script(
        "subject_inquiry",
        (
            Step("they", "inquiry pos_info", "positive_info"),
            Step("we", "thanks? pitch | ask_meeting", "", 1.0, (0, 1)),
            Step("they", "pos_meeting fact?", "positive_meeting", 0.9),
            *_SCHEDULE,
        ),
    ),
    "recap": Script(
        "subject_deal",
        (
            Step("we", "small_line? recap_open | recap_pain recap_pain? | commit_seller commit_seller? | schedule_ask?", cc=True),
            Step("they", "thanks? commit_customer fact? commit_customer?", "", 0.85, (0, 3)),
            Step("we", "ack commit_seller?", "", 0.4, (0, 2)),
        ),
    ),
    "technical": Script(
        "subject_deal",
        (
            Step("other", "{objection} pos_info?", "positive_info", cc=True),
            Step("we", "thanks? {answer} | commit_seller", "", 1.0, (0, 2), True),
            Step("they", "fact? ack? commit_customer", "", 0.7),
            Step("we", "chase", "", 0.3, (5, 12)),
        ),
    ),
    "proposal": Script(
        "subject_deal",
        (
            Step("we", "recap_open? proposal_cover | recap_pain? commit_seller? | schedule_ask", "", 1.0, (0, 2), True, cc=True),
            Step("they", "thanks? {objection} fact", "", 0.85, (1, 6)),
            Step("we", "{answer} | commit_seller? ask_meeting", "", 0.9),
            Step("we", "chase", "", 0.45, (4, 9)),
            Step("they", "fact? commit_customer", "", 0.6, (1, 5)),
        ),
    ),
    "negotiation": Script(
        "subject_deal",
        (
            Step("other", "negotiate negotiate?", "", 1.0, (0, 3), cc=True),
            Step("we", "forward_note", "", 0.5, (0, 1), forward=True),
            Step("inside", "internal_legal", "", 0.5, (0, 2)),
            Step("we", "negotiate_answer answer_price? | commit_seller", "", 1.0, (0, 3), True),
            Step("they", "fact? commit_customer negotiate?", "", 0.8, (1, 5)),
            Step("we", "chase", "", 0.4, (3, 8)),
        ),
    ),
    "won": Script(
        "subject_deal",
        (Step("they", "won_note", "", 1.0, (0, 0), True), Step("we", "thanks commit_seller", "", 0.9, (0, 1), cc=True)),
    ),
    "lost": Script(
        "subject_deal",
        (Step("they", "{loss}", "{loss}"), Step("we", "loss_ack", "", 0.75, (0, 2)), Step("they", "{loss} ack?", "", 0.25, (1, 4))),
    ),
    "silence": Script(
        "subject_deal",
        (Step("we", "chase"), Step("we", "bump chase", "", 0.8, (6, 12)), Step("we", "breakup", "", 0.6, (8, 16))),
    ),
    "renewal": Script(
        "subject_renewal",
        (
            Step("we", "small_line? renewal_notice | ask_meeting"),
            Step("they", "{renewal} fact?", "", 0.9, (1, 6)),
            Step("we", "{renewal_answer} | schedule_ask", "", 0.9),
            Step("they", "schedule_yes", "positive_meeting", 0.7),
        ),
    ),
    "expansion": Script(
        "subject_deal",
        (
            Step("they", "inquiry fact?", "positive_info"),
            Step("we", "thanks? pitch commit_seller? | schedule_ask", "", 1.0, (0, 2)),
            Step("they", "schedule_yes", "positive_meeting", 0.8),
        ),
    ),
    "left": Script("subject_deal", (Step("we", "chase"), Step("they", "left_company", "", 1.0, (0, 0)))),
    "inside": Script(
        "subject_deal",
        (Step("inside", "internal_ask internal_ask?"), Step("we", "internal_answer", "", 0.95, (0, 2)), Step("inside", "ack", "", 0.3)),
    ),
    "legal": Script("subject_deal", (Step("we", "forward_note commit_seller?"), Step("inside", "internal_legal", "", 1.0, (0, 3), True))),
}  # fmt: skip


def prospecting(outcome: str) -> Script:
    """A cold sequence with its end."""
    first = Step("we", "small_line? opener pitch | ask_meeting | opt_out_line")
    second = Step("we", "bump | pitch? ask_meeting | opt_out_line", "", 0.5, (3, 6))
    endings: dict[str, tuple[Step, ...]] = {
        "silence": (Step("we", "bump | ask_meeting", "", 0.9, (3, 7)), Step("we", "breakup opt_out_line", "", 0.6, (6, 12))),
        "positive_meeting": (Step("they", "pos_meeting", outcome), *_SCHEDULE),
        "positive_info": (Step("they", "pos_info pos_info?", outcome), Step("we", "thanks? pitch commit_seller? | ask_meeting", "", 0.95, (0, 2), True)),
        "negative_now": (Step("they", "thanks? neg_now", outcome), Step("we", "ack? loss_ack?", "", 0.5, (0, 2))),
        "negative_ever": (Step("they", "neg_ever", outcome),),
        "wrong_person": (Step("they", "wrong_person {redirect}", outcome), Step("we", "thanks", "", 0.5, (0, 2))),
        "unsubscribe": (Step("they", "unsubscribe", outcome),),
    }  # fmt: skip
    return Script("subject_outreach", (first, second, *endings[outcome]))


OUTCOMES = Weighted(
    [
        ("silence", 30), ("ooo", 16), ("bounce", 12), ("unsubscribe", 6), ("wrong_person", 8), ("negative_now", 10),
        ("negative_ever", 6), ("positive_info", 7), ("positive_meeting", 5),
    ]
)  # fmt: skip
CAUSES = {
    "Price": "price", "Lost to Competitor": "competitor", "No Budget / Lost Funding": "budget", "Timing": "timing",
    "Missing feature": "feature",
}  # fmt: skip
_BY_STAGE = {1: "recap", 2: "technical", 3: "proposal", 4: "negotiation"}


def life_of(deal: Deal, dice: Dice, origin: dt.date) -> list[tuple[dt.date, str]]:
    """Days and scripts of a deal's threads, in order."""
    events = [(deal.opened_on, _opening(deal))]
    stage = state_parts(deal.path[0])[0]
    since = 0
    for offset, code in enumerate(deal.path):
        monday = origin + dt.timedelta(weeks=deal.opened + offset)
        now = state_parts(code)[0]
        if now != stage:
            stage, since = now, offset
            events.append((monday + dt.timedelta(days=dice.between(0, 4)), _BY_STAGE.get(now, "recap")))
            if now == 4 and dice.chance(0.5):
                events.append((monday + dt.timedelta(days=dice.between(3, 9)), "legal"))
        elif (offset - since) % 5 == 4:
            script = dice.pick(
                ("recap", "silence", "inside", "technical") if stage < 3 else ("recap", "inside", "proposal")
            )
            events.append((monday + dt.timedelta(days=dice.between(0, 4)), script))
    if deal.champion_left:
        events.append((deal.champion_left + dt.timedelta(days=dice.between(2, 8)), "left"))
    events += _endings(deal)
    return sorted((max(day, deal.opened_on), script) for day, script in events)


def _opening(deal: Deal) -> str:
    if deal.motion != "New Business":
        return {"Renewal": "renewal", "Expansion": "expansion"}[deal.motion]
    return "inbound" if deal.source in ("Inbound", "Web", "Webinar", "Referral") else "outbound"


def _endings(deal: Deal) -> list[tuple[dt.date, str]]:
    if deal.ended is None:
        return []
    if deal.outcome == "won":
        return [(deal.ended, "won")]
    if deal.cause in CAUSES:
        return [(deal.ended, "lost")]
    return [(deal.ended - dt.timedelta(days=21), "silence")]
