"""The workspace's chat export: deal channels, channels shared with customers, and the team's own ones."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from tandem.simulation.deals.chain import STAGES, state_parts
from tandem.simulation.deals.paths import Deal
from tandem.simulation.lexicon import load
from tandem.simulation.market import Company, Person
from tandem.simulation.names import plain
from tandem.simulation.outputs import write_json
from tandem.simulation.text.acts import ACTS
from tandem.simulation.text.grammar import grammar
from tandem.simulation.text.scene import Scene
from tandem.simulation.text.voice import Voice, voice_of_member, voice_of_person
from tandem.simulation.times import working_moment
from tandem.simulation.world import World

_ID_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
SHARED, BOT = 0.4, "B0DEALBOT1"
MESSAGES_A_CHANNEL = 34


def write_slack(world: World) -> None:
    """Write `slack/` as the official export has it: users.json, channels.json and a file for each channel and day."""
    _Workspace(world).write()


class _Workspace:
    """The export being written; users and channels are gathered while channels are written one by one."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.dice = world.dice("slack")
        self.team = "T" + self.dice.token(_ID_LETTERS, 9)
        self.users: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, str] = {}
        self.channels: list[dict[str, Any]] = []
        self.names: set[str] = set()

    def write(self) -> None:
        """Everything."""
        for member in self.world.staff:
            self.user(voice_of_member(self.world.config.seed, member), self.team)
        config = self.world.config
        count = max(1, round(config.sellers * config.slack_channels_per_seller * config.scale))
        late = [deal for deal in self.world.book.deals if deal.opened_on >= config.start or deal.ended is None]
        late = [deal for deal in late if max(state_parts(code)[0] for code in deal.path) >= 2 and deal.team]
        for deal in self.dice.some(late, count):
            _Channel(self, deal, shared=self.dice.chance(SHARED)).write()
        folder = self.world.out / "slack"
        write_json(folder / "users.json", list(self.users.values()))
        write_json(folder / "channels.json", self.channels)
        write_json(folder / "integration_logs.json", [])
        self.world.summary.add("slack/channels", len(self.channels))

    def user(self, voice: Voice, team: str) -> str:
        """The person's id in the workspace; foreign people have their own team."""
        key = self.keys.get(voice.email)
        if key is None:
            key = self.keys[voice.email] = "U" + self.dice.token(_ID_LETTERS, 10)
            profile = {"real_name": voice.name, "display_name": voice.first.lower(), "title": voice.title}
            if voice.ours or self.dice.chance(0.7):
                profile["email"] = voice.email
            self.users[key] = {
                "id": key, "team_id": team, "name": plain(voice.name).replace(" ", "."), "deleted": False, "real_name": voice.name,
                "tz": voice.zone, "profile": profile, "is_bot": False, "is_stranger": team != self.team,
            }  # fmt: skip
        return key

    def name(self, wish: str) -> str:
        """A free channel name."""
        name, number = wish[:70], 2
        while name in self.names:
            name, number = f"{wish[:70]}-{number}", number + 1
        self.names.add(name)
        return name


