"""The parts of a reason as each language writes them: days, amounts, places, titles, quotations, joined clauses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from tandem.engagement.domain.firm_names import spoken_name
from tandem.engagement.domain.norms import Norms
from tandem.engagement.domain.reasons import Reason

MILLION = Decimal(1_000_000)
QUOTES: Mapping[str, tuple[str, str]] = {
    "en": ("“", "”"), "nl": ("“", "”"), "de": ("„", "“"), "fr": ("«\u00a0", "\u00a0»"), "es": ("«", "»"),
    "ja": ("「", "」"),
}  # fmt: skip
ON: Mapping[str, str] = {"en": "on {}", "de": "am {}", "fr": "le {}", "es": "el {}", "nl": "op {}", "ja": "{}に"}
MILLIONS: Mapping[str, str] = {
    "de": "{} Millionen {}", "fr": "{} millions {}", "es": "{} millones de {}", "nl": "{} miljoen {}",
}  # fmt: skip
CURRENCIES: Mapping[str, Mapping[str, str]] = {
    "de": {"EUR": "Euro", "USD": "Dollar", "GBP": "Pfund", "CHF": "Franken"},
    "fr": {"EUR": "d'euros", "USD": "de dollars", "GBP": "de livres", "CHF": "de francs suisses"},
    "es": {"EUR": "euros", "USD": "dólares", "GBP": "libras", "CHF": "francos suizos"},
    "nl": {"EUR": "euro", "USD": "dollar", "GBP": "pond", "CHF": "frank"},
    "ja": {"EUR": "ユーロ", "USD": "ドル", "GBP": "ポンド", "CHF": "スイスフラン", "JPY": "円"},
}
SIGNS: Mapping[str, str] = {"EUR": "€", "USD": "$", "GBP": "£"}
SERIES: Mapping[str, str] = {"fr": "série", "es": "serie", "ja": "シリーズ"}
LETTERS_SPOKEN_WITH_VOWEL = frozenset("AEFHILMNORSX")
FRENCH_VOWEL = re.compile(r"^[aeiouyàâäéèêëîïôöùûüh]", re.I)
OFFER_BEGINS = re.compile(r"^(we|wir|nous|wij|we'|our|unser|ayudamos|nosotros|我々|弊社|当社|私ども)\b", re.I)


@dataclass(frozen=True, slots=True)
class Inflected:
    """The slots of a reason, filled for a language. Empty ones are not there."""

    slots: Mapping[str, str]
    norms: Norms

    def has(self, slot: str) -> bool:
        """Whether a slot can be filled."""
        return bool(self.slots.get(slot)) or slot in {"about", "Link"}

    def filled(self, form: str) -> str:
        """A form with its slots filled; one that can't be is left out."""
        return re.sub(r"\{(\w+)\}", lambda match: self.slots.get(match[1], ""), form)

    def linked(self, clause: str, offer: str) -> str:
        """A clause as a sentence, with what we do behind it where there is an offer."""
        language = self.norms.language
        if language == "ja":
            return f"{clause}が、{offer}。" if offer else f"{clause}。"
        if not offer:
            return f"{clause}."
        if OFFER_BEGINS.match(offer):
            # A clause that has joined two things already takes no third with the same word.
            is_joined = f", {_and(language, 'x')} " in clause
            join = f"{' ' if language == 'fr' else ''};" if is_joined else f", {_and(language, offer)}"
            return f"{clause}{join} {_lower_first(offer)}."
        return f"{clause}: {offer}."


def _and(language: str, following: str) -> str:
    words = {"en": "and", "de": "und", "fr": "et", "es": "y", "nl": "en"}
    if language == "es" and re.match(r"h?i(?![ae])", following, re.I):
        return "e"
    return words[language]


def _lower_first(text: str) -> str:
    return text[0].lower() + text[1:]


