"""What is said about an AI and a recording, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class DisclosureKind(StrEnum):
    """Where a disclosure stands.

    OPENING : first sentence of a written message that an AI sends by itself
    FOOTER : last line of a message that an AI drafted and a person approved
    SPOKEN : first sentence of an AI voice
    RECORDING : announcement before a recording begins
    """

    OPENING = "opening"
    FOOTER = "footer"
    SPOKEN = "spoken"
    RECORDING = "recording"


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureText:
    """One text as it will stand, with where it comes from.

    language : of the text, which may be another than was asked for
    version : "2026.11.1" for words of the product, "own 3" for the installation's third version
    required_by : rules that ask for it here; empty: it stands because it was switched on
    """

    kind: DisclosureKind
    id: str
    version: str
    language: str
    text: str
    required_by: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureTexts:
    """Everything that is to be said; empty texts are not said.

    texts : with ids and versions, in the order in which they stand
    why_off : for kinds that the channel has and that are not said: the reason
    language : asked for, and worked out from the place when nobody asked
    """

    texts: Sequence[DisclosureText]
    why_off: Sequence[tuple[DisclosureKind, str]]
    language: str

    def _text(self, kind: DisclosureKind) -> str:
        return next((one.text for one in self.texts if one.kind is kind), "")

    @property
    def opening(self) -> str:
        """First sentence of a written message."""
        return self._text(DisclosureKind.OPENING)

    @property
    def footer(self) -> str:
        """Last line of a written message."""
        return self._text(DisclosureKind.FOOTER)

    @property
    def spoken(self) -> str:
        """First sentence of an AI voice."""
        return self._text(DisclosureKind.SPOKEN)

    @property
    def announcement(self) -> str:
        """Said before a recording begins."""
        return self._text(DisclosureKind.RECORDING)

    @property
    def versions(self) -> tuple[str, ...]:
        """Ids such as "AI-OPENING/de@2026.11.1": to keep as proof with a message."""
        return tuple(f"{one.id}/{one.language}@{one.version}" for one in self.texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureEffect:
    """How replies differ between messages with and without a footer.

    shown, replied_shown, hidden, replied_hidden : messages and replies of each arm
    difference : reply rate with it minus reply rate without it, -1 to 1; low, high: 95 % interval
    None: not enough data, `verdict` says what is lacking
    """

    shown: int
    replied_shown: int
    hidden: int
    replied_hidden: int
    difference: float | None
    low: float | None
    high: float | None
    verdict: str
