"""How work with providers goes that somebody ordered on a page: the job behind it, if it is the page's own."""

from __future__ import annotations

from tandem.core.errors import NotFound
from tandem.core.jobs.reads import JobView, get_job

TASK = "prospecting.ask_providers"


def key_of_check(contact_id: int) -> str:
    """How the keys of jobs begin that check this contact's address."""
    return f"{TASK}:check:{contact_id}"


def key_of_test(provider_key: str) -> str:
    """How the keys of jobs begin that make this provider's test call."""
    return f"{TASK}:test:{provider_key}"


def ordered(number: str, key: str) -> JobView | None:
    """The job of a number as an address tells it, if its key begins so; None for every other and for none.

    number : as typed; a page shows no job but its own, for notes of others may tell what is out of sight
    """
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    try:
        job = get_job(int(number))
    except NotFound:
        return None
    return job if (job.unique_key or "").startswith(f"{key}:") else None
