"""What the truth calls the sentences of a rule."""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """A sentence with what it does. act: empty for plain talk. detail: kind or side. due: ISO date or empty."""

    text: str
    act: str = ""
    detail: str = ""
    due: str = ""


FACTS = ("budget", "budget_released", "timeline", "decision", "rivals", "sites")
KINDS = ("price", "timing", "competitor", "integration", "security", "resources")
ACTS: dict[str, tuple[str, str]] = {
    "commit_seller": ("commitment", "seller"),
    "commit_customer": ("commitment", "customer"),
    "ask_meeting": ("ask_meeting", ""),
    "opt_out_line": ("opt_out", ""),
    "pos_meeting": ("positive_meeting", ""),
    "pos_info": ("positive_info", ""),
    "neg_now": ("negative_now", ""),
    "neg_ever": ("negative_ever", ""),
    "wrong_person": ("wrong_person", ""),
    "unsubscribe": ("unsubscribe", ""),
    "proposal_cover": ("proposal", ""),
    "negotiate": ("negotiation", "customer"),
    "negotiate_answer": ("negotiation", "seller"),
    "t_negotiate": ("negotiation", "customer"),
    "t_negotiate_answer": ("negotiation", "seller"),
    "won_note": ("won", ""),
    "renewal_notice": ("renewal", "notice"),
    "renewal_good": ("renewal", "good"),
    "renewal_bad": ("renewal", "bad"),
    "inquiry": ("inquiry", ""),
    "schedule_ask": ("scheduling", "ask"),
    "schedule_yes": ("scheduling", "accept"),
    "schedule_move": ("scheduling", "move"),
    "loss_price": ("loss", "price"),
    "loss_competitor": ("loss", "competitor"),
    "loss_budget": ("loss", "budget"),
    "loss_timing": ("loss", "timing"),
    "loss_feature": ("loss", "feature"),
    "t_question": ("question", "customer"),
    "t_ask_situation": ("question", "seller"),
    "t_ask_problem": ("question", "seller"),
    "t_ask_impact": ("question", "seller"),
    **{f"ask_{fact}": ("question", "seller") for fact in FACTS},
    "t_small": ("small_talk", ""),
    "t_small_back": ("small_talk", ""),
    "t_pain": ("pain", ""),
    "t_impact": ("impact", ""),
    "t_next": ("next_step", ""),
    "t_qbr_good": ("usage", "good"),
    "t_qbr_bad": ("usage", "bad"),
    "t_vague_next": ("no_next_step", ""),
    "defer": ("objection_answer", "deferred"),
    "t_ignore": ("objection_answer", "ignored"),
    "t_rival": ("competitor", ""),
    **{f"objection_{kind}": ("objection", kind) for kind in KINDS},
    **{f"answer_{kind}": ("objection_answer", "handled") for kind in KINDS},
}
