"""Bundles that somebody has tampered with, built from descriptions in `tests/data/hostile`.

A description says what is done to a good bundle, with `CAMPAIGN`, `UNIVERSE`, `PROFILE` and `PICTURE` for the names in
it, and the reason for which the result must be refused. What it does to a log, it does to that of the universe where it
says so (`in`).
"""

import json
import struct
import warnings
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

from gamesaves.disk import log, reconcile, snapshots
from gamesaves.disk.snapshots import Snapshot
from gamesaves.disk.state import State
from gamesaves.services.contracts import CampaignContract
from tests.integration.bundles import MANIFEST, entries_of, listed, manifest_of, zipped

Case = dict[str, Any]
DATA = Path(__file__).parents[1] / "data" / "hostile"

# Where a field stands behind the signature of an entry in the central directory, and its form (APPNOTE.TXT 4.3.12).
_CENTRAL = {
    "flag_bits": (8, "<H"),
    "method": (10, "<H"),
    "crc": (16, "<L"),
    "compress_size": (20, "<L"),
    "file_size": (24, "<L"),
    "external_attr": (38, "<L"),
    "offset": (42, "<L"),
}
_END = {"size": (12, "<L"), "offset": (16, "<L")}


def cases() -> Iterator[Case]:
    for file in sorted(DATA.glob("*.json")):
        for case in json.loads(file.read_text(encoding="utf-8")):
            yield {**case, "name": f"{file.stem}: {case['name']}"}


class Tampered:
    """A good bundle in pieces."""

    def __init__(self, good: Path) -> None:
        self.entries = dict(sorted(entries_of(good).items()))
        self.about = manifest_of(good)
        del self.about["entries"]
        self.campaign = self.about["folder"]
        names = {"CAMPAIGN": self.campaign, "PROFILE": "character_profiles/pc.kara_stormwind.json"}
        names["UNIVERSE"] = f"universes/{self.about['universe']['universe_id']}"
        self.names = names | {"PICTURE": next(one for one in self.entries if one.startswith("images/"))}
        self.log = f"{self.campaign}/log.jsonl"
        self.newest = self.about

    def named(self, case: Case) -> Case:
        """Return a description with the names of this bundle in it."""
        text = json.dumps(case)
        for name, here in self.names.items():
            text = text.replace(name, here)
        named: Case = json.loads(text)
        return named

    def build(self, case: Case, target: Path) -> Path:
        """Write the bundle that a description, with names, is of."""
        if (whole := case.get("file")) is not None:
            target.write_bytes(bytes.fromhex(whole["hex"]))
            return target
        unlisted = self._change(case)
        rows = listed((path, data) for path, data in self.entries.items() if path not in unlisted)
        rows = [row for row in rows if row["path"] != case.get("unlist")]
        for row in rows:
            row["sha256"] = case.get("rehash", {}).get(row["path"], row["sha256"])
            row["size"] = case.get("resize", {}).get(row["path"], row["size"])
        rows += case.get("list", [])
        rows += [row for row in rows if row["path"] == case.get("list_twice")] if "list_twice" in case else []
        for path, data in self._other_bytes(case):
            self.entries[path] = data
        self.entries.pop(case.get("drop", ""), None)
        manifest: bytes | None = json.dumps({**self.about, "entries": rows, **case.get("manifest", {})}).encode()
        if "manifest_text" in case or "manifest_hex" in case:
            text = case.get("manifest_text")
            manifest = bytes.fromhex(case["manifest_hex"]) if "manifest_hex" in case else text and text.encode()
            manifest = b"" if text == "" else manifest
        pairs = list(self.entries.items())
        if (twice := case.get("twice")) is not None:
            pairs.append((twice, b"{}" if twice == MANIFEST else self.entries[twice]))
        # It warns of a name that is there twice.
        with warnings.catch_warnings(action="ignore"):
            zipped(target, pairs, manifest)
        target.write_bytes(_spoilt(target.read_bytes(), case))
        return target

    def _change(self, case: Case) -> set[str]:
        """Change entries, with the manifest to fit, and return those that it does not list."""
        if case.get("in") == "universe":
            self.log, self.newest = f"{self.names['UNIVERSE']}/log.jsonl", self.about["universe"]
        self.entries.pop(case.get("remove", ""), None)
        if "log" in case:
            self.entries[self.log] = _changed_log(self.entries[self.log], case["log"])
        if "event" in case:
            self._forge(dict(case["event"]))
        if "first" in case:
            self._rewrite(case["first"])
        if "snapshot" in case:
            self._add_snapshot(case["snapshot"])
        for path, fields in case.get("edit", {}).items():
            self.entries[path] = json.dumps(json.loads(self.entries[path]) | fields).encode()
        for path, content in case.get("replace", {}).items():
            if content.get("listed", True):
                self.entries[path] = _bytes_of(content)
        for content in case.get("add", []):
            self.entries[content["path"]] = _bytes_of(content)
        return {one["path"] for one in case.get("add", []) if not one.get("listed", True)}

    @staticmethod
    def _other_bytes(case: Case) -> Iterator[tuple[str, bytes]]:
        for path, content in case.get("replace", {}).items():
            if not content.get("listed", True):
                yield path, _bytes_of(content)

    def _forge(self, event: Case) -> None:
        """Append a line whose hash is right, and let the manifest name it."""
        last = log.decode_event(self.entries[self.log].splitlines()[-1])
        seq = last.seq + event.pop("seq_step", 1)
        tree = {"seq": seq, "at": last.at, "kind": "turn", "turn": last.turn, "session": None, "note": None}
        tree |= {"data": {}, "changes": {}, "prev": last.hash, **event}
        if "parents" in event:
            tree = {**tree, "other_changes": {}}
        line, digest = _line(tree)
        self.entries[self.log] += line
        self.newest["head"] = {"seq": seq, "hash": digest}

    def _rewrite(self, data: Case) -> None:
        """Change the data of the first event, and every hash behind it."""
        lines, before = [], None
        for raw in self.entries[self.log].splitlines():
            tree = json.loads(raw)
            del tree["hash"]
            tree |= {"prev": before} | ({"data": tree["data"] | data} if before is None else {})
            line, before = _line(tree)
            lines.append(line)
        self.entries[self.log] = b"".join(lines)
        self.newest["head"]["hash"] = before

    def _add_snapshot(self, change: Case) -> None:
        contract, state = CampaignContract(), State()
        for line in log.lines_of(self.entries[self.log]):
            assert line.event is not None
            state.fold(line.event, line.end, contract.views)
        documents = {key: reconcile.encoded(contract, key, state) for key in state.trees}
        if "level" in change:
            key = "characters/pc.kara_stormwind".replace("pc.", "pc:")
            documents[key] = documents[key].replace(b'"level": 3', b'"level": %d' % change["level"])
        head = state.head
        assert head is not None
        turn = change.get("turn", head.turn)
        snapshot = Snapshot(
            head.seq, change.get("hash", head.hash), head.at, turn, head.played, head.offset, {}, state.views
        )
        name = f"{self.campaign}/snapshots/{head.seq:09d}-{snapshot.hash[:8]}.json"
        self.entries[name] = snapshots.encode(snapshot, documents)


