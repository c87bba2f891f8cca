"""The form of a message: length, sentences, questions, greeting, sign-off, subject."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tandem.compliance.contracts.gate import Road
from tandem.engagement.contracts import Angle, Violation
from tandem.engagement.domain.norms import Norms
from tandem.engagement.domain.sentences import count_words
from tandem.engagement.domain.texts import Parts, Text
from tandem.engagement.domain.voice import VoiceGuide

FIRST_TOUCH_SENTENCES = 3
MOST_SENTENCES = {Road.EMAIL: 4, Road.LINKEDIN: 4, Road.SMS: 2, Road.WHATSAPP: 3, Road.VOICEMAIL_AI: 6}
MOST_IN_ANSWER, ANSWER_WORDS = 8, 150
LONGEST_SMS = 160  # one message of the network; a second part often arrives first
LONGEST_SUBJECT, MOST_SUBJECT_WORDS, LEAST_SUBJECT_WORDS = 60, 8, 2
NOBODY = r"(?:there|all|team|everyone|everybody|folks|friend|sir|madam|colleagues?|zusammen|tous|todos|allen)"
NAME = rf"(?!{NOBODY}\b)[^\W\d_a-zß-ÿ][\w’'-]*"
FAKE = re.compile(r"^\s*(?:re|fwd?|aw|wg|tr|rv|sv|antw|ref|rép|返信|転送)\s*(?:\[\d+\])?\s*[:：]", re.I)


def empty(text: Text, parts: Parts, norms: Norms, voice: VoiceGuide) -> Iterator[Violation]:
    """A message says something."""
    if not parts.message.text.strip():
        yield Violation(rule="empty", start=0, end=0, message="There is no message; write one.")


def lengths(text: Text, parts: Parts, norms: Norms, voice: VoiceGuide) -> Iterator[Violation]:
    """Words of the whole body within the channel's limit; a first mail under 90; an SMS in one part."""
    limit = text.most_words or voice.limit(text.channel)
    if text.angle is None and text.most_words is None:
        limit = max(limit, ANSWER_WORDS)
    words = count_words(text.body)
    if words > limit:
        told = f"The text has {words} words; at most {limit} are allowed here. Take {words - limit} out."
        yield Violation(rule="too_many_words", start=0, end=len(text.body), message=told)
    if text.channel is Road.SMS and len(text.body) > LONGEST_SMS:
        told = f"The text has {len(text.body)} letters; one SMS holds {LONGEST_SMS}. Shorten it."
        yield Violation(rule="too_long", start=LONGEST_SMS, end=len(text.body), message=told)
    for sentence in parts.sentences:
        if count_words(sentence.text) > voice.longest_sentence:
            told = f"This sentence has more than {voice.longest_sentence} words; divide or shorten it."
            yield Violation(rule="long_sentence", start=sentence.start, end=sentence.end, message=told, is_hard=False)


def sentence_count(text: Text, parts: Parts, norms: Norms, voice: VoiceGuide) -> Iterator[Violation]:
    """Exactly three sentences in a first mail: observation, reason, question. Fewer than a handful elsewhere."""
    count = len(parts.sentences)
    if text.angle is Angle.OPENING and text.channel in (Road.EMAIL, Road.LINKEDIN):
        if count != FIRST_TOUCH_SENTENCES:
            told = (
                f"The message has {_counted(count)}; a first touch has exactly three: what you observed, why it "
                "matters to this person, one question with a next step. Greeting and sign-off do not count."
            )
            yield Violation(rule="sentence_count", start=parts.message.start, end=parts.message.end, message=told)
        return
    most = MOST_IN_ANSWER if text.angle is None else MOST_SENTENCES.get(text.channel, MOST_IN_ANSWER)
    if count > most:
        told = f"The message has {_counted(count)}; at most {most} are allowed here. Keep what matters most."
        yield Violation(rule="sentence_count", start=parts.message.start, end=parts.message.end, message=told)


def _counted(count: int) -> str:
    return "1 sentence" if count == 1 else f"{count} sentences"


def questions(text: Text, parts: Parts, norms: Norms, voice: VoiceGuide) -> Iterator[Violation]:
    """One question, at the end, with a next step that can be answered."""
    if text.channel is Road.PHONE_MANUAL:
        return
    asked = [one for one in parts.sentences if one.is_question]
    needs_one = text.angle is Angle.OPENING and text.channel is not Road.VOICEMAIL_AI
    if needs_one and not asked and parts.sentences:
        last = parts.sentences[-1]
        told = "There is no question; end with exactly one, such as: " + norms.meeting
        yield Violation(rule="question_count", start=last.start, end=last.end, message=told)
    for one in asked[:-1] if text.angle is not None else asked[:-2]:
        told = f"There are {len(asked)} questions; ask exactly one, the last. Turn this one into a statement."
        yield Violation(rule="question_count", start=one.start, end=one.end, message=told)
    if not needs_one or not asked:
        return
    question = asked[-1]
    if question is not parts.sentences[-1] and question.end != parts.sentences[-1].end:
        told = "The question does not come last; what follows it takes its place in the reader's mind."
        yield Violation(rule="question_not_last", start=question.start, end=question.end, message=told, is_hard=False)
    if not any(pattern.search(question.text) for pattern in norms.next_step):
        told = "The question names no next step; ask for one thing that can be answered, such as: " + norms.meeting
        yield Violation(rule="no_next_step", start=question.start, end=question.end, message=told)


