"""What a published item says in so many words: who came or went, how much was raised, whose product a customer uses.

Only what stands there is taken; what the rules do not find is left out. Source: patterns over headline and text.
"""

from __future__ import annotations

import re

from tandem.accounts.domain.news_kinds import NAME

CURRENCIES = {
    "€": "EUR", "$": "USD", "£": "GBP", "euro": "EUR", "dollar": "USD", "pfund": "GBP", "franken": "CHF", "m€": "EUR",
}  # fmt: skip
TIMES = {"k": 1_000, "bn": 10**9, "billion": 10**9, "milliarden": 10**9, "mrd": 10**9}
_UNIT = r"k|bn|billion|m€|m|mn|million|millions|mio\.?|millionen|mrd\.?|milliarden"
_SUM = re.compile(
    rf"(?:(?P<sign>[€$£]|\b[A-Z]{{3}}) ?)?(?P<number>\d+(?:[.,]\d+)?) ?(?P<unit>{_UNIT})(?!\w)"
    r"(?: (?:d')?(?P<after>euros?|dollars?|pfund|franken|[A-Z]{3})\b)?",
    re.IGNORECASE,
)
_ROUND = re.compile(
    r"\b(pre-seed|seed|series [a-h]\d?|private equity|debt financing|growth equity|bridge)\b", re.IGNORECASE
)
_BIG = r"(?:[A-ZÀ-Þ][\w&.'’-]*|&)"
_LED_BY = re.compile(rf"(?:led by|angeführt von|mené par) ({_BIG}(?: {_BIG})*)")
_POSITION = r"([A-ZÀ-Þ][\w&/ '’-]{1,60}?)"
_APPOINTS = r"(?:appoints|names|hires|promotes|taps|ernennt|beruft|holt|nomme)"
_REST = r"([A-ZÀ-Þ].+)"
_HIRED = (
    re.compile(rf"{_APPOINTS} ({NAME}) (?:as |to the post of |zum |zur |comme )?{_REST}"),
    re.compile(rf"({NAME}) (?:joins|moves to|rejoint) .{{2,80}}? (?:as|comme) {_REST}"),
    re.compile(rf"({NAME}) wechselt als {_REST}"),
    re.compile(rf"({NAME}) (?:becomes|is|wird|named|nommée?) (?:new |neuer? |the new )?{_REST}"),
    re.compile(rf"({NAME}) (?:has joined|joined|took over at) .{{2,80}}? as {_REST}"),
    re.compile(rf"({NAME}) hat bei .{{2,80}}? die Aufgabe als (.+?) übernommen"),
    re.compile(rf"(?:appointed|named) ({NAME}) (?:to the post of|as) {_REST}"),
    re.compile(rf"({NAME}) a pris ses fonctions de {_REST}"),
)
_LEFT = (
    re.compile(rf"({NAME}), {_POSITION} (?:at|bei|chez) "),
    re.compile(rf"parts ways with {_POSITION} ({NAME})$"),
    re.compile(rf"({NAME}) (?:leaves|steps down|departs|to leave|verlässt|quitte)"),
)
_OWN_NEWS = re.compile(
    r"^(?:First (?:week|day) as|New role:|Starting a new position:|Neue Aufgabe:|Nouveau poste ?:) (.+)"
)
# Where a position ends: at a mark, at a word of time, at the company.
_ENDS = re.compile(
    r"[,;:.–|](?:\s|$)|\s(?:on|this|last|today|earlier|yesterday|effective|since|from|who|with immediate|ab|seit"
    r"|à partir|at the (?:end|start|beginning))\b"
)
_AT_COMPANY = re.compile(r" (?:at|bei|chez|to|zu) (?=[A-ZÀ-Þ\d])")
_OF_COMPANY = re.compile(r" (?:of|von|de) (?=[A-ZÀ-Þ\d])")
# What says no position by itself: the word after "of" belongs to it.
_BARE = frozenset(
    "head director vp svp evp president chief manager lead leader directeur directrice responsable chef jefe jefa"
    " directora leiter leiterin hoofd direttore direttrice".split()
) | {"vice president", "senior vice president", "senior director", "senior manager"}
_SPANISH = re.compile(r"(?:jef[ea]|directora?) de ", re.IGNORECASE)  # "Directora de Cadena de Suministro"
_LONGEST_POSITION = 70
_SPEAKS = r"(?:,| (?:speaks|will speak|spricht|intervient))"
_SPEAKER = re.compile(rf"({NAME}), {_POSITION} (?:at|bei|chez) ([A-ZÀ-Þ][^,]{{2,80}}?){_SPEAKS}")
_TAKES = (
    r"(?:goes live with|selects|chooses|picks|rolls out|deploys|relies on|opts for|works with|uses|"
    r"runs its warehouse on|setzt auf|entscheidet sich für|choisit|déploie|adopte)"
)
_SUPPLIER = (
    re.compile(rf"{_TAKES} (.+?)(?: in | at | for |$)"),
    re.compile(r"^(.+?) (?:goes live at|wins|welcomes|gewinnt) "),
    re.compile(r"(?:story|study|Anwenderbericht|Témoignage client) ?: .+? (?:and|und|et) (.+)$", re.IGNORECASE),
    re.compile(r"führt (.+?) ein$"),
)
_CALL = re.compile(
    r"welcome to (?:the )?(.{2,120}?)(?:'s|’s)? (?:Q[1-4]|(?:first|second|third|fourth)[- ]quarter|full[- ]year)",
    re.IGNORECASE,
)


