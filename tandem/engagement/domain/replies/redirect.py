"""Whom to write to instead, by what a reply says: a name and an address, or one of them."""

from __future__ import annotations

import re

from tandem.engagement.domain.mail.parsing import addresses_in

REACH = 90  # characters between a name and its address
_CUE = re.compile(
    r"\b(?:contact|reach out|reach|speak (?:to|with)|talk (?:to|with)|get in touch|write|e-?mail|ask|"
    r"try|forward(?:ed|ing)?|cc|copying|copied|"
    r"loop(?:ed|ing)?|add(?:ed|ing)|handles?|responsible|in charge|looks? after|colleague|replac\w+|successor|"
    r"took over|instead|owns|connect|introduc\w+|"
    r"wend\w+|zust[äa]ndig|ansprechpartner\w*|kolleg\w+|nachfolger\w*|verantwortlich|richten|vertret\w+|"
    r"kontaktieren|weitergeleitet|"
    r"contact\w+|adress\w+|coll[èe]gue|responsable|charge|voir avec|rempla\w+|successeur|joindre|"
    r"dirij\w+|diríj\w+|encargad\w+|compañer\w+|hable|escrib\w+|sustitu\w+|persona|"
    r"neem|benader\w*|collega|verantwoordelijk\w*|opvolg\w*|doorgestuurd|"
    r"rivolg\w+|collega|respons[aá]vel|contacte|fale|colega|kontakt\w*|proszę|kollega|担当|联系|обрат\w+)\b|担当|联系|ご連絡",
    re.I,
)
_NAME = (
    r"(?:(?:Dr|Prof|Mr|Mrs|Ms|Herrn?|Frau|Mme|M|Sra?|Dhr|Mevr)\.?\s+)?([A-ZÀ-ÖØ-ÞĀ-ŽА-Я][\w'’-]+(?:\s+(?:van|"
    r"von|de|der|den|da|di|del|la|le|zu|ter|ten|al|bin|O')){0,3}(?:\s+[A-ZÀ-ÖØ-ÞĀ-ŽА-Я][\w'’-]*\.?){1,3})"
)
_BEFORE_ADDRESS = re.compile(_NAME + r"[^\n@]{0,60}?[\s,:;<(\[\"'|–-]*$")
_AFTER_CUE = re.compile(
    (
        r"^[\s,:]*(?:(?:out )?(?:to|with|my|our|the|meine[rn]?|unsere[rn]?|an|mon|ma|notre|nuestr[oa]|mi|"
        r"mijn|met|onze|con|a|al|à|de|colleague|kolleg\w+|collègue|compañer\w+|collega|manager|boss|Herrn|"
        r"Frau|Ihnen|sich|sie|bitte|please|directly|ist|is|est|es)\s+){0,5}"
    )
    + _NAME
)
_NO_NAMES = frozenset(
    "Monday Tuesday Wednesday Thursday Friday Please Best Kind Regards Thanks Hello Dear Thank The This Bitte Ich Sie "
    "Guten Tag Mit Viele Merci Bonjour Je Veuillez Gracias Hola Por Beste Met January February March April May June "
    "July August September October November December If For We You Your Our In My Und Oder Hi Hallo Cordialement Head "
    "VP Director Chief Human Resources Customer Support Sales Marketing Team".split()
)
_GENERIC = re.compile(
    (
        r"^(?:info|support|sales|contact|office|hello|help(?:desk)?|hr|procurement|purchasing|einkauf|achats|"
        r"compras|inkoop|service|team|admin|reception|kontakt|vertrieb)\b"
    ),
    re.I,
)


def redirect_of(text: str, *, sender: str = "") -> tuple[str, str]:
    """Name and address of whom to write to instead; empty strings where they are not told.

    sender : address that the text came from; it is never the other person

    >>> redirect_of("Please contact Jane Doe, jane@x.example.")
    ('Jane Doe', 'jane@x.example')
    """
    for address in addresses_in(text):
        if address == sender or re.match(r"^(?:mailer-daemon|no-?reply|unsubscribe)", address):
            continue
        place = text.lower().find(address)
        before = text[max(0, place - 250) : place]
        if re.match(
            r"\W{0,3}(?:is|n'est|ist|esta|está|wird)\s(?:not?|nicht|plus|ya|no longer)", text[place + len(address) :]
        ):
            continue  # the address that is out of use, not the one to use
        near = before + text[place : place + 120]
        if _CUE.search(near) or len(addresses_in(text)) == 1:
            name = _name_before(before[-REACH:]) or _name_of(address, text)
            return name, address
    return _named(text), ""


def _name_before(before: str) -> str:
    """The last name in the words before an address."""
    found = ""
    for match in re.finditer(_NAME, before):
        found = _cleaned(match[1]) or found
    return found


def _name_of(address: str, text: str) -> str:
    """A name elsewhere in the text that its address is made of, else the one that the address spells."""
    local = address.partition("@")[0]
    if _GENERIC.match(local):
        return ""
    parts = [part for part in re.split(r"[._-]", local) if part.isalpha() and len(part) > 1]
    for match in re.finditer(_NAME, text):
        words = [word.lower() for word in match[1].split()]
        if any(part in words for part in parts):
            return _cleaned(match[1])
    return " ".join(part.capitalize() for part in parts[:3]) if len(parts) >= 2 else ""


def _named(text: str) -> str:
    """A full name right after words that lead to another person."""
    for cue in _CUE.finditer(text):
        match = _AFTER_CUE.match(text[cue.end() : cue.end() + 120])
        if match and _cleaned(match[1]):
            return _cleaned(match[1])
    match = re.search(
        _NAME
        + (
            r",? (?:who |is |the |our |my |\(?our )?(?:is )?(?:handles|looks after|responsible|in charge|runs|"
            r"owns|leads|manages)"
        ),
        text,
    )
    return _cleaned(match[1]) if match else ""


def _cleaned(name: str) -> str:
    """The name without words that are none; empty when it is not two words long."""
    words = name.strip(" .,").split()
    while words and (words[0] in _NO_NAMES or _CUE.fullmatch(words[0])):
        words = words[1:]
    while words and words[-1] in _NO_NAMES:
        words = words[:-1]
    return " ".join(words) if len(words) >= 2 and not any(word in _NO_NAMES for word in words) else ""
