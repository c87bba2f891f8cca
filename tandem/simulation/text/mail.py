"""The sellers' mailboxes: one mbox each, threads that follow the deals' lives, and all the other mail there is."""

from __future__ import annotations

import datetime as dt

from tandem.simulation.deals.paths import Deal
from tandem.simulation.market import Company, Person
from tandem.simulation.text.correspondence import Thread, publisher
from tandem.simulation.text.desk import Desk
from tandem.simulation.text.envelope import mbox_bytes
from tandem.simulation.text.facts import FactBook
from tandem.simulation.text.threads import OUTCOMES, SCRIPTS, Script, life_of, prospecting
from tandem.simulation.text.voice import Voice, voice_of_person
from tandem.simulation.world import World

DEAL_SHARE, PROSPECT_SHARE = 0.62, 0.28


def write_mail(world: World) -> None:
    """Write `mail/<mailbox>.mbox` for every seller who sent or got mail in the period, and the truth of each message."""
    deals: dict[int, list[Deal]] = {}
    for deal in world.book.deals:
        deals.setdefault(deal.owner.index, []).append(deal)
    companies: dict[int, list[Company]] = {}
    for company in world.market.companies:
        if company.owner is not None:
            companies.setdefault(company.owner.index, []).append(company)
    folder = world.out / "mail"
    folder.mkdir(parents=True, exist_ok=True)
    for seller in world.sellers:
        box = Mailbox(world, seller)
        box.fill(deals.get(seller.index, []), companies.get(seller.index, []))
        if box.letters:
            box.save()


class Mailbox(Desk):
    """One seller's mailbox being written."""

    def fill(self, deals: list[Deal], companies: list[Company]) -> None:
        """All letters of the mailbox."""
        span = max(0, (self.last - self.first).days + 1) / max(
            1, (self.world.config.end - self.world.config.start).days
        )
        config = self.world.config
        target = self.dice.poisson(config.mails_per_seller * config.scale * span)
        if span == 0 or target == 0:
            return
        for deal in self.in_order(deals):
            if len(self.letters) >= target * DEAL_SHARE:
                break
            self._live(deal)
        strangers = [
            person for company in companies for person in company.people if person.first_job.company is company
        ]
        self.dice.shuffle(strangers)
        for person in strangers:
            if len(self.letters) >= target * (DEAL_SHARE + PROSPECT_SHARE):
                break
            self._prospect(person)
        news = companies or [deal.company for deal in deals]
        while news and len(self.letters) < target:
            self._aside(self.dice.pick(news), deals)

    def in_order(self, deals: list[Deal]) -> list[Deal]:
        """Deals that lived in the period, open ones rather first."""
        alive = [deal for deal in deals if (deal.ended or self.last) >= self.first and deal.opened_on <= self.last]
        keys = {deal.index: self.dice.random() - (0.35 if deal.ended is None else 0.0) for deal in alive}
        return sorted(alive, key=lambda deal: keys[deal.index])

    def voice_of(self, person: Person, company: Company) -> Voice:
        """A person at a company."""
        voice = self.voices.get(person.index)
        if voice is None:
            second = person.second_job is not None and person.second_job.company is company
            voice = self.voices[person.index] = voice_of_person(self.world.config.seed, person, second=second)
        return voice

    def _live(self, deal: Deal) -> None:
        """The threads of one deal."""
        book = FactBook.of(self.world.config.seed, deal, "mail")
        people = [person for person in (deal.champion, *deal.team) if person is not None]
        people = list({person.index: person for person in people}.values())
        if not people:
            return
        they = self.voice_of(people[0], deal.company)
        other = self.voice_of(people[-1], deal.company)
        for day, name in life_of(deal, self.dice, self.world.config.origin):
            if self.first <= day <= self.last:
                if deal.champion_left and day > deal.champion_left + dt.timedelta(days=9):
                    they = other
                Thread(self, deal, deal.company, they, other, book).run(SCRIPTS[name], day)

    def _prospect(self, person: Person) -> None:
        """A cold sequence to one person."""
        company = person.first_job.company
        they = self.voice_of(person, company)
        outcome = "unsubscribe" if person.opted_out else str(self.dice.draw(OUTCOMES))
        thread = Thread(self, None, company, they, they, None)
        day = self.first + dt.timedelta(days=self.dice.between(0, max(0, (self.last - self.first).days - 3)))
        if outcome == "bounce":
            thread.run(Script("subject_outreach", prospecting("silence").steps[:1]), day)
            thread.bounce()
        elif outcome == "ooo":
            thread.run(Script("subject_outreach", prospecting("silence").steps[:1]), day)
            thread.absence()
            thread.go_on(prospecting(self.dice.pick(("silence", "positive_info", "negative_now"))).steps[2:])
        else:
            thread.run(prospecting(outcome), day)

    def _aside(self, company: Company, deals: list[Deal]) -> None:
        """Internal mail or a newsletter."""
        day = self.first + dt.timedelta(days=self.dice.between(0, max(0, (self.last - self.first).days - 3)))
        running = [deal for deal in deals if deal.opened_on <= day <= (deal.ended or self.last)]
        if self.mates and running and self.dice.chance(0.6):
            deal = self.dice.pick(running)
            Thread(self, deal, deal.company, self.mates[0], self.mates[0], None).run(SCRIPTS["inside"], day)
        else:
            Thread(self, None, company, publisher(self.dice), self.voice, None).newsletter(day)

    def save(self) -> None:
        """Write the mbox in order of time, and the truth."""
        self.letters.sort(key=lambda letter: (letter.at, letter.id))
        truth, box = self.world.truth, self.voice.email
        numbers: dict[str, int] = {}
        with (self.world.out / "mail" / f"{box}.mbox").open("wb") as file:
            for letter in self.letters:
                number = numbers.setdefault(letter.thread, 1_500_000_000_000_000_000 + self.dice.getrandbits(56))
                labels = "Sent" if letter.sender is self.voice else "Inbox"
                file.write(mbox_bytes(letter, self.dice, number, labels))
        self.world.summary.add("mail/messages", len(self.letters))
        for letter in self.letters:
            truth.add(
                "messages", letter.id, box, letter.kind, letter.label, letter.language, letter.thread, letter.deal, letter.new_text
            )  # fmt: skip
            for span in letter.spans:
                if span.act and span.text:
                    truth.add("spans", letter.id, span.act, span.detail or span.due, span.text)
