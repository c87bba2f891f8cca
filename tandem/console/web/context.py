"""What every page's frame needs: navigation by role, who is signed in, the theme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import DatabaseError
from django.http import HttpRequest

from tandem.access.contracts import ROLE_LABELS, Role
from tandem.compliance.contracts.switches import SwitchScope, ThrownSwitch
from tandem.compliance.queries import switches
from tandem.console.web import navigation
from tandem.core.actors import Actor

THEME_COOKIE = "tandem_theme"
THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """The frame around a page. `person` None: nobody is signed in."""

    person: Actor | None
    entries: Sequence[navigation.Entry]
    text: str = ""

    @property
    def all(self) -> Sequence[navigation.Entry]:
        """Every place that is open to the person."""
        return self.entries

    @property
    def sections(self) -> list[navigation.Entry]:
        """Places of every day, in the row."""
        return [entry for entry in self.entries if entry.is_daily]

    @property
    def more(self) -> list[navigation.Entry]:
        """The other places, under More."""
        return [entry for entry in self.entries if not entry.is_daily]

    @property
    def is_in_more(self) -> bool:
        """Whether the current place is under More."""
        return any(entry.is_current for entry in self.more)

    @property
    def stop(self) -> ThrownSwitch | None:
        """The switch that stops everything, where one stands. One query, asked by the frame of a page alone.

        A database that does not answer has its own page, which bears this frame too.
        """
        if self.person is None:
            return None
        try:
            return next((one for one in switches.all_thrown() if one.scope is SwitchScope.GLOBAL), None)
        except DatabaseError:
            return None

    @property
    def initials(self) -> str:
        """Two letters for the round mark."""
        words = self.person.name.split() if self.person else []
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()

    @property
    def role_label(self) -> str:
        """The person's role in words."""
        return ROLE_LABELS[Role(self.person.role)] if self.person and self.person.role else ""


def shell(request: HttpRequest) -> dict[str, object]:
    """Context of the base template: `shell` and `theme` ("light", "dark", or empty for the system's own)."""
    actor: Actor | None = getattr(request, "actor", None)
    person = actor if actor is not None and not actor.is_agent else None
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    frame = Shell(
        person=person,
        entries=navigation.entries_for(person, request.path),
        text=request.GET.get("q", "") if request.path == "/search" else "",
    )
    return {"shell": frame, "theme": chosen if chosen in THEMES else ""}
