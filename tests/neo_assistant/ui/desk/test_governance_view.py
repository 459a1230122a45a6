"""The Governance tab's HTML."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

from catalog_db.promotions import Promotion
from catalog_db.reply_records import StoredReply
from neo_assistant.checkpoint_shelf import Figure, ShelfEntry
from neo_assistant.errors import CheckpointError
from neo_assistant.manifest import Manifest
from neo_assistant.merchandising.governance import State
from neo_assistant.serving import Change, Served, Stage
from neo_assistant.sids import SidScheme
from neo_assistant.ui.desk import governance_view as view

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
NASTY = "<script>&*_x_*"
MANIFEST = Manifest(
    base_model="smollm2-135m",
    base_sha256="b" * 64,
    codebook_version="c" * 64,
    scheme=SidScheme(("kitchen",), (3, 3), per_type=False),
    first_id=10,
    weights="full",
    recipe=NASTY,
    date="2026-03-01T12:00:00+00:00",
)


def entry(name: str, *figures: Figure, **about: Any) -> ShelfEntry:
    return ShelfEntry(name, Path("/shelf") / name, MANIFEST, figures, sha256=name[0] * 64, products=7, **about)


SPRING = entry("spring", Figure("exam.read_exactly", 0.5, 0.4, 0.6, 100, 0.95), Figure("loss.all", 0.75))
SUMMER = entry("summer", Figure("exam.read_exactly", 0.6, of=100, goal=0.55))
BROKEN = ShelfEntry("broken", Path("/shelf/broken"), problem="manifest.json is damaged", hint="copy it again")
PROMOTION = Promotion(2, "spring", "s" * 64, NASTY, "Ada", NOW, None)


def state(**changes: Any) -> State:
    known = State((SPRING, SUMMER, BROKEN), False, Served(SPRING), None, "", None, None, 26)
    return replace(known, **changes)


def test_what_serves_is_told_with_who_put_it_there_and_what_is_wrong() -> None:
    assert "<b>spring</b> serves, as the settings say; nothing was promoted" in unescape(view.served_html(state()))
    html = view.served_html(state(served=Served(SPRING, PROMOTION), current=PROMOTION))
    assert "promoted by Ada, 2026-03-01 12:00" in unescape(html)
    assert "<script>" not in html
    assert "put back by Ada" in view.served_html(state(served=Served(SPRING, replace(PROMOTION, restores_id=1))))
    troubled = view.served_html(state(problem=f"summer, which {NASTY} promoted, does not serve"))
    assert 'role="alert"' in troubled
    assert "<script>" not in troubled
    assert "scripted" in view.served_html(state(scripted=True, served=None))
    assert "still being loaded" in view.served_html(state(served=None))


def test_the_shelf_tells_which_serves_and_what_is_wrong_with_one() -> None:
    html = view.shelf_html(state())
    first, second, third = html.split("<tr>")[2:]
    assert "<b>spring</b>" in first
    assert ">serves</span>" in first
    assert ">in the settings</span>" in first
    assert "0 of 1 goals" in unescape(first)
    assert "7 products have its ids, 26 sell" in unescape(first)
    assert ">serves</span>" not in second
    assert "1 of 1 goals" in unescape(second)
    assert "Manifest.json is damaged. Copy it again." in unescape(third)
    assert "<script>" not in html


def test_figures_stand_beside_those_of_the_one_that_serves() -> None:
    html = view.checkpoint_html(SUMMER, state())
    for words in ("spring (serves)", "+10.0 points", "60.0% of 100", "50.0% (40% to 60%) of 100", "0.75"):
        assert words in unescape(html), words
    assert "Difference" not in view.checkpoint_html(SPRING, state())
    assert "No figures" in view.checkpoint_html(entry("winter"), state(served=None))
    assert 'role="alert"' in view.checkpoint_html(BROKEN, state())


def test_a_change_is_told_stage_by_stage() -> None:
    change = Change("summer", NASTY, Stage.LOADING)
    html = view.change_html(change)
    assert "loading the model" in unescape(html)
    assert '<progress max="4" value="2"' in html
    assert "<script>" not in html
    change.end(Stage.REFUSED, CheckpointError(f"summer is {NASTY}", "copy it"))
    html = view.change_html(change)
    assert "nothing has changed" in html
    assert "Copy it." in unescape(html)
    assert "<script>" not in html
    change.end(Stage.IN_SERVICE)
    assert "summer serves from the next reply on" in view.change_html(change)


def test_history_and_replies() -> None:
    assert "Nothing has been promoted" in view.history_html([])
    html = view.history_html([replace(PROMOTION, id=3, restores_id=1), PROMOTION])
    assert "rollback to no. 1" in unescape(html)
    assert "<script>" not in html
    made_by = {
        "checkpoint": NASTY,
        "manifest_sha256": "m" * 64,
        "codebook_version": "c" * 64,
        "understood": {"phrases": ["blue", "under $20"], "items_left": 3},
        "conditions": {"in_stock": True},
        "rules": [{"id": 3, "action": "pin", "items": 2}],
    }
    reply = StoredReply(9, NOW, made_by, ("P-01",))
    html = view.reply_html(reply, "USD")
    for words in ("blue, under $20", "in stock", "pin, rule 3", "P-01", "m" * 12, "c" * 12, "The whole record"):
        assert words in unescape(html), words
    assert "<script>" not in html
    bare = view.replies_html([StoredReply(1, NOW, {"engine": "scripted"}, ()), StoredReply(2, NOW, {}, ())], "USD")
    assert "scripted" in bare
    assert "not recorded" in bare
