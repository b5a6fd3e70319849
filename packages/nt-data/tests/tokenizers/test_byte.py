import pytest
from hypothesis import given
from hypothesis import strategies as st
from nt_data import TokenizerError
from nt_data.tokenizers import ByteTokenizer


@given(st.binary())
def test_any_bytes_survive_the_round_trip(data: bytes) -> None:
    tokenizer = ByteTokenizer()
    assert tokenizer.encode_bytes(data).tolist() == list(data)
    assert tokenizer.decode_bytes(tokenizer.encode_bytes(data)) == data
    assert tokenizer.decode(list(data)) == data.decode("utf-8", "replace")


@given(st.text())
def test_any_text_survives_the_round_trip(text: str) -> None:
    assert ByteTokenizer().decode(ByteTokenizer().encode(text)) == text


def test_a_lone_surrogate_is_no_text() -> None:
    with pytest.raises(TokenizerError, match=r"U\+DC80 at position 2 is a lone surrogate"):
        ByteTokenizer().encode("ab\udc80")


def test_an_id_above_a_byte_is_refused() -> None:
    with pytest.raises(TokenizerError, match="id 256 at position 1"):
        ByteTokenizer().decode([0, 256])


def test_every_byte_has_a_visible_name_of_its_own() -> None:
    names = ByteTokenizer().token_strings()
    assert len(set(names)) == 256
    assert all(name.isprintable() and not name.isspace() for name in names)
