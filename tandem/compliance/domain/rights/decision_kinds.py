"""Kinds of decisions about people: how each is made, from what, who watches, and whether a person must take it.

What materially affects a person (legal or similarly significant effects, GDPR Article 22; "significant decisions",
11 CCR 7200) is never left to software: `is_material` here is the start, which compliance may make stricter or laxer.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionKind:
    """One kind of decision about a person.

    name : "room.decision"; stays the same over versions
    workflow : the AI-system register's word for where it happens
    inputs : what is looked at
    logic : how it is decided, in words a person can follow
    oversight : who watches, and how a person overrules it
    is_material : whether it affects somebody so much that a person has to decide
    can_be_lax : False: always a person's, whatever compliance sets
    """

    name: str
    title: str
    workflow: str
    inputs: str
    logic: str
    oversight: str
    is_material: bool
    can_be_lax: bool = True


DECISION_KINDS = (
    DecisionKind(
        name="contact.allowed",
        title="Whether somebody may be contacted",
        workflow="outreach",
        inputs="Candidates of the place, channel, purpose, kind of recipient, consents, suppression, screenings, "
        "relationship, time of day, earlier touches. No score, no special categories of data.",
        logic="Written rules of law, each with source and version. Every rule that fits speaks; the strictest outcome "
        "of all candidate places counts; what is unknown counts as the strictest case.",
        oversight="Rules are packs that compliance reviews. Doubtful cases go to a person (review). Switches stop "
        "everything within a second. The person contacted can object at any time.",
        is_material=False,
    ),
    DecisionKind(
        name="contact.ranked",
        title="In which order companies and people are looked at",
        workflow="scoring",
        inputs="Firmographic fit, signals of interest with their age, capacity of the seller. Who opted out of "
        "automated decisions, or whose data are restricted, is to be left out.",
        logic="Points that add up: each signal counts by kind and fades by age; the parts are shown beside the figure.",
        oversight="A seller decides whom to write to. Every figure opens into its parts and can be disputed.",
        is_material=False,
    ),
    DecisionKind(
        name="message.drafted",
        title="What a message says",
        workflow="drafting",
        inputs="Facts about the company with their sources, role of the person, earlier messages.",
        logic="A draft is written from cited facts and checked by guards (facts, tone, forbidden content).",
        oversight="A person approves the exact text unless the campaign was released for automatic sending within "
        "written limits; a change of one byte asks for a new approval.",
        is_material=False,
    ),
    DecisionKind(
        name="reply.classified",
        title="What a reply means",
        workflow="replies",
        inputs="The text of the reply.",
        logic="Rules first (stop, objection, absence), then a classifier that may abstain. A word that could be an "
        "objection counts as one.",
        oversight="Uncertain replies go to a person. Objections take effect at once and are lifted only by a later "
        "permission with proof.",
        is_material=False,
    ),
    DecisionKind(
        name="request.identity",
        title="Whether somebody who asks for their data is who they say",
        workflow="people's rights",
        inputs="The link of a message, an answer from a known address, a call back, a document that is not kept.",
        logic="A person judges the proof. A signed link of one of our messages proves control of the address.",
        oversight="Always a person, except for the signed link.",
        is_material=True,
        can_be_lax=False,
    ),
    DecisionKind(
        name="request.refused",
        title="Whether a request about somebody's data is refused",
        workflow="people's rights",
        inputs="The request, its kind, legal holds, the law that is named.",
        logic="A person decides, names the law and gives the reason.",
        oversight="Always a person. The person who asked is told about complaint and appeal.",
        is_material=True,
        can_be_lax=False,
    ),
    DecisionKind(
        name="offer.terms",
        title="Price, payment terms or refusal of business with a person or sole trader",
        workflow="pricing",
        inputs="Deal, list prices, approvals.",
        logic="Proposals are worked out from tables; a person sets the terms.",
        oversight="Always a person.",
        is_material=True,
    ),
    DecisionKind(
        name="seller.assessed",
        title="Pay, quota, territory or standing of a seller",
        workflow="planning and coaching",
        inputs="Deals, activities, conversations of the seller, within what the works council agreed to.",
        logic="Models propose with their intervals and a check for bias; nothing takes effect by itself.",
        oversight="Always a manager, who sees the parts of every figure and signs the decision.",
        is_material=True,
        can_be_lax=False,
    ),
)  # fmt: skip
KINDS_BY_NAME = {kind.name: kind for kind in DECISION_KINDS}
