from __future__ import annotations

import base64
import gzip

import pytest

from neo_assistant.errors import RequestError
from neo_assistant.merchandising import uploads
from neo_assistant.merchandising.uploads import LARGEST, PIECE, Uploads


def _send(shelf: Uploads, owner: str, data: bytes, name: str = "mugs.csv") -> str:
    key = shelf.begin(owner, name, len(data))
    for place in range(0, len(data), PIECE):
        shelf.add(owner, key, place, base64.b64encode(data[place : place + PIECE]).decode())
    return key


def test_pieces_make_the_file_again() -> None:
    shelf, data = Uploads(), bytes(range(256)) * 5000
    path, name = shelf.file("anna", _send(shelf, "anna", data))
    assert path.read_bytes() == data
    assert name == "mugs.csv"


def test_nobody_gets_at_the_file_of_another() -> None:
    shelf = Uploads()
    key = _send(shelf, "anna", b"sku,title\n")
    for attempt in (lambda: shelf.file("ben", key), lambda: shelf.add("ben", key, 0, "AAAA")):
        with pytest.raises(RequestError, match="no such file"):
            attempt()


@pytest.mark.parametrize(
    ("name", "size", "why"),
    [
        ("mugs.csv", LARGEST + 1, "at most 50"),
        ("mugs.csv", 0, "empty"),
        ("mugs.csv", True, "chosen"),
        (None, 3, "chosen"),
        ("mugs.csv", "3", "chosen"),
    ],
)
def test_what_is_announced_is_bounded(name: object, size: object, why: str) -> None:
    with pytest.raises(RequestError, match=why):
        Uploads().begin("anna", name, size)


@pytest.mark.parametrize(
    ("position", "piece"),
    [
        (1, "AAAA"),  # leaves a gap
        (0, "AAAAAAAAAAAA"),  # more than was announced
        (0, ""),  # the file is gone
        (0, "A" * (2 * PIECE)),  # more than a piece
        (0, "no base64!"),
        (0, None),
    ],
)
def test_a_piece_that_does_not_belong_is_refused(position: int, piece: object) -> None:
    shelf = Uploads()
    key = shelf.begin("anna", "mugs.csv", 5)
    with pytest.raises(RequestError):
        shelf.add("anna", key, position, piece)
    with pytest.raises(RequestError, match="not all here"):
        shelf.file("anna", key)


def test_a_second_file_takes_the_place_of_the_first() -> None:
    shelf = Uploads()
    first = _send(shelf, "anna", b"one")
    path, _ = shelf.file("anna", first)
    second = _send(shelf, "anna", b"two")
    with pytest.raises(RequestError):
        shelf.file("anna", first)
    assert not path.exists()
    assert shelf.file("anna", second)[0].read_bytes() == b"two"


def test_the_name_is_never_a_path() -> None:
    shelf = Uploads()
    path, name = shelf.file("anna", _send(shelf, "anna", b"x", "../../etc/pass\nwd"))
    assert name == "passwd"
    assert name not in str(path)


def test_a_gzip_file_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "LARGEST_UNPACKED", 1000)
    shelf = Uploads()
    with pytest.raises(RequestError, match="unpacks to more"):
        shelf.file("anna", _send(shelf, "anna", gzip.compress(bytes(2000))))
    with pytest.raises(RequestError, match="whole gzip"):
        shelf.file("anna", _send(shelf, "anna", gzip.compress(bytes(500))[:20]))
    shelf.file("anna", _send(shelf, "anna", gzip.compress(bytes(500))))
