"""The patterns for signals: what in a sentence is which signal, and the spans, counts and strengths that go with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

from tandem.prospecting.domain.condition_terms import Saw, Uses
from tandem.prospecting.domain.conditions import fold
from tandem.prospecting.domain.phrase_sentence import Piece, Sentence, Within, known, test
from tandem.prospecting.domain.phrase_words import COUNT, MONTHS, UNIT_DAYS, count_of

PRESENT_DAYS = 90  # "is hiring", "reads about", "recently": what has not happened for a quarter is over
UNIT = r"(day|week|fortnight|month|quarter|year)s?"
# A phrase of free words ends where the next thought begins.
ENDS = (
    r"(?=\s*(?:[,;.?!\0]|$)|\s+(?:and|or|but|who|that|which|within|since|during|over the|using|uses|with|while|plus|"
    r"in the (?:last|past)|in (?:the )?\w+ (?:day|week|month|quarter|year)|in \d|this (?:year|quarter|month|week)|"
    r"recently|on (?:their|its|an?)\b|at (?:an?|their)\b|at least|within)\b)"
)
FREE = rf"(?P<free>[\w&+./'’-]+(?:\s+[\w&+./'’-]+){{0,5}}?){ENDS}"
ARTICLE = r"(?:(?:a|an|the|their first|its first|their|its|another|new|more|some|several)\s+)*"
SITES = (
    r"sites?|locations?|facilit(?:y|ies)|warehouses?|plants?|factor(?:y|ies)|offices?|distribution cent(?:er|re)s?|"
    r"depots?|hubs?"
)
SITE_WORDS = r"sites?|locations?|facilit(?:y|ies)"


# --- what belongs to a signal ---


def windows(sentence: Sentence) -> Iterator[Piece]:
    """Spans of time."""
    today = sentence.today
    for found in sentence.take(
        rf"\b(?:with)?in (?:the )?(?:last |past |previous )?({COUNT}) {UNIT}\b|"
        rf"\b(?:in|over|during|for) the (?:last|past|previous) (?:({COUNT}) )?{UNIT}\b|"
        rf"\b(?:last|past) ({COUNT}) {UNIT}\b|\b(?:not )?older than ({COUNT}) {UNIT}\b"
    ):
        count, unit = (next(one for one in (*found.groups()[at::2], "one") if one) for at in (0, 1))
        yield _window(found, count_of(count) * UNIT_DAYS[unit])
    for found in sentence.take(r"\b(?:so far )?this (year|quarter|month|week)\b|\b(year) to date\b"):
        yield _window(found, (today - _begin(today, found.group(1) or found.group(2))).days + 1)
    for found in sentence.take(rf"\bsince ({'|'.join(MONTHS)})\b"):
        month = MONTHS.index(found.group(1)) + 1
        first = date(today.year - (month > today.month), month, 1)
        yield _window(found, (today - first).days + 1)
    for found in sentence.take(r"\b(?:recently|lately)\b"):
        yield _window(found, PRESENT_DAYS)


def _window(found: re.Match[str], days: int) -> Piece:
    return Piece(found.start(), found.end(), Within(lambda seen: replace(seen, within_days=max(days, 1))))


def _begin(today: date, unit: str) -> date:
    first_of_quarter = date(today.year, today.month - (today.month - 1) % 3, 1)
    first_of_week = date.fromordinal(today.toordinal() - today.weekday())
    begins = {"year": date(today.year, 1, 1), "quarter": first_of_quarter, "month": today.replace(day=1)}
    return begins.get(unit, first_of_week)


def times(sentence: Sentence) -> Iterator[Piece]:
    """Numbers of times."""
    pattern = rf"\b(?:at least |more than )?({COUNT}|\d+ or more) times\b(?: or more)?|\b(twice|more than once)\b"
    for found in sentence.take(pattern):
        told = found.group(1)
        count = count_of(told.removesuffix(" or more")) if told else 2
        count += 1 if "more than" in found.group() and told else 0
        yield Piece(found.start(), found.end(), Within(_at_least(count)))


def _at_least(count: int) -> Callable[[Saw], Saw]:
    return lambda seen: replace(seen, at_least=count)


def strengths(sentence: Sentence) -> Iterator[Piece]:
    """Least strengths."""
    pattern = (
        r"\b(?:with )?(?:a )?(?:score |surge |strength )?(?:of )?(?:above|over|at least|of at least) (\d+)\b(?! times)"
    )
    for found in sentence.take(pattern):
        yield Piece(found.start(), found.end(), Within(_strength(float(found.group(1)))))


def _strength(value: float) -> Callable[[Saw], Saw]:
    return lambda seen: replace(seen, strength_gte=value)


# --- signals ---

TEXT_SIGNALS = (
    ("press_release", r"(?:published |issued |put out )?(?:a |an )?press releases?"),
    ("blog_post", r"blogged|(?:wrote |published |has |have )?(?:a )?blog posts?"),
    ("customer_story", r"(?:published )?(?:a )?(?:customer stor(?:y|ies)|case stud(?:y|ies))"),
    ("earnings_call", r"(?:on |in )?(?:their |its |an |the )?earnings calls?"),
    ("podcast", r"(?:mentioned |talked |spoke )?(?:in |on )?(?:a )?podcasts?"),
    ("talk", r"(?:gave a |held a )?talks?|presented"),
    ("news", r"(?:were |was |is |are )?in the news|news"),
)
ABOUT = r"(?:about|mentioning|mentioned|mentions|that mentions?|on|regarding|saying|covering)"


def texts_of_signals(sentence: Sentence) -> Iterator[Piece]:
    """Signals of which the words count: "blogged about manual picking"."""
    for found in sentence.take(
        rf"\b(?:spoke|talked|speaking|talking) about {FREE} (?:on|in) (?:their|its|an|the) earnings calls?\b"
    ):
        yield test(found, Saw(kind="earnings_call", text_has=(sentence.written(found),)))
    for found in sentence.take(
        rf"\b(?:spoke|talked) about {FREE} at (?:a|an|the) (?:\w+ )?(?:conference|event|fair)\b"
    ):
        yield test(found, Saw(kind="talk", text_has=(sentence.written(found),)))
    for kind, words in TEXT_SIGNALS:
        for found in sentence.take(rf"\b(?:{words}) {ABOUT} {ARTICLE}{FREE}"):
            yield test(found, Saw(kind=kind, text_has=(sentence.written(found),)))


ROUND = r"(?P<round>series [a-h]\b|pre-seed|seed)"
RAISE = (
    r"(?:has |have |had |is |are )?(?:just |recently )?(?:raised|raising|closed|closing|announced|got|received|secured)"
)


def funding(sentence: Sentence) -> Iterator[Piece]:
    """Rounds of funding."""
    for found in sentence.take(
        rf"\b(?:{RAISE} )?(?:a |an |their |its |new )*(?:funding rounds? of )?(?:a )?{ROUND}"
        rf"(?: funding)?(?: round| money)?(?: (?:was |just )?(?:raised|closed|announced))?"
    ):
        told = found.group("round")
        name = f"Series {told[-1].upper()}" if told.startswith("series") else told.title()
        yield test(found, Saw(kind="funding_round", where=(("round", name),)))
    for found in sentence.take(
        rf"\b{RAISE} (?:a |an |any |new )*(?:money|capital|funding|funds|funding rounds?|financing|round|investment)\b|"
        rf"\b(?:got |were |was )?(?:freshly |newly )?funded\b|\bfunding rounds?\b"
    ):
        yield test(found, Saw(kind="funding_round"))
    # "Raised" before what something else took ("at least a Series B") is only its verb.
    list(sentence.take(rf"\b{RAISE}(?=[\s\0])(?=[^,;]*\0)"))


def people_moves(sentence: Sentence) -> Iterator[Piece]:
    """Leaders who come and go."""
    leaving = r"(?:has |have |is |are )?(?:just |recently )?(?:left|leaving|leaves|departed|resigned|stepped down|quit)"
    for found in sentence.take(rf"\b(?:their|its|the|whose) (?P<free>[\w-]+(?: (?:of )?[\w-]+){{0,3}}?) {leaving}\b"):
        yield test(found, Saw(kind="executive_leave", text_has=(sentence.written(found),)))
    for found in sentence.take(rf"\blost (?:their|its|the|a) {FREE}"):
        yield test(found, Saw(kind="executive_leave", text_has=(sentence.written(found),)))
    for found in sentence.take(
        rf"\b(?:has |have )?(?:just |recently )?(?:appointed|hired|named|promoted|brought in|got|has|have|with) "
        rf"(?=(?:\w+ )?(?:a|an|the|new)\b)(?:a |an |the )?(?:new )?(?P<free>{TITLE})\b"
    ):
        yield test(found, Saw(kind="executive_hire", text_has=(sentence.written(found),)))
    for found in sentence.take(rf"\b(?:a )?new (?P<free>{TITLE})\b"):
        yield test(found, Saw(kind="executive_hire", text_has=(sentence.written(found),)))


TITLE = (
    r"c[efiomrtps]o|ciso|chief [\w ]{3,24}? officer|"
    r"(?:vp|vice president|head|director|president) (?:of )?[\w]+(?: [a-z]+)?"
    r"(?=\s*(?:[,;.?!]|$|\0)|\s+(?:and|or|in|within|this|since|who|that|with)\b)|managing director|president"
)


def sites(sentence: Sentence) -> Iterator[Piece]:
    """New sites."""
    for found in sentence.take(
        rf"\b(?:has |have |is |are )?(?:just |recently )?(?:opened|opening|opens|announced|built|building|builds|"
        rf"is building|expanded to|moved into) (?:up )?(?:a |an |another |its |their |new |several |second |third )*"
        rf"(?P<free>{SITES})\b|\b(?:a |an )?new (?P<other>{SITES})\b|\bsite openings?\b"
    ):
        told = found.group("free") or found.group("other") or "site"
        words = () if re.fullmatch(SITE_WORDS, told) else (told,)
        yield test(found, Saw(kind="site_opening", text_has=words))


def hiring(sentence: Sentence) -> Iterator[Piece]:
    """Open positions."""
    for found in sentence.take(
        rf"\b(?:is |are )?(?:actively |currently )?(?:hiring|recruiting|looking for|searching for|seeking)(?: for)? "
        rf"{ARTICLE}{FREE}|\b(?:posted|posting|has|have|with|advertised|advertising)? ?(?:an? |open )?"
        rf"(?:jobs?|roles?|positions?|job posts?|job postings?|vacanc(?:y|ies)) for {ARTICLE}(?P<other>[\w&+./'’-]+"
        rf"(?:\s+[\w&+./'’-]+){{0,5}}?){ENDS}"
    ):
        group = "free" if found.group("free") else "other"
        words = sentence.written(found, group)
        yield test(found, Saw(kind="job_post", within_days=PRESENT_DAYS, text_has=(words,)))
    for found in sentence.take(
        r"\b(?:is |are )?(?:hiring|recruiting)\b|\bjob (?:posts?|postings?|ads?)\b|\bopen roles\b"
    ):
        yield test(found, Saw(kind="job_post", within_days=PRESENT_DAYS))


DROPPED = (
    r"(?:dropped|drops|stopped using|no longer uses?|moved off|moved away from|switched (?:away )?from|replaced|"
    r"got rid of|abandoned)"
)
ADOPTED = (
    r"(?:switched to|moved to|adopted|introduced|rolled out|started using|began using|installed|implemented|"
    r"migrated to|technology seen:?)"
)
USING = r"(?:uses?|using|runs? on|running on|runs?|running|works? with|working with|built on|has|have|with|on)"


def technologies(sentence: Sentence) -> Iterator[Piece]:
    """Known technologies, in use, taken up or dropped."""
    for name, word in known(sentence.vocabulary.technologies):
        for found in sentence.take(
            rf"\b(?:(?P<how>{DROPPED}|{ADOPTED}|{USING}) )?(?:the )?(?:{word})(?: customers| users)?(?!\w)"
        ):
            how = found.group("how") or ""
            if re.fullmatch(DROPPED, how):
                yield test(found, Saw(kind="technology_dropped", topic=(name,)))
            elif re.fullmatch(ADOPTED, how):
                yield test(found, Saw(kind="technology_seen", topic=(name,)))
            else:
                yield test(found, Uses(technology=name))


def competitors(sentence: Sentence) -> Iterator[Piece]:
    """Deployments of others."""
    for name, word in known(sentence.vocabulary.technologies):
        for found in sentence.take(
            rf"\b(?:competitor )?deploy(?:ed|s|ment|ments)(?: of)? (?:the )?(?:competitor )?(?:{word})(?!\w)"
        ):
            yield test(found, Saw(kind="competitor_deployment", topic=(name,)))
    for found in sentence.take(r"\b(?:a )?competitor deployments?\b|\b(?:uses|using|deployed|with) a competitor\b"):
        yield test(found, Saw(kind="competitor_deployment"))


def unknown_technologies(sentence: Sentence) -> Iterator[Piece]:
    """After "uses" a name nobody has told of yet is a technology too, when it is written like a name."""
    for found in sentence.take(
        r"\b(?:uses?|using|runs on|running on|built on) (?P<free>[\w.+#-]+(?: [\w.+#-]+){0,2}?)"
        r"(?=\s*(?:[,;.?!\0]|$)|\s+(?:and|or|but|in|who|that|with)\b)"
    ):
        name = sentence.written(found)
        if any(sign.isupper() for sign in name):
            yield test(found, Uses(technology=name))


READING = (
    r"(?:is |are )?(?:surging|surges?|reads?|reading|researching|researches|interested|looking|showing interest|"
    r"shows? interest)(?: up)?(?: on| about| into| in| for)?"
)


def topics(sentence: Sentence) -> Iterator[Piece]:
    """Researched topics."""
    for name, word in known(sentence.vocabulary.topics):
        for found in sentence.take(rf"\b(?:{READING} )?(?:the topic )?(?:{word})(?: surges?)?(?!\w)"):
            yield test(found, Saw(kind="topic_surge", within_days=PRESENT_DAYS, topic=(name,)))
    for found in sentence.take(rf"\b(?:is |are )?(?:surging on|researching|reading about) {FREE}"):
        topic = sentence.written(found)
        yield test(found, Saw(kind="topic_surge", within_days=PRESENT_DAYS, topic=(topic,)))


def named_kinds(sentence: Sentence) -> Iterator[Piece]:
    """Events by their name in either order: "Demo Requested" is also "requested a demo"."""
    for kind in sorted(sentence.vocabulary.kinds, key=len, reverse=True):
        words = fold(kind).split()
        if len(words) < 2 or kind == "topic_surge":  # one word alone means too much
            continue
        straight = r"\s+".join(map(re.escape, words))
        turned = rf"{re.escape(words[-1])}\s+(?:an?\s+|the\s+|our\s+|to\s+)*" + r"\s+".join(map(re.escape, words[:-1]))
        for found in sentence.take(rf"\b(?:{straight}|{turned})s?\b"):
            yield test(found, Saw(kind=kind))
    for found in sentence.take(
        r"\bvisit(?:ed|s|ing)? (?:our |the )?(?:web ?site|site|pages?|web pages?)\b|\bweb ?site visits?\b"
    ):
        yield test(found, Saw(kind="page"))
    for found in sentence.take(r"\bvisit(?:ed|s|ing)?\b(?= (?:our |the )?[\w-]+ pages?\b)"):
        list(sentence.take(r"\b(?:our|the)\b(?= [\w-]+ pages?\b)|\bpages?\b"))
        yield test(found, Saw(kind="page"))


OTHERS = (
    (
        "product_launch",
        r"(?:has |have )?(?:just )?(?:launched|launching|released|announced) (?:a |an |its |their |new )*"
        r"(?:products?|product lines?|service)|product launch(?:es)?",
    ),
    ("award", r"(?:won|received|got) (?:an? |several )?(?:awards?|prizes?)|award winn(?:er|ing)"),
    ("press_release", r"(?:published |issued |put out )?(?:an? )?press releases?"),
    ("news", r"(?:were |was |is |are )?in the news|news(?: items?| stories)?"),
    ("blog_post", r"blogged|(?:wrote |published )?(?:an? )?blog posts?"),
    ("customer_story", r"(?:published )?(?:an? )?(?:customer stor(?:y|ies)|case stud(?:y|ies))"),
    ("earnings_call", r"(?:held )?(?:an? )?earnings calls?"),
    ("podcast", r"(?:were |was )?(?:mentioned |appeared |featured )?(?:in |on )?(?:an? )?podcasts?"),
    ("talk", r"(?:gave |held )(?:an? )?talks?|spoke at (?:an? )?(?:conference|event)"),
    ("review", r"(?:wrote |left |published )?(?:an? )?reviews?"),
    ("github_activity", r"github activity|activity on github|active on github"),
)  # fmt: skip


def other_signals(sentence: Sentence) -> Iterator[Piece]:
    """Signals of one kind of words each."""
    for found in sentence.take(r"\bfil(?:ed|es|ing) (?:an? )?(?P<free>\d+-[a-z])\b"):
        yield test(found, Saw(kind="filing", where=(("form", sentence.written(found).upper()),)))
    for found in sentence.take(r"\bfilings?\b"):
        yield test(found, Saw(kind="filing"))
    for kind, words in OTHERS:
        for found in sentence.take(rf"\b(?:{words})\b"):
            yield test(found, Saw(kind=kind))
