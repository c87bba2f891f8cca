"""The road of mail, to a real SMTP server on this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tandem.accounts.models import Opportunity
from tandem.compliance.actions import gate, suppress
from tandem.compliance.actions.gate import NotCleared
from tandem.compliance.contracts import SuppressionEntry, SuppressionReason
from tandem.compliance.contracts.gate import Clearance, ClearanceState
from tandem.compliance.models import Clearance as ClearanceRow
from tandem.core import clock
from tandem.core.actors import built_in_agent
from tandem.core.errors import InvalidInput, ProviderFailed
from tandem.engagement.channels import mail as road
from tandem.engagement.channels.mail import MailServer, server_of
from tests.outbound import SENDER, request, set_up_sender

if TYPE_CHECKING:
    from tests.company import Company

WORKER = built_in_agent("worker", "worker")
PAULA = "paula.reyes@cascade-health.example"


class Sink:
    """Takes mail and keeps it; answers as it is told to."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.answer = "250 taken as 1"
        self.refuses_recipient = False
        self.hangs_up = False

    async def handle_RCPT(  # noqa: N802  the name the server asks for
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take or refuse an address."""
        if self.refuses_recipient:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a message, or break the line after it came."""
        assert isinstance(envelope.content, bytes)
        self.taken.append(envelope.content)
        if self.hangs_up:
            assert server.transport is not None
            server.transport.abort()
        return self.answer


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def server(sink: Sink) -> Iterator[MailServer]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    yield MailServer(host="127.0.0.1", port=port, tls="none")
    controller.stop()


@pytest.fixture
def now() -> Iterator[datetime]:
    """An hour at which mail may go to all of the United States."""
    with clock.at(datetime(2026, 11, 24, 18, 30, tzinfo=UTC)) as moment:
        yield moment


@pytest.fixture
def clearance(company: Company, now: datetime) -> Clearance:
    set_up_sender()
    Opportunity.objects.filter(account=company.accounts["cascade"]).update(is_closed=True)
    asked = request(PAULA, subject=f"contact:{company.contacts['paula'].id}")
    answer = gate.decide(asked, actor=WORKER, now=now)
    assert answer.clearance is not None, answer.decision.explanation
    return answer.clearance


def handed(clearance: Clearance, server: MailServer) -> ClearanceState:
    return road.send(clearance, request(PAULA).message, sender=SENDER, server=server, actor=WORKER)


def test_a_cleared_mail_arrives_byte_for_byte_and_its_receipt_is_kept(
    clearance: Clearance, server: MailServer, sink: Sink
) -> None:
    assert handed(clearance, server) is ClearanceState.DEPARTED
    assert sink.taken == [request(PAULA).message]
    row = ClearanceRow.objects.get()
    assert (row.state, row.reference) == ("departed", "250 taken as 1")
    with pytest.raises(NotCleared):
        handed(clearance, server)
    assert len(sink.taken) == 1


def test_somebody_taken_out_in_between_gets_nothing(clearance: Clearance, server: MailServer, sink: Sink) -> None:
    entry = SuppressionEntry(address=PAULA, reason=SuppressionReason.UNSUBSCRIBE)
    suppress(entry, source="link", actor=WORKER, now=clock.now())
    with pytest.raises(NotCleared):
        handed(clearance, server)
    assert sink.taken == []


def test_a_refused_message_may_be_asked_for_again(clearance: Clearance, server: MailServer, sink: Sink) -> None:
    sink.answer = "554 5.7.1 not today"
    assert handed(clearance, server) is ClearanceState.REFUSED
    assert ClearanceRow.objects.get().reason == "554 5.7.1 not today"


def test_a_broken_line_after_the_bytes_is_uncertain_and_never_sent_again(
    clearance: Clearance, server: MailServer, sink: Sink, company: Company
) -> None:
    sink.hangs_up = True
    assert handed(clearance, server) is ClearanceState.UNCERTAIN
    asked = request(PAULA, subject=f"contact:{company.contacts['paula'].id}")
    again = gate.decide(asked, actor=WORKER, now=clock.now())
    assert again.clearance is not None
    with pytest.raises(NotCleared, match="left already"):
        handed(again.clearance, server)
    assert len(sink.taken) == 1


def test_a_server_that_takes_nobody_costs_no_clearance(clearance: Clearance, server: MailServer, sink: Sink) -> None:
    sink.refuses_recipient = True
    with pytest.raises(ProviderFailed, match=r"550 5\.1\.1"):
        handed(clearance, server)
    with pytest.raises(ProviderFailed, match="could not be used"):
        handed(clearance, MailServer(host="127.0.0.1", port=1, tls="none"))
    sink.refuses_recipient = False
    assert handed(clearance, server) is ClearanceState.DEPARTED


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("smtp://mail.example.com", ("mail.example.com", 587, "starttls", "")),
        ("smtps://ann:p%40ss@mail.example.com", ("mail.example.com", 465, "tls", "ann")),
        ("smtp://localhost:2525", ("localhost", 2525, "none", "")),
    ],
)
def test_a_server_is_read_with_encryption_unless_it_is_here(address: str, told: tuple[object, ...]) -> None:
    found = server_of(address)
    assert (found.host, found.port, found.tls, found.user) == told


@pytest.mark.parametrize("address", ["", "http://mail.example.com", "smtp://mail.example.com?tls=none", "smtp://"])
def test_a_server_without_encryption_or_name_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput):
        server_of(address)
