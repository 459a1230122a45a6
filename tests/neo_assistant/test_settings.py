from __future__ import annotations

import os
from pathlib import Path

import pytest

from neo_assistant.errors import SettingsError
from neo_assistant.settings import PROJECT_FOLDER, Settings, load_settings, settings_table, variable_name

README = PROJECT_FOLDER / "README.md"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("NEO_", "GRADIO_SERVER_")):
            monkeypatch.delenv(name)


def test_the_defaults_need_no_environment() -> None:
    settings = load_settings()
    assert settings.database_url == "sqlite:///var/shop.db"
    assert settings.checkpoint == PROJECT_FOLDER / "checkpoints" / "sample"
    assert settings.host == "127.0.0.1"
    assert settings.temperature == 0.0


def test_variables_are_read_and_empty_ones_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO_PORT", "8000")
    monkeypatch.setenv("NEO_CHECKPOINT", "/models/mine")
    monkeypatch.setenv("NEO_STORE_NAME", "")
    settings = load_settings()
    assert (settings.port, settings.checkpoint, settings.store_name) == (8000, Path("/models/mine"), "Neo Store")


def test_the_time_zone_of_the_shop(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().time_zone == "UTC"
    assert load_settings(time_zone="Europe/Berlin").time_zone == "Europe/Berlin"
    monkeypatch.setenv("NEO_TIME_ZONE", "Europe/Atlantis")
    with pytest.raises(SettingsError, match=r"NEO_TIME_ZONE.*no time zone 'Europe/Atlantis'"):
        load_settings()


def test_what_the_hosting_platform_sets_comes_after_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_SERVER_NAME", "0.0.0.0")
    assert load_settings().host == "0.0.0.0"
    monkeypatch.setenv("NEO_HOST", "10.0.0.1")
    assert load_settings().host == "10.0.0.1"
    assert load_settings(host="localhost").host == "localhost"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("NEO_PORT", "a door"),
        ("NEO_PORT", "70000"),
        ("NEO_QUANTIZATION", "int3"),
        ("NEO_ENGINE", "magic"),
        ("NEO_TEMPERATURE", "-1"),
        ("NEO_ITEMS_PER_REPLY", "0"),
        ("NEO_MAX_WAITING", "0"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert str(raised.value).startswith(f"{variable}: ")
    assert value in str(raised.value)
    assert raised.value.hint
    assert "\n" not in str(raised.value)


def test_a_misspelt_variable_is_refused_with_the_right_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO_CHEKPOINT", "x")
    with pytest.raises(SettingsError, match=r"NEO_CHEKPOINT is not a setting .did you mean NEO_CHECKPOINT"):
        load_settings()


def test_variables_of_the_test_suite_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO_TEST_POSTGRES_URL", "postgresql://localhost/test")
    load_settings()


@pytest.mark.parametrize(
    ("values", "folder"),
    [
        ({}, "var/pictures"),
        ({"database_url": "sqlite:////data/shops/shop.db"}, "/data/shops/pictures"),
        ({"database_url": "postgresql://localhost/shop"}, "var/pictures"),
        ({"pictures_dir": "/srv/pictures"}, "/srv/pictures"),
    ],
)
def test_pictures_are_beside_the_database_file_unless_said_otherwise(values: dict[str, str], folder: str) -> None:
    assert load_settings(**values).pictures == Path(folder)


def test_the_table_names_every_setting_once_and_no_path_of_this_machine() -> None:
    table = settings_table()
    for field in Settings.model_fields:
        assert table.count(f"| `{variable_name(field)}` |") == 1
    assert str(PROJECT_FOLDER) not in table
    assert all(line.count(" | ") == 2 for line in table.splitlines()[2:])


def test_the_readme_holds_this_table() -> None:
    marker = "<!-- settings -->"
    text = README.read_text(encoding="utf-8") if README.exists() else ""
    if marker not in text:
        pytest.skip(f"README.md has no {marker}")
    assert text.count(marker) == 2, "one marker before the table and one after it"
    embedded = text.split(marker)[1].strip()
    assert embedded == settings_table().strip(), "put the output of settings_table() between the markers"
