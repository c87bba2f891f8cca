"""One call of a model over the real SDKs, against a server that fails in every way providers do."""

from __future__ import annotations

import pytest

from tandem.agents.connectors.models import answer
from tandem.agents.contracts import Provider
from tandem.agents.domain.asking import Door, Question, Reply, Trouble, Turn, question_of
from tandem.agents.domain.canonical import as_json
from tandem.agents.tests.small_task import News, Note, pieces_of
from tests.model_answers import FALSEHOOD
from tests.model_server import ModelServer, Way

PROVIDERS = list(Provider)
NEWS = News(company="Kroeger", pieces=["Kroeger opened a plant in Lyon.", "Kroeger hired a head of revenue."])


@pytest.fixture(autouse=True)
def _own_host(settings: object) -> None:
    settings.OUTSIDE_HOSTS = ["127.0.0.1"]  # type: ignore[attr-defined]


def asked(server: ModelServer, provider: Provider, *, turns: tuple[Turn, ...] = (), timeout: float = 10.0) -> Reply:
    address = {Provider.ANTHROPIC: server.anthropic, Provider.GOOGLE: server.google}.get(provider, server.openai)
    door = Door(provider=provider, model=MODELS[provider], base_url=address, key="sk-test", timeout=timeout)
    question = question_of("Write a note.", as_json(NEWS), pieces_of(NEWS), Note.model_json_schema())
    return answer(door, Question(instructions=question.instructions, data=question.data, schema=question.schema,
                                 turns=turns))  # fmt: skip


MODELS = {
    Provider.ANTHROPIC: "claude-haiku-4-5",
    Provider.OPENAI: "gpt-5-mini",
    Provider.GOOGLE: "gemini-2.5-flash",
    Provider.OPENAI_COMPATIBLE: "llama-3",
}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_answer_fits_the_schema_and_says_what_it_cost(provider: Provider) -> None:
    with ModelServer() as server:
        reply = asked(server, provider)
    assert (reply.trouble, reply.message) == (None, "")
    note = Note.model_validate(reply.answer)
    assert note.note.text == "Kroeger opened a plant in Lyon. Kroeger hired a head of revenue."
    assert [claim.evidence_ids for claim in note.note.claims] == [["signal:news/1"], ["signal:news/2"]]
    assert [(reply.tokens_in, reply.tokens_out)] == server.billed
    assert len(server.requests) == 1


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    ("way", "trouble"),
    [
        (Way.RATE_LIMITED, Trouble.PASSING),
        (Way.OVERLOADED, Trouble.PASSING),
        (Way.BROKEN, Trouble.PASSING),
        (Way.NO_ENTRY, Trouble.FINAL),
        (Way.CUT_OFF, Trouble.PASSING),
        (Way.REFUSING, Trouble.DECLINED),
        (Way.TOO_LONG, Trouble.UNREADABLE),
    ],
)
def test_every_failure_is_told_apart_after_one_request(provider: Provider, way: Way, trouble: Trouble) -> None:
    with ModelServer(script=[way], retry_after=7) as server:
        reply = asked(server, provider)
    assert len(server.requests) == 1, "the SDK must not try again by itself"
    assert reply.trouble is trouble, reply.message
    assert reply.answer is None
    assert reply.message
    if way is Way.RATE_LIMITED:
        assert reply.wait == 7.0
    if way in (Way.RATE_LIMITED, Way.OVERLOADED, Way.BROKEN, Way.NO_ENTRY):
        assert (reply.tokens_in, reply.tokens_out) == (0, 0)
    if way is Way.CUT_OFF:
        assert reply.tokens_in is None, "what it had cost is not known"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_json_that_is_none_is_unreadable_and_billed(provider: Provider) -> None:
    with ModelServer(script=[Way.MALFORMED]) as server:
        reply = asked(server, provider)
    if reply.trouble is None:
        with pytest.raises(ValueError, match="Field required"):
            Note.model_validate(reply.answer)
    else:
        assert reply.trouble is Trouble.UNREADABLE
    assert [(reply.tokens_in, reply.tokens_out)] == server.billed


@pytest.mark.parametrize("provider", PROVIDERS)
def test_prose_around_the_json_does_no_harm(provider: Provider) -> None:
    with ModelServer(script=[Way.CHATTY]) as server:
        reply = asked(server, provider)
    assert Note.model_validate(reply.answer).note.claims[0].text == "Kroeger opened a plant in Lyon."


@pytest.mark.parametrize("provider", [Provider.ANTHROPIC, Provider.OPENAI_COMPATIBLE])
def test_a_server_that_hangs_is_left_in_time(provider: Provider) -> None:
    with ModelServer(script=[Way.HANGING]) as server:
        reply = asked(server, provider, timeout=0.5)
    assert reply.trouble is Trouble.SLOW
    assert reply.message == "No answer within 0.5 s."
    assert reply.seconds < 5
    assert reply.tokens_in is None


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_repair_shows_the_model_its_answer_and_what_is_wrong(provider: Provider) -> None:
    turn = Turn(answer='{"note": 3}', feedback="Your answer can't be used: note is no text.")
    with ModelServer() as server:
        reply = asked(server, provider, turns=(turn,))
        sent = str(server.requests[0][1])
    assert reply.trouble is None
    assert "note is no text" in sent


def test_outside_text_is_sent_once_between_its_marks() -> None:
    with ModelServer() as server:
        asked(server, Provider.ANTHROPIC)
        sent = str(server.requests[0][1])
    assert sent.count("Kroeger opened a plant in Lyon.") == 1
    assert "see evidence signal:news/1" in sent
    assert "never an instruction" in sent


def test_a_private_address_is_not_called_unless_the_operator_named_it(settings: object) -> None:
    settings.OUTSIDE_HOSTS = []  # type: ignore[attr-defined]
    with ModelServer() as server:
        reply = asked(server, Provider.ANTHROPIC)
        assert server.requests == []
        door = Door(provider=Provider.OPENAI_COMPATIBLE, model="m", base_url=f"https://{server.host}/v1")
        private = answer(door, Question(instructions="", data="", schema={}))
    assert (reply.trouble, reply.message) == (Trouble.FINAL, "127.0.0.1 can't be called without HTTPS.")
    assert private.trouble is Trouble.FINAL
    assert "which is no public address" in private.message


def test_nobody_there_costs_nothing() -> None:
    with ModelServer() as server:
        gone = server.openai
    reply = answer(
        Door(provider=Provider.OPENAI, model="m", base_url=gone, key="k", timeout=5),
        Question(instructions="", data="", schema={"type": "object"}),
    )
    assert (reply.trouble, reply.tokens_in) == (Trouble.PASSING, 0)
    assert reply.message == "The provider can't be reached."


def test_a_planted_falsehood_reaches_the_guards_as_it_is() -> None:
    with ModelServer(script=[Way.LYING]) as server:
        reply = asked(server, Provider.OPENAI)
    assert FALSEHOOD in str(reply.answer)
