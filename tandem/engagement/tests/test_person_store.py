"""People may see what outreach holds of them, and have it gone; what has to go in time goes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tandem.access.contracts import Role
from tandem.compliance.contracts.rights import PersonKeys
from tandem.core.actors import Actor, ActorKind
from tandem.core.errors import NotAllowed
from tandem.engagement.actions.person_store import OutreachStore, PastMessages
from tandem.engagement.contracts import ReplyLabel
from tandem.engagement.models import Draft, Enrollment, Inbound
from tandem.engagement.tests.incoming import ARRIVED, Post, mail, reading, sent
from tests.outreach import plant

if TYPE_CHECKING:
    from tests.company import Company

pytestmark = pytest.mark.django_db
OLGA = Actor(kind=ActorKind.PERSON, id=3, name="Olga", role=Role.COMPLIANCE.value)
SELLER = Actor(kind=ActorKind.PERSON, id=2, name="Sam", role=Role.SELLER.value)


class Hold:
    """Keeps whoever it is told."""

    def __init__(self, *kept: str) -> None:
        self.kept = set(kept)

    def keeps(self, *, key_hash: str = "", subjects: object = ()) -> bool:
        return bool(self.kept & set(subjects))  # type: ignore[call-overload]


@pytest.fixture
def post(company: Company, monkeypatch: pytest.MonkeyPatch) -> Post:
    return Post(plant(company, "paula", "oscar"), monkeypatch)


def keys(company: Company, who: str) -> PersonKeys:
    contact = company.contacts[who]
    return PersonKeys(emails=(contact.email,), subjects=(f"contact:{contact.id}",))


def test_somebody_gets_all_and_is_gone_without_a_trace(company: Company, post: Post) -> None:
    paula, oscar = company.contacts["paula"].email, company.contacts["oscar"].email
    post.arrives(
        mail(paula, "Let us talk.", answers=sent(post.outreach, "paula")),
        reading(ReplyLabel.POSITIVE_MEETING, text="Let us talk."),
    )
    named = post.arrives(
        mail(oscar, f"Ask {paula} instead.", answers=sent(post.outreach, "oscar")),
        reading(ReplyLabel.WRONG_PERSON, text="Ask her instead.", redirect_email=paula),
    )
    store, who = OutreachStore(), keys(company, "paula")
    told = [one.what for one in store.collect(who)]
    assert told == ["plan", "text to the person", "message from the person", "named by a colleague"]
    with pytest.raises(NotAllowed):
        store.erase(who, request="request:1", actor=SELLER, now=ARRIVED)
    assert Draft.objects.count() == 2

    assert store.erase(who, request="request:1", actor=OLGA, now=ARRIVED) > 0
    assert list(store.collect(who)) == []
    assert set(Enrollment.objects.values_list("contact", flat=True)) == {company.contacts["oscar"].id}
    emptied = Inbound.objects.exclude(id=named.id).get()
    assert (emptied.sender, emptied.new_text, bytes(emptied.content), emptied.kind) == ("", "", b"", "reply")
    named.refresh_from_db()
    assert (bytes(named.content), named.sender, named.new_text) == (b"", oscar, "Ask her instead.")
    assert store.erase(who, request="request:1", actor=OLGA, now=ARRIVED) == 0


def test_messages_end_in_time_unless_they_are_held(company: Company, post: Post) -> None:
    for who in ("paula", "oscar"):
        post.arrives(
            mail(company.contacts[who].email, f"Hello, {who}", answers=sent(post.outreach, who)), reading(text=who)
        )
    held, kind = Hold(f"contact:{company.contacts['oscar'].id}"), PastMessages()
    assert kind.count(ARRIVED, held) == (0, 0)
    after = ARRIVED + timedelta(days=1)
    assert kind.count(after, held) == (2, 1)
    assert kind.delete(after, held, actor=OLGA, now=after) == 1
    assert Inbound.objects.get().contact_id == company.contacts["oscar"].id
