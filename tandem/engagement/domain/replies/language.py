"""In which language a text is written."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

KNOWN = ("en", "de", "fr", "es", "nl", "it", "pt", "ja", "zh", "pl", "sv", "da", "no", "fi", "cs", "ru", "ko", "tr")
LONG = 60  # letters from which statistics are better than common words
_COMMON = {
    "en": (
        "the and you not please thanks thank this that for with your are have from will can we my me remove "
        "stop yes interested out office until call let's it's i'm don't is to of"
    ),
    "de": (
        "und nicht bitte danke ich sie wir die der das ist mir mich für mit ihre kein keine bin vom zum "
        "nein uns auch gerne leider bis im auf"
    ),
    "fr": (
        "je vous merci nous les pas pour est une avec votre mon bonjour suis le la des ne plus veuillez "
        "oui non jusqu'au au en"
    ),
    "es": (
        "no gracias por favor que para una con los las usted su hola estoy me el la si interesa hasta mi del estamos en"
    ),
    "nl": (
        "niet graag bedankt ik wij het een van voor met uw jullie geen ben dit dat dank naar meer op de en tot je mijn"
    ),
    "it": "non grazie sono per che una con il la di mi vostro buongiorno prego fino dal siamo più nostra del",
    "pt": "não obrigado obrigada por favor para uma com os as você estou meu minha até olá sou em do da nossa",
    "pl": "nie proszę dziękuję dziekuje jestem się sie dla jest na do mnie pan pani z w",
    "sv": "inte tack jag och är för med det att på mig vi har ni till den",
    "da": "ikke tak jeg og er for med det at på mig vi har til den jer venlig",
}
_WORDS = {language: frozenset(words.split()) for language, words in _COMMON.items()}
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_SCRIPTS = (
    ("ja", r"[\u3040-\u30ff]"),
    ("ko", r"[\uac00-\ud7af]"),
    ("zh", r"[\u4e00-\u9fff]"),
    ("ru", r"[\u0400-\u04ff]"),
)


@cache
def _identifier() -> Any:
    """py3langid with the languages of `KNOWN`; it is loaded when the first long text comes."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(KNOWN))
    return identifier


def language_of(text: str) -> str:
    """ISO 639-1; empty when there are too few words to tell.

    >>> language_of("Bitte nicht mehr schreiben."), language_of("ok")
    ('de', '')
    """
    sample = re.sub(r"\S+@\S+|https?://\S+", " ", text[:3_000])
    letters = sum(sign.isalpha() for sign in sample)
    for language, script in _SCRIPTS:
        if letters and len(re.findall(script, sample)) > letters * 0.2:
            return language
    words = [word.lower() for word in _WORD.findall(sample.replace("’", "'"))]
    counts = {language: sum(word in known for word in words) for language, known in _WORDS.items()}
    best = max(counts, key=lambda language: counts[language])
    second = max(count for language, count in counts.items() if language != best)
    if counts[best] and (counts[best] > second + 1 or (letters < LONG and counts[best] > second)):
        return best
    if letters < 12:
        return best if counts[best] > second else ""
    language, probability = _identifier().classify(sample)
    return str(language) if probability > 0.5 or letters >= LONG else (best if counts[best] else "")
