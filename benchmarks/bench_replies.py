"""Reading mail: bounces, new text, labels, speed. `python -m benchmarks.bench_replies [--full]`.

Bounces: reason and hard or soft of the 273 published reports whose truth is told; a reason of theirs that stands for
several of our words counts with any of them (`REASONS`). New text: exact agreement with the published one. Labels: the
test sets written by other hands. Speed: mails parsed and classified per second of one processor. `--full` changes
nothing: the sets are as large as they are.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.figures import print_table, read_sizes
from tandem.core.intervals import wilson
from tandem.core.reply_text import trim
from tandem.engagement.contracts import MailKind, MailReading, ReplyLabel
from tandem.engagement.domain.reading import read_mail

TESTS = Path(__file__).resolve().parent.parent / "tandem" / "engagement" / "tests"
DATA = TESTS / "data"
TODAY = date(2026, 11, 25)
LABELS = [label.value for label in ReplyLabel]
REASONS: Mapping[str, frozenset[str]] = {
    name: frozenset(words.split())
    for name, words in {
        "userunknown": "user_unknown", "hasmoved": "user_unknown", "hostunknown": "host_unknown", "notaccept": "host_unknown",
        "mailboxfull": "mailbox_full", "suspend": "suspended", "blocked": "blocked", "badreputation": "blocked",
        "requireptr": "blocked", "filtered": "user_unknown policy content blocked", "rejected": "policy blocked",
        "policyviolation": "policy content blocked", "norelaying": "policy", "securityerror": "policy auth_failure",
        "spamdetected": "content", "contenterror": "content", "mesgtoobig": "too_large", "exceedlimit": "too_large",
        "speeding": "rate_limited", "toomanyconn": "rate_limited", "authfailure": "auth_failure", "expired": "expired",
        "networkerror": "network", "systemerror": "system", "systemfull": "system", "mailererror": "system",
        "syntaxerror": "system user_unknown", "feedback": "feedback", "vacation": "vacation", "delivered": "other",
        "undefined": "other system", "onhold": "other system",
    }.items()
}  # fmt: skip


def main() -> None:
    """Measure and print."""
    read_sizes(__doc__)
    bounces()
    new_texts()
    labels()
    speed()


def bounces() -> None:
    """Reason, and hard or soft, against the published truth; and what was taken for a person."""
    counts: Counter[str] = Counter()
    for name, truth in published():
        told = truth["recipients"][0]
        reading = read_mail((DATA / "bounces" / "mails" / name).read_bytes(), today=TODAY)
        reason, kind = reason_of(reading)
        counts["reports"] += 1
        counts["reason"] += reason in REASONS[told["reason"]]
        counts["type"] += kind == ("hard" if told["hardbounce"] else "soft")
        counts["taken for a person"] += reading.kind is MailKind.REPLY
    n = counts["reports"]
    rows = [(what, n, counts[what], f"{counts[what] / n:.3f}") for what in ("reason", "type", "taken for a person")]
    print_table(
        "Bounces, complaints and automatic answers of about 100 mail systems",
        ("what", "mails", "so many", "share"),
        rows,
    )


def published() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Name and truth of each published report."""
    for one in json.loads((DATA / "bounces" / "expected.json").read_text()):
        yield one["file"], one


def reason_of(reading: MailReading) -> tuple[str, str]:
    """The reason and type as the shell tells them; an absence counts as "vacation"."""
    if reading.bounce is not None:
        return reading.bounce.reason, reading.bounce.type
    return ("vacation", "soft") if reading.kind is MailKind.AUTO_REPLY else ("", "")


def new_texts() -> None:
    """Share of texts that are exactly as the set wants them; spaces at line ends do not count."""
    rows = []
    for name in ("reply_trimmer", "replies_classic", "replies_multilingual"):
        wanted = dict(expected_texts(name))
        exact = sum(same(trim(text).new_text, new) for text, new in wanted.values())
        rows.append((name, len(wanted), exact, f"{exact / len(wanted):.3f}" if wanted else ""))
    print_table("New text", ("set", "mails", "exact", "share"), rows)


