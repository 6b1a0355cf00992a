"""File operations: whole or not at all, and errors that say what they mean."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gamesaves.disk import files, folders
from gamesaves.errors import FileProblem, FlushFailed, NoSpace, SavesError
from tests.unit.systems import Faulty


class HeldOpen(OSError):
    """What Windows raises where another program has the file open."""

    def __init__(self, winerror: int) -> None:
        super().__init__(errno.EACCES, "Permission denied")
        self.winerror = winerror


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.endswith(files.TEMPORARY)]


# Reading


def test_a_file_is_read_whole_or_in_part(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"0123456789")
    assert files.read(path) == b"0123456789"
    assert files.read(path, 3) == b"3456789"
    assert files.read(path, 3, 5) == b"34"
    assert files.read(path, 8, 99) == b"89"
    assert files.read(path, 20) == b""
    assert files.read(path, 0, 0) == b""


def test_a_large_file_is_read_to_its_end(tmp_path: Path) -> None:
    data = os.urandom(3 << 20) + b"end"
    (tmp_path / "a").write_bytes(data)
    assert files.read(tmp_path / "a") == data
    assert files.read(tmp_path / "a", 5, (2 << 20) + 7) == data[5 : (2 << 20) + 7]


def test_a_read_that_is_interrupted_goes_on(tmp_path: Path, faulty: Faulty) -> None:
    (tmp_path / "a").write_bytes(b"0123")
    faulty.fail("read", error=InterruptedError(errno.EINTR, "Interrupted"), times=2)
    assert files.read(tmp_path / "a") == b"0123"


def test_a_file_that_is_not_there_is_told_from_one_that_cannot_be_read(tmp_path: Path, faulty: Faulty) -> None:
    (tmp_path / "a").write_bytes(b"1")
    assert files.read_if_there(tmp_path / "a") == b"1"
    assert files.read_if_there(tmp_path / "b") is None
    assert files.read_if_there(tmp_path / "a" / "b") is None
    with pytest.raises(FileProblem) as missing:
        files.read(tmp_path / "b")
    assert isinstance(missing.value.__cause__, FileNotFoundError)
    assert missing.value.hint == "Check that the folder has not been moved or renamed."
    faulty.fail("read", "a")
    with pytest.raises(FileProblem) as caught:
        files.read_if_there(tmp_path / "a")
    assert caught.value.path == str(tmp_path / "a")
    assert faulty.count("open") == faulty.count("close") + 3  # what could not be opened is not closed


def test_the_signature_changes_with_every_replacement(tmp_path: Path) -> None:
    path = tmp_path / "a"
    assert files.signature(path) is None
    assert files.signature(path / "b") is None
    seen = set()
    for _ in range(3):
        files.replace(path, b"same", durable=False)
        seen.add(files.signature(path))
    assert len(seen) == 3


def test_a_path_that_cannot_be_looked_at_is_not_taken_for_one_that_is_not_there(tmp_path: Path, faulty: Faulty) -> None:
    faulty.fail("stat", error=errno.EACCES)
    for ask in (files.signature, files.exists, folders.is_folder):
        with pytest.raises(FileProblem, match="could not look at it"):
            ask(tmp_path)


def test_files_and_folders_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    assert files.exists(tmp_path / "a")
    assert files.exists(tmp_path)
    assert not files.exists(tmp_path / "b")
    assert folders.is_folder(tmp_path)
    assert not folders.is_folder(tmp_path / "a")
    assert not folders.is_folder(tmp_path / "b")
    assert not folders.is_folder(tmp_path / "a" / "b")


# Replacing


def test_a_durable_replacement_is_flushed_before_its_rename_and_the_folder_after(
    tmp_path: Path, faulty: Faulty
) -> None:
    assert files.replace(tmp_path / "a", b"new", durable=True)
    assert [call for call, _ in faulty.calls] == ["open", "write", "flush", "close", "stat", "replace", "flush_folder"]
    assert (tmp_path / "a").read_bytes() == b"new"


def test_a_replacement_that_need_not_be_durable_is_not_flushed(tmp_path: Path, faulty: Faulty) -> None:
    assert files.replace(tmp_path / "a", b"new", durable=False)
    assert [call for call, _ in faulty.calls] == ["open", "write", "close", "stat", "replace"]


def test_a_system_that_writes_a_little_at_a_time_writes_everything(tmp_path: Path, faulty: Faulty) -> None:
    faulty.largest_write = 3
    faulty.fail("write", error=InterruptedError(errno.EINTR, "Interrupted"), skip=1, times=1)
    files.replace(tmp_path / "a", b"0123456789", durable=True)
    assert (tmp_path / "a").read_bytes() == b"0123456789"
    assert faulty.count("write") == 5


def test_a_system_that_writes_nothing_is_not_asked_for_ever(tmp_path: Path, faulty: Faulty) -> None:
    faulty.largest_write = 0
    with pytest.raises(FileProblem, match="the system wrote nothing"):
        files.replace(tmp_path / "a", b"x", durable=True)


@pytest.mark.parametrize("call", ["open", "write", "flush", "close", "replace"])
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EACCES])
def test_a_replacement_that_fails_leaves_the_file_as_it_was_and_nothing_beside_it(
    tmp_path: Path, faulty: Faulty, call: str, code: int
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    faulty.fail(call, error=code)
    with pytest.raises(SavesError) as caught:
        files.replace(path, b"new", durable=True)
    assert caught.value.path == str(path)
    assert path.read_bytes() == b"old"
    assert leftovers(tmp_path) == []
    faulty.mend()
    assert files.replace(path, b"new", durable=True)
    assert path.read_bytes() == b"new"


def test_a_flush_that_failed_is_not_tried_again(tmp_path: Path, faulty: Faulty) -> None:
    faulty.fail("flush", times=1)
    with pytest.raises(FileProblem):
        files.replace(tmp_path / "a", b"new", durable=True)
    assert faulty.count("flush") == 1
    assert not (tmp_path / "a").exists()


def test_a_leftover_that_cannot_be_removed_does_not_hide_what_failed_first(tmp_path: Path, faulty: Faulty) -> None:
    faulty.fail("flush", error=errno.ENOSPC)
    faulty.fail("unlink")
    with pytest.raises(NoSpace):
        files.replace(tmp_path / "a", b"new", durable=True)


def test_a_replacement_whose_folder_cannot_be_flushed_is_there_and_told_as_unconfirmed(
    tmp_path: Path, faulty: Faulty
) -> None:
    (tmp_path / "a").write_bytes(b"old")
    faulty.fail("flush_folder")
    with pytest.raises(FlushFailed, match="it is in its place, but the disk did not confirm that") as caught:
        files.replace(tmp_path / "a", b"new", durable=True)
    assert caught.value.path == str(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"new"
    with pytest.raises(FlushFailed):
        files.move(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == b"new"


def test_an_interrupted_replacement_leaves_nothing_beside_the_file(tmp_path: Path, faulty: Faulty) -> None:
    def interrupt(call: str, _path: str) -> None:
        if call == "write":
            raise KeyboardInterrupt

    faulty.before = interrupt
    with pytest.raises(KeyboardInterrupt):
        files.replace(tmp_path / "a", b"new", durable=True)
    assert list(tmp_path.iterdir()) == []


def test_a_leftover_of_a_process_with_the_same_number_is_no_obstacle(tmp_path: Path, faulty: Faulty) -> None:
    faulty.fail("open", error=FileExistsError(errno.EEXIST, "File exists"), times=2)
    assert files.replace(tmp_path / "a", b"new", durable=False)
    assert len({path for call, path in faulty.calls if call == "open"}) == 3
    assert (tmp_path / "a").read_bytes() == b"new"


def test_a_file_is_not_replaced_where_the_last_look_says_no(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    assert not files.replace(path, b"new", durable=True, before_rename=lambda: False)
    assert path.read_bytes() == b"old"
    assert leftovers(tmp_path) == []
    assert files.replace(path, b"new", durable=True, before_rename=lambda: True)
    assert path.read_bytes() == b"new"


def test_a_full_disk_is_told_with_what_is_missing(tmp_path: Path, faulty: Faulty) -> None:
    faulty.fail("write", error=errno.ENOSPC)
    with pytest.raises(NoSpace, match=r"the disk is full; 2,000 bytes were to be written and [\d,]+ are free"):
        files.replace(tmp_path / "a", b"x" * 2000, durable=True)
    faulty.fail("free_space")
    with pytest.raises(NoSpace, match=r"the disk is full; 2,000 bytes were to be written$") as caught:
        files.replace(tmp_path / "a", b"x" * 2000, durable=True)
    assert caught.value.hint == "Make room on this disk and try again."


def test_a_quota_that_is_used_up_is_a_full_disk(tmp_path: Path, faulty: Faulty) -> None:
    faulty.fail("mkdir", error=errno.EDQUOT)
    with pytest.raises(NoSpace, match=r"could not make it: the disk is full; [\d,]+ bytes are free$"):
        folders.make(tmp_path / "a")
    faulty.fail("free_space")
    with pytest.raises(NoSpace, match=r"could not make it: the disk is full$"):
        folders.make(tmp_path / "a")


@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_a_refused_operation_points_at_permissions(tmp_path: Path, faulty: Faulty, code: int) -> None:
    faulty.fail("open", error=code)
    with pytest.raises(FileProblem) as caught:
        files.read(tmp_path / "a")
    assert caught.value.hint == "Check the permissions of the folder, and whether the disk can be written to."


def test_an_error_without_words_of_the_system_is_told_in_its_own(tmp_path: Path, faulty: Faulty) -> None:
    faulty.fail("open", error=OSError("something odd"))
    with pytest.raises(FileProblem, match="could not read it: something odd"):
        files.read(tmp_path / "a")


# Windows: somebody has the file open


class Timeless(Faulty):
    """A system whose clock only moves on by pausing."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        return sum(self.pauses)

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


