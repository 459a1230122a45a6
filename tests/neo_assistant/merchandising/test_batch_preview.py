"""Requests from a CSV file, and what would be shown as a CSV file."""

from __future__ import annotations

import csv
import dataclasses
import io
import threading
from decimal import Decimal
from pathlib import Path

import pytest

from catalog_db.csv_export import unguard
from catalog_db.database import Database
from catalog_db.products import save_products
from neo_assistant.ask_options import AskOptions
from neo_assistant.cli import main
from neo_assistant.errors import RequestError
from neo_assistant.merchandising.answers import answers
from neo_assistant.merchandising.batch_preview import (
    EXAMPLE,
    IN_COLUMNS,
    MOST_REQUESTS,
    OUT_COLUMNS,
    check_requests,
    read_requests,
    result_csv,
)
from neo_assistant.scripted import ScriptedReplier
from neo_assistant.services import Services
from neo_assistant.settings import Settings
from neo_assistant.steering import Format, Task
from tests.neo_assistant.merchandising.ruling import Moody
from tests.neo_assistant.serving import NOW, make_assistant, make_rows, products

DEFAULTS = AskOptions(count=3)
FULL = """\
Request,history,task,format,type,brand,attribute,count,max_price,min_price,min_rating,in_stock,each,sql,want,about,budget
"a boot, please",P-01; P-03,goes-with,ids,shoes,Acme;Price Co.,colour=blue;colour=red,2,40,5,2.5,TRUE,,stock > 0,,P-05,

,P-02,,,,,,,,,,no,,,,,
"""


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_a_file_says_everything_that_a_form_can(serving_shop: Database) -> None:
    first, second = check_requests(serving_shop, read_requests("\ufeff" + FULL, DEFAULTS))
    assert (first.text, first.history, first.about) == ("a boot, please", ("P-01", "P-03"), ("P-05",))
    assert (first.task, first.format, first.types, first.count) == (Task.GOES_WITH, Format.IDS, ("shoes",), 2)
    conditions = first.conditions
    assert (conditions.min_price, conditions.max_price, conditions.min_rating) == (500, 4000, 2.5)
    assert (conditions.brands, conditions.in_stock) == ({"Acme", "Price Co."}, True)
    assert (conditions.attributes, conditions.sql) == ((("colour", ("blue", "red")),), "stock > 0")
    assert (second.text, second.history, second.count, second.conditions.in_stock) == ("", ("P-02",), 3, False)
    assert set(IN_COLUMNS) == {"request", *DEFAULTS.__dataclass_fields__} - {"text"}
    assert len(read_requests(EXAMPLE, DEFAULTS)) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "neither"),
        ("count\n3\n", "neither"),
        ("request\n", "no requests"),
        ("request,colour\na,b\n", "'colour' is not a column"),
        ("request,request\na,b\n", "twice"),
        ("request,count\na,many\nb,2\nc,lots\n", "line 2: 'many'.*; line 4: 'lots'"),
        ("request\na mug, blue\n", "line 2: 2 cells"),
        ('request\n"a mug\n', "not CSV"),
        ("request,in_stock\na,perhaps\n", "in_stock"),
        ("request\n" + "a mug\n" * (MOST_REQUESTS + 1), "more than"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_its_lines(text: str, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        read_requests(text, DEFAULTS)


def test_what_the_catalog_does_not_hold_is_refused_before_anything_is_answered(serving_shop: Database) -> None:
    asked = read_requests("request,history\na,P-01\nb,NONE\n" + "c,GONE\n" * 6, DEFAULTS)
    with pytest.raises(RequestError, match=r"request 2: .*NONE.*; request 3: .*GONE.*; and 2 more"):
        check_requests(serving_shop, asked)


def test_a_hundred_requests_become_a_table_of_the_right_types(own_serving_shop: Database) -> None:
    shop = own_serving_shop
    with shop.session() as session:
        rows = [dataclasses.replace(row, title=f'=HYPERLINK("http://x/{row.sku}")') for row in make_rows()]
        save_products(session, rows, NOW)
    assistant = make_assistant(shop, Moody())
    lines = "".join(f"=cmd {number},ids,{1 + number % 3}\n" for number in range(99)) + "nothing,ids,1\n"
    asked = check_requests(shop, read_requests("request,format,count\n" + lines, DEFAULTS))
    asked[-1] = type(asked[-1])("nothing", dismissed=tuple(f"P-{number:02}" for number in range(26)))
    text = "".join(result_csv(answers(assistant, asked, threading.Event())))
    found = rows_of(text)
    assert text.startswith("\ufeff")
    assert list(found[0]) == [column.name for column in OUT_COLUMNS]
    assert len(found) == sum(1 + number % 3 for number in range(99)) + 1
    known = products(shop)
    for row in found[:-1]:
        product = known[row["sku"]]
        assert row["request_text"].startswith("'=cmd")
        assert unguard(row["title"]) == product.title
        assert row["title"].startswith("'=HYPERLINK")
        assert 1 <= int(row["rank"]) <= 3
        assert 0 < float(row["probability"]) <= 1
        assert (Decimal(row["price"]) * 100 if row["price"] else None) == product.price_minor
        assert (row["checkpoint"], row["codebook"], row["rules"]) == ("tiny", "", "")
        assert float(row["ms"]) > 0
    assert [int(row["request"]) for row in found] == sorted(int(row["request"]) for row in found)
    assert (found[-1]["request"], found[-1]["sku"], found[-1]["items_left"]) == ("100", "", "0")
    assert found[-1]["notices"]


def test_the_command_reads_and_writes_files(serving_shop: Database, tmp_path: Path) -> None:
    source, target = tmp_path / "asked.csv", tmp_path / "shown.csv"
    source.write_text("request,count\na mug,2\na boot,1\n", encoding="utf-8")
    database_url = str(serving_shop.url)
    settings = Settings(database_url=database_url, engine="scripted")
    out, said = io.StringIO(), io.StringIO()

    def run(*arguments: str) -> int:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("NEO_DATABASE_URL", database_url)
            return main(
                ["preview", *arguments],
                out=out,
                problems=said,
                open_services=lambda _: Services(settings, serving_shop, ScriptedReplier(serving_shop)),
            )

    assert run("--requests", str(source), "--csv", str(target)) == 0
    assert [row["request"] for row in rows_of(target.read_text(encoding="utf-8"))] == ["1", "1", "2"]
    assert said.getvalue() == "1 of 2\n2 of 2\n"
    assert "2 requests" in out.getvalue()
    assert run("--requests", str(tmp_path / "none.csv"), "--csv", str(target)) == 2
    assert run("--requests", str(source), "--csv", str(tmp_path)) == 2
    source.write_text("request,history\na mug,NONE\n", encoding="utf-8")
    assert run("--requests", str(source), "--csv", str(target)) == 2
    assert "NONE" in said.getvalue()
