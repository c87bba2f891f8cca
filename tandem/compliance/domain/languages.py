"""Languages of the texts that come with the product, and which one somebody at a place gets."""

from __future__ import annotations

from collections.abc import Collection, Iterable

LANGUAGES: dict[str, str] = {
    "en-US": "English (United States)",
    "en-GB": "English (United Kingdom)",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "nl": "Dutch",
    "ja": "Japanese",
    "it": "Italian",
    "pt": "Portuguese",
}
FALLBACK = "en-GB"
_BY_COUNTRY = {
    **dict.fromkeys(("DE", "AT", "CH", "LI"), "de"),
    **dict.fromkeys(("FR", "LU", "MC"), "fr"),
    **dict.fromkeys(("ES", "MX", "AR", "CL", "CO", "PE"), "es"),
    **dict.fromkeys(("NL", "BE"), "nl"),
    **dict.fromkeys(("PT", "BR"), "pt"),
    "IT": "it",
    "JP": "ja",
    "US": "en-US",
    "CA": "en-US",
    "CA-QC": "fr",
}


def chosen_language(asked: str, places: Iterable[str], *, among: Collection[str] = tuple(LANGUAGES)) -> str:
    """The language of a text: what was asked for, else that of the place, else English.

    asked : such as "de", "de-AT", "en"; empty: nobody asked. A language that is not among those there are gives that
        of the place, and English where that is not there either.
    """
    known = {one.lower(): one for one in among}
    wanted = asked.strip().replace("_", "-").lower()
    spots = list(places)
    by_place = [_BY_COUNTRY.get(place) or _BY_COUNTRY.get(place[:2]) for place in spots]
    if wanted in ("en", "en-ca", "en-au", "en-nz", "en-ie", "en-sg", "en-in"):
        wanted = "en-us" if "en-US" in by_place else "en-gb"
    for one in (wanted, wanted.split("-")[0]):
        if one in known:
            return known[one]
    if len(set(by_place)) == 1 and by_place[0] is not None and by_place[0].lower() in known:
        return known[by_place[0].lower()]
    american = bool(spots) and all(place[:2] in ("US", "CA") for place in spots)
    return "en-US" if american and "en-us" in known else FALLBACK
