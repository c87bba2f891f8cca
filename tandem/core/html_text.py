"""HTML mail bodies as text, quoted parts left out where the client marks them."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = frozenset(
    "address article blockquote br dd div dl dt footer form h1 h2 h3 h4 h5 h6 header hr li ol p pre section table tr ul"
    .split()
)  # fmt: skip
_SILENT = frozenset({"script", "style", "head", "title", "template"})
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_QUOTE_MARKS = (
    "gmail_quote", "gmail_extra", "yahoo_quoted", "divrplyfwdmsg", "moz-cite-prefix", "protonmail_quote",
    "zmail_extra", "tutanota_quote", "appendonsend", "mail-editor-reference-message-container",
)  # fmt: skip
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:;|$)|"
    r"max-height\s*:\s*0(?:px)?\s*(?:;|$)",
    re.I,
)
MAX_HTML = 2_000_000  # a body past this many characters is cut


class _Reader(HTMLParser):
    def __init__(self, *, without_quotes: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._hidden = 0
        self._ended = False
        self._without_quotes = without_quotes
        self.has_quote = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Open an element; quotes and scripts are silent until they close."""
        if tag in _BLOCKS:
            self._pieces.append("\n")
        if tag in _VOID:
            return
        quoted = self._without_quotes and self._is_quote(tag, dict(attributes))
        self.has_quote = self.has_quote or quoted
        hidden = quoted or tag in _SILENT or _is_hidden(dict(attributes))
        self._open.append((tag, hidden))
        self._hidden += hidden

    def _is_quote(self, tag: str, attributes: dict[str, str | None]) -> bool:
        named = f"{attributes.get('class') or ''} {attributes.get('id') or ''}".lower()
        if "divrplyfwdmsg" in named or "appendonsend" in named:
            self._ended = True  # Outlook puts the quoted mail beside this element, not into it
        return tag == "blockquote" or any(mark in named for mark in _QUOTE_MARKS)

    def handle_endtag(self, tag: str) -> None:
        """Close the nearest open element of this name and what was left open in it."""
        if tag in _BLOCKS:
            self._pieces.append("\n")
        if not any(name == tag for name, _ in self._open):
            return
        while self._open:
            name, hidden = self._open.pop()
            self._hidden -= hidden
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        """Keep text that is shown."""
        if not self._hidden and not self._ended:
            self._pieces.append(re.sub(r"[ \t\r\n\u200b\ufeff]+", " ", data))

    def text(self) -> str:
        """All that was kept, at most one blank line in a row."""
        lines = ["" if not line.strip() else line.strip() for line in "".join(self._pieces).split("\n")]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _is_hidden(attributes: dict[str, str | None]) -> bool:
    """Whether an element's own markup keeps it from being shown."""
    return "hidden" in attributes or bool(_HIDDEN.search(attributes.get("style") or ""))


def text_of_html(html: str, *, without_quotes: bool = False) -> str:
    """What a reader would see, as text; a text without tags comes back as it is.

    without_quotes : leave out what the mail client marks as quoted, unless nothing else is there

    >>> text_of_html("<p>Hi&nbsp;Ann,<br>see you</p><style>p {}</style>")
    'Hi Ann,\\nsee you'
    """
    if "<" not in html:
        return html.strip()
    reader = _Reader(without_quotes=without_quotes)
    try:
        reader.feed(html[:MAX_HTML])
        reader.close()
    except (AssertionError, ValueError, RecursionError):  # markup the parser gives up on
        return re.sub(r"<[^<>]*>", " ", html[:MAX_HTML]).strip()
    shown = reader.text().replace("\u00a0", " ")
    if not shown and without_quotes and reader.has_quote:
        return text_of_html(html)
    return shown
