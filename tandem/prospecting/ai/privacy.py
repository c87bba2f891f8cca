"""That no claim of research tells of somebody's private life, with the company's own name left out of the judgement.

Companies are called Winwood & Sons; a filter that reads of sons there is right about the word and wrong about the text.
A claim is judged as what it is made of: our own words, and the sentences of the source that it quotes, whole and within
their source, just as the source itself is judged before anything is told of it. What passed there passes here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from tandem.agents.contracts import Claim, GuardName, Violation
from tandem.agents.queries.personal import are_personal, sentences
from tandem.prospecting.ai.pieces import Piece, claim_on

THE_COMPANY = "the company"
SURE_OF_A_SUBJECT = 0.85  # a subject of three words is little to judge by
SHORTEST_NAME = 4  # letters; what is left of a name must not be a word of everyday
QUOTE = re.compile(r"“([^”]*)”|\"([^\"]*)\"")
LEGAL = re.compile(
    r"[\s,]+(?:gmbh(?: ?& ?co\.? ?kg)?|ag|se|kg|inc|incorporated|llc|llp|ltd|limited|plc|co|corp|corporation|company"
    r"|s\.?a\.?r\.?l|s\.?a\.?s|s\.?a|s\.?l|s\.?p\.?a|s\.?r\.?l|b\.?v|n\.?v|a/s|aps|asa|as|ab|oy)\.?$",
    re.I,
)


def private_claims(claims: Sequence[Claim], pieces: Sequence[Piece], *, name: str) -> list[Violation]:
    """Every claim on something published that is about a private life.

    Sentences on own figures, deals and touches can't be: their words are ours, subjects of mail are filtered before.
    """
    published = {one.id: one for one in pieces if one.is_outside and one.body}
    told = [
        (claim.text, cited)
        for claim in claims
        if (cited := [published[one] for one in claim.evidence_ids if one in published])
    ]
    sources = [[_words(piece, name) for piece in cited] for _, cited in told]
    texts = [_judged(blanked(text, name), source) for (text, _), source in zip(told, sources, strict=True)]
    verdicts = are_personal(texts, ["\n".join(source) for source in sources]) if told else []
    message = "This is about somebody's private life; keep to what is professional."
    return [
        Violation(guard=GuardName.PERSONAL, message=message, span=text)
        for (text, _), verdict in zip(told, verdicts, strict=True)
        if verdict.is_personal
    ]


def without_private(claims: Sequence[Claim], pieces: Sequence[Piece], *, name: str) -> list[Claim]:
    """The claims that may be told."""
    private = {one.span for one in private_claims(claims, pieces, name=name)} if claims else set()
    return [one for one in claims if one.text not in private]


def private_pieces(found: Iterable[tuple[Piece, str]]) -> set[str]:
    """Ids of outside pieces that are about somebody's private life, or whose own sentence would be.

    found : pieces, each with the name of its account
    """
    outside = [(piece, name) for piece, name in found if piece.is_outside]
    told_of = [one for one in outside if one[0].body or one[0].id.startswith("activity:")]
    texts = [(piece, _words(piece, name), "") for piece, name in told_of]
    for piece, name in outside:
        told = claim_on(piece, name=name) if piece.body else None
        if told is not None:
            texts.append((piece, _judged(blanked(told.text, name), [_words(piece, name)]), _words(piece, name)))
    verdicts = are_personal([text for _, text, _ in texts], [source for *_, source in texts])
    return {
        piece.id
        for (piece, *_), verdict in zip(texts, verdicts, strict=True)
        if verdict.is_personal and (piece.body or verdict.probability >= SURE_OF_A_SUBJECT)
    }


def _words(piece: Piece, name: str) -> str:
    return blanked(f"{piece.title}\n{piece.body}", name)


def blanked(text: str, name: str) -> str:
    """A text without the company's name, in full or without its legal form.

    >>> blanked("Best year for Winwood & Sons, says Winwood & Sons Ltd.", "Winwood & Sons Ltd.")
    'Best year for the company, says the company'
    """
    pattern = _name(" ".join(name.split()))
    return pattern.sub(THE_COMPANY, text) if pattern is not None else text


@lru_cache(maxsize=4_096)
def _name(name: str) -> re.Pattern[str] | None:
    forms = {name, name.rstrip("."), LEGAL.sub("", name)}
    long = sorted((one for one in forms if len(one) >= SHORTEST_NAME), key=len, reverse=True)
    words = ("\\s+".join(re.escape(word) for word in one.split()) for one in long)
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)") if long else None


def _judged(text: str, sources: Sequence[str]) -> str:
    """What a claim is judged by: its own words, and what it quotes as it stands in its sources."""
    own = QUOTE.sub("“…”", text)
    quoted = (next(part for part in match.groups() if part is not None) for match in QUOTE.finditer(text))
    return "\n".join([own, *(sentence for quote in quoted for sentence in _whole(quote, sources))])


def _whole(quote: str, sources: Sequence[str]) -> Iterator[str]:
    """The sentences of the sources that a quotation is of; the quotation itself where it is of none."""
    wanted = " ".join(quote.split())
    for source in sources:
        found = sentences(source)
        plain = [" ".join(one.split()) for one in found]
        at = " ".join(plain).find(wanted)
        if at < 0 or not wanted:
            continue
        start = 0
        for one, words in zip(found, plain, strict=True):
            if start < at + len(wanted) and at < start + len(words):
                yield one
            start += len(words) + 1
        return
    yield quote
