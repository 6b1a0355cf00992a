"""The event log: lines, hashes, appending."""

import codecs
import errno
import json
import os
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamesaves.disk import log
from gamesaves.disk.log import Event, LineFault
from gamesaves.disk.logwriter import LogWriter
from gamesaves.errors import Damaged, Diverged, FileProblem, FlushFailed, InvalidDocument, NoSpace, SavesError
from gamesaves.rules.patch import diff, same
from tests.unit.systems import Faulty
from tests.unit.trees import texts, trees

AT = "2026-11-21T10:00:00.123456Z"
EVENT = Event(
    seq=12,
    at=AT,
    kind="turn",
    turn=7,
    session="s1",
    note="Der Gobelin schlägt zurück",
    data={"a": 1},
    changes={"characters/pc:kara": [{"op": "replace", "path": "/hp", "value": 34}]},
    prev="9f" * 16,
)

events = st.builds(
    Event,
    seq=st.integers(1, 2**62),
    at=texts,
    kind=texts,
    turn=st.integers(0, 2**62),
    session=st.none() | texts,
    note=st.none() | texts,
    data=trees,
    changes=st.dictionaries(texts, st.builds(diff, trees, trees), max_size=2),
    prev=st.none() | texts,
)


def signed(body: bytes) -> bytes:
    """Return a line with a hash that fits, whatever it says."""
    return body + b',"hash":"' + blake2b(body, digest_size=16).hexdigest().encode() + b'"}'


def chain(count: int) -> list[bytes]:
    """Return lines that follow on each other."""
    lines: list[bytes] = []
    prev = None
    for seq in range(1, count + 1):
        line, prev = log.encode_event(Event(seq, AT, "turn", seq, note="é" * seq, prev=prev))
        lines.append(line)
    return lines


def seqs(path: Path, start: int = 0) -> list[int | None]:
    return [line.event.seq if line.event else None for line in log.read_lines(path, start)]


# One line


@given(events)
def test_an_event_comes_back_from_its_line(event: Event) -> None:
    line, digest = log.encode_event(event)
    assert line.count(b"\n") == 1
    back = log.decode_event(line[:-1])
    assert back.hash == digest
    assert same(back.data, event.data)
    assert same(dict(back.changes), dict(event.changes))
    assert replace(back, hash="", data={}, changes={}) == replace(event, hash="", data={}, changes={})


def test_a_line_is_what_the_format_says() -> None:
    line, digest = log.encode_event(EVENT)
    written = (
        '{"seq":12,"at":"2026-11-21T10:00:00.123456Z","kind":"turn","turn":7,"session":"s1",'
        '"note":"Der Gobelin schlägt zurück","data":{"a":1},'
        '"changes":{"characters/pc:kara":[{"op":"replace","path":"/hp","value":34}]},'
        f'"prev":"{"9f" * 16}","hash":"{digest}"}}\n'
    )
    assert line.decode() == written
    body = line[: line.rindex(b',"hash"')]
    assert digest == blake2b(body, digest_size=16).hexdigest()
    assert log.decode_event(line[:-1]).revision == f"12-{digest[:8]}"


def test_the_hash_of_a_line_covers_the_hash_before_it() -> None:
    assert log.encode_event(EVENT)[1] != log.encode_event(replace(EVENT, prev="8f" * 16))[1]
    assert log.encode_event(EVENT)[1] == log.encode_event(replace(EVENT, hash="anything"))[1]


def test_a_note_that_looks_like_a_hash_is_a_note() -> None:
    event = replace(EVENT, note='","hash":"' + "0" * 32 + '"}')
    assert log.decode_event(log.encode_event(event)[0][:-1]).note == event.note


def test_every_mutated_byte_of_a_line_is_noticed() -> None:
    line = log.encode_event(EVENT)[0][:-1]
    for index, byte in enumerate(line):
        for other in {byte ^ 1, byte ^ 0x80, 0, ord(" "), ord("0")} - {byte}:
            with pytest.raises(LineFault):
                log.decode_event(line[:index] + bytes([other]) + line[index + 1 :])


def test_every_cut_and_every_doubled_byte_of_a_line_is_noticed() -> None:
    line = log.encode_event(EVENT)[0][:-1]
    for index in range(len(line)):
        with pytest.raises(LineFault):
            log.decode_event(line[:index])
        with pytest.raises(LineFault):
            log.decode_event(line[:index] + line[index : index + 1] + line[index:])