@pytest.fixture
def timeless() -> Iterator[Timeless]:
    system = Timeless()
    with files.using(system):
        yield system


@pytest.mark.parametrize("code", [5, 32, 33])
def test_a_file_that_somebody_has_open_is_replaced_once_they_let_go(
    tmp_path: Path, timeless: Timeless, code: int
) -> None:
    timeless.fail("replace", error=HeldOpen(code), times=6)
    files.replace(tmp_path / "a", b"new", durable=False)
    assert (tmp_path / "a").read_bytes() == b"new"
    assert timeless.pauses == [0.01, 0.02, 0.04, 0.08, 0.1, 0.1]


def test_a_file_that_stays_open_is_given_up_after_ten_seconds(tmp_path: Path, timeless: Timeless) -> None:
    (tmp_path / "a").write_bytes(b"old")
    timeless.fail("replace", error=HeldOpen(32))
    with pytest.raises(FileProblem):
        files.replace(tmp_path / "a", b"new", durable=False)
    assert 10 < timeless.monotonic() < 10.2
    assert (tmp_path / "a").read_bytes() == b"old"
    assert leftovers(tmp_path) == []


def test_other_errors_of_windows_are_not_waited_out(tmp_path: Path, timeless: Timeless) -> None:
    timeless.fail("replace", error=HeldOpen(3))
    with pytest.raises(FileProblem):
        files.replace(tmp_path / "a", b"new", durable=False)
    assert timeless.pauses == []


