"""The new text of a mail: what its writer added, without the quoted mails below or between and without the signature.

Rules only, in the order in which a reader would see them: a separator or a block of header lines ("From: … Sent: …")
ends the text; an attribution line ("On … wrote:") ends it too, unless the quote below it is marked with ">" and new
text follows; lines marked with ">" are quotes; "-- ", a mobile client's line or a closing formula near the end begin
the signature. When nothing would be left, the text is given back whole: a forwarded mail is better than none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ATTRIBUTION_LINES = 7  # mail clients fold "On … wrote:" over at most this many lines
MAX_LINES = 5_000  # a mail of more lines is a log or a paste; what stands below is not looked at
SIGNATURE_LINES = 12  # a closing formula further from the end is part of the text

_QUOTED = re.compile(r"^[ \t]*>")
_WROTE = re.compile(
    r"(?:\b(?:wrote|writes|says|schrieb|geschrieben|a écrit|a ecrit|écrivait|escribió|escribio|ha scritto|escreveu|"
    r"schreef|geschreven|skrev|skrifaði|napisał(?:\(a\)|a)?|pisze|napsal(?:\(a\)|a)?|kirjoitti|yazdı|yazdi|a scris|"
    r"írta|đã viết|написал(?:\(а\)|а)?|пишет|έγραψε)\b|写道|寫道|のメール|は書きました|から受信|작성)"
    r"[^:：\n]{0,120}[:：]?\s*$",
    re.I,
)
_OPENING = (
    r"(?:on|am|le|el|il|em|op|den|på|pa|w dniu|dnia|dne|ve|no dia|vào|в|на|pe|tarihinde|"
    r"mon|tue|wed|thu|fri|sat|sun)\b"
)
_ATTRIBUTION_START = re.compile(
    rf"^\s*(?:>\s*)*(?:{_OPENING}|\d{{1,4}}[-./年]|\d{{1,2}}\s\w{{3}}|[\"'*<\w].{{0,80}}[<\[(][^\s@]+@)", re.I
)
_DATED_OPENING = re.compile(rf"^\s*(?:>\s*)*{_OPENING}.*\d", re.I)
_MAILTO = re.compile(r"[<\[(]mailto:[^>\])]*[>\])]", re.I)
_DATE_AND_SENDER = re.compile(
    r"^\s*(?:>\s*)*(?:\d{4}年\d{1,2}月\d{1,2}日|\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4})"
    r"(?!\d).{0,120}<\s*[^\s<>]+@[^\s<>]+>\s*[:：]?\s*$"
)
_DATED = re.compile(r"\d{1,2}[:.h]\d{2}|\b\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|\b(?:19|20)\d{2}\b|\d年|@")
_SEPARATOR = re.compile(
    r"^\s*(?:>\s*)*[-_=*~ ]{2,}\s*(?:original(?:\s+message|nachricht)?|original appointment|message d'origine|"
    r"mensaje original|messaggio originale|mensagem original|oorspronkelijk(?:e)? bericht|ursprüngliche nachricht|"
    r"ursprungligt meddelande|original meddelelse|oprindelig meddelelse|opprinnelig melding|wiadomość oryginalna|"
    r"forwarded (?:message|by .*)|weitergeleitete nachricht|message transféré|reply above this line|"
    r"reply to message|исходное сообщение|pôvodná správa|původní zpráva|alkuperäinen viesti|原始邮件|元のメッセージ)"
    r"[^\n]{0,40}?[-_=*~ ]*$",
    re.I,
)
_RULE = re.compile(r"^\s*(?:_{5,}|-{20,}|={10,}|\*{10,})\s*$")
_BEGIN_FORWARD = re.compile(
    r"^\s*(?:begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-mail)|"
    r"début du message (?:réexpédié|transféré)|inicio del mensaje reenviado)\s*:\s*$",
    re.I,
)
_FROM = r"from|von|de|da|van|fra|från|od|от|kimden|lähettäjä|差出人|送信者|发件人|寄件者|보낸 사람|feladó|mittente"
_OTHER = (
    r"sent|date|to|cc|bcc|subject|reply-to|importance|gesendet|datum|an|betreff|kopie|envoyé|envoye|date|à|objet|"
    r"enviado(?: el)?|enviada(?: em)?|fecha|para|asunto|assunto|data|inviato|a|oggetto|verzonden|aan|onderwerp|sendt|"
    r"dato|til|emne|skickat|till|ämne|wysłano|do|dw|temat|odesláno|komu|předmět|отправлено|дата|кому|тема|копия|"
    r"lähetetty|vastaanottaja|aihe|kime|konu|gönderildi|tarih|"
    r"送信日時|日時|宛先|件名|发送时间|收件人|主题|날짜|받는 사람|제목"
)
_HEADER = re.compile(rf"^\s*(?:>\s*)*\*?_?(?P<word>{_FROM}|{_OTHER})\s*\*?\s*[:：]\s*\*?_?\s*(?P<rest>.*)$", re.I)
_FROM_WORD = re.compile(rf"^(?:{_FROM})$", re.I)
_MOBILE = re.compile(
    r"^[\s\[(<]*(?:(?:sent|enviado|enviada|envoyé|inviato|verzonden|skickat|sendt|wysłane|wysłano|отправлено)"
    r"(?:\s\w+)?\s(?:from|desde|do|depuis|de|da|dal|vanaf|met|från|fra|z|с|via|with|by)\b|sent by|from my\b|"
    r"gesendet (?:von|mit)|von meinem?r?\b.*\bgesendet|diese nachricht wurde von meine|get \[?outlook for|"
    r".{0,20}(?:から送信|傳送|发送自|发自我的|从我的)).{0,100}$",
    re.I,
)
_DEVICE = re.compile(
    r"phone|\bipad|\bipod|android|blackberry|mobile|mobil|samsung|galaxy|outlook|gmail|yahoo|mail|telef|handy|móvil|"
    r"portable|windows|huawei|nokia|htc|verizon|proton|tablet|device|cell|device|ti-85|alcatel|телефон",
    re.I,
)
_SENTENCE = re.compile(
    r"^[^.]{45,}\.$"
)  # "Sent from my desk, which is easier than my mobile phone." is said, not signed
_DELIMITER = re.compile(r"^\s*(?:--|—|– ?–|__|-{3,10}|_{3,10})\s*$")
_LIST_FOOTER = re.compile(r"^\s*_{11,}\s*$")
_SIGNED = re.compile(
    r"^(?:--?|—|–|//?)\s?[A-ZÀ-ÞА-Я][\w.'-]*(?:\s(?:van|von|de|der|den|da|di|la|le)){0,2}(?:\s[A-ZÀ-ÞА-Я][\w.'-]*){0,"
    r"2}$"
)
_BANNER = re.compile(
    r"^\s*\[?(?:caution|external(?: email)?|warning|achtung|vorsicht)\b[:\]].{0,30}\b(?:e-?mail|mail)\b", re.I
)
_DISCLAIMER = re.compile(
    r"^\s*(?:disclaimer|haftungsausschluss)\b.{0,3}$|^\s*\W*(?:confidentiality notice|privileged and confidential)\b|"
    r"^\s*(?:this (?:e-?mail|message|communication)|diese (?:e-?mail|nachricht)|the (?:information|content)s? "
    r"(?:contained )?(?:in|of) this|"
    r"ce (?:message|courriel|mail)|este (?:mensaje|correo|e-?mail)|questo messaggio|questa e-?mail|esta mensagem|"
    r"dit (?:bericht|e-?mailbericht)|deze e-?mail)\b.{0,160}"
    r"(?:confiden[tcz]i|privileged|intended|vertraulich|destin[ae]|vertrouwelijk|riservat)",
    re.I,
)
_TOUCHING_DELIMITER = re.compile(r"^(?:--|—)\s?[^\W\d_][^\n]{0,60}$")
_CLOSING = re.compile(
    r"^\s*(?:(?:many |with |kind |kindest |best |warm |warmest |yours )*(?:regards|wishes|sincerely|"
    r"faithfully|truly)|"
    r"cheers|best|br|rgds|brgds|all the best|take care|(?:talk|speak|see you) soon|sincerely|yours|"
    r"have a (?:good|great|nice) \w+|"
    r"(?:many |thanks? )?thanks?(?: and (?:best |kind )?regards| again| so much| a lot|"
    r" in advance)?|thank you|thx|cordially|"
    r"à bientôt|bonne journée|un abrazo|abrazos|a presto|buona giornata|hälsar|ha det bra|groetjes|"
    r"hartelijke groet(?:en)?|"
    r"bis bald|gruß|gruss|beste grüße|bg|"
    r"(?:mit )?(?:freundliche[nr]?|beste[nr]?|liebe[nr]?|viele[n]?|schöne[n]?|"
    r"herzliche[n]?) (?:grüße[n]?|grüssen?|gruß|gruss)|"
    r"mfg|vg|lg|(?:bien )?cordialement|bien à vous|cdlt|salutations|atentamente|un saludo|saludos(?: cordiales)?|"
    r"(?:cordiali|distinti) saluti|saluti|met vriendelijke groet(?:en)?|groeten|mvh|(?:venlig |"
    r"de bedste )?hilsen(?: fra)?|kh|dbh|med vänlig hälsning|vänliga hälsningar|"
    r"med venlig hilsen|vennlig hilsen|hälsningar|atenciosamente|abraços|pozdrawiam|pozdrowienia|z powa[żz]aniem|"
    r"s pozdravem|ystävällisin terveisin|terveisin|saygılarımla|iyi çalışmalar|kind rgds|thanks & regards|"
    r"thanks and regards|warmly|respectfully|herzlich|viele grüße aus \w+|beste grüße aus \w+|bien amicalement|"
    r"amicalement|sentiti saluti|un cordial saludo|un saludo cordial|com os melhores cumprimentos|cumprimentos|"
    r"с уважением)"
    r"[\s,.!]*$",
    re.I,
)


_SAID = re.compile(r"^[*•]\s|^(?:\S+\s+){4,}\S+[.?!]$")  # a point of a list, or a sentence of five words
_FAREWELL = re.compile(
    r"\b(?:regards|wishes|grüße[n]?|grüssen?|gruß|wochenende|saludos|saluti|cordialement|groet(?:en)?|hälsning(?:ar)?|"
    r"hilsen|pozdrawiam)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A mail's text in two parts.

    new_text : what its writer added
    has_quote : something quoted was taken away
    has_signature : a signature was taken away
    """

    new_text: str
    has_quote: bool
    has_signature: bool


