"""What people change again and again, how much was changed, and where facts stand in a text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tandem.engagement.domain.edits import EditedText, changes, habits
from tandem.engagement.domain.review import Marked, around, edit_distance, paragraphs, people_needed, seconds_shown

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def edited(number: int, before: str, after: str, language: str = "en-US") -> EditedText:
    return EditedText(draft_id=number, language=language, channel="email", before=before, after=after)


def test_a_habit_is_a_change_that_enough_drafts_have() -> None:
    texts = [edited(n, f"We leverage data for site {n}.", f"We use data for site {n}.") for n in range(1, 6)]
    texts += [edited(9, "We leverage data.", "We leverage data, as you do.")]
    found = habits(texts, fewest=5)
    assert [(one.removed, one.put, one.drafts, one.of) for one in found] == [("leverage", "use", 5, 6)]
    assert found[0].draft_ids == (1, 2, 3, 4, 5)
    assert habits(texts, fewest=6) == []


def test_a_stock_sentence_that_is_taken_out_is_a_habit() -> None:
    text = "Hi Ann. I hope this finds you well. Your site opens in May."
    assert changes(text, "Hi Ann. Your site opens in May.") == {("i hope this finds you well", "")}


def test_languages_are_counted_apart_and_a_draft_counts_once() -> None:
    texts = [edited(n, "Wir nutzen KI. Wir nutzen KI.", "Wir nehmen KI. Wir nehmen KI.", "de") for n in (1, 2)]
    texts += [edited(3, "Wir nutzen KI.", "Wir nehmen KI.", "nl")]
    assert [(one.language, one.drafts) for one in habits(texts, fewest=1) if one.removed == "nutzen"] == [
        ("de", 2), ("nl", 1),
    ]  # fmt: skip


@given(st.text(max_size=60), st.text(max_size=60))
def test_distance_is_a_share_the_same_both_ways_and_nought_for_the_same(one: str, two: str) -> None:
    assert 0.0 <= edit_distance(one, two) <= 1.0
    assert edit_distance(one, two) == edit_distance(two, one)
    assert (edit_distance(one, two) == 0.0) == (one == two)


@given(
    st.text(alphabet="ab .\n", max_size=80),
    st.lists(st.tuples(st.integers(-5, 90), st.integers(-5, 90), st.integers(0, 3)), max_size=6),
)
def test_pieces_put_together_are_the_text_again(body: str, places: list[tuple[int, int, int]]) -> None:
    marked = [Marked(start=start, end=end, cite=cite) for start, end, cite in places]
    told = "".join(piece.text for some in paragraphs(body, marked) for piece in some)
    assert told.replace("\n", "") == body.replace("\n", "")


def test_a_fact_stands_where_its_place_says() -> None:
    found = paragraphs("Hi Ann,\n\nYour site opens in May.", [Marked(start=9, end=18, cite=2)])
    assert [[(piece.text, piece.cite) for piece in some] for some in found] == [
        [("Hi Ann,", 0)], [("Your site", 2), (" opens in May.", 0)],
    ]  # fmt: skip


def test_looking_away_counts_as_five_minutes_at_most() -> None:
    assert seconds_shown(NOON, NOON + timedelta(seconds=30)) == 30.0
    assert seconds_shown(NOON, NOON + timedelta(hours=3)) == 300.0
    assert seconds_shown(NOON, NOON + timedelta(minutes=4), shown_with=4) == 60.0
    assert seconds_shown(NOON, NOON - timedelta(seconds=9)) == 0.0


def test_the_stricter_of_gate_and_campaign_says_how_many_people() -> None:
    assert people_needed(0, is_above=False) == 1
    assert people_needed(1, is_above=True) == 2
    assert people_needed(2, is_above=False) == 2


def test_a_source_shows_the_words_that_the_text_took_from_it() -> None:
    quote = "Long ago. " * 30 + "The clinic in Portland opens in May. " + "More. " * 60
    before, same, after = around("your clinic in Portland opens in May", quote)
    assert same == " clinic in Portland opens in May"
    assert before.startswith("…")
    assert after.endswith("…")
    assert around("something else", "Nothing of it.") == ("Nothing of it.", "", "")