def test_time_goes_by_in_a_pause() -> None:
    before = files.system.monotonic()
    files.system.pause(0.01)
    assert files.system.monotonic() >= before + 0.01


# Appending, moving, removing


def test_the_end_of_a_file_is_written_anew_and_flushed(tmp_path: Path, faulty: Faulty) -> None:
    path = tmp_path / "a"
    files.write_from(path, 0, b"0123456789")
    files.write_from(path, 4, b"abc")
    assert path.read_bytes() == b"0123abc"
    assert faulty.count("flush") == 2
    faulty.fail("truncate")
    with pytest.raises(FileProblem, match="could not write it"):
        files.write_from(path, 0, b"")
    assert faulty.count("open") == faulty.count("close")


def test_bytes_are_added_to_the_end_without_a_flush(tmp_path: Path, faulty: Faulty) -> None:
    path = tmp_path / "a"
    files.append_plain(path, b"1")
    files.append_plain(path, b"2")
    assert path.read_bytes() == b"12"
    assert faulty.count("flush") == faulty.count("flush_data") == 0
    faulty.fail("write", error=errno.ENOSPC)
    with pytest.raises(NoSpace, match="could not append to it"):
        files.append_plain(path, b"3")
    assert faulty.count("open") == faulty.count("close")


def test_a_move_makes_both_folders_durable(tmp_path: Path, faulty: Faulty) -> None:
    (tmp_path / "to").mkdir()
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "to/b").write_bytes(b"2")
    files.move(tmp_path / "a", tmp_path / "to/b")
    assert (tmp_path / "to/b").read_bytes() == b"1"
    assert not (tmp_path / "a").exists()
    assert [path for call, path in faulty.calls if call == "flush_folder"] == [str(tmp_path / "to"), str(tmp_path)]
    faulty.calls.clear()
    files.move(tmp_path / "to", tmp_path / "from")
    assert (tmp_path / "from/b").exists()
    assert faulty.count("flush_folder") == 1


