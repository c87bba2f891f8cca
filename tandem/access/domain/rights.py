"""Who may do what with which objects: one table, read by every page, API route and query.

A right is a role, a kind of object and a verb; its value is how far it goes over objects that have an owner.
What is not in the table is not allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tandem.access.contracts import Reach, Role

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "home": "Today, search and one's own profile",
        "account": "Companies, their timeline and where each field comes from",
        "contact": "People at companies and how to reach them",
        "activity": "Calls, mail, meetings and other touches",
        "deal": "Opportunities, their history and products",
        "match": "Likely duplicates waiting for a decision",
        "source": "Sources, loads, rejected rows and the health of data",
        "person": "People of this company, their teams and roles",
        "agent": "Agent identities and their tokens",
        "job": "Background work and nightly runs",
        "ledger": "The record of what was done",
        "setting": "Settings of the organisation and survivorship rules",
        "suppression": "Whom nobody may contact",
        "consent": "Consent, recording consent, do-not-call screenings and relationship facts",
        "register": "Assessments, processing, AI systems and vendors",
        "rule": "Rules of contact, what is disclosed, and trying decisions",
        "gate": "Messages on their way out, approvals, and the switches that stop them",
        "region": "Where personal data may lie and go, and sums over all installations",
        "request": "Requests of people about their data, retention and legal holds",
        "task": "AI tasks: their runs, prompts, evals, models and budgets",
        "intent": "Signals of interest, how they count, and what accounts score",
        "prospect": "Ideal customers, ranking, lists, briefs, stakeholders and sources of contacts",
        "campaign": "Sequences, campaigns, drafts, replies and what came of outreach",
        "sender": "Domains and mailboxes that send",
    }
)
VERBS: Mapping[str, str] = MappingProxyType(
    {
        "view": "see",
        "edit": "change fields",
        "export": "take out as a file",
        "decide": "approve, merge, stop",
        "manage": "create, remove, configure",
        "send": "let messages out",
        "stop": "stop what leaves",
    }
)

_OWN, _TEAM, _ALL = Reach.OWN, Reach.TEAM, Reach.ALL

_Rights = dict[tuple[str, str], Reach]

# What belongs to somebody's book: has an owner, directly or through its account.
BOOK = ("account", "contact", "activity", "deal")


# What anybody who talks to customers must be able to write down on the spot: that somebody wants no more contact, or
# has agreed to something. They see what they wrote down; lifting a suppression and files are for reviewers.
REGISTRIES = ("suppression", "consent")


def _registries(reach: Reach, *verbs: str) -> _Rights:
    return {(kind, verb): reach for kind in REGISTRIES for verb in verbs}


def _gate(reach: Reach, *verbs: str) -> _Rights:
    """See what left and why, throw a switch: whoever sees that something goes wrong must be able to stop it."""
    return {("gate", "view"): reach, ("gate", "stop"): _ALL, **{("gate", verb): reach for verb in verbs}}


def _book(reach: Reach, *verbs: str) -> _Rights:
    return {(kind, verb): reach for kind in BOOK for verb in verbs}


def _prospecting(reach: Reach, *verbs: str) -> _Rights:
    """What AI did, what signals say, whom to talk to: seen as far as one's book reaches; lists and briefs worked on."""
    seen = {(kind, "view"): reach for kind in ("task", "intent", "prospect")}
    return seen | {("prospect", verb): reach for verb in verbs}


def _outreach(reach: Reach, *verbs: str) -> _Rights:
    """Outreach is worked on by whoever may let messages out; the state of the senders is everybody's business."""
    return {
        ("campaign", "view"): reach,
        ("sender", "view"): _ALL,
        **{("campaign", verb): reach for verb in verbs},
    }


_SELLER: _Rights = {
    ("home", "view"): _ALL,
    **_book(_OWN, "view", "edit", "export"),
    **_prospecting(_OWN, "edit", "export"),
    **_outreach(_OWN, "edit", "decide", "export"),
    **_registries(_OWN, "view", "edit"),
    **_gate(_OWN, "decide", "send"),
    ("request", "view"): _OWN,
    ("request", "edit"): _OWN,
    ("person", "view"): _ALL,
}
_MANAGER: _Rights = {
    ("home", "view"): _ALL,
    ("rule", "view"): _ALL,
    **_book(_TEAM, "view", "edit", "export"),
    **_prospecting(_TEAM, "edit", "export"),
    **_outreach(_TEAM, "edit", "decide", "export"),
    **_registries(_TEAM, "view", "edit"),
    **_gate(_TEAM, "decide", "send"),
    ("request", "view"): _TEAM,
    ("request", "edit"): _TEAM,
    ("source", "view"): _ALL,
    ("person", "view"): _ALL,
}
_EXECUTIVE: _Rights = {
    ("home", "view"): _ALL,
    ("rule", "view"): _ALL,
    **_book(_ALL, "view", "export"),
    **_prospecting(_ALL, "export"),
    **_outreach(_ALL, "export"),
    **_gate(_ALL),
    ("source", "view"): _ALL,
    ("person", "view"): _ALL,
    ("agent", "view"): _ALL,
    ("job", "view"): _ALL,
    ("region", "view"): _ALL,
    ("setting", "view"): _ALL,
}
_COMPLIANCE: _Rights = {
    **{(kind, "view"): _ALL for kind in KINDS},
    **_book(_ALL, "export"),
    ("ledger", "export"): _ALL,
    ("ledger", "manage"): _ALL,
    ("agent", "decide"): _ALL,
    ("task", "export"): _ALL,
    **_registries(_ALL, "edit", "export", "manage"),
    **_gate(_ALL, "decide", "export", "manage"),
    **{("request", verb): _ALL for verb in ("edit", "decide", "export", "manage")},
    ("register", "export"): _ALL,
    ("register", "manage"): _ALL,
    ("rule", "manage"): _ALL,
    ("region", "manage"): _ALL,
}
_REVOPS: _Rights = {
    **{(kind, "view"): _ALL for kind in KINDS},
    **_book(_ALL, "edit", "export"),
    **_prospecting(_ALL, "edit", "export", "manage"),
    **_outreach(_ALL, "edit", "decide", "export", "manage"),
    ("sender", "manage"): _ALL,
    ("task", "decide"): _ALL,
    ("task", "export"): _ALL,
    ("task", "manage"): _ALL,
    ("intent", "manage"): _ALL,
    ("match", "decide"): _ALL,
    ("source", "manage"): _ALL,
    ("source", "export"): _ALL,
    ("person", "manage"): _ALL,
    ("agent", "manage"): _ALL,
    ("agent", "decide"): _ALL,
    ("job", "manage"): _ALL,
    ("setting", "manage"): _ALL,
    ("ledger", "export"): _ALL,
    ("ledger", "manage"): _ALL,
    **_registries(_ALL, "edit", "export", "manage"),
    **_gate(_ALL, "decide", "export", "manage", "send"),
    **{("request", verb): _ALL for verb in ("edit", "decide", "export", "manage")},
    ("register", "export"): _ALL,
    ("register", "manage"): _ALL,
    ("rule", "manage"): _ALL,
    ("region", "manage"): _ALL,
}

