"""A person is taken out of a text under every spelling, and nothing else is touched."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.core.file_texts import OVERLAP_BYTES, PIECE_BYTES, texts_of
from tandem.core.redaction import MARK, Redactor, core_digits

FRIEDA = Redactor(
    emails=["Kaester@Ulmer.DE", "f.kaester@gmail.com", "fk@mühle.example"],
    phones=["+49 1571 2345678", "0203771585"],
    names=["Frieda Käster", "Frieda van den Berg", "Frieda"],
)
HERS = (
    "kaester@ulmer.de", "KAESTER@ULMER.DE", "kaester+news@ulmer.de", "fkaester@googlemail.com", "f.k.aester@gmail.com",
    "fk@xn--mhle-0ra.example", "kaester%40ulmer.de", "+4915712345678", "+49 (0)1571 2345678", "0049 1571/234 56 78",
    "01571-2345678", "(0203) 77 15 85", "Frieda Käster", "FRIEDA KÄSTER", "frieda\nkäster", "Käster, Frieda",
    "frieda.käster", "Frieda K\\u00e4ster", "Frieda Ka\u0308ster", "Frieda van den Berg", "Berg, Frieda van den",
)  # fmt: skip
NOT_HERS = (
    "bo.kaester@ulmer.de", "kaester@ulmer.de.example", "xkaester@ulmer.de", "kaester@ulmer.dev", "15712345678901",
    "9915712345678", "Frieda", "Käster", "Friedas Kästerei", "Alfrieda Kästerle", "ulmer.de", "@ulmer.de", "",
)  # fmt: skip
EDGES = st.sampled_from(["", " ", "<", ">", '"', "(", ")", ",", ";", "\n", ": ", "\\n", "[", "]", "|", "'"])


@pytest.mark.parametrize("text", HERS)
def test_every_spelling_is_found(text: str) -> None:
    assert FRIEDA.mentions(text)
    assert FRIEDA.mentions_in_long(text)
    assert FRIEDA.clean(f"<{text}>, and so on") == f"<{MARK}>, and so on"
    assert FRIEDA.is_whole(text) or "\\u" in text


@pytest.mark.parametrize("text", NOT_HERS)
def test_what_only_looks_alike_is_left(text: str) -> None:
    assert FRIEDA.clean(text) == text


@given(
    st.lists(st.tuples(st.sampled_from(HERS + NOT_HERS) | st.text(max_size=30), EDGES, EDGES), min_size=1, max_size=8)
)
def test_no_key_is_left_in_any_text(parts: list[tuple[str, str, str]]) -> None:
    text = "".join(f"{before}{part}{after}" for part, before, after in parts)
    cleaned = FRIEDA.clean(text)
    assert not FRIEDA.mentions(cleaned)
    assert FRIEDA.clean(cleaned) == cleaned
    assert cleaned == text or FRIEDA.mentions_in_long(text)


@given(st.text(alphabet=st.characters(exclude_characters="0123456789kKfF%\\@"), max_size=80), EDGES, EDGES)
def test_nothing_but_the_key_is_touched(around: str, before: str, after: str) -> None:
    assert FRIEDA.clean(around) == around
    for key in ("kaester@ulmer.de", "+49 1571 2345678", "Frieda Käster"):
        assert FRIEDA.clean(f"{around} {before}{key}{after} {around}") == f"{around} {before}{MARK}{after} {around}"


def test_json_is_cleaned_in_its_words_and_values_and_stays_json() -> None:
    value = {"Frieda Käster": ["kaester@ulmer.de", {"n": 15712345678, "t": "x"}], "kept": None}
    assert FRIEDA.clean_value(value) == {MARK: [MARK, {"n": 15712345678, "t": "x"}], "kept": None}
    packed = json.dumps({"a": 'Frieda Käster "kaester@ulmer.de"\nnext'})
    assert json.loads(FRIEDA.clean(packed)) == {"a": f'{MARK} "{MARK}"\nnext'}


def test_parts_of_the_name_go_where_the_person_took_part_but_not_those_of_others() -> None:
    assert FRIEDA.clean_closely("Dear Frieda, Käster said") == f"Dear {MARK}, {MARK} said"
    assert FRIEDA.clean_closely("Frieda and Bo Käster", others=["Bo Käster"]) == f"{MARK} and Bo Käster"
    assert Redactor(emails=["a@b.example"]).clean_closely("Dear Frieda") == "Dear Frieda"


def test_somebody_without_keys_is_nowhere() -> None:
    nobody = Redactor(emails=[" "], phones=["12"], names=["Mononym"])
    assert not nobody.mentions("12 Mononym a@b.example")
    assert not nobody.mentions_in_long("12 Mononym a@b.example")
    assert nobody.clean("12 Mononym") == "12 Mononym"


def test_a_number_is_the_same_with_and_without_its_country() -> None:
    assert core_digits("+44 20 7946 0958") == core_digits("(020) 7946 0958") == core_digits("0044 2079460958")
    assert core_digits("12345") == core_digits("no number") == ""


def test_the_text_of_any_file_is_read_unpacked(tmp_path: Path) -> None:
    key = "frieda käster"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.txt", f"x {key} x")
        archive.writestr("deep.gz", gzip.compress(f"y {key} y".encode()))
    files = {
        "plain.txt": f"{'z' * (PIECE_BYTES - 5)}{key}".encode(),
        "wide.txt": f"a {key}".encode("utf-16"),
        "packed.gz": gzip.compress(key.encode()),
        "many.zip": packed.getvalue(),
        "broken.gz": b"\x1f\x8b" + key.encode(),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        texts = list(texts_of(tmp_path / name))
        assert sum(key in text for _, text in texts) == (2 if name == "many.zip" else 1), name
        assert all(len(text) <= PIECE_BYTES + OVERLAP_BYTES for _, text in texts)
    table = pa.table({"a": ["x", key, None], "n": [1, 2, 3], "d": pa.array(["q", key, "q"]).dictionary_encode()})
    pq.write_table(table, tmp_path / "rows.parquet")
    told = [place for place, text in texts_of(tmp_path / "rows.parquet", "ster") if key in text]
    assert told == ["row 1"]
    pq.write_table(table.drop_columns(["d"]), tmp_path / "plain.parquet")
    assert [place for place, _ in texts_of(tmp_path / "plain.parquet", "KÄSTER")] == ["row 1"]
