"""The small shop's examples, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.finetune.evaluation.tiny_shop import TinyShop, load_tiny_shop, save_tiny_shop


@pytest.fixture(scope="session")
def tiny_shop(tmp_path_factory: pytest.TempPathFactory) -> TinyShop:
    folder: Path = tmp_path_factory.mktemp("tiny-shop")
    save_tiny_shop(folder)
    return load_tiny_shop(folder)
