"""Where one seller's mail is written: whose it is, which days it covers, who sits nearby, and what is there so far."""

from __future__ import annotations

from tandem.simulation.staff import Member
from tandem.simulation.text.letters import Letter
from tandem.simulation.text.voice import Voice, voice_of_member
from tandem.simulation.world import World


class Desk:
    """One seller's desk. first, last: days of the period on which the seller was there; mates: colleagues who write."""

    def __init__(self, world: World, member: Member) -> None:
        config = world.config
        self.world, self.member = world, member
        self.dice = world.dice("mail", member.email)
        self.voice = voice_of_member(config.seed, member)
        self.first = max(config.start, member.started)
        self.last = min(config.end, member.ended or config.end)
        self.letters: list[Letter] = []
        self.voices: dict[int, Voice] = {}
        inside = [
            mate
            for mate in world.staff
            if mate.role in ("manager", "sdr", "compliance", "revops") and mate is not member
        ]
        near = [
            mate for mate in inside if mate is member.manager or mate.role == "compliance" or mate.team == member.team
        ]
        self.mates = [voice_of_member(config.seed, mate) for mate in near[:6] or inside[:3]]
