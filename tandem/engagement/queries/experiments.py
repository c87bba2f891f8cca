"""What experiments came to: arms of a campaign or a segment, and variants of a step, with intervals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from tandem.accounts.queries.totals import Rates
from tandem.core.actors import Actor
from tandem.engagement.contracts import Arm, TouchState
from tandem.engagement.domain.experiments import ARM_WORDS, Group, compare
from tandem.engagement.models import Touch
from tandem.engagement.queries.outcomes import Chosen, Followed, added_up, follow

BASE = (Arm.HUMAN, Arm.HYBRID)


def arms_of(people: Sequence[Followed], rates: Rates) -> list[Group]:
    """Arms of people that were followed, against people's own work (else against hybrid); empty: nobody yet."""
    groups = _grouped({one.enrollment_id: one.arm for one in people}, people)
    if not groups:
        return []
    against = next((arm.value for arm in BASE if arm.value in groups), min(groups))
    told = {key: added_up(some, rates) for key, some in groups.items()}
    return compare(told, against=against, words={arm.value: words for arm, words in ARM_WORDS.items()})


def arms_of_campaign(actor: Actor, campaign_id: int) -> list[Group]:
    """The arms of one campaign, of people in the actor's sight."""
    return arms_of(follow(actor, Chosen(campaign_id=campaign_id)), Rates())


def variants_of(people: Sequence[Followed], rates: Rates) -> dict[int, list[Group]]:
    """By step: what people came to who got each text of it. Only steps with variants; only touches that left."""
    rows = Touch.objects.filter(
        enrollment_id__in=[one.enrollment_id for one in people], state=TouchState.SENT, step__isnull=False
    ).exclude(variant="")
    got: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for enrollment_id, step, variant in rows.values_list("enrollment_id", "step", "variant"):
        got[step or 0][enrollment_id or 0] = variant
    found: dict[int, list[Group]] = {}
    for step, variants in sorted(got.items()):
        told = {key: added_up(some, rates) for key, some in _grouped(variants, people).items()}
        found[step] = compare(told, against=min(told), words={key: f"Text “{key}”" for key in told})
    return found


def _grouped(keys: Mapping[int, str], people: Sequence[Followed]) -> dict[str, list[Followed]]:
    found: defaultdict[str, list[Followed]] = defaultdict(list)
    for one in people:
        if one.enrollment_id in keys:
            found[keys[one.enrollment_id]].append(one)
    return dict(found)