def expected_texts(name: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each mail's text with its new text. Only one set comes with it; the others were read by a person (new_texts.json)."""
    if name == "reply_trimmer":
        for path in sorted((DATA / name / "emails").glob("*.txt")):
            yield path.name, (read(path), read(DATA / name / "trimmed" / path.name))
        return
    for file, new in json.loads((DATA / "new_texts.json").read_text())[name].items():
        yield file, (read(DATA / name / file), new)


def read(path: Path) -> str:
    """A text in UTF-8, damage aside."""
    return path.read_text(encoding="utf-8", errors="replace")


def same(one: str, other: str) -> bool:
    """Whether two texts differ by nothing but spaces at line ends."""
    return [line.rstrip() for line in one.strip().split("\n")] == [line.rstrip() for line in other.strip().split("\n")]


SETS = {"third": "blind_replies_third.jsonl"}  # the first and the second are training texts by now


def labels() -> None:
    """Macro-F1 over the seven labels, recall of requests to be left alone, how often no label is given; the matrix."""
    for name, file in SETS.items():
        labels_of(name, file)


def labels_of(name: str, file: str) -> None:
    """The figures of one set."""
    rows = [json.loads(line) for line in (TESTS / file).read_text().splitlines() if line.strip()]
    pairs = [(str(row["label"] or "none"), said(row["text"]), row["language"]) for row in rows]
    pairs = [("none" if truth == "None" else truth, got, language) for truth, got, language in pairs]
    report(f"Labels of replies that other hands wrote, {name} set", pairs)
    by_language: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for pair in pairs:
        by_language[pair[2]].append(pair)
    told = [
        (language, len(some), f"{macro_f1(some):.3f}", f"{sum(a == b for a, b, _ in some) / len(some):.3f}")
        for language, some in sorted(by_language.items(), key=lambda item: -len(item[1]))
    ]
    print_table(f"By language, {name} set", ("language", "replies", "macro-F1", "right"), told)


def said(text: str) -> str:
    """The label of a text that came as a mail without any header that tells."""
    raw = f"From: Pat Doe <pat@firm.example>\nSubject: Re: Question\nContent-Type: text/plain; charset=utf-8\n\n{text}"
    label = read_mail(raw.encode(), today=TODAY).label
    return label.value if label else "none"


def report(title: str, pairs: Sequence[tuple[str, str, str]]) -> None:
    """The figures and the confusion matrix."""
    asked = [got for truth, got, _ in pairs if truth == ReplyLabel.UNSUBSCRIBE]
    found = sum(got == ReplyLabel.UNSUBSCRIBE for got in asked)
    low, high = wilson(found, len(asked))
    labelled = [pair for pair in pairs if pair[0] in LABELS]
    away = sum(got == "none" for _, got, _ in labelled)
    rows = [
        ("macro-F1 over seven labels", f"{macro_f1(pairs):.3f}"),
        ("recall of unsubscribe", f"{found / len(asked):.3f} ({found} of {len(asked)}; {low:.3f} to {high:.3f})"),
        ("no label given to one of the seven", f"{away / len(labelled):.3f}"),
        (
            "right, of those that got a label",
            f"{sum(a == b for a, b, _ in pairs if b != 'none') / max(1, sum(b != 'none' for _, b, _ in pairs)):.3f}",
        ),
    ]
    print_table(title, ("what", "measured"), rows)
    counts = Counter((truth, got) for truth, got, _ in pairs)
    names = [*LABELS, "none"]
    matrix = [(truth, *(counts[truth, got] for got in names)) for truth in names]
    print_table("Truth by line, said by column", ("", *(name[:9] for name in names)), matrix)


def macro_f1(pairs: Sequence[tuple[str, str, str]]) -> float:
    """Mean of the F1 of the labels that are there; no label given is a miss."""
    scores = []
    for label in LABELS:
        right = sum(a == b == label for a, b, _ in pairs)
        wanted, given = sum(a == label for a, _, _ in pairs), sum(b == label for _, b, _ in pairs)
        if wanted:
            scores.append(2 * right / (wanted + given) if wanted + given else 0.0)
    return sum(scores) / len(scores) if scores else 0.0


def speed() -> None:
    """Mails parsed and classified per second of processor time."""
    raws = [path.read_bytes() for path in sorted((DATA / "bounces" / "mails").glob("*.eml"))]
    answers = [mail_of(read(path)) for path in sorted((DATA / "replies_multilingual").glob("*.txt"))]
    rows = []
    for name, mails in (("bounces", raws), ("replies", answers)):
        read_mail(mails[0], today=TODAY)
        began = time.process_time()
        for raw in mails:
            read_mail(raw, today=TODAY)
        rows.append((name, len(mails), f"{len(mails) / (time.process_time() - began):,.0f}"))
    print_table("Speed", ("mails", "so many", "a second"), rows)


def mail_of(text: str) -> bytes:
    """A text as the mail it came in."""
    return (
        f"From: Pat Doe <pat@firm.example>\nSubject: Re: x\nContent-Type: text/plain; charset=utf-8\n\n{text}".encode()
    )


if __name__ == "__main__":
    main()
