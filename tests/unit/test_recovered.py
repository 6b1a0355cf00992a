"""What is set aside is kept, with a note of how to put it back."""

import errno
import json
from pathlib import Path

import pytest

from gamesaves.disk.recovered import NOTE, Recovered
from gamesaves.errors import NoSpace
from tests.unit.systems import Faulty

AT = "2026-11-21T10:00:00.123456Z"


@pytest.fixture
def recovered(tmp_path: Path) -> Recovered:
    return Recovered(tmp_path / ".saves/host/recovered", tmp_path)


def test_bytes_are_kept_durably_with_a_note(tmp_path: Path, recovered: Recovered, faulty: Faulty) -> None:
    origin = tmp_path / "campaign_x/characters/pc.kara.json"
    kept = recovered.keep_bytes(b"{bad", origin, at=AT, reason="it is not JSON")
    assert kept == tmp_path / ".saves/host/recovered/20261121100000-pc_kara_json/pc.kara.json"
    assert kept.read_bytes() == b"{bad"
    assert faulty.count("flush") == 2
    assert json.loads((kept.parent / NOTE).read_text()) == {
        "schema_version": 1,
        "name": "pc.kara.json",
        "home": "campaign_x/characters/pc.kara.json",
        "at": AT,
        "reason": "it is not JSON",
        "put_back": "Close every game that uses the store, then move 'pc.kara.json' from here to "
        "'campaign_x/characters/pc.kara.json'.",
    }


def test_things_of_the_same_name_and_second_are_kept_apart(tmp_path: Path, recovered: Recovered) -> None:
    places = [recovered.keep_bytes(b"%d" % n, tmp_path / "a.json", at=AT, reason="r") for n in range(4)]
    assert [path.parent.name for path in places] == [f"20261121100000-a_json{end}" for end in ("", "_2", "_3", "_4")]
    assert [path.read_bytes() for path in places] == [b"0", b"1", b"2", b"3"]


def test_another_program_that_keeps_something_at_the_same_moment_has_a_place_of_its_own(
    tmp_path: Path, recovered: Recovered, faulty: Faulty
) -> None:
    others: list[Path] = []

    def interfere(call: str, path: str) -> None:
        if call == "mkdir" and path.endswith("-log_jsonl"):
            faulty.before = None
            others.append(recovered.keep_bytes(b"theirs", tmp_path / "campaign_y/log.jsonl", at=AT, reason="r"))

    faulty.before = interfere
    ours = recovered.keep_bytes(b"ours", tmp_path / "campaign_x/log.jsonl", at=AT, reason="r")
    (theirs,) = others
    assert (ours.read_bytes(), theirs.read_bytes()) == (b"ours", b"theirs")
    homes = {one.path: one.file for one in recovered.listed()}
    assert homes == {"campaign_x/log.jsonl": ours, "campaign_y/log.jsonl": theirs}


def test_a_folder_is_moved_with_all_that_is_in_it(tmp_path: Path, recovered: Recovered) -> None:
    (tmp_path / "campaign_x/characters").mkdir(parents=True)
    (tmp_path / "campaign_x/characters/a.json").write_bytes(b"1")
    kept = recovered.keep(tmp_path / "campaign_x", at=AT, reason="removed")
    assert not (tmp_path / "campaign_x").exists()
    assert (kept / "characters/a.json").read_bytes() == b"1"
    assert json.loads((kept.parent / NOTE).read_text())["home"] == "campaign_x"


@pytest.mark.parametrize("name", ["note.json", "NOTE.json"])
def test_a_file_with_the_name_of_the_note_is_kept_as_well(tmp_path: Path, recovered: Recovered, name: str) -> None:
    kept = recovered.keep_bytes(b"{bad", tmp_path / "documents" / name, at=AT, reason="r")
    assert kept.read_bytes() == b"{bad"
    (tmp_path / name).write_bytes(b"moved")
    moved = recovered.keep(tmp_path / name, at=AT, reason="r")
    assert moved.read_bytes() == b"moved"
    for one, home in ((kept, f"documents/{name}"), (moved, name)):
        note = json.loads((one.parent / NOTE).read_text())
        assert (note["name"], note["home"]) == ("kept-note.json", home)
        assert note["put_back"].endswith(f"then move 'kept-note.json' from here to {home!r}.")


@pytest.mark.parametrize("name", ["\u200b", "a\nb", "..."])
def test_a_name_that_makes_no_id_is_kept_all_the_same(tmp_path: Path, recovered: Recovered, name: str) -> None:
    (tmp_path / name).write_bytes(b"1")
    kept = recovered.keep(tmp_path / name, at=AT, reason="r")
    assert kept.read_bytes() == b"1"
    assert kept.name == name


def test_a_full_disk_leaves_the_original_where_it_is(tmp_path: Path, recovered: Recovered, faulty: Faulty) -> None:
    (tmp_path / "a.json").write_bytes(b"1")
    faulty.fail("write", error=errno.ENOSPC)
    with pytest.raises(NoSpace):
        recovered.keep(tmp_path / "a.json", at=AT, reason="r")
    assert (tmp_path / "a.json").read_bytes() == b"1"


def test_bytes_that_a_verb_replaces_are_put_back_and_what_replaced_them_is_kept(
    tmp_path: Path, recovered: Recovered
) -> None:
    file = tmp_path / "character_profiles/pc.kara.json"
    file.parent.mkdir()
    file.write_bytes(b"replaced")
    recovered.keep_bytes(b"before", file, at=AT, reason="r", verb="import")
    (entry,) = recovered.listed()
    assert (entry.verb, entry.undoable) == ("import", True)
    aside = recovered.put_back(entry, at=AT)
    assert file.read_bytes() == b"before"
    assert aside is not None
    assert aside.read_bytes() == b"replaced"


def test_a_note_that_cannot_be_written_leaves_no_empty_place(
    tmp_path: Path, recovered: Recovered, faulty: Faulty
) -> None:
    (tmp_path / "a.json").write_bytes(b"1")
    faulty.fail("write", error=errno.ENOSPC, times=1)
    with pytest.raises(NoSpace):
        recovered.keep(tmp_path / "a.json", at=AT, reason="r")
    assert list(recovered.folder.iterdir()) == []
    assert recovered.listed() == []