def _line(tree: Case) -> tuple[bytes, str]:
    body = json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode()[:-1]
    digest = blake2b(body, digest_size=16).hexdigest()
    return body + b',"hash":"' + digest.encode() + b'"}\n', digest


def _bytes_of(content: Case) -> bytes:
    if "hex" in content:
        return bytes.fromhex(content["hex"])
    text, times = str(content["text"]), int(content.get("times", 1))
    return text.encode() * times


def _changed_log(data: bytes, how: Case) -> bytes:
    lines = data.splitlines(keepends=True)
    match how:
        case {"text": text}:
            return bytes(text.encode())
        case {"drop_line": number}:
            del lines[number - 1]
        case {"repeat_line": number}:
            lines.insert(number, lines[number - 1])
        case {"swap": [one, other]}:
            lines[one - 1], lines[other - 1] = lines[other - 1], lines[one - 1]
        case {"substitute": [old, new]}:
            return data.replace(old.encode(), new.encode(), 1)
        case {"append": text}:
            lines.append(text.encode())
        case {"cut": count}:
            return data[:-count]
        case {"drop_last": count}:
            del lines[-count:]
    return b"".join(lines)


def _spoilt(data: bytes, case: Case) -> bytes:
    """Change the bytes of a zip file: fields of its directory, or where it ends."""
    if (patch := case.get("central")) is not None:
        at = _central(data, patch["path"])
        for field, value in patch.items():
            if field != "path":
                data = _put(data, at, _CENTRAL[field], value)
    for field, value in case.get("end", {}).items():
        data = _put(data, data.rindex(b"PK\5\6"), _END[field], value)
    data = data[: len(data) - case.get("cut", 0)]
    data = data[: int(len(data) * case.get("keep", 1))]
    return data[-case["last"] :] if "last" in case else data


def _central(data: bytes, path: str) -> int:
    at = data.find(b"PK\1\2")
    while data[at + 46 : at + 46 + struct.unpack_from("<H", data, at + 28)[0]] != path.encode():
        at = data.find(b"PK\1\2", at + 4)
        assert at >= 0, path
    return at


def _put(data: bytes, at: int, place: tuple[int, str], value: int) -> bytes:
    spoilt = bytearray(data)
    struct.pack_into(place[1], spoilt, at + place[0], value)
    return bytes(spoilt)
