"""Why an account is worth this week, in one paragraph that rests on evidence; or that it is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel

from tandem.agents.contracts import Claim, GuardName, Task, Tier, Violation
from tandem.prospecting.ai.pieces import Piece, claim, claim_on, evidence_of
from tandem.prospecting.ai.privacy import private_claims
from tandem.prospecting.contracts import Truth, Verdict
from tandem.prospecting.domain.statements import chosen, day_of, noun_of

HERE = Path(__file__).parent
LEAST_FIT = 0.4  # below this an account earns less than half of the profile even if all unknown were true
MOST_SIGNALS, MOST_PARTS, MOST_WORDS = 3, 3, 150
HIGH_INTEREST, RISING = 0.6, 2.0


class MeasuredPart(BaseModel):
    """One signal of the profile, measured. truth : yes, no or unknown"""

    name: str
    truth: Truth
    because: str
    weight: float
    evidence_ids: list[str]


class RationaleInput(BaseModel):
    """One account as a rationale is made of it.

    fit : 0 to 1; parts : of the profile, heaviest first
    excluded_by : the exclusion that holds; empty: none
    percentile, surge : of interest; None: nothing counted. surge : standard deviations above its own twelve weeks
    pieces : evidence, strongest first
    """

    account_id: int
    account: str
    icp_version: int
    fit: float
    excluded_by: str = ""
    parts: list[MeasuredPart]
    percentile: float | None = None
    surge: float | None = None
    pieces: list[Piece]

    def piece(self, kind: str) -> Piece | None:
        """The first piece of a kind; None: there is none."""
        return next((one for one in self.pieces if one.kind == kind), None)


class RationaleOutput(BaseModel):
    """The verdict and the paragraph. signal_ids : those of the cited ids that are signals"""

    verdict: Verdict
    claims: list[Claim]
    signal_ids: list[str]


def built_in(input: RationaleInput) -> RationaleOutput:
    """The rationale by rules: exclusion first, then fit, then whether anything happened at all."""
    against = _against(input)
    if against is not None:
        return RationaleOutput(verdict=Verdict.PASS, claims=against, signal_ids=_signals_cited(input, against))
    claims = _ordered(input)
    return RationaleOutput(verdict=Verdict.FITS, claims=claims, signal_ids=_signals_cited(input, claims))


def _against(input: RationaleInput) -> list[Claim] | None:
    """What makes it a pass; None: it may fit."""
    fit = input.piece("fit")
    if input.excluded_by and fit is not None:
        return [claim(f"{input.account} is excluded: {input.excluded_by}.", fit)]
    if input.fit < LEAST_FIT and fit is not None:
        failed = [part for part in input.parts if part.truth is Truth.NO][:MOST_PARTS]
        told = f"{input.account} earns {input.fit:.2f} of 1 against the profile."
        claims = [claim(told, fit)]
        if failed:
            claims.append(claim(f"Against it: {_joined([part.because for part in failed])}.", fit))
        return claims
    if not any(one.is_signal for one in input.pieces):
        seen = input.piece("seen")
        return [claim(seen.quote, seen)] if seen is not None else []
    return None


def _ordered(input: RationaleInput) -> list[Claim]:
    """Signals, interest, fit and history; what leads differs from account to account."""
    happened = list(_happened(input))
    fits = list(_fits(input))
    rest = [*_interest(input), *_between_us(input), *_unknown(input)]
    if chosen(("signals", "signals", "fit"), f"order:{input.account_id}") == "fit":
        return [*fits, *happened, *rest]
    return [*happened[:1], *fits, *happened[1:], *rest]


def _happened(input: RationaleInput) -> Iterator[Claim]:
    """The strongest published signals, no kind twice; the newest touch where nothing was published."""
    kinds: set[str] = set()
    for piece in input.pieces:
        if not piece.id.startswith("signal:") or piece.kind in kinds:
            continue
        told = claim_on(piece, name=input.account)
        if told is not None:
            kinds.add(piece.kind)
            yield told
        if len(kinds) == MOST_SIGNALS:
            return


def _fits(input: RationaleInput) -> Iterator[Claim]:
    fit = input.piece("fit")
    held = [part for part in input.parts if part.truth is Truth.YES and part.because][:MOST_PARTS]
    if fit is None or not held:
        return
    forms = (
        "It fits the profile: {parts}.",
        "Of the profile these hold: {parts}.",
        "The fit is {fit}: {parts}.",
        "It earns {fit} of 1 against the profile, because {parts}.",
    )
    text = chosen(forms, f"fit:{input.account_id}").format(
        parts=_joined([part.because for part in held]), fit=f"{input.fit:.2f}"
    )
    known = {piece.id for piece in input.pieces}
    more = [cited for part in held for cited in part.evidence_ids if cited in known]
    yield Claim(text=text, evidence_ids=list(dict.fromkeys([fit.id, *more])))


def _interest(input: RationaleInput) -> Iterator[Claim]:
    interest = input.piece("intent")
    if interest is None or input.percentile is None:
        return
    share = f"{input.percentile:.0%}"
    if input.surge is not None and input.surge >= RISING:
        forms = (
            "Its interest is above that of {share} of accounts and {surge} standard deviations over its usual week.",
            "Interest runs {surge} standard deviations over its usual week, above {share} of accounts.",
        )
        text = chosen(forms, f"interest:{input.account_id}").format(share=share, surge=f"{input.surge:.1f}")
        yield claim(text, interest)
    elif input.percentile >= HIGH_INTEREST:
        forms = (
            "Its interest is above that of {share} of accounts.",
            "Interest is higher than at {share} of accounts.",
        )
        yield claim(chosen(forms, f"interest:{input.account_id}").format(share=share), interest)


def _between_us(input: RationaleInput) -> Iterator[Claim]:
    """An open deal, else the newest touch; both where no signal was published that could be cited."""
    deal = next((one for one in input.pieces if one.kind == "deal" and one.details.get("state") == "open"), None)
    if deal is not None:
        forms = ("Open with us: {name}, in {stage}.", "The deal {name} is open, in {stage}.")
        yield claim(chosen(forms, deal.id).format(name=deal.title, stage=deal.details.get("stage", "")), deal)
        if any(one.id.startswith("signal:") for one in input.pieces):
            return
    touch = next((one for one in input.pieces if one.id.startswith("activity:")), None)
    if touch is not None and touch.at is not None:
        forms = ("The last touch was a {kind} on {on}.", "We were last in touch on {on}: {kind}.")
        yield claim(chosen(forms, touch.id).format(kind=noun_of(touch.kind), on=day_of(touch.at)), touch)


def _unknown(input: RationaleInput) -> Iterator[Claim]:
    """The heaviest part of the profile that is open or speaks against."""
    fit = input.piece("fit")
    if fit is None:
        return
    if not input.icp_version:
        yield claim("No ideal customer profile is in force, so the fit is not measured.", fit)
        return
    failed = next((part for part in input.parts if part.truth is Truth.NO and part.because), None)
    if failed is not None:
        forms = ("What speaks against it: {part}.", "Against it: {part}.")
        yield claim(chosen(forms, f"against:{input.account_id}").format(part=failed.because), fit)
        return
    unknown = next((part for part in input.parts if part.truth is Truth.UNKNOWN and part.because), None)
    if unknown is not None:
        forms = ("Still open: {part}.", "Not clear yet: {part}.")
        yield claim(chosen(forms, f"open:{input.account_id}").format(part=unknown.because), fit)


def _joined(parts: Sequence[str]) -> str:
    """ "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _signals_cited(input: RationaleInput, claims: Sequence[Claim]) -> list[str]:
    signals = {one.id for one in input.pieces if one.is_signal}
    cited = (one for told in claims for one in told.evidence_ids)
    return [one for one in dict.fromkeys(cited) if one in signals]


