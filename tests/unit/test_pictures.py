"""Pictures: told by their leading bytes, stored once."""

from hashlib import sha256
from pathlib import Path

import pytest

from gamesaves.disk.pictures import fits_name, is_stored, picture_kind, store_picture
from gamesaves.errors import NotAPicture
from tests.unit.systems import Faulty

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 20


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PNG, "png"),
        (b"\xff\xd8\xff\xe0JFIF", "jpg"),
        (b"GIF87a.", "gif"),
        (b"GIF89a.", "gif"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "webp"),
    ],
)
def test_a_picture_is_told_by_its_leading_bytes(data: bytes, kind: str) -> None:
    assert picture_kind(data, "portrait") == kind


@pytest.mark.parametrize(
    "data",
    [b"", b"x", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF88a", b"RIFF\x10\x00\x00\x00WAVE", b"\x89PN", b"BM"],
)
def test_what_is_no_picture_is_refused_whatever_its_name(data: bytes) -> None:
    with pytest.raises(NotAPicture) as caught:
        picture_kind(data, Path("portrait.png"))
    assert caught.value.path == "portrait.png"
    assert caught.value.hint


def test_a_picture_is_stored_under_its_hash_durably(tmp_path: Path, faulty: Faulty) -> None:
    name = store_picture(tmp_path / "images", PNG, "kara", "kara.jpg")
    assert name == f"kara-{sha256(PNG).hexdigest()[:12]}.png"
    assert (tmp_path / "images" / name).read_bytes() == PNG
    assert faulty.count("flush") == 1


def test_a_picture_that_is_there_keeps_its_name(tmp_path: Path, faulty: Faulty) -> None:
    name = store_picture(tmp_path, PNG, "kara", "a")
    faulty.calls.clear()
    assert store_picture(tmp_path, PNG, "borin", "b") == name
    assert faulty.count("write") == 0
    assert len(list(tmp_path.iterdir())) == 1


def test_a_damaged_picture_is_not_taken_for_the_one_it_was(tmp_path: Path) -> None:
    name = store_picture(tmp_path, PNG, "kara", "a")
    (tmp_path / name).write_bytes(b"damaged")
    again = store_picture(tmp_path, PNG, "borin", "b")
    assert again != name
    assert (tmp_path / again).read_bytes() == PNG
    assert (tmp_path / name).read_bytes() == b"damaged"


def test_another_picture_gets_another_file(tmp_path: Path) -> None:
    names = {store_picture(tmp_path, PNG + bytes([number]), "kara", "a") for number in range(3)}
    assert len(names) == 3


def test_a_stored_picture_is_told_from_one_that_was_changed(tmp_path: Path) -> None:
    name = store_picture(tmp_path, PNG, "kara", "a")
    assert fits_name(PNG, name)
    assert not fits_name(PNG + b"x", name)
    assert fits_name(PNG + b"x", "portrait.png")
    assert (is_stored(name), is_stored("portrait.png")) == (True, False)
