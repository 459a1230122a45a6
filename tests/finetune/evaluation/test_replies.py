"""Reading replies and counting what is right in them."""

from __future__ import annotations

from finetune.evaluation.reading import Reading, read_reply
from finetune.evaluation.replies import Reply, condition_name, reply_figures
from neo_assistant.sids import Sid
from tests.neo_assistant.strategies import tiny_tokenizer
from tests.neo_assistant.tiny_model import SCHEME

TOKENIZER = tiny_tokenizer(SCHEME)
ADDED = TOKENIZER.vocabulary
CUP = Sid("cups", (1, 2, 3))


def ids(*parts: str | Sid | int) -> list[int]:
    found: list[int] = []
    for part in parts:
        if isinstance(part, Sid):
            found += ADDED.encode(part)
        else:
            found += TOKENIZER.encode(part) if isinstance(part, str) else [part]
    return found


def want(text: str) -> list[int]:
    return [ADDED.want_open, *ids(text), ADDED.want_close]


def test_a_whole_reply() -> None:
    tokens = [*want(" kind: mug; price < 20; found 3"), *ids("Two:\n", CUP, CUP, TOKENIZER.end_of_reply, "more", CUP)]
    assert read_reply(tokens, TOKENIZER) == Reading(("kind: mug", "price < 20"), (str(CUP), str(CUP)), True, "Two:")


def test_an_empty_want_is_not_a_missing_one() -> None:
    assert read_reply(want(" found many"), TOKENIZER).want == ()
    assert read_reply(ids("Hello."), TOKENIZER) == Reading(None, (), False, "Hello.")
    assert read_reply([ADDED.want_open, *ids(" kind: mug")], TOKENIZER).want is None


def test_what_is_no_span_counts_once() -> None:
    short = ADDED.encode(CUP)[:-1]
    foreign = [*ADDED.encode(CUP)[:1], *ADDED.encode(Sid("shoes", (0, 0, 0)))[1:]]
    lone = [ADDED.first_code]
    assert read_reply([*short, *ids(" and ", CUP)], TOKENIZER).sids == (None, str(CUP))
    assert read_reply([*foreign, *ids(CUP)], TOKENIZER).sids == (None, str(CUP))
    assert read_reply([*ids("a"), *lone], TOKENIZER).sids == (None,)
    assert read_reply([ADDED.first_id], TOKENIZER).sids == (None,)


def test_figures() -> None:
    def reply(meant: tuple[str, ...] | None, written: tuple[str, ...] | None, *sids: str | None) -> Reply:
        return Reply(0, "search", Reading(meant, (), True), Reading(written, sids, written is not None))

    figures = reply_figures(
        [
            reply(("kind: mug", "colour: blue"), ("colour: blue", "kind: mug"), "cups:0-0-0"),
            reply(("kind: mug", "price < 20"), ("kind: mug", "price < 30"), "cups:9-9-9", None),
            reply(("in stock",), None),
            reply(None, ("kind: mug",)),
        ],
        frozenset({"cups:0-0-0"}),
    )
    assert figures["want"]["replies"] == 3
    assert figures["want"]["exact"] == round(1 / 3, 4)
    assert figures["want"]["precision"] == 0.75
    assert figures["want"]["recall"] == 0.6
    assert figures["want"]["conditions"] == {
        "colour": {"meant": 1, "right": 1.0},
        "in stock": {"meant": 1, "right": 0.0},
        "kind": {"meant": 2, "right": 1.0},
        "price <": {"meant": 1, "right": 0.0},
    }
    assert figures["sids"] == {"written": 3, "well_formed": 0.6667, "on_sale": 0.3333}
    assert figures["ended"] == 0.75


def test_nothing_to_count_is_no_figure() -> None:
    figures = reply_figures([], frozenset())
    assert figures["want"]["exact"] is None
    assert figures["sids"]["on_sale"] is None


def test_names_of_conditions() -> None:
    conditions = ["kind: mug", "price < 20", "price > shown", "rating > 4", "in stock", "not shown", "price"]
    assert [condition_name(condition) for condition in conditions] == [
        "kind",
        "price <",
        "price >",
        "rating >",
        "in stock",
        "not shown",
        "price",
    ]
