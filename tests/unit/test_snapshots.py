"""Snapshots as files: whole or refused, kept and removed."""

import json
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

import pytest
from hypothesis import given

from gamesaves.disk import jsontext, snapshots
from gamesaves.disk.jsontext import Tree
from gamesaves.disk.snapshots import Snapshot
from gamesaves.errors import Damaged, FileProblem
from gamesaves.rules.patch import Json, same
from tests.unit.systems import Faulty
from tests.unit.trees import trees

HASH = "9f3a1c2b" + "0" * 24
SNAPSHOT = Snapshot(100, HASH, "2026-11-21T10:00:00.000000Z", 7, None, 12_345, {}, {"messages": "m1"})
DOCUMENTS: dict[str, Tree] = {"data": {"revision": "1-00000000", "title": "Ægir"}, "characters/pc:kara": {"hp": 10}}
ENCODED = {key: jsontext.encode(tree) for key, tree in DOCUMENTS.items()}


def numbered(seq: int) -> Snapshot:
    return replace(SNAPSHOT, seq=seq, hash=f"{seq:08x}" + "0" * 24, offset=seq)


def kept(folder: Path) -> list[int]:
    return sorted(one.seq for one in snapshots.listed(folder))


def signed(body: bytes) -> bytes:
    return body + b',"digest":"' + blake2b(body, digest_size=16).hexdigest().encode() + b'"}\n'


def test_a_snapshot_comes_back_from_its_file(tmp_path: Path, faulty: Faulty) -> None:
    snapshots.write(tmp_path / "snapshots", SNAPSHOT, ENCODED)
    (found,) = snapshots.listed(tmp_path / "snapshots")
    assert found.path.name == "000000100-9f3a1c2b.json"
    assert (found.seq, found.hash8) == (100, "9f3a1c2b")
    assert snapshots.load(found.path) == replace(SNAPSHOT, documents=DOCUMENTS)
    assert faulty.count("flush") == 1


def test_a_snapshot_is_json_that_any_tool_can_read() -> None:
    tree = json.loads(snapshots.encode(SNAPSHOT, ENCODED))
    assert tree["documents"] == DOCUMENTS
    assert tree["schema_version"] == 1


@given(trees)
def test_documents_go_in_as_they_are(tree: Json) -> None:
    data = snapshots.encode(SNAPSHOT, {"documents/a": jsontext.encode(tree)})
    assert same(json.loads(data)["documents"]["documents/a"], tree)


def test_a_ledger_without_documents_has_snapshots_too(tmp_path: Path) -> None:
    snapshots.write(tmp_path, SNAPSHOT, {})
    assert snapshots.load(snapshots.listed(tmp_path)[0].path).documents == {}


def test_every_flipped_bit_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a"
    data = snapshots.encode(SNAPSHOT, {"data": b'{"hp":1}'})
    for index in range(len(data) - 1):
        for bit in range(8):
            path.write_bytes(data[:index] + bytes([data[index] ^ 1 << bit]) + data[index + 1 :])
            with pytest.raises(Damaged):
                snapshots.load(path)
    path.write_bytes(data)
    assert snapshots.load(path).seq == 100


def test_every_cut_is_noticed_but_that_of_the_last_newline(tmp_path: Path) -> None:
    path = tmp_path / "a"
    data = snapshots.encode(SNAPSHOT, {"data": b'{"hp":1}'})
    for end in range(len(data) - 1):
        path.write_bytes(data[:end])
        with pytest.raises(Damaged) as caught:
            snapshots.load(path)
        assert caught.value.hint == "Nothing is lost with it: the log has it all."
    path.write_bytes(data[:-1])
    assert snapshots.load(path).seq == 100


GOOD = json.loads(snapshots.encode(SNAPSHOT, ENCODED))
GOOD.pop("digest")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[1",
        b'{"a":' * 100_000,
        *(json.dumps({key: value for key, value in GOOD.items() if key != name}).encode()[:-1] for name in GOOD),
        *(json.dumps(GOOD | {name: [1]}).encode()[:-1] for name in GOOD),
        *(json.dumps(GOOD | {"documents": {key: 1}}).encode()[:-1] for key in ("data", "characters/pc:kara")),
        *(json.dumps(GOOD | {"documents": {key: {}}}).encode()[:-1] for key in ("../data", "", "a//b", "Data", "a/..")),
        json.dumps(GOOD | {"schema_version": 2}).encode()[:-1],
        json.dumps(GOOD | {"offset": 2**63}).encode()[:-1],
        json.dumps(GOOD | {"offset": -1}).encode()[:-1],
        json.dumps(GOOD | {"hash": "f" * 31}).encode()[:-1],
    ],
    ids=lambda body: str(body[:20]),
)
def test_a_snapshot_with_a_fitting_digest_that_is_none_is_refused(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "a").write_bytes(signed(body))
    with pytest.raises(Damaged, match="the snapshot cannot be read"):
        snapshots.load(tmp_path / "a")


def test_only_files_with_the_name_of_a_snapshot_are_listed_the_newest_first(tmp_path: Path) -> None:
    for seq in (5, 1_000_000_000, 70):
        snapshots.write(tmp_path, numbered(seq), {})
    for name in ("5-00000005.json", "000000005-0000000g.json", "000000005-00000005.json.bak", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    assert [one.seq for one in snapshots.listed(tmp_path)] == [1_000_000_000, 70, 5]
    assert snapshots.listed(tmp_path / "nowhere") == []


def test_the_newest_five_and_one_for_every_thousand_events_are_kept(tmp_path: Path) -> None:
    for seq in range(100, 3500, 100):
        snapshots.write(tmp_path, numbered(seq), {})
        snapshots.prune(tmp_path, lambda _offset, _digest: True)
    assert kept(tmp_path) == [900, 1900, 2900, 3000, 3100, 3200, 3300, 3400]


def test_many_snapshots_are_thinned_out_at_once(tmp_path: Path) -> None:
    for seq in range(100, 3500, 100):
        snapshots.write(tmp_path, numbered(seq), {})
    snapshots.prune(tmp_path, lambda _offset, _digest: True)
    assert kept(tmp_path) == [100, 1000, 2000, 3000, 3100, 3200, 3300, 3400]


def test_snapshots_that_are_not_on_the_chain_are_left_alone_and_not_counted(tmp_path: Path) -> None:
    for seq in range(1, 20):
        snapshots.write(tmp_path, numbered(seq), {})
    snapshots.prune(tmp_path, lambda offset, digest: offset % 2 == 0 and digest == numbered(offset).hash)
    assert kept(tmp_path) == [1, 3, 5, 7, 9, *range(10, 20)]


def test_snapshots_that_cannot_be_read_are_left_alone(tmp_path: Path, faulty: Faulty) -> None:
    for seq in range(1, 10):
        snapshots.write(tmp_path, numbered(seq), {})
    (tmp_path / "000000001-00000001.json").write_bytes(b"{")
    (tmp_path / "000000002-00000002.json").write_bytes(b"[1")
    faulty.fail("read", "000000003")
    snapshots.prune(tmp_path, lambda _offset, _digest: True)
    assert kept(tmp_path) == [1, 2, 3, 5, 6, 7, 8, 9]


def test_a_snapshot_that_cannot_be_read_is_told_from_a_damaged_one(tmp_path: Path, faulty: Faulty) -> None:
    snapshots.write(tmp_path, SNAPSHOT, {})
    faulty.fail("read")
    with pytest.raises(FileProblem):
        snapshots.load(snapshots.listed(tmp_path)[0].path)