def trim(text: str, *, signer: str = "") -> Trimmed:
    """The new text of a mail's plain text; never empty when the mail is not.

    signer : name of who sent it; a last line that is (a part of) it is a signature

    >>> trim("Sounds good.\\n\\nOn Tue, 3 Mar 2026 at 10:12, Ann Lee <ann@acme.test> wrote:\\n> Meet?").new_text
    'Sounds good.'
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").split("\n")[:MAX_LINES]
    kept, has_quote = _without_quotes(lines)
    names = {part for part in re.split(r"[\s,.-]+", signer.casefold()) if len(part) > 1}
    bare, has_signature = _without_signature(kept, names)
    bare, has_signature = _without_sign_off(bare, names, has_signature)
    new_text = "\n".join(bare).strip()
    if not new_text:
        new_text, has_signature = "\n".join(kept).strip(), False
    if not new_text:
        return Trimmed("\n".join(lines).strip(), has_quote=False, has_signature=False)
    return Trimmed(re.sub(r"\n{3,}", "\n\n", new_text), has_quote, has_signature)


def _without_quotes(lines: list[str]) -> tuple[list[str], bool]:
    """The lines that are not quoted, quotes replaced by one blank line."""
    kept: list[str] = []
    place, found = 0, False
    while place < len(lines):
        if _ends_text(lines, place, kept):
            if _says_something(kept):
                return _trailing_rule_off(kept), True
            place, found = _below_headers(lines, place), True
            continue
        attribution = _attribution_at(lines, place)
        after = place + attribution
        if attribution and not _is_quoted(lines, _next_filled(lines, after)):
            if _says_something(kept):
                return kept, True
            place, found = after, True  # at the top: what follows may be answers between unmarked quotes
            continue
        if attribution or _QUOTED.match(lines[place]):
            place, found = _end_of_quote(lines, after if attribution else place), True
            kept.append("")
            continue
        kept.append(lines[place])
        place += 1
    return kept, found


def _ends_text(lines: list[str], place: int, kept: list[str]) -> bool:
    """Whether a quoted mail begins here that runs to the end."""
    line = lines[place]
    if _SEPARATOR.match(line) or _BEGIN_FORWARD.match(line):
        return True
    if _RULE.match(line):
        return _header_block(lines, _next_filled(lines, place + 1)) >= 2
    return _header_block(lines, place) >= (2 if _says_something(kept) else 3)


def _below_headers(lines: list[str], place: int) -> int:
    """A mail that begins with a separator or headers is a forward: its text begins below them."""
    place = _next_filled(lines, place + 1) if not _HEADER.match(lines[place]) else place
    if place < len(lines) and _HEADER.match(lines[place]):
        while place < len(lines) and lines[place].strip():
            place += 1
    return place


def _header_block(lines: list[str], place: int) -> int:
    """How many header lines stand in a row from here (blank lines between them allowed); 0 unless it begins a mail."""
    first = _HEADER.match(lines[place]) if place < len(lines) else None
    if first is None or not first["rest"].strip(" *"):
        return 0
    words, looked = [first["word"].lower()], 0
    for line in lines[place + 1 : place + 16]:
        match = _HEADER.match(line)
        if match:
            words.append(match["word"].lower())
            looked = 0
        elif line.strip():
            looked += 1
            if looked > 1:  # one folded line of addresses
                break
    has_sender = any(_FROM_WORD.match(word) for word in words)
    return len(set(words)) if has_sender and len(set(words)) >= 2 else 0


def _attribution_at(lines: list[str], place: int) -> int:
    """Of how many lines the attribution that begins here is made; 0 when none begins."""
    if not lines[place].strip() or not _ATTRIBUTION_START.match(lines[place]):
        return _short_attribution(lines, place)
    joined = ""
    for count, line in enumerate(lines[place : place + ATTRIBUTION_LINES], start=1):
        joined = f"{joined} {_MAILTO.sub('', line.lstrip('> ')).strip()}".strip()
        if len(joined) > 400 or ((count > 1 or not line.strip()) and not _DATED.search(joined)):
            break
        if count > 1 and _DATED_OPENING.match(line):
            break  # the attribution begins here, not above
        if _DATE_AND_SENDER.match(joined) or (_WROTE.search(joined) and _DATED.search(joined)):
            return count
    return _short_attribution(lines, place)


def _short_attribution(lines: list[str], place: int) -> int:
    """ "Ann wrote:" without a day counts only right above a marked quote."""
    line = lines[place].strip()
    if len(line) < 100 and line.endswith((":", "：")) and _WROTE.search(line):
        return 1 if _is_quoted(lines, _next_filled(lines, place + 1)) else 0
    return 0


def _end_of_quote(lines: list[str], place: int) -> int:
    """The first line after a marked quote that is not part of it."""
    last = place
    while place < len(lines):
        if _QUOTED.match(lines[place]):
            last = place + 1
        elif lines[place].strip() and not _is_wrapped(lines, place):
            break
        place += 1
    return max(last, min(place, len(lines)) if place >= len(lines) else last)


def _is_wrapped(lines: list[str], place: int) -> bool:
    """A quoted line that a client folded without marking the rest: short, between two quoted lines."""
    if place == 0 or place + 1 >= len(lines) or len(lines[place]) > 40:
        return False
    return bool(_QUOTED.match(lines[place - 1]) and _QUOTED.match(lines[place + 1]) and len(lines[place - 1]) > 60)


def _next_filled(lines: list[str], place: int) -> int:
    while place < len(lines) and not lines[place].strip():
        place += 1
    return place


def _is_quoted(lines: list[str], place: int) -> bool:
    return place < len(lines) and bool(_QUOTED.match(lines[place]))


def _says_something(kept: list[str]) -> bool:
    return any(line.strip() for line in kept)


def _trailing_rule_off(kept: list[str]) -> list[str]:
    while kept and (not kept[-1].strip() or _RULE.match(kept[-1])):
        kept = kept[:-1]
    return kept


def _without_signature(lines: list[str], names: set[str]) -> tuple[list[str], bool]:
    """The lines above the signature."""
    start = _next_filled(lines, 0)
    if start < len(lines) and _BANNER.match(lines[start]):
        lines = lines[start + 1 :]
    filled = [place for place, line in enumerate(lines) if line.strip()]
    while filled and _is_mobile(lines[filled[-1]]):
        filled.pop()
    for rank, place in enumerate(filled[1:], start=1):
        if _begins_signature(lines, filled[rank:], names):
            return _without_signature(lines[:place], names)[0], True
    end = filled[-1] + 1 if filled else 0
    return lines[:end], any(line.strip() for line in lines[end:])


def _without_sign_off(lines: list[str], names: set[str], has_signature: bool) -> tuple[list[str], bool]:
    """The lines above a closing formula and the signer's name, where they stand at the very end."""
    filled = [place for place, line in enumerate(lines) if line.strip()]
    signed = len(filled) > 1 and _is_name(lines[filled[-1]], names)
    if signed:
        filled.pop()
    if len(filled) > 1 and (signed or has_signature) and _is_farewell(lines[filled[-1]]):
        filled.pop()
        signed = True
    return (lines[: filled[-1] + 1], True) if signed else (lines, has_signature)


