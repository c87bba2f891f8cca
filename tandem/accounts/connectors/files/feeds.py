"""RSS 2.0 and 1.0, podcasts and Atom, read item by item; no entity of the file's own is expanded, nothing is fetched.

The parser is expat without entity definitions: a file that declares entities is refused before any of them could grow,
and outside DTDs and entities are never looked for. A file that breaks off keeps the items before the break.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from tandem.accounts.connectors.files.limits import MAX_CELL_CHARACTERS
from tandem.accounts.connectors.files.packed import unpacked
from tandem.core.errors import AppError

CHUNK_BYTES = 65_536
MAX_DEPTH = 60
_HEAD = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*|<\?[^>]*>\s*|<!DOCTYPE[^>\[]*>\s*)*<(?:\w+:)?(?:rss|feed|RDF)[\s>]",
    re.S,
)
ATOM, RSS1, DC, CONTENT, ITUNES = (
    "http://www.w3.org/2005/Atom", "http://purl.org/rss/1.0/", "http://purl.org/dc/elements/1.1/",
    "http://purl.org/rss/1.0/modules/content/", "http://www.itunes.com/dtds/podcast-1.0.dtd",
)  # fmt: skip
XML_LANG, XML_BASE = "http://www.w3.org/XML/1998/namespace lang", "http://www.w3.org/XML/1998/namespace base"
# Element of an item, with its namespace, to what it means. Elements that are not here are passed over.
MEANINGS: dict[str, str] = {
    "title": "title", "link": "link", "guid": "key", "pubDate": "published", "description": "summary",
    "author": "rss_author",
    "category": "tag", "source": "source_title", f"{CONTENT} encoded": "content", f"{DC} creator": "author",
    f"{DC} date": "published",
    f"{DC} language": "language", f"{ITUNES} author": "author", f"{ITUNES} summary": "summary",
    f"{ITUNES} duration": "duration",
    f"{RSS1} title": "title", f"{RSS1} link": "link", f"{RSS1} description": "summary",
    f"{ATOM} title": "title", f"{ATOM} id": "key", f"{ATOM} published": "published", f"{ATOM} updated": "updated",
    f"{ATOM} summary": "summary", f"{ATOM} content": "content",
}  # fmt: skip
WITHIN: dict[tuple[str, str], str] = {
    (f"{ATOM} author", f"{ATOM} name"): "author",
    (f"{ATOM} author", f"{ATOM} email"): "email",
    (f"{ATOM} author", f"{ATOM} uri"): "author_url",
    (f"{ATOM} source", f"{ATOM} title"): "source_title",
    (f"{ATOM} source", f"{ATOM} id"): "source_id",
}
OF_FEED = {
    "title": "feed_title", "language": "feed_language", f"{ATOM} title": "feed_title", "link": "feed_link",
    f"{DC} language": "feed_language", f"{RSS1} title": "feed_title", f"{RSS1} link": "feed_link",
    f"{ITUNES} author": "show",
}  # fmt: skip
ITEMS = frozenset({"item", f"{RSS1} item", f"{ATOM} entry"})


class FeedBroken(Exception):
    """The file is no feed any more from here on; the text says why."""


@dataclass(slots=True)
class FeedItem:
    """One item: its texts by meaning (`MEANINGS`), its tags, and what the feed says of itself so far."""

    texts: dict[str, str] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    feed: dict[str, str] = field(default_factory=dict)

    def get(self, *names: str) -> str:
        """The first of the texts that is there; ""."""
        return next((self.texts[name] for name in names if self.texts.get(name)), "")


def is_feed(path: Path) -> bool:
    """Whether a file begins as RSS or Atom does."""
    if not path.is_file():
        return False
    try:
        with unpacked(path) as plain:
            return bool(_HEAD.match(plain.head[:8_192]))
    except (AppError, OSError):
        return False


def items_of(path: Path) -> Iterator[FeedItem]:
    """The items in the order of the file. Raises FeedBroken where it can't be read on."""
    reader = _Reader()
    with unpacked(path) as plain:
        while chunk := plain.stream.read(CHUNK_BYTES):
            yield from reader.take(chunk, last=False)
        yield from reader.take(b"", last=True)