@given(st.binary(max_size=60))
def test_any_bytes_are_an_event_or_a_fault(data: bytes) -> None:
    for line in (data, signed(data), signed(b'{"seq":1,"changes":' + data)):
        with pytest.raises(LineFault):
            log.decode_event(line)


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in GOOD.items() if key != name}


GOOD: dict[str, Any] = {"seq": 1, "at": AT, "kind": "turn", "turn": 0, "data": {}, "changes": {}, "prev": None}


@pytest.mark.parametrize(
    "body",
    [
        *(without(name) for name in GOOD if name != "prev"),
        *(GOOD | {name: True} for name in GOOD if name != "prev"),
        *(GOOD | {name: 5} for name in ("session", "note", "prev", "at", "kind", "data", "changes")),
        *(GOOD | {name: "1"} for name in ("seq", "turn", "data", "changes")),
        GOOD | {"changes": {"data": None}},
        GOOD | {"changes": {"data": "x"}},
        GOOD | {"changes": {"data": {"op": "add"}}},
    ],
)
def test_a_line_with_a_fitting_hash_that_is_no_event_is_a_fault(body: dict[str, Any]) -> None:
    with pytest.raises(LineFault):
        log.decode_event(signed(json.dumps(body).encode()[:-1]))
    assert log.decode_event(signed(json.dumps(GOOD).encode()[:-1])).seq == 1


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"seq":' + b"9" * 5000, id="5,000 digits"),
        pytest.param(b'{"data":' + b"[" * 100_000, id="100,000 deep"),
        pytest.param(b"[1", id="no object"),
        pytest.param(b"[1]", id="no JSON"),
        pytest.param(b"\xff\xfe{", id="no text"),
    ],
)
def test_a_line_with_a_fitting_hash_that_is_no_json_is_a_fault(body: bytes) -> None:
    with pytest.raises(LineFault):
        log.decode_event(signed(body))


def test_what_json_has_no_place_for_is_not_written_on_a_line() -> None:
    for value in (float("nan"), "\ud800", object()):
        with pytest.raises(InvalidDocument):
            log.encode_event(replace(EVENT, data={"a": value}))


# Many lines


def test_a_log_cut_at_any_byte_has_all_lines_before_the_cut() -> None:
    lines = chain(3)
    data = b"".join(lines)
    ends = [len(b"".join(lines[:count])) for count in range(4)]
    for cut in range(len(data) + 1):
        found = list(log.lines_of(data[:cut]))
        whole = sum(end - 1 <= cut for end in ends[1:])
        assert [line.event.seq for line in found if line.event] == list(range(1, whole + 1))
        torn = [line for line in found if line.event is None]
        assert len(torn) == (0 if cut in ends or cut + 1 in ends else 1)
        assert all(line.end == cut and not line.terminated and line.fault for line in torn)


def test_a_last_line_without_its_newline_counts(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"".join(chain(3))[:-1])
    assert seqs(path) == [1, 2, 3]
    assert [line.terminated for line in log.read_lines(path)] == [True, True, False]


def test_a_last_line_whose_newline_became_zeros_counts_and_ends_before_them() -> None:
    lines = chain(2)
    data = b"".join(lines)[:-1] + bytes(50)
    found = list(log.lines_of(data))
    assert [line.event.seq for line in found if line.event] == [1, 2]
    assert found[-1].end == len(b"".join(lines)) - 1