def _is_farewell(line: str) -> bool:
    """A closing formula, or a short line with a word of one, above a name."""
    return bool(_CLOSING.match(line)) or (len(line.strip()) <= 45 and bool(_FAREWELL.search(line)))


def _is_name(line: str, names: set[str]) -> bool:
    """Whether a line is the signer's name or a part of it, initials and a leading dash aside."""
    words = re.split(r"[\s,.!-]+", line.strip().lstrip("-—–/ ").casefold())
    found = {word for word in words if len(word) > 1}
    return bool(found) and found <= names


def _is_mobile(line: str) -> bool:
    """ "Sent from my phone" and its like; a torch of pixels will do when the line is short."""
    if not _MOBILE.match(line) or _SENTENCE.match(line.strip()):
        return False
    return bool(_DEVICE.search(line)) or len(line) < 45


def _begins_signature(lines: list[str], rest: list[int], names: set[str]) -> bool:
    """Whether the first of the remaining filled lines begins the signature."""
    place, last = rest[0], rest[-1]
    line = lines[place]
    if _DISCLAIMER.match(line) or _is_delimiter(lines, place, last):
        return True
    if _LIST_FOOTER.match(line):
        return len(rest) <= 5
    if not lines[place - 1].strip() and (_SIGNED.match(line) or _is_name(line, names)):
        return len(rest) <= 6 and all(len(lines[other]) <= 90 for other in rest)
    if len(rest) > 1 and len(line) <= 45 and line.rstrip().endswith(",") and _is_name(lines[rest[1]], names):
        return _is_short_rest(lines, rest[1:])
    return bool(_CLOSING.match(line)) and _is_short_rest(lines, rest[1:])


def _is_delimiter(lines: list[str], place: int, last: int) -> bool:
    line = lines[place]
    if _DELIMITER.match(line):
        return last - place <= 2 * SIGNATURE_LINES
    return bool(_TOUCHING_DELIMITER.match(line)) and last - place <= 3


def _is_short_rest(lines: list[str], rest: list[int]) -> bool:
    """Names, titles and addresses follow a closing formula, not sentences; or nothing does."""
    texts = [lines[place].strip() for place in rest]
    return len(texts) <= SIGNATURE_LINES and not any(len(text) > 90 or _SAID.match(text) for text in texts)
