"""Header words: column titles in the one form in which they are compared."""

from __future__ import annotations

import re
from functools import lru_cache

from tandem.accounts.domain.normalise import fold

_SIGNS = str.maketrans({"%": " percent ", "#": " number "})
_NOT_WORD = re.compile(r"[^a-z0-9]+")


@lru_cache(maxsize=20_000)
def header_word(title: str) -> str:
    """A column title as lower-case letters and digits; "%" and "#" spelt out, accents taken off.

    >>> header_word("Probability (%)"), header_word("﻿(Do Not Modify) Row Checksum")
    ('probabilitypercent', 'donotmodifyrowchecksum')
    """
    return _NOT_WORD.sub("", fold(title).translate(_SIGNS))
