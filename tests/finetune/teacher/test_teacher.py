"""The teacher from the catalog to the examples, against a server on this machine."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import random
from pathlib import Path

import pytest

from catalog_db.database import Database
from catalog_db.events import record_events
from catalog_db.products import save_products
from catalog_db.rows import EventRow, ProductRow
from finetune.cli import main
from finetune.errors import TeacherError
from finetune.examples.desk import Desk, Draft
from finetune.examples.files import read_examples
from finetune.examples.phrases import held_out, load_phrases
from finetune.examples.tasks.compare import Compare
from finetune.examples.tasks.profile import Profile
from finetune.examples.tasks.recommend import Recommend
from finetune.sids.stage import make_sids
from finetune.teacher.endpoint import Endpoint
from finetune.teacher.questions import COMPARISON, PROFILE, REASON, Question, Rows, questions, read_rows
from finetune.teacher.stage import MOST_REFUSED, ask
from finetune.teacher.store import Answer, Store
from finetune.teacher.taught import Taught, Text, load_taught
from neo_assistant.messages import ItemPart, WantPart
from neo_assistant.settings import load_settings
from tests.finetune.conftest import WordEncoder
from tests.finetune.examples.small_shop import make_shop
from tests.finetune.teacher.stub import serving, truthful
from tests.neo_assistant.tiny_model import save_base

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
KEY = "a-key-nobody-may-see"


@pytest.fixture
def shop(database: Database, items: list[ProductRow]) -> Database:
    """A database of 72 items and 90 shoppers who looked at six each."""
    dice = random.Random(3)
    seen = [
        EventRow(f"s{number}", item.sku, "viewed", NOW + dt.timedelta(days=number, minutes=place))
        for number in range(90)
        for place, item in enumerate(dice.sample(items, 6))
    ]
    with database.session() as session:
        save_products(session, items, NOW)
        record_events(session, seen)
    return database


def quick(url: str) -> Endpoint:
    return Endpoint(url, "stub", per_minute=1e9, sleep=lambda _: None)


def test_texts_are_asked_once_kept_and_asked_anew_when_an_item_changes(shop: Database, tmp_path: Path) -> None:
    rows, store = read_rows(shop), Store(tmp_path / "texts.jsonl")
    with serving(truthful) as stub:
        assert ask(rows, quick(stub.url), store, 12)["written"] == 12
        assert len(stub.requests) == 12
        assert ask(rows, quick(stub.url), store, 12) == {"kept": 12}
        assert len(stub.requests) == 12
        assert ask(rows, quick(stub.url), store, 15) == {"kept": 12, "written": 3}
        taught, left_out = load_taught(store.path, shop)
        assert sum(taught.counts().values()) == 15
        assert not left_out

        changed = next(answer.question.items[0] for answer in store.answers() if answer.question.task == COMPARISON)
        row = dataclasses.replace(rows.products[changed].to_row(), title="Another name", created_at=None)
        with shop.session() as session:
            save_products(session, [row], NOW)
        taught, left_out = load_taught(store.path, shop)
        assert left_out["changed since"] >= 1
        assert sum(taught.counts().values()) + left_out["changed since"] == 15
        before = len(stub.requests)
        ask(read_rows(shop), quick(stub.url), store, 15)
        assert 1 <= len(stub.requests) - before <= 15


def test_nothing_of_a_held_out_shopper_is_asked(shop: Database) -> None:
    rows = read_rows(shop)
    assert any(held_out(f"shopper s{number}") for number in range(90))
    assert not any(held_out(f"shopper {shopper}") for shopper in rows.journeys)
    first = [question for question, _ in zip(questions(rows), range(60), strict=False)]
    assert {question.task for question in first} == {REASON, COMPARISON, PROFILE}
    assert len(set(first)) == 60
    for question in first:
        assert not set(question.items) & set(question.history)


def test_a_teacher_that_makes_things_up_is_stopped(shop: Database, tmp_path: Path) -> None:
    store = Store(tmp_path / "texts.jsonl")
    with serving(lambda _: "You like things made of Unobtainium, which all of these are.") as stub:
        with pytest.raises(TeacherError, match=f"none of {MOST_REFUSED} texts"):
            ask(read_rows(shop), quick(stub.url), store, 100)
        assert len(stub.requests) == MOST_REFUSED
    assert all(answer.refused for answer in store.answers())
    with pytest.raises(TeacherError, match="no text that fits"):
        load_taught(store.path, shop)


def test_a_line_that_a_kill_cut_short_is_dropped(shop: Database, tmp_path: Path) -> None:
    rows, store = read_rows(shop), Store(tmp_path / "texts.jsonl")
    question = next(questions(rows))
    store.add(Answer(question, rows.fingerprint(question), "stub", "one"))
    whole = store.path.read_bytes()
    store.path.write_bytes(whole + b'{"question": {"ta')
    again = Store(store.path)
    assert [answer.text for answer in again.answers()] == ["one"]
    again.add(Answer(question, rows.fingerprint(question), "stub", "two"))
    assert [answer.text for answer in again.answers()] == ["one", "two"]
    store.path.write_bytes(whole + b'{"question": 1}\n')
    with pytest.raises(TeacherError, match="line 2"):
        list(Store(store.path).answers())


def test_the_endpoint_is_asked_again_when_that_may_help() -> None:
    waits: list[float] = []
    answers = iter([(429, {"Retry-After": "7"}, "slow down"), (503, {}, ""), "There."])
    with serving(lambda _: next(answers)) as stub:
        endpoint = Endpoint(stub.url, "stub", load_settings(teacher_key=KEY).teacher_key, 1e9, sleep=waits.append)
        assert endpoint.complete([{"role": "user", "content": "x"}]) == "There."
        assert stub.keys == [f"Bearer {KEY}"] * 3
        assert stub.requests[0]["model"] == "stub"
    assert waits[0] == 7.0
    assert 1.0 <= waits[1] <= 3.0


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((401, {}, f"who is {KEY}?"), "NEO_TEACHER_KEY"),
        ((404, {}, "no such model"), "--model"),
        ((200, {}, "<html>"), "up to /v1"),
        ((200, {}, '{"choices": []}'), "up to /v1"),
        ((500, {}, "broken"), "after 6 tries"),
    ],
)
def test_an_endpoint_that_does_not_answer_says_so(answer: tuple[int, dict[str, str], str], says: str) -> None:
    with serving(lambda _: answer) as stub:
        endpoint = Endpoint(stub.url, "stub", load_settings(teacher_key=KEY).teacher_key, 1e9, sleep=lambda _: None)
        with pytest.raises(TeacherError) as raised:
            endpoint.complete([{"role": "user", "content": "x"}])
        assert says in str(raised.value)
        assert KEY not in str(raised.value) + repr(endpoint)
        assert len(stub.requests) == (6 if answer[0] == 500 else 1)


@pytest.mark.parametrize("url", ["ftp://here", "http://here:port", "nowhere"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(TeacherError, match="no address"):
        quick(url).complete([{"role": "user", "content": "x"}])


def test_requests_are_paced() -> None:
    now, waits = [0.0], list[float]()

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds

    with serving(lambda _: "Yes.") as stub:
        endpoint = Endpoint(stub.url, "stub", per_minute=30, sleep=sleep, clock=lambda: now[0])
        for _ in range(3):
            endpoint.complete([{"role": "user", "content": "x"}])
    assert waits == [2.0, 2.0]


def test_the_command_shows_without_asking_and_writes(
    shop: Database,
    database_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert main(["teacher", "--database", database_url, "--show", "3"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("--- ") == 3
    assert "Compare the numbered items" in shown
    assert main(["teacher", "--database", database_url]) == 2
    assert "--endpoint" in capsys.readouterr().err
    assert main(["teacher", "--database", database_url, "--endpoint", "x", "--model", "m", "--out", "f"]) == 2
    monkeypatch.setenv("NEO_TEACHER_KEY", KEY)
    with serving(truthful) as stub:
        options = ["--endpoint", stub.url, "--model", "stub", "--limit", "4", "--per-minute", "1000000"]
        assert main(["teacher", "--database", database_url, "--out", str(tmp_path / "t.jsonl"), *options]) == 0
        assert stub.keys == [f"Bearer {KEY}"] * 4
    printed = capsys.readouterr()
    assert "4 written" in printed.out
    assert KEY not in printed.out + printed.err + (tmp_path / "t.jsonl").read_text()
    lines = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text().splitlines()]
    assert all(line["model"] == "stub" for line in lines)


def test_examples_speak_the_teachers_words() -> None:
    shop = make_shop()
    one, two, three, *_ = journey = shop.journeys[0].skus
    shopper = shop.journeys[0].shopper
    reason = Text(Question(REASON, (one, two), (three,), shopper), ("Have ", 0, " beside ", 1, "."))
    comparison = Text(Question(COMPARISON, (one, two)), ("The first is unlike the second.",))
    profile = Text(Question(PROFILE, (), journey, shopper), ("You like this and that.",))
    taught = Taught({REASON: (reason,), COMPARISON: (comparison,), PROFILE: (profile,)})
    desk = Desk(shop, load_phrases(), 40, taught)
    for task, text in ((Recommend(desk), "Have  beside ."), (Compare(desk), comparison.parts[0]),
                       (Profile(desk), profile.parts[0])):  # fmt: skip
        made = [example for number in range(60) if (example := task.make(Draft(random.Random(number))))]
        using = [example for example in made if example.reply.text == text]
        assert 15 < len(using) < 55
        for example in using:
            if isinstance(task, Recommend):
                assert [part.sku for part in example.reply.parts if isinstance(part, ItemPart)] == [one, two]
                assert isinstance(example.reply.parts[0], WantPart)
                assert example.steering.history == (shop.by_sku[three].sid,)
            if isinstance(task, Compare):
                assert [part.sku for part in example.messages[-1].items] == [one, two]
                assert all(part.caption for part in example.messages[-1].items)


def test_rows_without_a_log_allow_comparisons_alone(shop: Database) -> None:
    rows = read_rows(shop)
    bare = Rows(rows.products, rows.facets, {})
    assert {question.task for question, _ in zip(questions(bare), range(20), strict=False)} == {COMPARISON}


def test_the_examples_command_uses_the_file(
    shop: Database, database_url: str, encoder: WordEncoder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_sids(shop, tmp_path / "sids", encoder, [(4, 4)], (True,), None, lambda _: None)
    save_base(tmp_path / "base")
    with serving(truthful) as stub:
        ask(read_rows(shop), quick(stub.url), Store(tmp_path / "texts.jsonl"), 30)
    command = ["examples", "--database", database_url, "--codebooks", str(tmp_path / "sids"), "--scale", "0.15"]
    command += ["--base-model", str(tmp_path / "base"), "--out", str(tmp_path / "out"), "--teacher"]
    assert main([*command, str(tmp_path / "missing.jsonl")]) == 2
    assert "no file" in capsys.readouterr().err
    assert main([*command, str(tmp_path / "texts.jsonl")]) == 0
    assert "10 of comparisons" in capsys.readouterr().out
    examples = list(read_examples(tmp_path / "out"))
    replies = [example.reply for example in examples if "Northfell, so" in example.reply.text]
    assert replies
    assert all(reply.items for reply in replies)
    meta = json.loads((tmp_path / "out" / "meta.json").read_text())
    assert meta["teacher"] == hashlib.sha256((tmp_path / "texts.jsonl").read_bytes()).hexdigest()