def inflected(
    reason: Reason,
    norms: Norms,
    *,
    firm: str,
    year: int,
    where: Mapping[str, str],
    focus: str,
    more: Mapping[str, str],
) -> Inflected:
    """All slots that a reason can fill.

    where : of the pack: how a talk, a podcast, an article are named
    """
    language, parts = norms.language, reason.parts
    date = date_of(reason.at, norms, year=year)
    on = ON[language].format(date)
    slots = {
        **more,
        "firm": firm, "focus": focus, "date": date, "on": on, "On": _upper_first(on),
        "month": month_of(reason.at, norms), "place": parts.get("place", ""),
        "in_place": in_place(parts.get("place", ""), language), "person": parts.get("person", ""),
        "persons": possessive(parts.get("person", "")), "position": parts.get("position", ""),
        "product": parts.get("product", ""), "amount": amount_of(parts, norms), "round": round_of(parts, language),
        "round_joined": round_of(parts, language).replace(" ", "-"),
        "quote": quoted(parts.get("quote", ""), language), "headline": quoted(parts.get("headline", ""), language),
        "role": parts.get("role", ""), "quoted_role": quoted(parts.get("role", ""), language),
        "a_role": with_article(parts.get("role", "")) if language == "en" else "",
        "of_firm": of_name(firm, language),
    }  # fmt: skip
    if parts.get("medium"):
        slots["where"] = _where(parts, where, firm)
        slots["Where"] = _upper_first(slots["where"])
    return Inflected({name: value for name, value in slots.items() if value}, norms)


def _where(parts: Mapping[str, str], where: Mapping[str, str], firm: str) -> str:
    """How the place is named in which somebody said something."""
    medium, show = parts.get("medium", ""), re.split(r"[:|–]", parts.get("show", ""))[0].strip()
    if medium == "article" and spoken_name(show).casefold() == firm.casefold():
        return where["own"]
    form = where.get(medium, where["article"])
    return form.format(show=show)


def _upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def date_of(at: datetime, norms: Norms, *, year: int) -> str:
    """A day as the language writes it in a sentence; with the year when it is not this one."""
    day = "1er" if norms.language == "fr" and at.day == 1 else str(at.day)
    told = norms.date_form.format(day=day, month=norms.months[at.month - 1])
    if at.year == year:
        return told
    forms = {"ja": f"{at.year}年{told}", "es": f"{told} de {at.year}"}
    return forms.get(norms.language, f"{told}, {at.year}" if norms.tag == "en-US" else f"{told} {at.year}")


def month_of(at: datetime, norms: Norms) -> str:
    """The month's name in a sentence."""
    return norms.months[at.month - 1]


def number(value: Decimal, norms: Norms) -> str:
    """A number in the language's marks: 1,234.5 or 1.234,5."""
    text = f"{value:,f}"
    return text.replace(",", "\0").replace(".", norms.decimal).replace("\0", norms.thousands)


def amount_of(parts: Mapping[str, str], norms: Norms) -> str:
    """An amount as people of the language say it; empty: not told, or too small to be one."""
    try:
        amount = Decimal(parts.get("amount", ""))
    except InvalidOperation:
        return ""
    currency = parts.get("currency", "")
    if not amount.is_finite() or amount < MILLION or not currency:
        return ""
    millions = (amount / MILLION).quantize(Decimal("0.1")).normalize()
    language = norms.language
    if language == "ja":
        return _japanese_amount(amount, currency)
    figure = number(millions, norms)
    if language == "en":
        sign = SIGNS.get(currency, f"{currency} ")
        return f"{sign}{figure} million"
    word = CURRENCIES[language].get(currency)
    if word is None:
        return f"{figure} {MILLIONS[language].split()[1]} {currency}"
    return MILLIONS[language].format(figure, word)


def _japanese_amount(amount: Decimal, currency: str) -> str:
    """In units of ten thousand and a hundred million, as Japanese counts: 1,900万円, 5億1,500万ドル."""
    word = CURRENCIES["ja"].get(currency, currency)
    hundreds, rest = divmod(int(amount), 100_000_000)
    tens = rest // 10_000
    told = (f"{hundreds}億" if hundreds else "") + (f"{tens:,}万" if tens else "")
    return f"{told}{word}"