def facts_of(kind: str, title: str, text: str) -> dict[str, str]:
    """Typed facts of an item by its kind; keys as signals of the kind carry them.

    >>> facts_of("funding_round", "Tolwood raises €12 million Series B", "")
    {'amount': '12000000', 'currency': 'EUR', 'round': 'Series B'}
    """
    if kind == "funding_round":
        return _funding(f"{title}. {text[:400]}")
    if kind in ("executive_hire", "executive_leave"):
        return _person(_HIRED if kind == "executive_hire" else _LEFT, title, text)
    if kind in ("talk", "podcast"):
        found = _SPEAKER.search(text[:600])
        return {"person": found[1], "position": found[2], "company": found[3]} if found else {}
    if kind == "customer_story":
        found = next((match for one in _SUPPLIER if (match := one.search(title))), None)
        return {"supplier": found[1].strip(" .,")[:80]} if found else {}
    return {}


def company_of_call(text: str) -> str:
    """Whose earnings call a transcript is, by the operator's welcome; ""."""
    found = _CALL.search(text[:600])
    return found[1].strip() if found else ""


def _funding(text: str) -> dict[str, str]:
    facts: dict[str, str] = {}
    found = _SUM.search(text)
    if found:
        unit = found["unit"].lower().strip(".")
        facts["amount"] = f"{float(found['number'].replace(',', '.')) * TIMES.get(unit, 10**6):.0f}"
        code = _currency((found["sign"] or found["after"] or unit).lower())
        facts |= {"currency": code} if code else {}
    stage = _ROUND.search(text)
    led = _LED_BY.search(text)
    return facts | ({"round": stage[1].title()} if stage else {}) | ({"investors": led[1].rstrip(".")} if led else {})


def _currency(word: str) -> str:
    """The code of a currency's sign, name or code; ""."""
    known = CURRENCIES.get(word) or CURRENCIES.get(word.rstrip("s"))
    return known or (word.upper() if len(word) == 3 and word.isalpha() and word not in ("mio", "mrd") else "")


def position_in(text: str) -> str:
    """The position that a text begins with, without the company and the day after it; "" when it is none.

    >>> position_in("Head of Logistics at Kvarander"), position_in("Director of Distribution of Rookgrass Inc")
    ('Head of Logistics', 'Director of Distribution')
    >>> position_in("Jefe de almacén, effective immediately"), position_in("COO of Acme this week")
    ('Jefe de almacén', 'COO')
    """
    told = _AT_COMPANY.split(_ENDS.split(text, maxsplit=1)[0], maxsplit=1)[0].strip()
    ends = [found.start() for found in _OF_COMPANY.finditer(told) if told[: found.start()].casefold() not in _BARE]
    told = told[: ends[-1]] if ends and not _SPANISH.match(told) else told
    return told if len(told) <= _LONGEST_POSITION else ""


def _person(patterns: tuple[re.Pattern[str], ...], title: str, text: str) -> dict[str, str]:
    """Person and position, from the sentence of the text that says both where it is of the person of the headline."""
    own = _OWN_NEWS.match(title)
    if own:
        position = position_in(own[1])
        return {"position": position} if position else {}
    head, body = _named(patterns, title), _named(patterns, text[:300])
    if body.get("position") and body["person"] in title:
        return body
    return head or body


def _named(patterns: tuple[re.Pattern[str], ...], text: str) -> dict[str, str]:
    for pattern in patterns:
        found = pattern.search(text)
        if found is None:
            continue
        words = found.groups() if not pattern.pattern.startswith("parts ways") else found.groups()[::-1]
        position = position_in(words[1]) if len(words) > 1 else ""
        return {"person": words[0]} | ({"position": position} if position else {})
    return {}
