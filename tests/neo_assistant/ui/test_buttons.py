from __future__ import annotations

from hypothesis import given

from neo_assistant.ui.buttons import action_button, hidden, sign_button
from tests.neo_assistant.ui.pages import TEXTS, Page, assert_harmless, shown


def test_a_button_says_what_it_is_about_to_who_hears_it() -> None:
    button = action_button("cart", "MUG-1", "Add to cart", "Tall Mug", "neo-cart")
    assert button.index("Add to cart") < button.index('<span class="neo-hidden">')
    [read] = Page(button).buttons
    assert read == {
        "type": "button",
        "class": "neo-act neo-cart",
        "name": "cart",
        "value": "MUG-1",
        "words": "Add to cart: Tall Mug",
    }


def test_a_sign_has_words_too() -> None:
    [read] = Page(sign_button("up", "7:", "Helpful", "neo-chosen")).buttons
    assert (read["words"], read["title"], read["class"]) == ("Helpful", "Helpful", "neo-act neo-sign neo-chosen")
    assert hidden("a<b") == '<span class="neo-hidden">a&#60;b</span>'


@given(TEXTS, TEXTS, TEXTS)
def test_words_and_values_stay_words_and_values(value: str, words: str, about: str) -> None:
    for button in (action_button("why", value, words, about), sign_button("why", value, words)):
        assert_harmless(button, sign_button("why", "x", "x"))
        assert Page(button).buttons[0]["value"] == shown(value)
        assert shown(words) in Page(button).text
