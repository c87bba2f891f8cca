"""The public world: news, jobs, funding, filings, earnings calls, technologies, code, posts, in the sources' own formats."""

from __future__ import annotations

from tandem.simulation.world import World
from tandem.simulation.writers.public.boards import write_jobs
from tandem.simulation.writers.public.happenings import happenings
from tandem.simulation.writers.public.listed import write_earnings, write_filings
from tandem.simulation.writers.public.publishing import write_feeds
from tandem.simulation.writers.public.registers import write_funding, write_github, write_technologies

__all__ = ["write_public"]


def write_public(world: World) -> None:
    """Everything below `public/`; what is told, where, and why, stands in the truth's `public_items`."""
    told = happenings(world)
    write_feeds(world, told)
    write_funding(world, told)
    write_jobs(world)
    write_filings(world, told)
    write_earnings(world)
    write_technologies(world)
    write_github(world)