def round_of(parts: Mapping[str, str], language: str) -> str:
    """A round of funding as the language says it: Series C, série C, シリーズC."""
    told = parts.get("round", "")
    match = re.fullmatch(r"Series ([A-Z]\d?)", told)
    if language == "en":
        return f"{told} round" if told and "round" not in told.casefold() else told
    if not match or language not in SERIES:
        return told
    return f"{SERIES[language]}{'' if language == 'ja' else ' '}{match[1]}"


def in_place(place: str, language: str) -> str:
    """ "in Leeds", "à Lyon", "au Havre", "en Madrid": a place with its preposition."""
    if not place:
        return ""
    if language == "fr":
        for article, form in (("Le ", "au "), ("Les ", "aux ")):
            if place.startswith(article):
                return form + place.removeprefix(article)
        return f"à {place}"
    return {"es": f"en {place}", "ja": place}.get(language, f"in {place}")


def of_name(name: str, language: str) -> str:
    """ "of Kröger" with the elision of French: d'Ascott, de Belchal."""
    if language == "fr":
        return f"d'{name}" if FRENCH_VOWEL.match(name) and not name.lower().startswith("h") else f"de {name}"
    return {"de": f"von {name}", "es": f"de {name}", "nl": f"van {name}", "ja": f"{name}様の"}.get(
        language, f"of {name}"
    )


def possessive(name: str) -> str:
    """Ada Ek's, James'."""
    return f"{name}'" if name.endswith("s") else f"{name}'s" if name else ""


def with_article(role: str) -> str:
    """A role with a or an, by how its first letter is spoken: a WMS Product Owner, an IT Manager.

    >>> with_article("IT Manager"), with_article("WMS Product Owner"), with_article("Head of IT")
    ('an IT Manager', 'a WMS Product Owner', 'a Head of IT')
    """
    if not role:
        return ""
    word = role.split()[0]
    is_spelt = word.isupper() and len(word) <= 4
    vowel = word[0] in LETTERS_SPOKEN_WITH_VOWEL if is_spelt else word[0].casefold() in "aeiou"
    if word.casefold().startswith(("uni", "use", "eu")) or word == "SAP":
        vowel = False
    return f"{'an' if vowel else 'a'} {role}"


def quoted(text: str, language: str) -> str:
    """Words between the quotation marks of the language."""
    before, after = QUOTES[language]
    return f"{before}{text}{after}" if text else ""


def polished(text: str, norms: Norms) -> str:
    """Marks as the language sets them: stops inside American quotations, spaces before French double marks."""
    told = re.sub(r"([.!?])([”“»」])\.", r"\1\2", text)
    told = re.sub(r"\.\.+", ".", told)
    if norms.tag == "en-US":
        told = re.sub(r"”([.,])", r"\1”", told)
    if norms.language == "fr":
        parts = re.split(r"(«[^»]*»)", told)
        parts[::2] = [re.sub(r"\s*([?!;:])(?=\s|$)", "\u00a0\\1", part) for part in parts[::2]]
        told = "".join(parts)
    return told


def joined(sentences: Sequence[str], language: str, *, after: str = "") -> str:
    """Sentences as one paragraph; after a greeting that ends with a comma German goes on with a small letter."""
    text = ("" if language == "ja" else " ").join(sentences)
    if language == "de" and after.endswith(","):
        return lowered(text, language)
    return text


def lowered(text: str, language: str) -> str:
    """The sentence as it stands behind a German greeting: small, unless it begins with a noun, a name or Sie."""
    if language != "de" or not text:
        return text
    first = re.split(r"\W", text, maxsplit=1)[0]
    return text[0].lower() + text[1:] if first in SMALL_IN_GERMAN else text


SMALL_IN_GERMAN = frozenset(
    "Am In Laut Seit Mit Zu Zum Zur Über Auf Aus Bei Beim Für Der Die Das Den Dem Ein Eine Einem Einer Einen Es Dass "
    "Wie Was Nach Vor Vom Von Unter Im Dieses Diese Dieser Meine Mein Noch Ich Wir Zwei Eines".split()
)