def greeting(text: Text, parts: Parts, norms: Norms, voice: VoiceGuide) -> Iterator[Violation]:
    """The greeting of the language with the person's name and nothing else; short channels may go without."""
    if text.channel not in (Road.EMAIL, Road.LINKEDIN) or text.angle is None:
        return
    first, last = text.first_name or "{first name}", text.last_name
    wanted = norms.greet(first, last)
    if not parts.greeting.text:
        told = f"There is no greeting; begin with a line of its own: {wanted}"
        yield Violation(rule="greeting", start=0, end=0, message=told)
    elif not _greets_as(parts.greeting.text, text, norms):
        told = f"The greeting must be exactly: {wanted}"
        yield Violation(rule="greeting", start=parts.greeting.start, end=parts.greeting.end, message=told)


def _greets_as(line: str, text: Text, norms: Norms) -> bool:
    if text.first_name:
        allowed = {norms.greet(text.first_name, text.last_name), norms.greet(text.first_name, "")}
        return line in allowed
    parts = re.split(r"(\{first\}|\{last\})", norms.greeting)
    exact = "".join(NAME if part.startswith("{") else re.escape(part) for part in parts)
    # Without the person's name at hand a greeting by first name alone passes where first and last are usual.
    alone = re.escape(norms.greeting_first_only).replace(re.escape("{first}"), NAME)
    return bool(re.fullmatch(exact, line) or re.fullmatch(alone, line))


def sign_off(text: Text, parts: Parts, norms: Norms, voice: VoiceGuide) -> Iterator[Violation]:
    """The sender's first name alone on the last line; above it at most the closing formula of the language."""
    if text.channel is not Road.EMAIL:
        return
    wanted = text.seller_first_name or "your first name"
    line = parts.sign_off
    if not line.text:
        told = f"There is no sign-off; the last line is {wanted} and nothing else."
        yield Violation(rule="sign_off", start=len(text.body), end=len(text.body), message=told)
        return
    is_right = line.text == text.seller_first_name if text.seller_first_name else bool(re.fullmatch(NAME, line.text))
    if len(parts.signature) > 1:
        told = f"The sign-off is {wanted} alone; take titles, family name and addresses out: the footer has them."
        yield Violation(rule="sign_off", start=parts.signature[0].start, end=line.end, message=told)
    elif parts.closing.text and not norms.closing and text.angle is Angle.OPENING:
        told = f"The sign-off is {wanted} alone; take {parts.closing.text!r} out."
        yield Violation(rule="sign_off", start=parts.closing.start, end=line.end, message=told)
    elif not is_right:
        told = f"The last line must be {wanted} alone: no family name, title or formula beside it."
        yield Violation(rule="sign_off", start=line.start, end=line.end, message=told)


def subject(text: Text, parts: Parts, norms: Norms, voice: VoiceGuide) -> Iterator[Violation]:
    """A subject that says what the mail is about, in two to eight words, and pretends nothing."""
    if text.channel is not Road.EMAIL or text.angle is None:
        return
    line = text.subject.strip()
    if FAKE.match(line):
        told = "The subject pretends to be an answer or a forwarded mail; take Re: or Fwd: off."
        yield Violation(rule="fake_reply", start=0, end=0, message=told)
        line = FAKE.sub("", line).strip()
    if not line:
        if text.angle is Angle.OPENING and text.has_subject:
            told = "There is no subject; say in two to six words what the mail is about."
            yield Violation(rule="subject_vague", start=0, end=0, message=told)
        return
    yield from _subject_form(line, norms)


def _subject_form(line: str, norms: Norms) -> Iterator[Violation]:
    words = count_words(line)
    if any(pattern.match(line) for pattern in norms.vague_subjects):
        told = f"The subject {line!r} could stand over any mail; name the site, the project or the topic."
        yield Violation(rule="subject_vague", start=0, end=0, message=told)
    if norms.tag != "ja" and words < LEAST_SUBJECT_WORDS:
        told = "The subject is a single word; two to six words say more."
        yield Violation(rule="subject_vague", start=0, end=0, message=told)
    if words > MOST_SUBJECT_WORDS or len(line) > LONGEST_SUBJECT:
        told = f"The subject has {words} words and {len(line)} letters; two to six words fit a phone."
        yield Violation(rule="subject_length", start=0, end=0, message=told)
    cased = [one for one in line if one.lower() != one.upper()]
    if "!" in line or (len(cased) > len("SAP WMS") and all(one.isupper() for one in cased)):
        told = "The subject shouts; write it in sentence case without an exclamation mark."
        yield Violation(rule="shouting", start=0, end=0, message=told)
