"""Models behind one interface: a question in, a reply out, whatever happened on the way."""

from __future__ import annotations

from tandem.agents.domain.asking import Door, Question, Reply


def answer(door: Door, question: Question) -> Reply:
    """Ask a model once. Never raises: what went wrong stands in the reply. The SDKs are loaded at the first call."""
    from tandem.agents.connectors.sdk import call

    return call(door, question)
