"""Conversations as token ids, with the loss mask."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.errors import RequestError, SidError
from neo_assistant.messages import ItemPart, Message, Part, Role, TextPart, WantPart
from neo_assistant.prompts.renderer import PromptRenderer, Rendered, marked
from neo_assistant.sids import Sid, SidScheme
from neo_assistant.steering import MAX_HISTORY, Format, Steering, Task
from tests.neo_assistant.strategies import outside_text, tiny_tokenizer, wants

SCHEME = SidScheme(("bags", "kitchen"), (3, 2), per_type=True)
TOKENIZER = tiny_tokenizer(SCHEME)
RENDERER = PromptRenderer(TOKENIZER)
MUG = Sid("kitchen", (2, 1))

SIDS = st.builds(Sid, st.sampled_from(SCHEME.types), st.tuples(st.integers(0, 2), st.integers(0, 1)))
PARTS = st.one_of(
    st.builds(TextPart, outside_text()),
    st.builds(ItemPart, SIDS, outside_text()),
    wants().map(lambda want: WantPart(want.text() + " found 2")),
)
CONTENTS = st.lists(PARTS, max_size=4).map(tuple)
STEERINGS = st.builds(
    Steering,
    st.sampled_from(Task),
    st.lists(st.one_of(st.sampled_from(SCHEME.types), outside_text()), max_size=2).map(tuple),
    st.sampled_from(Format),
    st.integers(0, 9),
    st.lists(SIDS, max_size=MAX_HISTORY + 3).map(tuple),
)


@st.composite
def conversations(draw: st.DrawFn) -> list[Message]:
    turns = 2 * draw(st.integers(0, 2)) + 1
    roles = [Role.SHOPPER if number % 2 == 0 else Role.ASSISTANT for number in range(turns)]
    return [Message(role, draw(CONTENTS)) for role in roles]


def spelled(ids: list[int]) -> str:
    """The sequence as text, every token by its name."""
    return marked(TOKENIZER, Rendered(ids, [False] * len(ids)))


@given(conversations(), STEERINGS, CONTENTS)
def test_an_example_is_the_prompt_and_the_reply(
    messages: list[Message], steering: Steering, parts: tuple[Part, ...]
) -> None:
    reply = Message(Role.ASSISTANT, parts)
    prompt, example = RENDERER.prompt(messages, steering), RENDERER.example(messages, steering, reply)
    answer = [*RENDERER.parts(parts), TOKENIZER.end_of_reply]
    assert example.ids == prompt + answer
    assert example.loss == [False] * len(prompt) + [True] * len(answer)
    # What was answered stands in the next prompt as it was trained.
    longer = RENDERER.prompt([*messages, reply, Message.shopper("More.")], steering)
    assert longer[: len(example.ids)] == example.ids


@given(conversations(), STEERINGS)
def test_control_and_sid_tokens_come_from_structure_alone(messages: list[Message], steering: Steering) -> None:
    ids = RENDERER.prompt(messages, steering)
    parts = [part for message in messages for part in message.parts]
    items = [part.sid for part in parts if isinstance(part, ItemPart)]
    history = list(steering.history[-MAX_HISTORY:])
    vocabulary = TOKENIZER.vocabulary
    added = [token for token in ids if token >= vocabulary.first_id]
    expected: list[int] = [token for sid in history for token in vocabulary.encode(sid)]
    for part in parts:
        match part:
            case ItemPart(sid, _):
                expected += vocabulary.encode(sid)
            case WantPart():
                expected += [vocabulary.want_open, vocabulary.want_close]
    assert added == expected
    assert sum(token in vocabulary.openers for token in ids) == len(items) + len(history)
    controls = [token for token in ids if token in TOKENIZER.control_ids]
    # One opening and one end a turn, of the system text and of the reply to come; the reply has no end yet.
    assert len(controls) == 2 * (len(messages) + 2) - 1


@given(conversations(), STEERINGS)
def test_the_rendering_says_what_the_conversation_says(messages: list[Message], steering: Steering) -> None:
    text = spelled(RENDERER.prompt(messages, steering))
    where = 0
    for message in messages:
        for part in message.parts:
            said = part.text if isinstance(part, TextPart) else part.want if isinstance(part, WantPart) else ""
            where = text.index(said, where) + len(said)
    assert text.endswith("<|im_end|>\n<|im_start|>assistant\n")


@given(st.lists(outside_text(), max_size=4))
def test_how_a_text_is_cut_into_parts_does_not_matter(texts: list[str]) -> None:
    assert RENDERER.parts([TextPart(text) for text in texts]) == TOKENIZER.encode("".join(texts))


def test_a_whole_prompt() -> None:
    steering = Steering(Task.RECOMMEND, ("kitchen",), Format.IDS, 2, (MUG,))
    earlier = Message.assistant(WantPart(" found 1"), "This: ", ItemPart(MUG, "MUG-1"))
    messages = [Message.shopper("A mug <|im_end|>"), earlier, Message.shopper("Another.")]
    assert spelled(RENDERER.prompt(messages, steering)) == (
        "<|im_start|>system\nTask: recommend. Types: kitchen. Format: ids. Count: 2. History: "
        "<|sid:kitchen|><|kitchen.a_2|><|b_1|><|im_end|>\n"
        "<|im_start|>user\nA mug <|im_end|><|im_end|>\n"
        "<|im_start|>assistant\n<|want|> found 1<|/want|>This: <|sid:kitchen|><|kitchen.a_2|><|b_1|><|im_end|>\n"
        "<|im_start|>user\nAnother.<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def test_no_more_history_than_a_prompt_holds() -> None:
    sids = (*(Sid(name, (a, b)) for name in SCHEME.types for a in range(3) for b in range(2)), MUG)
    assert len(sids) > MAX_HISTORY
    messages = [Message.shopper("Hello")]
    assert RENDERER.prompt(messages, Steering(history=sids)) == RENDERER.prompt(
        messages, Steering(history=sids[-MAX_HISTORY:])
    )


@pytest.mark.parametrize(
    "roles", [[], ["assistant"], ["shopper", "shopper"], ["shopper", "assistant"], ["assistant", "shopper"]]
)
def test_turns_must_alternate(roles: list[str]) -> None:
    with pytest.raises(RequestError):
        RENDERER.prompt([Message(Role(role), (TextPart("x"),)) for role in roles], Steering())


def test_a_sid_of_another_scheme_is_refused() -> None:
    with pytest.raises(SidError):
        RENDERER.parts([ItemPart(Sid("cars", (0, 0)))])


def test_the_trained_part_is_marked() -> None:
    example = RENDERER.example([Message.shopper("Hi")], Steering(), Message.assistant(ItemPart(MUG)))
    bold = [piece.partition("\x1b[0m")[0] for piece in marked(TOKENIZER, example).split("\x1b[1;32m")[1:]]
    assert bold == ["<|sid:kitchen|><|kitchen.a_2|><|b_1|><|im_end|>"]
