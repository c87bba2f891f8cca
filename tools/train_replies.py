"""Train the classifier of replies: `python -m tools.train_replies`. Same texts, same weights.

Reads `tandem/engagement/domain/replies/training/*.txt` (written by people here; sections "## label", one text a line),
adds variations of each text (a greeting, a polite sentence around it, a slip of the keyboard), and writes weights.npz.
Prints what is right on the texts of each hand (`hand_of`) when all others' are learned: a text and its variations are
never on both sides, and nor is one's way of writing.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report, confusion_matrix, f1_score
from sklearn.model_selection import LeaveOneGroupOut

from tandem.engagement.domain.replies import classifier, labels
from tandem.engagement.domain.replies.folding import fold
from tandem.engagement.domain.replies.wordings import unsubscribe_words

FOLDER = Path(classifier.__file__).parent
VARIATIONS, SEED, STRENGTH = 2, 7, 20.0
GREETINGS = (
    "Hi {name},",
    "Hello {name},",
    "Dear {name},",
    "Hi,",
    "Hello,",
    "{name},",
    "Hallo {name},",
    "Guten Tag,",
    "Sehr geehrte Frau {name},",
    "Bonjour,",
    "Bonjour {name},",
    "Hola {name},",
    "Buenos días,",
    "Beste {name},",
    "Goedemiddag,",
    "Gentile {name},",
    "Olá,",
    "Hej {name},",
)
FILLERS = {
    "en": (
        "Thanks for your email.",
        "Thanks for reaching out.",
        "Hope you are well.",
        "Sorry for the late reply.",
        "Thank you for your message.",
        "I read your note.",
        "Appreciate the follow-up.",
    ),
    "de": (
        "Danke für Ihre Mail.",
        "Vielen Dank für Ihre Nachricht.",
        "Entschuldigen Sie die späte Antwort.",
        "Danke für die Nachfrage.",
    ),
    "fr": ("Merci pour votre message.", "Merci de votre relance.", "Désolé pour le retard."),
    "es": ("Gracias por su correo.", "Gracias por escribir.", "Disculpe la demora."),
    "nl": ("Bedankt voor uw mail.", "Dank voor uw bericht.", "Excuses voor de late reactie."),
}
NO_FILLER = ("",)
NAMES = ("Tom", "Laura", "Weber", "Martin", "Sofia", "Jansen", "Kim", "Alex")


def hand_of(stem: str) -> str:
    """Who wrote a file, by its name: the files of one language alone are one hand's, each other file another's."""
    return "languages" if stem in FILLERS else stem


def read_texts() -> list[tuple[str, str, str, str]]:
    """Label, language of the file, text, hand."""
    found = []
    for path in sorted((FOLDER / "training").glob("*.txt")):
        label = ""
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("## "):
                label = line[3:].strip()
            elif line.strip():
                found.append((label, path.stem.partition("_")[0], line.strip(), hand_of(path.stem)))
    return found


def varied(text: str, language: str, dice: random.Random) -> str:
    """A text as another person might have sent it."""
    kind = dice.randrange(5)
    if kind == 0:
        return f"{dice.choice(GREETINGS).format(name=dice.choice(NAMES))}\n\n{text}"
    if kind == 1:
        return f"{dice.choice(FILLERS.get(language, NO_FILLER))} {text}"
    if kind == 2:
        return text.lower().rstrip(".!?")
    if kind == 3:
        greeting = dice.choice(GREETINGS).format(name=dice.choice(NAMES))
        return f"{greeting}\n{dice.choice(FILLERS.get(language, NO_FILLER))} {text}"
    place = dice.randrange(len(text))
    return text[:place] + text[place + 1 :] if len(text) > 12 else text


def matrix(texts: Sequence[str]) -> csr_matrix:
    """One row a text, not yet weighted by rarity."""
    pairs = [classifier.vector(text) for text in texts]
    starts = np.cumsum([0, *(len(places) for places, _ in pairs)])
    places = np.concatenate([places for places, _ in pairs])
    values = np.concatenate([values for _, values in pairs])
    return csr_matrix((values, places, starts), shape=(len(texts), classifier.BUCKETS))


def rarity_of(rows: csr_matrix) -> NDArray[np.float32]:
    """Smoothed inverse document frequency; 0 for what no text has."""
    seen = np.bincount(rows.indices, minlength=classifier.BUCKETS)
    told = np.log((1 + rows.shape[0]) / (1 + seen)) + 1
    told[seen == 0] = 0
    return told.astype(np.float32)


def weighted(rows: csr_matrix, rarity: NDArray[np.float32]) -> csr_matrix:
    """Rows by rarity, each of length one."""
    told = rows.multiply(rarity).tocsr()
    lengths = np.sqrt(np.asarray(told.multiply(told).sum(axis=1))).ravel()
    lengths[lengths == 0] = 1
    return told.multiply(1 / lengths[:, None]).tocsr()


def fitted(
    rows: csr_matrix, labels: NDArray[np.str_], names: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """One regression a label against the rest, as weights and biases; a label's texts count as much as all others."""
    weights = np.zeros((len(names), rows.shape[1]))
    biases = np.zeros(len(names))
    for place, name in enumerate(names):
        model = LogisticRegression(
            C=STRENGTH, class_weight="balanced", solver="liblinear", dual=True, random_state=SEED, max_iter=200
        )
        model.fit(rows, labels == name)
        weights[place], biases[place] = model.coef_[0], model.intercept_[0]
    return weights, biases


