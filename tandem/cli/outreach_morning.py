"""What outreach looks like after its first weeks, so that the morning is alive: drafts, replies, clocks, figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from tandem.cli.outreach.post import LOOPBACK, Post
from tandem.core.actors import Actor

PEOPLE = 300
DAYS = 30  # of outreach before today: a ramp takes four weeks
SEED = 20261125
PUBLIC_URL = "https://tandem.merrowline.example"  # links of the demo's mails lead nowhere, as its recipients do
Progress = Callable[[int, int | None, str], None]


def settings_for(folder: Path, post: Post) -> dict[str, str]:
    """What the demo's processes are told: mail goes to the demo's own server, zone files stand for DNS."""
    return {
        "TANDEM_SMTP_URL": f"smtp://{LOOPBACK}:{post.port}",
        "TANDEM_DNS_ZONES_DIR": str(folder / "zones"),
        "TANDEM_PUBLIC_URL": PUBLIC_URL,
    }


def open_post(folder: Path) -> Post:
    """The demo's mail server with everybody behind it, not started yet."""
    return Post(folder / "post", seed=SEED)


def live_through_weeks(
    folder: Path, post: Post, *, actor: Actor, now: datetime, progress: Progress, people: int = PEOPLE
) -> dict[str, object]:
    """Set outreach up and let its last weeks happen; returns counts of what happened. Once: nothing where it stands."""
    from tandem.cli.outreach.setting_up import set_up
    from tandem.cli.outreach.staff import Staff
    from tandem.cli.outreach.weeks import Weeks
    from tandem.core import clock

    since = now - timedelta(days=DAYS)
    progress(0, None, "Setting outreach up")
    zones = folder / "zones"
    with clock.at(since):
        programme = set_up(zones, people=people, actor=actor, now=since)
    if programme is None:
        return {}
    staff = Staff(programme.sellers, seed=SEED)
    weeks = Weeks(programme, post, staff, actor=actor, until=now)
    happened = weeks.live(since=since, told=progress)
    return {
        "enrolled": happened.enrolled, "drafted": happened.drafted, "sent": happened.sent,
        "received": happened.received, "not enrolled": dict(happened.refused), "not written": dict(happened.unwritten),
        "people did": dict(staff.done), "people could not": dict(staff.refused),
    }  # fmt: skip
