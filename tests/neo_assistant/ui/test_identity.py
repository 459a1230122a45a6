"""Signed shopper keys, and the secret behind them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.errors import SettingsError
from neo_assistant.settings import Settings, load_settings
from neo_assistant.ui.identity import Identities, load_secret

OURS = Identities(b"ours" * 8)


def settings_in(folder: Path, **changes: object) -> Settings:
    return load_settings(database_url=f"sqlite:///{folder}/shop.db", **changes)


def test_a_signed_key_is_found_again_and_keys_differ() -> None:
    keys = {OURS.new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(OURS.key_of(OURS.signed(key)) == key for key in keys)


def test_a_key_signed_with_another_secret_is_nobodys() -> None:
    assert OURS.key_of(Identities(b"theirs" * 8).signed("web-somebody")) is None


def test_an_imported_shopper_cannot_be_claimed_even_with_a_signature() -> None:
    assert OURS.key_of(OURS.signed("shopper-1")) is None


@given(st.one_of(st.text(), st.none(), st.integers(), st.lists(st.text()), st.text().map(lambda text: f"web-a.{text}")))
def test_whatever_else_a_browser_brings_is_nobody(value: object) -> None:
    assert OURS.key_of(value) is None


def test_what_the_browser_gets_tells_nothing_of_the_secret() -> None:
    assert b"ours".hex() not in OURS.storage_secret
    assert "ours" not in OURS.storage_secret
    assert OURS.storage_secret == Identities(b"ours" * 8).storage_secret


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = load_secret(settings_in(tmp_path))
    assert load_secret(settings_in(tmp_path)) == first
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret"], "no draft is left behind"
    other = tmp_path / "other"
    assert load_secret(settings_in(other)) != first


def test_the_setting_comes_before_the_file(tmp_path: Path) -> None:
    assert load_secret(settings_in(tmp_path, secret="x" * 40)) == b"x" * 40
    assert not (tmp_path / "secret").exists()


def test_a_secret_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"short")
    with pytest.raises(SettingsError, match="does not hold a secret"):
        load_secret(settings_in(tmp_path))
    with pytest.raises(SettingsError, match="NEO_SECRET"):
        settings_in(tmp_path, secret="short")


def test_a_folder_that_takes_no_secret_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(SettingsError, match="cannot") as raised:
        load_secret(settings_in(tmp_path / "file"))
    assert "NEO_SECRET" in raised.value.hint