def test_blank_lines_and_the_newlines_of_windows_are_accepted(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    lines = chain(3)
    path.write_bytes(b"\n\r\n" + lines[0].replace(b"\n", b"\r\n") + b"  \t\n\n" + lines[1] + lines[2] + b"\r\n \t")
    found = list(log.read_lines(path))
    assert seqs(path) == [1, 2, 3]
    assert [line.number for line in found] == [3, 6, 7]
    data = path.read_bytes()
    assert [data[line.start : line.end] for line in found] == [line.raw for line in found]


def test_reading_begins_at_any_line(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"".join(chain(3)))
    found = list(log.read_lines(path))
    assert seqs(path, found[0].end) == [2, 3]
    assert [line.start for line in log.read_lines(path, found[0].end)] == [found[1].start, found[2].start]
    assert [line.end for line in log.lines_of(path.read_bytes(), found[0].end)] == [found[1].end, found[2].end]
    assert seqs(path, found[2].end) == seqs(path, found[2].end + 99) == []


def test_lines_that_are_longer_than_what_is_read_at_a_time_are_whole(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    big, _ = log.encode_event(Event(2, AT, "turn", 1, note="x" * (5 << 19)))
    path.write_bytes(chain(1)[0] + big + chain(3)[2])
    assert seqs(path) == [1, 2, 3]


def test_an_empty_log_has_no_lines(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_bytes(b"")
    assert seqs(tmp_path / "log.jsonl") == []


def test_a_bad_line_is_named_and_those_behind_it_are_read() -> None:
    lines = chain(3)
    lines[1] = b"0" + lines[1][1:]
    found = list(log.lines_of(b"".join(lines)))
    assert [line.event.seq if line.event else None for line in found] == [1, None, 3]
    assert found[1].fault == "its hash does not fit its bytes"
    assert found[1].terminated


def test_bytes_of_zero_at_the_end_are_a_torn_line() -> None:
    found = list(log.lines_of(chain(1)[0] + bytes(100)))
    assert [line.fault for line in found] == [None, "it does not end with a hash"]


# The newest lines


@pytest.mark.parametrize("limit", [0, 1, 3, 10, 400, 500])
@pytest.mark.parametrize("ending", [b"", b'{"seq":'])
def test_the_newest_events_are_read_from_the_end(tmp_path: Path, limit: int, ending: bytes) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"".join(chain(400)) + ending)
    assert [event.seq for event in log.newest(path, limit)] == list(range(max(1, 401 - limit), 401))


def test_few_bytes_are_read_for_the_newest_event(tmp_path: Path, faulty: Faulty) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"".join(chain(400)))
    log.newest(path, 1)
    assert faulty.count("seek") == 1
    assert faulty.count("open") == 1


def test_a_log_that_is_not_there_or_empty_has_no_newest_events(tmp_path: Path) -> None:
    assert log.newest(tmp_path / "log.jsonl", 5) == []
    (tmp_path / "log.jsonl").write_bytes(b"")
    assert log.newest(tmp_path / "log.jsonl", 5) == []


# Offsets


def test_a_hash_is_found_at_the_end_of_its_line_and_nowhere_else(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"".join(chain(3)))
    found = list(log.read_lines(path))
    for line in found:
        assert line.event is not None
        hits = [at for at in range(path.stat().st_size + 5) if log.ends_with_hash(path, at, line.event.hash)]
        assert line.end in hits
        assert set(hits) <= {line.end - 1, line.end}
        assert not log.ends_with_hash(path, line.end, "0" * 32)


def test_an_offset_behind_the_end_of_the_log_is_no_lines_end(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"".join(chain(1))[:-1])
    (line,) = log.read_lines(path)
    assert line.event is not None
    assert log.ends_with_hash(path, line.end, line.event.hash)
    assert not log.ends_with_hash(path, line.end + 1, line.event.hash)


# Encodings


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_log_that_an_editor_saved_in_another_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "log.jsonl"
    data = b"".join(chain(3))
    path.write_bytes(data.decode().encode(encoding))
    assert log.plain_text(path) == data


def test_a_log_in_utf_8_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"".join(chain(1)))
    assert log.plain_text(path) is None


def test_a_log_whose_bytes_are_no_text_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(codecs.BOM_UTF8 + b'{"seq"\n\xff')
    with pytest.raises(Damaged) as caught:
        log.plain_text(path)
    assert (caught.value.path, caught.value.line, caught.value.column) == (str(path), 2, 1)
    assert caught.value.hint


# Appending


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"one\n")
    return path


def test_a_line_is_durable_when_append_returns(path: Path, faulty: Faulty) -> None:
    writer = LogWriter(path, 4)
    faulty.calls.clear()
    assert writer.append(b"two\n") == 8
    calls = [call for call, _ in faulty.calls]
    assert calls.index("write") < calls.index("flush_data")
    assert path.read_bytes() == b"one\ntwo\n"
    assert writer.own_bytes() == b"one\ntwo\n"
    writer.close()


