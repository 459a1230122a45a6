from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.engine.detokenizer import Detokenizer
from tests.neo_assistant.serving import tokenizer
from tests.neo_assistant.strategies import outside_text

SHOP = tokenizer()
WORDS = sorted(set(range(SHOP.vocabulary.first_id)) - SHOP.control_ids)
EMOJI = "blue ☕ 🥾👩‍🚀 für 日本 🇩🇪!"


def pieces_of(ids: list[int]) -> list[str]:
    words = Detokenizer(SHOP)
    return [*(words.add(token) for token in ids), words.close()]


@given(outside_text() | st.text(alphabet=EMOJI, max_size=8))
def test_text_comes_whole_and_no_character_in_parts(text: str) -> None:
    valid = text.encode(errors="replace").decode()
    pieces = pieces_of(SHOP.encode(text))
    assert "".join(pieces) == valid.rstrip("�")
    assert "�" in valid or not any("�" in piece for piece in pieces)


@given(st.lists(st.sampled_from(WORDS), max_size=30))
def test_any_tokens_add_up_to_what_they_decode_to(ids: list[int]) -> None:
    assert "".join(pieces_of(ids)) == SHOP.decode(ids).rstrip("�")


def test_a_character_is_held_back_until_its_last_byte() -> None:
    ids = SHOP.encode("☕")
    assert len(ids) == 3
    assert pieces_of(ids) == ["", "", "☕", ""]


def test_a_character_that_is_cut_off_does_not_come_out_broken() -> None:
    assert pieces_of([*SHOP.encode("tea "), *SHOP.encode("☕")[:2]])[-3:] == ["", "", ""]


def test_runs_of_words_are_apart() -> None:
    words = Detokenizer(SHOP)
    first, second = SHOP.encode("☕")[:1], SHOP.encode("tea")
    assert [words.add(token) for token in first] + [words.close()] == ["", ""]
    assert "".join(words.add(token) for token in second) + words.close() == "tea"
    assert words.close() == ""
