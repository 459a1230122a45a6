from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from catalog_db.database import Database
from neo_assistant.cli import main
from neo_assistant.errors import CheckpointError
from neo_assistant.request import Format, Task
from neo_assistant.scripted import ScriptedReplier
from neo_assistant.services import Services
from neo_assistant.settings import Settings, settings_table


class Shop:
    """Runs commands over the test shop with a scripted replier."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.replier = ScriptedReplier(database)
        self.opened = 0

    def open(self, settings: Settings) -> Services:
        self.opened += 1
        return Services(settings, self.database, self.replier)

    def run(self, *arguments: str) -> tuple[int, str, str]:
        out, problems = io.StringIO(), io.StringIO()
        code = main(arguments, out=out, problems=problems, open_services=self.open)
        return code, out.getvalue(), problems.getvalue()


@pytest.fixture
def cli(shop: Database, monkeypatch: pytest.MonkeyPatch) -> Shop:
    for name in list(os.environ):
        if name.startswith(("NEO_", "GRADIO_SERVER_")) and not name.startswith("NEO_TEST_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("NEO_DATABASE_URL", shop.url)
    return Shop(shop)


def test_ask_writes_words_and_item_lines(cli: Shop) -> None:
    code, out, problems = cli.run("ask", "a mug", "--count", "2")
    assert (code, problems) == (0, "")
    assert out.startswith("A scripted reply")
    assert out.count("  • ") == 2


def test_ask_json_prints_one_object(cli: Shop) -> None:
    code, out, _ = cli.run("ask", "hiking boot", "--json", "--type", "footwear", "--format", "ids", "--task", "search")
    assert code == 0
    assert out.count("\n") == 1
    answer = json.loads(out)
    assert list(answer) == ["reply", "want", "notices", "total", "task", "format", "timings"]
    assert {part["item_type"] for part in answer["reply"]} == {"footwear"}
    assert (answer["task"], answer["format"]) == ("search", "ids")


def test_every_option_reaches_the_assistant(cli: Shop) -> None:
    arguments = [
        "--history",
        "MUG-1,MUG-2",
        "--about",
        "MUG-2,MUG-1",
        "--task",
        "goes-with",
        "--type",
        "kitchen",
        "--format",
        "ids",
    ]
    arguments += ["--max-price", "20.5", "--min-price", "10", "--in-stock", "--count", "4", "--brand", "Claywork"]
    code, _, problems = cli.run("ask", "a mug", *arguments)
    assert (code, problems) == (0, "")
    [(earlier, request)] = cli.replier.requests
    assert earlier == ()
    assert request.text == "a mug"
    assert request.history == ("MUG-1", "MUG-2")
    assert request.about == ("MUG-2", "MUG-1")
    assert (request.task, request.types, request.format) == (Task.GOES_WITH, ("kitchen",), Format.IDS)
    assert request.count == 4
    assert request.conditions.to_dict() == {
        "brands": ["Claywork"],
        "min_price": 1000,
        "max_price": 2050,
        "in_stock": True,
    }


def test_attributes_rating_and_sql_reach_the_assistant(cli: Shop, tmp_path: Path) -> None:
    arguments = ["--attribute", "colour=blue", "--attribute", "colour=brown", "--min-rating", "4.5"]
    code, _, problems = cli.run("ask", "a mug", *arguments, "--sql", "price_minor % 2 = 0")
    assert (code, problems) == (0, "")
    file = tmp_path / "requests.jsonl"
    asked = {"text": "b", "attribute": {"colour": ["blue", "brown"]}, "min_rating": 4.5, "sql": "price_minor % 2 = 0"}
    file.write_text(json.dumps(asked) + "\n")
    assert cli.run("ask", "--requests", str(file))[0] == 0
    first, second = (request.conditions for _, request in cli.replier.requests)
    assert first == second
    assert first.to_dict() == {
        "attributes": {"colour": ["blue", "brown"]},
        "min_rating": 4.5,
        "sql": "price_minor % 2 = 0",
    }


def test_counts_of_kinds_and_types_reach_the_assistant(cli: Shop, tmp_path: Path) -> None:
    assert cli.run("ask", "for a hike", "--each", "mug=2", "--each", "footwear=1")[0] == 0
    file = tmp_path / "requests.jsonl"
    lines = [{"text": "a", "each": {"mug": 3}}, {"text": "b", "each": ["footwear=2"]}, {"text": "c"}]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert cli.run("ask", "--requests", str(file))[0] == 0
    counts = [request.counts for _, request in cli.replier.requests]
    assert counts == [(("mug", 2), ("footwear", 1)), (("mug", 3),), (("footwear", 2),), ()]


def test_a_want_reaches_the_assistant(cli: Shop, tmp_path: Path) -> None:
    assert cli.run("ask", "for a hike", "--want", "kind: mug; price < 20;")[0] == 0
    file = tmp_path / "requests.jsonl"
    file.write_text('{"text": "a", "want": ""}\n{"text": "b"}\n', encoding="utf-8")
    assert cli.run("ask", "--requests", str(file))[0] == 0
    assert [request.want for _, request in cli.replier.requests] == ["kind: mug; price < 20;", "", None]


def test_a_budget_reaches_the_assistant(cli: Shop, tmp_path: Path) -> None:
    assert cli.run("ask", "for a hike", "--budget", "59.99")[0] == 0
    file = tmp_path / "requests.jsonl"
    lines = [{"text": "a", "budget": 60}, {"text": "b", "budget": "1200.50"}, {"text": "c"}]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert cli.run("ask", "--requests", str(file))[0] == 0
    assert [request.budget for _, request in cli.replier.requests] == [5999, 6000, 120050, None]


def test_the_count_of_the_settings_holds_unless_another_is_given(cli: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO_ITEMS_PER_REPLY", "5")
    cli.run("ask", "a mug")
    cli.run("ask", "a mug", "--count", "1")
    assert [request.count for _, request in cli.replier.requests] == [5, 1]


def test_history_alone_is_a_request(cli: Shop) -> None:
    code, _, _ = cli.run("ask", "--history", "MUG-1", "--task", "recommend")
    assert code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["sing"], "invalid choice"),
        (["ask"], "the request is empty"),
        (["ask", "  "], "the request is empty"),
        (["ask", "mug", "--type", "footware"], "footware"),
        (["ask", "mug", "--brand", "Claywrk"], "Claywork"),
        (["ask", "mug", "--history", "COW-1"], "COW-1"),
        (["ask", "why?", "--about", "COW-1"], "COW-1"),
        (["ask", "mug", "--format", "poem"], "one of ids, text, mixed"),
        (["ask", "mug", "--task", "dance"], "goes-with"),
        (["ask", "mug", "--max-price", "cheap"], "'cheap' is not a price"),
        (["ask", "mug", "--max-price", "-1"], "'-1' is not a price"),
        (["ask", "mug", "--max-price", "nan"], "'nan' is not a price"),
        (["ask", "mug", "--min-price", "20", "--max-price", "10"], "lowest price (20) is above the highest (10)"),
        (["ask", "mug", "--max-price", "1e308"], "'1e308' is not a price"),
        (["ask", "mug", "--max-price", "inf"], "'inf' is not a price"),
        (["ask", "mug", "--max-price", "999999999"], "999999999 is more than any price (at most $20,000,000)"),
        (["ask", "mug", "--brand", ","], "empty"),
        (["ask", "mug", "--type", ""], "empty"),
        (["ask", "mug", "--attribute", "colour"], "write colour=blue"),
        (["ask", "mug", "--attribute", "colour="], "not a word"),
        (["ask", "mug", "--attribute", "color=blue"], "attribute 'color' (did you mean 'colour'?)"),
        (["ask", "mug", "--attribute", "colour=bleu"], "did you mean 'blue'?"),
        (["ask", "mug", "--min-rating", "6"], "'6' is not a rating"),
        (["ask", "mug", "--min-rating", "nan"], "'nan' is not a rating"),
        (["ask", "mug", "--min-rating", "good"], "'good' is not a rating"),
        (["ask", "mug", "--sql", "stock >"], "the database cannot run the SQL condition"),
        (["ask", "mug", "--sql", ""], "the SQL condition is empty"),
        (["ask", "mug", "--sql", "no_such = 1"], "may not use 'no_such'"),
        (["ask", "mug", "--sql", "1 = 1; DELETE FROM products"], "may not hold ';'"),
        (["ask", "mug", "--sql", "DELETE FROM products"], "may not use 'DELETE'"),
        (["ask", "mug", "--count", "0"], "1 to 20"),
        (["ask", "mug", "--count", "many"], "not a number of items"),
        (["ask", "mug", "--each", "mug"], "write mug=2"),
        (["ask", "mug", "--each", "mug=two"], "'two' is not a number of items"),
        (["ask", "mug", "--each", "mug=0"], "at least 1"),
        (["ask", "mug", "--each", "mug=-1"], "not a number of items"),
        (["ask", "mug", "--each", "mug=21"], "at most 20 items in all"),
        (["ask", "mug", "--each", "mug=1", "--each", "mug=2"], "'mug' is counted twice"),
        (["ask", "mug", "--each", "mgu=1"], "of a type or kind 'mgu' (did you mean 'mug'?)"),
        (["ask", "mug", "--each", "=1"], "''"),
        (["ask", "mug", "--each", "mug=1", "--format", "text"], "names no items"),
        (["ask", "mug", "--want", "cheap"], "'cheap' is not a condition"),
        (["ask", "mug", "--want", "kind: mgu"], "the kind 'mgu' (did you mean 'mug'?)"),
        (["ask", "mug", "--want", "", "--format", "text"], "reads no conditions"),
        (["ask", "mug", "--budget", "much"], "'much' is not a price"),
        (["ask", "mug", "--budget", "0"], "a budget is above 0"),
        (["ask", "mug", "--budget", "999999999"], "999999999 is more than any reply (at most $400,000,000)"),
        (["ask", "mug", "--budget", "20", "--format", "text"], "leave out the budget, or the format"),
        (["ask", "mug", "--seed", "-1"], "NEO_SEED"),
        (["ask", "mug", "--colour", "blue"], "unrecognized arguments"),
        (["ask", "mug", "--requests", "x.txt"], "leave one of them out"),
        (["ask", "--requests", "/nowhere/x.txt"], "cannot be read"),
        (["ask", "m" * 3000], "at most 2000"),
    ],
)
def test_bad_input_is_one_clear_line(cli: Shop, arguments: list[str], words: str) -> None:
    code, out, problems = cli.run(*arguments)
    assert code == 2
    assert out == ""
    assert problems.startswith("error: ")
    assert problems.count("\n") == 1
    assert words in problems
    assert cli.opened == 0, "nothing slow is loaded for a request that cannot be answered"


def test_an_empty_shop_says_how_to_fill_it(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO_DATABASE_URL", database.url)
    code, _, problems = Shop(database).run("ask", "a mug")
    assert code == 2
    assert problems.count("\n") == 1
    assert "nothing on sale" in problems
    assert "python -m catalog_db sample" in problems


def test_a_missing_database_says_how_to_make_one(cli: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO_DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    code, _, problems = cli.run("ask", "a mug")
    assert code == 2
    assert "python -m catalog_db sample" in problems


def test_what_loading_raises_is_one_line(cli: Shop) -> None:
    def broken(settings: Settings) -> Services:
        raise CheckpointError("the checkpoint belongs to other codebooks", "train it again, or build the ids again")

    problems = io.StringIO()
    assert main(["ask", "a mug"], out=io.StringIO(), problems=problems, open_services=broken) == 2
    expected = "error: the checkpoint belongs to other codebooks (train it again, or build the ids again)\n"
    assert problems.getvalue() == expected


def test_a_defect_keeps_its_traceback(cli: Shop) -> None:
    cli.replier.enqueue(ZeroDivisionError("a defect"))
    with pytest.raises(ZeroDivisionError):
        cli.run("ask", "a mug")


def test_an_interrupted_command_says_so(cli: Shop) -> None:
    def interrupted(settings: Settings) -> Services:
        raise KeyboardInterrupt

    assert main(["ask", "a mug"], out=io.StringIO(), problems=io.StringIO(), open_services=interrupted) == 130


def test_a_file_of_requests_is_answered_with_one_load(cli: Shop, tmp_path: Path) -> None:
    file = tmp_path / "requests.txt"
    file.write_text("a mug\n\nhiking boot\n", encoding="utf-8")
    code, out, problems = cli.run("ask", "--requests", str(file), "--count", "1")
    assert (code, problems, cli.opened) == (0, "", 1)
    answers = [json.loads(line) for line in out.splitlines()]
    assert len(answers) == 2
    assert all(sum(part["type"] == "item" for part in answer["reply"]) == 1 for answer in answers)
    assert [request.text for _, request in cli.replier.requests] == ["a mug", "hiking boot"]


def test_a_line_of_json_may_say_more_than_the_command_line(cli: Shop, tmp_path: Path) -> None:
    lines: list[dict[str, object]] = [
        {"text": "a mug\u2028or so", "max_price": 20, "in_stock": True, "history": ["MUG-1"]},
        {"text": "boots", "type": "footwear", "format": "ids", "task": "goes with", "count": 2},
    ]
    file = tmp_path / "requests.jsonl"
    file.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    code, out, problems = cli.run("ask", "--requests", str(file), "--count", "1")
    assert (code, problems) == (0, "")
    first, second = (request for _, request in cli.replier.requests)
    assert (first.conditions.max_price, first.conditions.in_stock, first.history, first.count) == (
        2000,
        True,
        ("MUG-1",),
        1,
    )
    assert (second.types, second.format, second.task, second.count) == (("footwear",), Format.IDS, Task.GOES_WITH, 2)
    assert len(out.splitlines()) == 2


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"text": "a", "colour": "blue"}', "'colour' is not an option"),
        ('{"text": 5}', "not words"),
        ('{"text": "a", "in_stock": "yes"}', "true or false"),
        ('{"text": "a", "count": true}', "not a number of items"),
        ('{"text": "a", "max_price": false}', "not a price"),
        ('{"text": "a", "type": 1}', "not a list of words"),
    ],
)
def test_a_bad_line_is_named(cli: Shop, tmp_path: Path, line: str, words: str) -> None:
    file = tmp_path / "requests.jsonl"
    file.write_text('{"text": "a mug"}\n' + line + "\n", encoding="utf-8")
    code, out, problems = cli.run("ask", "--requests", str(file))
    assert (code, out) == (2, "")
    assert problems.startswith("error: line 2: ")
    assert words in problems


def test_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["ask", "--help"])
    assert raised.value.code == 0
    words = capsys.readouterr().out
    for option in ("--json", "--history", "--type", "--format", "--task", "--max-price", "--min-price", "--in-stock"):
        assert option in words
    for option in ("--count", "--brand", "--attribute", "--min-rating", "--sql", "--seed", "--requests"):
        assert option in words
    assert "NEO_TEMPERATURE" in settings_table()


def test_adopt_says_in_one_line_that_there_is_no_checkpoint(cli: Shop, tmp_path: Path) -> None:
    code, out, problems = cli.run("adopt", "--checkpoint", str(tmp_path / "none"))
    assert (code, out) == (2, "")
    assert problems.startswith("error: ")
    assert problems.count("\n") == 1
