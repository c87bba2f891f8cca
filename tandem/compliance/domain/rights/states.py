"""The way of a request: what may follow what, and what each step asks for. Pure.

received -> identity checked -> in work -> done
From any open state: refused, with reason and law, by a person. In work and held change into each other while a legal
hold stands in the way. An extension is no state: it moves the last day once, before that day, with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from tandem.compliance.contracts.requests import OPEN_STATES, RequestState
from tandem.core.errors import Conflict


class RequestStep(StrEnum):
    """What somebody does with a request."""

    CHECK_IDENTITY = "check_identity"
    BEGIN = "begin"
    HOLD = "hold"
    RELEASE = "release"
    FINISH = "finish"
    REFUSE = "refuse"
    EXTEND = "extend"
    CONFIRM = "confirm"
    ASK_IDENTITY = "ask_identity"


_NEXT: Mapping[tuple[RequestState, RequestStep], RequestState] = MappingProxyType(
    {
        (RequestState.RECEIVED, RequestStep.CHECK_IDENTITY): RequestState.CHECKED,
        (RequestState.RECEIVED, RequestStep.ASK_IDENTITY): RequestState.RECEIVED,
        (RequestState.CHECKED, RequestStep.BEGIN): RequestState.WORKING,
        (RequestState.CHECKED, RequestStep.HOLD): RequestState.HELD,
        (RequestState.WORKING, RequestStep.HOLD): RequestState.HELD,
        (RequestState.HELD, RequestStep.RELEASE): RequestState.WORKING,
        (RequestState.WORKING, RequestStep.FINISH): RequestState.DONE,
        **{(state, RequestStep.REFUSE): RequestState.REFUSED for state in OPEN_STATES},
        **{(state, RequestStep.EXTEND): state for state in OPEN_STATES},
        **{(state, RequestStep.CONFIRM): state for state in OPEN_STATES},
    }
)
_WHY_NOT: Mapping[RequestStep, str] = MappingProxyType(
    {
        RequestStep.CHECK_IDENTITY: "Identity is checked once, while the request is new.",
        RequestStep.ASK_IDENTITY: "Identity is asked for while the request is new.",
        RequestStep.BEGIN: "Work begins once the identity is checked.",
        RequestStep.HOLD: "Only a request that is to be carried out can be held.",
        RequestStep.RELEASE: "It is not held.",
        RequestStep.FINISH: "Only what is in work can be finished.",
        RequestStep.REFUSE: "It is over already.",
        RequestStep.EXTEND: "It is over already.",
        RequestStep.CONFIRM: "It is over already.",
    }
)


def after(state: RequestState, step: RequestStep) -> RequestState:
    """The state after a step. Raises Conflict when the step does not lead on from there."""
    following = _NEXT.get((state, step))
    if following is None:
        raise Conflict(
            f"This request is {state.replace('_', ' ')}. {_WHY_NOT[step]}",
            hint="Reload the page and look where the request stands.",
            code="request.state",
        )
    return following


def steps_from(state: RequestState) -> frozenset[RequestStep]:
    """What can be done next."""
    return frozenset(step for known, step in _NEXT if known is state)