def checked(input: RationaleInput, output: RationaleOutput) -> Sequence[Violation]:
    """What a rationale must keep beside the guards: it says something, cites a signal, and lets exclusions win."""
    found = private_claims(output.claims, input.pieces, name=input.account)
    if not output.claims:
        found.append(Violation(guard="rationale", message="There is no claim; give at least one sentence."))
    if output.verdict is Verdict.PASS:
        return found
    if input.excluded_by:
        message = f"The account is excluded ({input.excluded_by}); the verdict must be pass."
        found.append(Violation(guard="rationale", message=message))
    elif input.fit < LEAST_FIT:
        message = f"The fit is {input.fit:.2f}, below {LEAST_FIT}; the verdict must be pass."
        found.append(Violation(guard="rationale", message=message))
    cited = set(_signals_cited(input, output.claims))
    if not cited:
        message = "No claim cites a signal; rest at least one on an id that begins with signal: or activity:."
        found.append(Violation(guard="rationale", message=message))
    for strange in [one for one in output.signal_ids if one not in cited]:
        message = f"signal_ids names {strange!r}, which no claim cites as a signal."
        found.append(Violation(guard="rationale", message=message, span=strange))
    return found


RATIONALE: Task[RationaleInput, RationaleOutput] = Task(
    name="prospecting.rationale",
    title="Say why an account fits",
    tier=Tier.STRONG,
    input_type=RationaleInput,
    output_type=RationaleOutput,
    prompt=HERE / "prompts" / "rationale.txt",
    built_in=built_in,
    evidence=lambda input: evidence_of(input.pieces),
    guards=frozenset({GuardName.GROUNDING, GuardName.INJECTION}),
    checks=(checked,),
    words=lambda output: [one.text for one in output.claims],
    most_words=MOST_WORDS,
    eval_set=HERE / "evals" / "rationale.jsonl",
)