class _Reader:
    """Handlers of the parser; finished items wait in `_done`."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.EntityDeclHandler = self._entity
        self._parser.SkippedEntityHandler = self._skipped
        self._path: list[str] = []
        self._languages: list[str] = [""]
        self._item: FeedItem | None = None
        self._item_depth = 0
        self._meaning, self._meaning_depth = "", 0
        self._words: list[str] = []
        self._length = 0
        self._feed: dict[str, str] = {}
        self._done: list[FeedItem] = []

    def take(self, chunk: bytes, *, last: bool) -> Iterator[FeedItem]:
        """Parse a piece; give the items that ended in it, also those before a fault."""
        fault = ""
        try:
            self._parser.Parse(chunk, last)
        except expat.ExpatError as error:
            fault = f"line {error.lineno}: {expat.errors.messages[error.code]}"
        except FeedBroken as error:
            fault = str(error)
        done, self._done = self._done, []
        yield from done
        if fault:
            raise FeedBroken(fault)

    def _doctype(self, name: str, system: str | None, public: str | None, has_own: int) -> None:
        if has_own:
            raise FeedBroken("the file declares a document type of its own, which may hide harm")

    def _entity(self, *told: object) -> None:
        raise FeedBroken("the file declares entities, which may hide harm")

    def _skipped(self, name: str, is_parameter: bool) -> None:
        self._text(" ")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(name)
        if len(self._path) > MAX_DEPTH:
            raise FeedBroken(f"elements lie more than {MAX_DEPTH} deep")
        self._languages.append(attributes.get(XML_LANG) or self._languages[-1])
        if self._meaning:
            self._words.append(" ")  # markup inside a text
        elif self._item is None and name in ITEMS:
            self._item, self._item_depth = FeedItem(feed=self._feed), len(self._path)
            self._item.texts["language"] = self._languages[-1]
        elif self._item is not None:
            self._start_within(self._item, name, attributes)
        elif name in OF_FEED and OF_FEED[name] not in self._feed:
            self._listen(OF_FEED[name])

    def _start_within(self, item: FeedItem, name: str, attributes: dict[str, str]) -> None:
        depth = len(self._path) - self._item_depth
        meaning = MEANINGS.get(name, "") if depth == 1 else WITHIN.get((self._path[-2], name), "") if depth == 2 else ""
        if name == "enclosure" and attributes.get("type", "").startswith("audio"):
            item.texts["audio"] = attributes.get("url", "")
        elif name == f"{ATOM} link" and depth == 1 and attributes.get("rel", "alternate") == "alternate":
            item.texts.setdefault("link", attributes.get("href", ""))
        elif name == f"{ATOM} link" and depth == 2 and attributes.get("rel", "alternate") != "self":
            item.texts.setdefault("source_url", attributes.get("href", ""))
        elif name == f"{ATOM} category" and attributes.get("term"):
            item.tags.append(attributes["term"])
        elif name == "source" and attributes.get("url"):
            item.texts["source_url"] = attributes["url"]
        if meaning:
            self._listen(meaning)

    def _listen(self, meaning: str) -> None:
        self._meaning, self._meaning_depth, self._words, self._length = meaning, len(self._path), [], 0

    def _text(self, text: str) -> None:
        if self._meaning:
            self._length += len(text)
            if self._length > MAX_CELL_CHARACTERS:
                raise FeedBroken("a text is longer than a million characters")
            self._words.append(text)

    def _end(self, name: str) -> None:
        if self._meaning and len(self._path) == self._meaning_depth:
            self._keep("".join(self._words).strip())
            self._meaning = ""
        if self._item is not None and len(self._path) == self._item_depth:
            self._done.append(self._item)
            self._item = None
        self._path.pop()
        self._languages.pop()

    def _keep(self, text: str) -> None:
        if self._item is None:
            self._feed.setdefault(self._meaning, text)
        elif self._meaning == "tag":
            self._item.tags.append(text)
        elif text and (self._meaning != "language" or text):
            self._item.texts[self._meaning] = text
