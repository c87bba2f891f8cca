"""Company names as people say them: without legal forms and what only registers add."""

from __future__ import annotations

import re
from functools import lru_cache

_FORMS = (
    r"ges\.? ?m\.? ?b\.? ?h|gmbh ?& ?co\.? ?kg(?:aa)?|gmbh|mbh|ag ?& ?co\.? ?kg|ag|se|kgaa|kg|ohg|e\. ?k\.|ug|"
    r"inc|incorporated|llc|l\.l\.c|llp|lp|ltd|limited|plc|dac|corp|corporation|company|co|"
    r"s\.? ?a\.? ?r\.? ?l|s\.? ?a\.? ?s|s\.? ?a|s\.? ?n\.? ?c|sarl|sas|sa|eurl|s\.? ?l\.? ?u?|sl|slu|s\.? ?p\.? ?a|spa|"
    r"s\.? ?r\.? ?l|srl|b\.? ?v|bv|bvba|sprl|n\.? ?v|nv|a/s|aps|asa|as|ab|oy|oyj|k\.? ?k|kk|g\.? ?k|gk|"
    r"株式会社|合同会社"
)
_END = re.compile(rf"[\s,]+(?:{_FORMS})\.?$", re.I)
_JAPANESE = re.compile(r"^(?:株式会社|合同会社)\s*|\s*(?:株式会社|合同会社)$")
_BRACKET = re.compile(r"\s*\([^)]{1,20}\)\s*$")


@lru_cache(maxsize=8_192)
def spoken_name(name: str) -> str:
    """A company's name without legal form.

    >>> spoken_name("Grenhof Großhandel GmbH & Co. KG"), spoken_name("Wexridge Holding Apparel LLC (US)")
    ('Grenhof Großhandel', 'Wexridge Holding Apparel')
    """
    told = " ".join(name.split())
    while True:
        shorter = _JAPANESE.sub("", _END.sub("", _BRACKET.sub("", told).rstrip(" .,&"))).rstrip(" .,&")
        if not shorter or shorter == told:
            return told
        told = shorter