class _Channel:
    """One channel of a deal, internal or shared with the customer."""

    def __init__(self, space: _Workspace, deal: Deal, *, shared: bool) -> None:
        world = space.world
        self.space, self.deal, self.shared = space, deal, shared
        self.dice = world.dice("slack", deal.index)
        seed, company = world.config.seed, deal.company
        self.owner = voice_of_member(seed, deal.owner)
        mates = [
            mate
            for mate in world.staff
            if mate.team == deal.owner.team and mate is not deal.owner and mate.role != "executive"
        ]
        people = [deal.owner, *([deal.owner.manager] if deal.owner.manager else []), *self.dice.some(mates, 2)]
        self.ours = list(
            {voice.email: voice for voice in (voice_of_member(seed, member) for member in people)}.values()
        )
        self.theirs = [self._guest(person, company) for person in deal.team[:3]] if shared else []
        self.language = self.owner.language_with(self.theirs[0]) if shared else "en"
        self.id = "C" + self.dice.token(_ID_LETTERS, 10)
        stem = plain(company.name.short).replace(" ", "-")
        self.name = space.name(f"ext-{stem}-merrowline" if shared else f"deal-{stem}")
        foreign = "T" + self.dice.token(_ID_LETTERS, 9)
        self.members = {voice.email: space.user(voice, space.team) for voice in self.ours}
        self.members |= {voice.email: space.user(voice, foreign) for voice in self.theirs}
        self.stamps: set[str] = set()
        self.foreign = foreign

    def _guest(self, person: Person, company: Company) -> Voice:
        second = person.second_job is not None and person.second_job.company is company
        return voice_of_person(self.space.world.config.seed, person, second=second)

    def write(self) -> None:
        """The channel's entry and its files by day."""
        config = self.space.world.config
        first = max(config.start, self.deal.opened_on)
        last = min(config.end - dt.timedelta(days=1), self.deal.ended or config.end)
        span = max(1, (last - first).days)
        messages: list[dict[str, Any]] = []
        for _ in range(max(4, self.dice.poisson(MESSAGES_A_CHANNEL))):
            messages += self._topic(min(last, first + dt.timedelta(days=self.dice.between(0, span))))
        messages.sort(key=lambda message: float(message["ts"]))
        messages.insert(0, self._joined(messages[0]))
        by_day: dict[str, list[dict[str, Any]]] = {}
        for message in messages:
            day = dt.datetime.fromtimestamp(float(message["ts"]), dt.UTC).date().isoformat()
            by_day.setdefault(day, []).append(message)
        folder = self.space.world.out / "slack" / self.name
        for day, rows in by_day.items():
            write_json(folder / f"{day}.json", rows)
        self.space.world.summary.add("slack/messages", len(messages))
        self._enter(int(float(messages[0]["ts"])))

    def _enter(self, created: int) -> None:
        entry: dict[str, Any] = {
            "id": self.id, "name": self.name, "created": created, "creator": self.members[self.owner.email], "is_archived": False,
            "is_general": False, "members": list(self.members.values()),
            "topic": {"value": self.deal.company.name.short, "creator": self.members[self.owner.email], "last_set": created},
            "purpose": {"value": "", "creator": "", "last_set": 0},
        }  # fmt: skip
        if self.shared:
            entry |= {"is_shared": True, "is_ext_shared": True, "shared_team_ids": [self.space.team, self.foreign]}
        self.space.channels.append(entry)

    def _joined(self, first: dict[str, Any]) -> dict[str, Any]:
        key = self.members[self.owner.email]
        stamp = f"{float(first['ts']) - 60:.6f}"
        return {
            "type": "message",
            "subtype": "channel_join",
            "user": key,
            "text": f"<@{key}> has joined the channel",
            "ts": stamp,
        }

    def _stamp(self, seconds: float) -> str:
        stamp = f"{int(seconds)}.{self.dice.between(0, 999):03}{self.dice.between(100, 999)}"
        while stamp in self.stamps:
            stamp = f"{int(seconds) + len(self.stamps)}.{self.dice.between(100_000, 999_999)}"
        self.stamps.add(stamp)
        return stamp

    def _topic(self, day: dt.date) -> list[dict[str, Any]]:
        """A message, and perhaps a thread below it."""
        dice = self.dice
        if not self.shared and dice.chance(0.12):
            return [self._bot(day)]
        author = dice.pick(self.theirs if self.shared and dice.chance(0.65) else self.ours)
        at = working_moment(dice, author.zone, day).timestamp()
        root = self._message(author, at, day, "c_connect" if self.shared else "c_update", "")
        replies = []
        for number in range(dice.poisson(1.1)):
            other = dice.pick([*self.ours, *self.theirs])
            at += dice.between(40, 5200)
            rule = (
                "commit_seller"
                if other.ours and dice.chance(0.2)
                else "commit_customer"
                if self.shared and not other.ours
                else "c_reply"
            )
            if self.shared and rule == "c_reply" and number == 0:
                rule = "t_answer"
            replies.append(self._message(other, at, day, rule, root["ts"]))
        if replies:
            root["thread_ts"] = root["ts"]
            root["reply_count"] = len(replies)
            root["replies"] = [{"user": reply["user"], "ts": reply["ts"]} for reply in replies]
            for reply in replies:
                reply["parent_user_id"] = root["user"]
        return [root, *replies]

    def _message(self, author: Voice, at: float, day: dt.date, rule: str, thread: str) -> dict[str, Any]:
        dice, key = self.dice, self.members[author.email]
        scene = Scene(dice, self.language, self.deal.company, self.deal, day)
        scene.address(self.theirs[0] if author.ours and self.theirs else self.owner, day)
        scene["mention"] = dice.pick(list(self.members.values()))
        act, detail = ACTS.get(rule, ("question", "customer") if rule == "c_connect" else ("", ""))
        due = scene.due().iso if act == "commitment" else ""
        text = author.text(rule, self.language, dice, scene)
        if author.style in ("terse", "chatty", "plain") and dice.chance(0.5):
            text = text[:1].lower() + text[1:]
        stamp = self._stamp(at)
        message: dict[str, Any] = {
            "client_msg_id": f"{dice.getrandbits(128):032x}", "type": "message", "user": key, "text": text, "ts": stamp,
            "team": self.space.team if author.ours else self.foreign,
        }  # fmt: skip
        if thread:
            message["thread_ts"] = thread
        if dice.chance(0.07):
            message["edited"] = {"user": key, "ts": f"{int(at) + dice.between(20, 300)}.000000"}
        if dice.chance(0.22):
            users = dice.some(list(self.members.values()), 1 + dice.poisson(0.5))
            emoji = dice.pick(load("en/talk")["emoji"])
            message["reactions"] = [{"name": emoji, "users": users, "count": len(users)}]
        identity = f"{self.id}:{stamp}"
        truth = self.space.world.truth
        truth.add("messages", identity, self.name, "chat", "", self.language, thread or stamp, self.deal.index, text)
        if act:
            truth.add("spans", identity, act, f"{detail} {due}".strip(), text)
        return message

    def _bot(self, day: dt.date) -> dict[str, Any]:
        """A note of the CRM's bot."""
        world = self.space.world
        week = (day - world.config.origin).days // 7
        code = self.deal.path[min(max(0, week - self.deal.opened), len(self.deal.path) - 1)]
        scene = Scene(self.dice, "en", self.deal.company, self.deal, day)
        scene["stage"] = STAGES[state_parts(code)[0]]
        text = grammar("en").say("c_bot", self.dice, scene)
        at = working_moment(self.dice, self.owner.zone, day).timestamp()
        return {
            "type": "message", "subtype": "bot_message", "bot_id": BOT, "username": "Deal bot", "text": text, "ts": self._stamp(at),
            "attachments": [{"fallback": json.dumps({"deal": self.deal.company.name.short}), "color": "36a64f"}],
        }  # fmt: skip