def test_a_move_of_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="could not move it"):
        files.move(tmp_path / "a", tmp_path / "b")


def test_a_file_is_removed_and_one_that_is_gone_is_fine(tmp_path: Path, faulty: Faulty) -> None:
    (tmp_path / "a").write_bytes(b"")
    files.remove(tmp_path / "a")
    assert not (tmp_path / "a").exists()
    files.remove(tmp_path / "a")
    (tmp_path / "a").write_bytes(b"")
    faulty.fail("unlink")
    with pytest.raises(FileProblem, match="could not remove it"):
        files.remove(tmp_path / "a")


def test_a_folder_is_removed_with_what_is_in_it_and_not_with_what_its_links_lead_to(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/a").write_bytes(b"1")
    (tmp_path / "gone/deep/deeper").mkdir(parents=True)
    (tmp_path / "gone/deep/b").write_bytes(b"2")
    (tmp_path / "gone/link").symlink_to(tmp_path / "kept")
    folders.remove(tmp_path / "gone")
    assert not (tmp_path / "gone").exists()
    assert (tmp_path / "kept/a").read_bytes() == b"1"


def test_only_an_empty_folder_is_removed(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    with pytest.raises(FileProblem, match="could not remove it"):
        folders.remove_empty(tmp_path / "a")
    folders.remove_empty(tmp_path / "a/b")
    folders.remove_empty(tmp_path / "a")
    assert not (tmp_path / "a").exists()


# Folders


def test_every_new_folder_is_made_durable_in_the_one_above(tmp_path: Path, faulty: Faulty) -> None:
    folders.make(tmp_path / "a/b/c")
    flushed = [path for call, path in faulty.calls if call == "flush_folder"]
    assert flushed == [str(tmp_path), str(tmp_path / "a"), str(tmp_path / "a/b")]
    faulty.calls.clear()
    folders.make(tmp_path / "a/b/c")
    assert faulty.calls == [("stat", str(tmp_path / "a/b/c"))]


def test_a_folder_that_somebody_else_makes_at_the_same_time_is_fine(tmp_path: Path, faulty: Faulty) -> None:
    def make(call: str, path: str) -> None:
        if call == "mkdir":
            os.mkdir(path)

    faulty.before = make
    folders.make(tmp_path / "a")
    assert (tmp_path / "a").is_dir()


def test_a_file_where_a_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(FileProblem, match="could not make it"):
        folders.make(tmp_path / "a")
    with pytest.raises(FileProblem, match="could not make it"):
        folders.make(tmp_path / "a/b")


def test_a_drive_that_is_not_there_is_told(faulty: Faulty) -> None:
    faulty.fail("stat", error=FileNotFoundError(errno.ENOENT, "No such file or directory"))
    faulty.fail("mkdir", error=FileNotFoundError(errno.ENOENT, "No such file or directory"))
    with pytest.raises(FileProblem, match="could not make it"):
        folders.make(Path("/nowhere/saves"))


def test_a_folder_is_flushed_on_request(tmp_path: Path, faulty: Faulty) -> None:
    folders.flush(tmp_path)
    assert faulty.calls == [("flush_folder", str(tmp_path))]
    faulty.fail("flush_folder")
    with pytest.raises(FileProblem, match="could not flush it"):
        folders.flush(tmp_path)


def test_a_folder_is_listed_by_name(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"")
    (tmp_path / "c").mkdir()
    (tmp_path / "a").symlink_to("c")
    (tmp_path / "d").symlink_to("nowhere")
    listed = folders.entries(tmp_path)
    assert [(one.name, one.is_folder, one.is_link) for one in listed] == [
        ("a", True, True),
        ("b", False, False),
        ("c", True, False),
        ("d", False, True),
    ]
    assert listed[1].path == tmp_path / "b"
    assert sorted(folders.names(tmp_path)) == ["a", "b", "c", "d"]


def test_a_link_that_leads_to_itself_is_listed_as_no_folder(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("a")
    assert [(one.name, one.is_folder, one.is_link) for one in folders.entries(tmp_path)] == [("a", False, True)]


def test_there_is_nothing_in_a_folder_that_is_not_there(tmp_path: Path, faulty: Faulty) -> None:
    (tmp_path / "a").write_bytes(b"")
    for listed in (folders.entries, folders.names):
        assert listed(tmp_path / "b") == []
        assert listed(tmp_path / "a") == []
    faulty.fail("entries", error=errno.EACCES)
    for listed in (folders.entries, folders.names):
        with pytest.raises(FileProblem, match="could not list it"):
            listed(tmp_path)


def test_sizes_are_of_what_is_there_links_and_what_has_just_gone_left_out(tmp_path: Path, faulty: Faulty) -> None:
    (tmp_path / "in").mkdir()
    for name, data in (("a", b"1"), ("b", b"22"), ("in/c", b"333")):
        (tmp_path / name).write_bytes(data)
    (tmp_path / "link").symlink_to("in/c")
    assert sorted(folders.sizes(tmp_path)) == [1, 2, 3]
    faulty.before = lambda _call, path: (tmp_path / "b").unlink(missing_ok=True) if path.endswith("b") else None
    assert sorted(folders.sizes(tmp_path)) == [1, 3]


def test_what_a_crash_left_half_written_is_swept_away_and_nothing_else(tmp_path: Path) -> None:
    for name in (f".a.json.1-1{files.TEMPORARY}", "a.json", ".hidden", "b.tmp"):
        (tmp_path / name).write_bytes(b"")
    folders.sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".hidden", "a.json", "b.tmp"]


def test_the_system_is_put_back_after_a_test() -> None:
    before = files.system

    def fail() -> None:
        with files.using(Faulty()):
            assert files.system is not before
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert files.system is before


def test_the_sizes_of_what_is_in_a_folder_are_told_without_following_links(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "b").write_bytes(b"123")
    (tmp_path / "in" / "c").symlink_to(tmp_path)
    assert sorted(folders.sizes(tmp_path)) == [3, 5]
    assert list(folders.sizes(tmp_path / "nothing")) == []
