"""Looking over many files, and seeing what this program does to them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gamesaves.disk import files, witnesses
from gamesaves.disk.scanning import scan, subfolders
from gamesaves.errors import FileProblem
from tests.unit.systems import Faulty


def names(folder: Path, *endings: str, deep: bool = True) -> list[str]:
    found = scan(str(folder), endings or ("",), deep=deep, left_out=("left_out",))
    return sorted(Path(path).relative_to(folder).as_posix() for path, _ in found)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.json", "b.txt", ".hidden.json", "in/c.json", "in/left_out/d.json", "left_out/e.json", ".f/g.json"):
        path = tmp_path / "scanned" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "scanned"


def test_files_are_found_by_their_endings_but_for_hidden_ones_and_those_left_out(folder: Path) -> None:
    assert names(folder, ".json") == ["a.json", "in/c.json", "in/left_out/d.json"]
    assert names(folder, ".json", deep=False) == ["a.json"]
    assert names(folder) == ["a.json", "b.txt", "in/c.json", "in/left_out/d.json"]
    assert dict(scan(str(folder / "in"), (".json",)))[str(folder / "in" / "c.json")] == files.signature(
        folder / "in" / "c.json"
    )
    assert sorted(map(Path, subfolders(str(folder)))) == [folder / "in", folder / "left_out"]


def test_links_to_folders_are_not_followed_and_what_leads_nowhere_is_passed_over(folder: Path) -> None:
    (folder / "back").symlink_to(folder)
    (folder / "nowhere.json").symlink_to(folder / "gone.json")
    assert names(folder, ".json") == ["a.json", "in/c.json", "in/left_out/d.json"]


def test_what_cannot_be_listed_or_asked_is_passed_over(folder: Path, faulty: Faulty) -> None:
    assert names(folder / "nowhere") == subfolders(str(folder / "nowhere")) == []
    faulty.fail("stat", "a.json", 5)
    assert names(folder, ".json") == ["in/c.json", "in/left_out/d.json"]


class Notes:
    """A witness that writes down what it sees."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, bytes | None, str | None, bool]] = []

    @contextmanager
    def witnessing(self, path: Path, data: bytes | None, source: Path | None) -> Iterator[None]:
        done = False
        try:
            yield
            done = True
        finally:
            self.seen.append((path.name, data, None if source is None else source.name, done))


def test_a_witness_sees_what_is_done_and_what_fails_until_it_is_dismissed(tmp_path: Path, faulty: Faulty) -> None:
    one, other = Notes(), Notes()
    witnesses.add(one)
    witnesses.add(other)
    try:
        files.replace(tmp_path / "a", b"1", durable=False)
        files.move(tmp_path / "a", tmp_path / "b")
        witnesses.dismiss(other)
        files.remove(tmp_path / "b")
        faulty.fail("replace", "c", 5)
        with pytest.raises(FileProblem):
            files.replace(tmp_path / "c", b"2", durable=False)
    finally:
        witnesses.dismiss(one)
    files.replace(tmp_path / "d", b"3", durable=False)
    assert other.seen == [("a", b"1", None, True), ("b", None, "a", True)]
    assert one.seen == [*other.seen, ("b", None, None, True), ("c", b"2", None, False)]
