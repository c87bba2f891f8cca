"""A sealed file opens for its receiver alone, from its sender alone, and only as it was written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.compliance.domain.sealing import (
    CHUNK_BYTES,
    fingerprint,
    is_signed,
    key_pair,
    open_sealed,
    read_head,
    read_public,
    seal,
    sign,
)
from tandem.core.errors import DataUnreadable, InvalidInput

EAST, WEST, THIRD = (key_pair(bytes([number]) * 32) for number in (1, 2, 3))


def sealed(content: bytes) -> bytes:
    return seal(content, head={"rows": 3}, to=WEST.public, keys=EAST, ephemeral=bytes(range(32)))


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])
def test_the_receiver_reads_what_the_sender_wrote(size: int) -> None:
    content = bytes(place % 251 for place in range(size))
    file = sealed(content)
    assert open_sealed(file, keys=WEST, sender=EAST.public) == content
    assert read_head(file)["rows"] == 3
    if size > 1_000:
        assert content[:200] not in file


def test_nobody_else_reads_it_and_nobody_else_wrote_it() -> None:
    with pytest.raises(DataUnreadable, match="not for this installation"):
        open_sealed(sealed(b"secret"), keys=THIRD, sender=EAST.public)
    with pytest.raises(DataUnreadable, match="altered"):
        open_sealed(sealed(b"secret"), keys=WEST, sender=THIRD.public)


@settings(max_examples=60)
@given(data=st.data())
def test_a_changed_or_cut_file_is_refused(data: st.DataObject) -> None:
    file = bytearray(sealed(b"anna.weiss@kroeger.example" * 9_000))
    place = data.draw(st.integers(0, len(file) - 1))
    if data.draw(st.booleans()):
        file[place] ^= data.draw(st.integers(1, 255))
    else:
        del file[place:]
    with pytest.raises(DataUnreadable):
        open_sealed(bytes(file), keys=WEST, sender=EAST.public)


def test_a_signature_fits_its_content_and_its_hand_alone() -> None:
    told = sign(b"sums", EAST)
    assert is_signed(b"sums", told, EAST.public)
    assert not is_signed(b"sum", told, EAST.public)
    assert not is_signed(b"sums", told, WEST.public)
    assert not is_signed(b"sums", "no signature", EAST.public)
    assert not is_signed(b"sums", told, "no key")


@pytest.mark.parametrize("text", ["", "abc", "ä" * 88, EAST.public[:-4]])
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="no public key"):
        read_public(text)


def test_keys_are_made_of_one_seed_and_told_apart_by_a_short_print() -> None:
    assert key_pair(b"\1" * 32).public == EAST.public
    assert len({fingerprint(one.public) for one in (EAST, WEST, THIRD)}) == 3
    with pytest.raises(InvalidInput, match="32 bytes"):
        key_pair(b"short")