RIGHTS: Mapping[Role, Mapping[tuple[str, str], Reach]] = MappingProxyType(
    {
        Role.SELLER: MappingProxyType(_SELLER),
        Role.SDR: MappingProxyType(_SELLER),
        Role.MANAGER: MappingProxyType(_MANAGER),
        Role.EXECUTIVE: MappingProxyType(_EXECUTIVE),
        Role.COMPLIANCE: MappingProxyType(_COMPLIANCE),
        Role.REVOPS: MappingProxyType(_REVOPS),
    }
)

# Objects nobody owns would otherwise be seen by nobody who works: everyone with any sight of the kind may view them.
UNOWNED_VERBS = frozenset({"view"})


def reach_of(role: Role, kind: str, verb: str) -> Reach:
    """How far a role's right goes; `Reach.NONE` when it has none.

    Raises KeyError for a kind that the table does not know: a typing mistake must not look like a refusal.
    """
    if kind not in KINDS:
        raise KeyError(f"{kind!r} is no kind of object; known: {', '.join(sorted(KINDS))}")
    return RIGHTS[role].get((kind, verb), Reach.NONE)


# What an agent's scopes open. Agents never own anything, so their reach is all or nothing.
SCOPES: Mapping[str, frozenset[tuple[str, str]]] = MappingProxyType(
    {
        "accounts.read": frozenset(_book(_ALL, "view")),
        "accounts.write": frozenset(_book(_ALL, "edit")),
        "accounts.export": frozenset(_book(_ALL, "export")),
        "matches.read": frozenset({("match", "view")}),
        "sources.read": frozenset({("source", "view")}),
        "people.read": frozenset({("person", "view")}),
        "agents.read": frozenset({("agent", "view")}),
        "ledger.read": frozenset({("ledger", "view")}),
        "jobs.read": frozenset({("job", "view")}),
        "gate.read": frozenset({("gate", "view")}),
        "gate.send": frozenset({("gate", "view"), ("gate", "send")}),
        "gate.stop": frozenset({("gate", "view"), ("gate", "stop")}),
        "registries.read": frozenset({*_registries(_ALL, "view"), ("register", "view")}),
        "registries.write": frozenset(_registries(_ALL, "view", "edit")),
        "requests.read": frozenset({("request", "view")}),
        "requests.write": frozenset({("request", "view"), ("request", "edit")}),
        "tasks.read": frozenset({("task", "view")}),
        "tasks.run": frozenset({("task", "view"), ("task", "edit")}),
        "intent.read": frozenset({("intent", "view")}),
        "prospects.read": frozenset({("prospect", "view")}),
        "prospects.write": frozenset({("prospect", "view"), ("prospect", "edit")}),
        "outreach.read": frozenset({("campaign", "view"), ("sender", "view")}),
        "outreach.write": frozenset({("campaign", "view"), ("campaign", "edit"), ("sender", "view")}),
    }
)
# Parts of the product itself (identity 0): the person who runs the command has the machine already.
BUILT_IN_SCOPES = frozenset({"shell", "worker", "importer"})


def scope_for(kind: str, verb: str, scopes: frozenset[str], *, is_built_in: bool = False) -> str | None:
    """The first of an agent's scopes (in alphabetical order) that opens this right; None when none does.

    is_built_in : the agent is a part of the product; only then do the scopes of `BUILT_IN_SCOPES` count
    Raises KeyError for an unknown kind.
    """
    if kind not in KINDS:
        raise KeyError(f"{kind!r} is no kind of object; known: {', '.join(sorted(KINDS))}")
    for scope in sorted(scopes):
        if (is_built_in and scope in BUILT_IN_SCOPES) or (kind, verb) in SCOPES.get(scope, frozenset()):
            return scope
    return None