def test_what_lies_behind_the_last_whole_line_is_cut_off_durably(path: Path, faulty: Faulty) -> None:
    path.write_bytes(b"one\ntwo\nth")
    writer = LogWriter(path, 8)
    assert path.read_bytes() == b"one\ntwo\n"
    writer.confirm()
    assert faulty.count("flush") == 1
    writer.append(b"new\n")
    writer.close()
    assert path.read_bytes() == b"one\ntwo\nnew\n"


def test_a_log_is_durable_before_anything_is_appended(path: Path, faulty: Faulty) -> None:
    writer = LogWriter(path, 4)
    assert faulty.count("flush", str(path)) == 0
    writer.append(b"two\n")
    writer.append(b"three\n")
    writer.close()
    folders = [("flush_folder", str(path.parent)), ("flush_folder", str(path.parent.parent))]
    calls = [call for call in faulty.calls if call[0] in ("flush", "flush_folder", "write")]
    assert calls == [("flush", str(path)), *folders, ("write", str(path)), ("write", str(path))]


@pytest.mark.parametrize("call", ["flush", "flush_folder"])
def test_a_log_that_is_not_durable_is_not_appended_to(path: Path, faulty: Faulty, call: str) -> None:
    writer = LogWriter(path, 4)
    faulty.fail(call)
    with pytest.raises(FlushFailed, match="did not confirm the log"):
        writer.append(b"two\n")
    faulty.mend()
    with pytest.raises(Damaged, match="did not confirm what was there"):
        writer.append(b"two\n")
    writer.close()
    assert path.read_bytes() == b"one\n"


def test_a_last_line_without_newline_gets_one(path: Path, faulty: Faulty) -> None:
    path.write_bytes(b"one\ntwo")
    writer = LogWriter(path, 7)
    assert writer.end == 8
    assert [call for call, _ in faulty.calls if call in ("write", "flush")] == ["write"]
    writer.append(b"new\n")
    writer.close()
    assert path.read_bytes() == b"one\ntwo\nnew\n"


def test_a_log_with_nothing_whole_in_it_is_emptied(path: Path) -> None:
    writer = LogWriter(path, 0)
    writer.append(b"new\n")
    writer.close()
    assert path.read_bytes() == b"new\n"


def test_a_log_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="could not open it"):
        LogWriter(tmp_path / "log.jsonl", 0)
    assert not (tmp_path / "log.jsonl").exists()


@pytest.mark.parametrize("call", ["fstat", "truncate", "seek", "read"])
def test_a_log_that_cannot_be_put_right_is_closed_again(path: Path, faulty: Faulty, call: str) -> None:
    faulty.fail(call)
    with pytest.raises(FileProblem, match="could not open it"):
        LogWriter(path, 3)
    assert faulty.count("open") == faulty.count("close") == 1


@pytest.mark.parametrize(("code", "error"), [(errno.ENOSPC, NoSpace), (errno.EIO, FileProblem)])
@pytest.mark.parametrize("written", [0, 1, 3])
def test_a_failed_write_is_cut_back_and_the_next_one_works(
    path: Path, faulty: Faulty, code: int, error: type[SavesError], written: int
) -> None:
    writer = LogWriter(path, 4)
    faulty.largest_write = 1
    faulty.fail("write", error=code, skip=written, times=1)
    with pytest.raises(error, match="could not append to it"):
        writer.append(b"two\n")
    assert path.read_bytes() == b"one\n"
    assert writer.append(b"new\n") == 8
    writer.close()
    assert path.read_bytes() == b"one\nnew\n"


def test_a_short_write_is_gone_on_with(path: Path, faulty: Faulty) -> None:
    writer = LogWriter(path, 4)
    faulty.largest_write = 3
    writer.append(b"a longer line\n")
    writer.close()
    assert path.read_bytes() == b"one\na longer line\n"


def test_a_failed_write_that_cannot_be_cut_back_ends_the_writing(path: Path, faulty: Faulty) -> None:
    writer = LogWriter(path, 4)
    faulty.largest_write = 1
    faulty.fail("write", error=errno.ENOSPC, skip=2, times=1)
    faulty.fail("truncate", times=1)
    with pytest.raises(FlushFailed, match=r"No space left on device.*could not be taken back.*Input/output error"):
        writer.append(b"two\n")
    with pytest.raises(Damaged, match=r"No space left on device.*could not be cut back.*Input/output error") as caught:
        writer.append(b"new\n")
    assert caught.value.hint == "Close it and open it anew."
    writer.close()
    assert path.read_bytes() == b"one\ntw"


