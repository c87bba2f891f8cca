"""The text of a web page, read as data: what a visitor would see, in its order, without scripts and hidden parts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

LONGEST_TEXT = 200_000
LEAST_TEXT = 40  # characters; a page with scripts and less text than that shows nothing without them
SILENT = frozenset({"script", "style", "noscript", "template", "svg", "iframe", "object", "head", "nav", "footer"})
VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
BLOCKS = frozenset(
    {"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "blockquote", "td", "th"}
)
DEEPEST = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """What a page says. language : as it tells, e.g. "de"; is_made_by_script : it shows next to nothing without one"""

    title: str
    text: str
    language: str = ""
    is_made_by_script: bool = False
    is_cut: bool = False


class _Reader(HTMLParser):
    """Collects visible text; elements in `SILENT` and hidden ones are passed over with all that is in them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.title: list[str] = []
        self.language = ""
        self.scripts = 0
        self._size = 0
        self._in_title = False
        self._open: list[tuple[str, bool]] = []  # element, whether it hides what is in it
        self._hiding = 0

    @property
    def is_full(self) -> bool:
        return self._size >= LONGEST_TEXT

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = told.get("lang", "")[:8]
        self.scripts += tag == "script"
        self._in_title |= tag == "title"
        if tag == "body":  # many pages leave their head open
            self._open, self._hiding = [], 0
        if tag in BLOCKS:
            self.parts.append("\n")
        if tag not in VOID and len(self._open) < DEEPEST:
            hides = tag in SILENT or _is_hidden(told)
            self._open.append((tag, hides))
            self._hiding += hides

    def handle_endtag(self, tag: str) -> None:
        self._in_title &= tag != "title"
        if not any(name == tag for name, _ in self._open[-50:]):
            return
        while self._open:
            name, hides = self._open.pop()
            self._hiding -= hides
            if name == tag:
                break

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title.append(data[:500])
        elif not self._hiding and not self.is_full:
            self.parts.append(data)
            self._size += len(data)


def _is_hidden(told: dict[str, str]) -> bool:
    style = re.sub(r"\s+", "", told.get("style", "")[:500].lower())
    return (
        "hidden" in told or told.get("aria-hidden") == "true" or "display:none" in style or "visibility:hidden" in style
    )


def read_page(html: str) -> PageText:
    """The page's text. Whatever it says, also orders to a machine, is text and nothing else.

    >>> read_page("<title>Acme</title><p>We  opened<br>Lyon.<script>alert(1)</script>").text
    'We opened\\nLyon.'
    """
    reader = _Reader()
    for at in range(0, len(html), 65_536):
        reader.feed(html[at : at + 65_536])
        if reader.is_full:
            break
    lines = (" ".join(line.split()) for line in "".join(reader.parts).replace("\x00", "").split("\n"))
    text = "\n".join(line for line in lines if line)[:LONGEST_TEXT]
    return PageText(
        title=" ".join("".join(reader.title).split())[:300],
        text=text,
        language=reader.language.split("-")[0].lower(),
        is_made_by_script=len(text) < LEAST_TEXT and reader.scripts > 0,
        is_cut=reader.is_full,
    )
