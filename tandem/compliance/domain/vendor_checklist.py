"""What a vendor must show and its contract must say, and which of it is missing.

Source: the house's requirements for contracts (price cap, portability, model substitution, training, uptime, incident
notice) and for diligence (SOC 2 Type 2, ISO 27001, DPA with sub-processors, CASL, TCPA, deletion).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tandem.compliance.contracts.registers import CheckLine, LineState, VendorProof

PROOF, CONTRACT = "proof", "contract"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The latest document of its kind. expires_on None: no end"""

    reference: str
    expires_on: date | None


_LINES: tuple[tuple[VendorProof, str, str, str], ...] = (
    (VendorProof.SOC2, PROOF, "SOC 2 Type 2", "a report on a whole period, not on one day (Type 1)"),
    (VendorProof.ISO27001, PROOF, "ISO 27001", "a certificate whose scope covers the service"),
    (VendorProof.DPA, PROOF, "Data processing agreement", "GDPR Article 28, signed"),
    (VendorProof.SUBPROCESSORS, PROOF, "Sub-processors", "a list, and notice before it changes"),
    (VendorProof.CASL, PROOF, "CASL-aware sending", "consent and unsubscribe by Canadian law, where it sends"),
    (VendorProof.TCPA, PROOF, "TCPA flow", "written consent before AI calls and texts, where it calls or texts"),
    (VendorProof.TRAINING_OPT_OUT, CONTRACT, "No training on our data", "neither on data nor on prompts"),
    (VendorProof.DELETION, CONTRACT, "Deletion at the end", "within a named time, with a written confirmation"),
    (VendorProof.ESCALATION_CAP, CONTRACT, "Price cap", "a renewal costs at most inflation (CPI) plus 2 % more"),
    (VendorProof.PORTABILITY, CONTRACT, "Portability", "our data, prompts and AI artefacts in open formats, any time"),
    (VendorProof.SUBSTITUTION, CONTRACT, "Model substitution", "we may change the model, or refuse a change of theirs"),
    (VendorProof.UPTIME, CONTRACT, "Uptime", "a level in per cent, and what is owed below it"),
    (VendorProof.INCIDENTS, CONTRACT, "Incident notice", "told within 72 hours at most, so that we can meet our own"),
)


def checklist(shown: Mapping[VendorProof, Evidence], *, today: date) -> Sequence[CheckLine]:
    """Every line of the checklist with its evidence, gaps among them; proofs first.

    shown : the latest document of each kind

    >>> lines = checklist({VendorProof.DPA: Evidence(reference="drive/7", expires_on=None)}, today=date(2026, 11, 24))
    >>> len(lines), [line.title for line in lines if not line.is_gap]
    (13, ['Data processing agreement'])
    """
    return [_line(proof, part, title, asks, shown.get(proof), today) for proof, part, title, asks in _LINES]


def _line(proof: VendorProof, part: str, title: str, asks: str, found: Evidence | None, today: date) -> CheckLine:
    if found is None:
        return CheckLine(proof=proof, part=part, title=title, asks=asks, state=LineState.MISSING)
    has_ended = found.expires_on is not None and found.expires_on < today
    return CheckLine(
        proof=proof, part=part, title=title, asks=asks, reference=found.reference, expires_on=found.expires_on,
        state=LineState.ENDED if has_ended else LineState.SHOWN,
    )  # fmt: skip