def test_a_failed_flush_is_not_tried_again_and_ends_the_writing(path: Path, faulty: Faulty) -> None:
    writer = LogWriter(path, 4)
    faulty.fail("flush_data", times=1)
    with pytest.raises(FlushFailed):
        writer.append(b"two\n")
    with pytest.raises(Damaged, match="the disk did not confirm a commit"):
        writer.append(b"two\n")
    assert faulty.count("flush_data") == 1
    writer.close()
    assert path.read_bytes() == b"one\ntwo\n"


@pytest.mark.parametrize("call", ["write", "flush_data"])
def test_an_interrupted_commit_ends_the_writing(path: Path, faulty: Faulty, call: str) -> None:
    writer = LogWriter(path, 4)
    faulty.largest_write = 2

    def interrupt(name: str, _path: str) -> None:
        if name == call and path.stat().st_size > 4:
            raise KeyboardInterrupt

    faulty.before = interrupt
    with pytest.raises(KeyboardInterrupt):
        writer.append(b"two\n")
    faulty.before = None
    with pytest.raises(Damaged, match="interrupted"):
        writer.append(b"new\n")
    writer.close()
    assert path.read_bytes() in (b"one\ntw", b"one\ntwo\n")


@pytest.mark.parametrize("skip", [0, 1])
@pytest.mark.parametrize("call", ["stat", "fstat"])
def test_a_log_that_cannot_be_looked_at_gets_no_line_twice(path: Path, faulty: Faulty, call: str, skip: int) -> None:
    writer = LogWriter(path, 4)
    faulty.fail(call, error=errno.EACCES, skip=skip, times=1)
    with pytest.raises(FileProblem, match="could not look at it"):
        writer.append(b"two\n")
    assert path.read_bytes() == b"one\n"
    writer.append(b"two\n")
    writer.close()
    assert path.read_bytes() == b"one\ntwo\n"


def test_a_log_that_is_another_file_now_is_noticed_before_a_line_is_written(path: Path) -> None:
    writer = LogWriter(path, 4)
    path.rename(path.with_name("mine"))
    path.write_bytes(b"one\nelse\n")
    for _ in range(2):
        with pytest.raises((Diverged, Damaged)):
            writer.append(b"two\n")
    assert path.with_name("mine").read_bytes() == b"one\n"
    assert path.read_bytes() == b"one\nelse\n"
    assert writer.own_bytes() == b"one\n"
    writer.close()


def test_a_log_that_is_gone_is_noticed(path: Path) -> None:
    writer = LogWriter(path, 4)
    path.unlink()
    with pytest.raises(Diverged) as caught:
        writer.append(b"two\n")
    assert caught.value.path == str(path)
    assert caught.value.hint
    writer.close()
    assert not path.exists()


def test_a_log_that_becomes_another_file_during_a_commit_acknowledges_nothing(path: Path, faulty: Faulty) -> None:
    writer = LogWriter(path, 4)

    def swap(call: str, _path: str) -> None:
        if call == "flush_data":
            faulty.before = None
            path.rename(path.with_name("mine"))
            path.write_bytes(b"one\nelse\n")

    faulty.before = swap
    with pytest.raises(Diverged):
        writer.append(b"two\n")
    assert path.read_bytes() == b"one\nelse\n"
    with pytest.raises(Damaged, match="another file stands in its place"):
        writer.append(b"two\n")
    writer.close()


@pytest.mark.parametrize("other", [b"one\nelse\n", b"on", b""])
def test_a_log_that_somebody_else_wrote_into_is_noticed_and_not_cut(path: Path, other: bytes) -> None:
    writer = LogWriter(path, 4)
    with open(path, "r+b") as file:
        file.truncate(0)
        file.write(other)
    with pytest.raises(Diverged):
        writer.append(b"two\n")
    assert path.read_bytes() == other
    writer.close()


def test_own_lines_that_cannot_be_read_are_told(path: Path, faulty: Faulty) -> None:
    writer = LogWriter(path, 4)
    faulty.fail("read", times=1)
    with pytest.raises(FileProblem, match="could not read it"):
        writer.own_bytes()
    writer.close()
    assert os.path.exists(path)