def temperature_of(scores: NDArray[np.float64], truth: NDArray[np.int64]) -> float:
    """What scores are divided by so that their probabilities are right as often as they say."""

    def loss(temperature: float) -> float:
        told = scores / temperature
        told = told - told.max(axis=1, keepdims=True)
        return float(-(told[np.arange(len(truth)), truth] - np.log(np.exp(told).sum(axis=1))).mean())

    return float(minimize_scalar(loss, bounds=(0.1, 5), method="bounded").x)


def main() -> None:
    """Train, tell, write."""
    dice = random.Random(SEED)  # noqa: S311  variations of texts, nothing secret
    texts = read_texts()
    groups, given, all_texts = [], [], []
    for number, (label, language, text, _) in enumerate(texts):
        for one in (text, *(varied(text, language, dice) for _ in range(VARIATIONS))):
            groups.append(number)
            given.append(label)
            all_texts.append(one)
    rows, group, truths = matrix(all_texts), np.array(groups), np.array(given)
    is_original = np.arange(len(group)) % (VARIATIONS + 1) == 0
    names = sorted(set(given))
    scores = np.zeros((len(texts), len(names)))
    for train, test in LeaveOneGroupOut().split(texts, groups=[one[3] for one in texts]):
        inside = np.isin(group, train)
        rarity = rarity_of(rows[inside])
        weights, biases = fitted(weighted(rows[inside], rarity), truths[inside], names)
        scores[test] = weighted(rows[is_original][test], rarity) @ weights.T + biases
    truth = np.array([names.index(one[0]) for one in texts])
    temperature = temperature_of(scores, truth)
    tell(texts, names, truth, scores.argmax(axis=1), temperature)
    tell_doubt(names, truth, scores / temperature)
    tell_hands(texts, names, scores / temperature)
    rarity = rarity_of(rows)
    weights, biases = fitted(weighted(rows, rarity), truths, names)
    scale = np.abs(weights).max() / 127
    np.savez_compressed(
        FOLDER / "weights.npz",
        names=np.array(names),
        rarity=rarity.astype(np.float16),
        weights=np.round(weights.T / scale).astype(np.int8),
        scale=np.float32(scale),
        bias=biases.astype(np.float32),
        temperature=np.float32(temperature),
        trained_on=np.array(digest()),
    )


def tell_doubt(names: list[str], truth: NDArray[np.int64], scores: NDArray[np.float64]) -> None:
    """Which probability of unsubscribe still finds so many of the requests, and how many other texts it holds back."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    told = (powers / powers.sum(axis=1, keepdims=True))[:, names.index("unsubscribe")]
    asked = truth == names.index("unsubscribe")
    for wanted in (0.98, 0.99, 0.995):
        bar = float(np.sort(told[asked])[int((1 - wanted) * asked.sum())])
        kept = (told[~asked] >= bar).mean()
        print(f"recall of unsubscribe {wanted}: from {bar:.3f} on, with {kept:.3f} of the others")  # noqa: T201


def tell_hands(texts: Sequence[tuple[str, str, str, str]], names: list[str], scores: NDArray[np.float64]) -> None:
    """A hand's texts as the product labels them, wordings and thresholds and all, with weights of the other hands."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    told = powers / powers.sum(axis=1, keepdims=True)
    said = [
        "unsubscribe"
        if unsubscribe_words(fold(text[2]))
        else labels.given(dict(zip(names, map(float, one), strict=True)))
        for text, one in zip(texts, told, strict=True)
    ]
    for hand in (*sorted({text[3] for text in texts}), "all"):
        pairs = [(text[0], one) for text, one in zip(texts, said, strict=True) if hand in {text[3], "all"}]
        asked = [one for truth, one in pairs if truth == "unsubscribe"]
        labelled = [one for truth, one in pairs if truth != "none"]
        there = sorted({truth for truth, _ in pairs} - {"none"})
        figure = f1_score([a for a, _ in pairs], [b for _, b in pairs], labels=there, average="macro")
        print(  # noqa: T201
            f"{hand}: {len(pairs)} texts, macro-F1 {figure:.3f}, "
            f"unsubscribe {asked.count('unsubscribe')} of {len(asked)} and "
            f"{asked.count('none')} to a person, no label {labelled.count('none') / len(labelled):.3f}"
        )


def digest() -> str:
    """SHA-256 of the training texts: tells whether the weights are theirs."""
    told = hashlib.sha256()
    for path in sorted((FOLDER / "training").glob("*.txt")):
        told.update(path.read_bytes())
    return told.hexdigest()


def tell(
    texts: Sequence[tuple[str, str, str, str]],
    names: list[str],
    truth: NDArray[np.int64],
    said: NDArray[np.int64],
    temperature: float,
) -> None:
    """Cross-validated figures of the regression alone, without the rules around it."""
    print(f"{len(texts):,} texts, temperature {temperature:.2f}")  # noqa: T201
    print(classification_report(truth, said, target_names=names, digits=3))  # noqa: T201
    print(confusion_matrix(truth, said))  # noqa: T201


if __name__ == "__main__":
    main()
