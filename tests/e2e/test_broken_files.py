"""Broken files, through the command: what each row of the opening table and each refusal of the format comes to.

Whatever is wrong with one file: it is named, with line and column where there is one, and the rest of the store works.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gamesaves import SaveStore
from tests.conftest import RunSaves
from tests.e2e.stories import KARA, KINGDOM, ZOMBIE, answer, document_of, kingdom, refusal

OTHER = "Another Story"
Warnings = list[dict[str, Any]]


@dataclass
class Sheet:
    """The zombie's file in a campaign of a store that has two."""

    root: Path
    campaign: Path
    run_saves: RunSaves

    @property
    def path(self) -> Path:
        return self.campaign / "characters" / "npc.zombie.json"

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    def edit(self, old: str, new: str) -> None:
        assert old in self.text
        self.path.write_text(self.text.replace(old, new), encoding="utf-8")

    def load(self) -> tuple[dict[str, Any], Warnings]:
        """Load the campaign for reading; return its data and the warnings about it."""
        result = self.run_saves("campaign", "load", KINGDOM, "--json", store=self.root)
        return answer(result), document_of(result)["warnings"]

    def play(self) -> Warnings:
        """Wound the zombie by 1; return the warnings."""
        result = self.run_saves("play", KINGDOM, "--json", stdin="damage zombie 1\n", store=self.root)
        answer(result)
        warnings: Warnings = document_of(result)["warnings"]
        return warnings

    def hit_points(self) -> int:
        data, warnings = self.load()
        assert warnings == [], warnings
        return int(data["characters"][ZOMBIE]["hit_points_current"])

    def recovered(self) -> list[Path]:
        return sorted(path for path in self.root.glob(".saves/*/recovered/*/*") if path.name != "note.json")

    def rest_works(self) -> None:
        rows = answer(self.run_saves("list", "--json", store=self.root))
        assert len(rows) == 2
        assert answer(self.run_saves("campaign", "load", OTHER, "--json", store=self.root))["title"] == OTHER


@pytest.fixture
def sheet(run_saves: RunSaves, tmp_path: Path) -> Sheet:
    root = tmp_path / "s"
    campaign_id = kingdom(root)
    kingdom(root, OTHER)
    return Sheet(root, root / campaign_id, run_saves)


# The opening table


def test_clean(sheet: Sheet) -> None:
    assert sheet.hit_points() == 14
    assert sheet.play() == []
    assert sheet.hit_points() == 13


def test_not_yet_replaced_when_the_process_ended(sheet: Sheet) -> None:
    before = sheet.path.read_bytes()
    sheet.play()
    sheet.path.write_bytes(before)
    assert sheet.hit_points() == 13
    assert sheet.play() == []
    assert sheet.hit_points() == 12
    assert sheet.recovered() == []


@pytest.mark.parametrize("content", [b"", b"\0" * 4096])
def test_lost_in_a_power_cut(sheet: Sheet, content: bytes) -> None:
    sheet.path.write_bytes(content)
    data, warnings = sheet.load()
    assert data["characters"][ZOMBIE]["hit_points_current"] == 14
    assert [(one["code"], one["severity"], one["path"]) for one in warnings] == [
        ("document_empty", "note", str(sheet.path))
    ]
    assert answer(sheet.run_saves("check", "--json", store=sheet.root))
    sheet.play()
    assert sheet.hit_points() == 13


def test_missing(sheet: Sheet) -> None:
    sheet.path.unlink()
    data, warnings = sheet.load()
    assert data["characters"][ZOMBIE]["hit_points_current"] == 14
    assert [(one["code"], one["path"]) for one in warnings] == [("document_missing", str(sheet.path))]
    assert not sheet.path.exists()
    text = sheet.run_saves("campaign", "show", KINGDOM, store=sheet.root)
    assert f"  at {sheet.path}\n" in text.stderr
    sheet.rest_works()
    assert [one["code"] for one in sheet.play()] == ["document_missing"]
    assert sheet.hit_points() == 13


def test_the_revision_of_another_copy(sheet: Sheet) -> None:
    revision = json.loads(sheet.text)["revision"]
    sheet.edit(revision, "2-00000000")
    _, warnings = sheet.load()
    assert [one["code"] for one in warnings] == ["foreign_revision"]
    assert [one["code"] for one in sheet.play()] == ["foreign_revision"]
    (kept,) = sheet.recovered()
    assert json.loads(kept.read_text())["revision"] == "2-00000000"
    assert sheet.hit_points() == 13
    sheet.rest_works()


def test_a_revision_beyond_the_log(sheet: Sheet) -> None:
    revision = json.loads(sheet.text)["revision"]
    sheet.edit(revision, "99-00000000")
    data, warnings = sheet.load()
    assert data["read_only"]
    assert warnings[0]["path"] == str(sheet.path)
    assert warnings[0]["hint"]
    before = {path: path.read_bytes() for path in sheet.campaign.rglob("*") if path.is_file()}
    played = sheet.run_saves("play", KINGDOM, stdin="damage zombie 1\n", store=sheet.root)
    assert played.exit_code == 1
    assert "99" in played.stderr
    assert sheet.run_saves("campaign", "tag", KINGDOM, "x", store=sheet.root).exit_code != 0
    assert {path: path.read_bytes() for path in before} == before
    assert "not playable" in sheet.run_saves("campaign", "show", KINGDOM, store=sheet.root).stdout
    sheet.rest_works()


def test_a_file_made_by_hand(sheet: Sheet) -> None:
    made = sheet.path.with_name("npc.ghost.json")
    made.write_text(json.dumps({"character_id": "npc:ghost", "name": "Ghost", "hit_points_current": 3}))
    data, _ = sheet.load()
    assert data["characters"]["npc:ghost"]["name"] == "Ghost"
    sheet.play()
    events = answer(sheet.run_saves("history", "log", KINGDOM, "--kind", "external_edit", "--json", store=sheet.root))
    assert [list(event["changes"]) for event in events] == [["characters/npc:ghost"]]


def test_a_file_whose_id_is_not_its_name(sheet: Sheet) -> None:
    twin = sheet.path.with_name("npc.zombie_copy.json")
    twin.write_bytes(sheet.path.read_bytes())
    _, warnings = sheet.load()
    assert [(one["code"], one["path"]) for one in warnings] == [("wrong_id", str(twin))]
    sheet.play()
    assert [path.name for path in sheet.recovered()] == [twin.name]
    assert sheet.hit_points() == 13


def test_edited_by_hand(sheet: Sheet) -> None:
    sheet.edit('"hit_points_current": 14', '"hit_points_current": 5')
    data, warnings = sheet.load()
    assert data["characters"][ZOMBIE]["hit_points_current"] in (5, 14)
    assert [one["severity"] for one in warnings] == ["note"]
    sheet.play()
    assert sheet.hit_points() == 4
    events = answer(sheet.run_saves("history", "log", KINGDOM, "--json", store=sheet.root))
    assert [event["kind"] for event in events[-2:]] == ["external_edit", "turn"]


# What the format refuses. Each makes the text of a document into one that is refused, at a place that is told.


def _nested(text: str) -> str:
    return text.replace('"inventory": {}', '"inventory": ' + '{"a":' * 70 + "1" + "}" * 70, 1)


def _cut(text: str) -> str:
    return text[: text.index('"hit_points_max"') + 20]


@dataclass(frozen=True)
class Refusal:
    """A way to break a document.

    Attributes:
        near: what stands in the line that is named.
        code: of the problem.
    """

    change: Callable[[str], str]
    near: str | None
    says: str
    code: str = "invalid"
    exit_code: int = 5


def _instead(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


REFUSALS = {
    "not JSON": Refusal(_instead('"level": 3', '"level": three'), '"level": three', ""),
    "a comma too many": Refusal(_instead('"level": 3,', '"level": 3,,'), '"level": 3,,', ""),
    "wrong type": Refusal(_instead('"level": 3', '"level": "three"'), '"level": "three"', "level"),
    "cut": Refusal(_cut, None, ""),
    "70 levels deep": Refusal(_nested, '"inventory"', "64"),
    "duplicate keys": Refusal(_instead('"level": 3,', '"level": 3, "level": 4,'), '"level": 4', "level"),
    "NaN": Refusal(_instead('"strength": 13', '"strength": NaN'), "NaN", "NaN"),
    "Infinity": Refusal(_instead('"strength": 13', '"strength": -Infinity'), "Infinity", "Infinity"),
    "1e400": Refusal(_instead('"strength": 13', '"strength": 1e400'), "1e400", ""),
    "a huge integer": Refusal(_instead('"strength": 13', '"strength": 92233720368547758080'), "92233", "64"),
    "half a surrogate pair": Refusal(_instead('"name": "Zombie"', '"name": "Zom\\ud800bie"'), "ud800", ""),
    "newer": Refusal(_instead('"schema_version": 1', '"schema_version": 99'), None, "99", "newer_format", 13),
    "no object": Refusal(lambda _: "[1, 2]", "[1, 2]", "object"),
}


@pytest.mark.parametrize("name", [name for name, one in REFUSALS.items() if one.code == "invalid"])
def test_a_document_that_is_refused(sheet: Sheet, name: str) -> None:
    way = REFUSALS[name]
    text = sheet.text
    broken = way.change(text)
    assert broken != text
    sheet.path.write_text(broken, encoding="utf-8")

    data, (warning,) = sheet.load()
    assert data["characters"][ZOMBIE]["hit_points_current"] == 14
    assert (warning["code"], warning["severity"], warning["path"]) == (way.code, "error", str(sheet.path))
    assert way.says in warning["message"]
    line = broken.splitlines()[warning["line"] - 1]
    assert way.near is None or way.near in line
    assert 1 <= warning["column"] <= len(line) + 1

    place = f"{sheet.path}:{warning['line']}:{warning['column']}"
    assert (
        f"error: {place}: {warning['message']}\n"
        in sheet.run_saves("campaign", "show", KINGDOM, store=sheet.root).stderr
    )
    checked = sheet.run_saves("check", store=sheet.root)
    assert checked.exit_code == 5
    assert place in checked.stdout
    sheet.rest_works()
    assert sheet.text == broken

    assert [one["code"] for one in sheet.play()] == [way.code]
    (kept,) = sheet.recovered()
    assert kept.read_text(encoding="utf-8") == broken
    assert sheet.hit_points() == 13


def test_a_document_of_a_newer_version(sheet: Sheet) -> None:
    sheet.path.write_text(REFUSALS["newer"].change(sheet.text), encoding="utf-8")
    before = {path: path.read_bytes() for path in sheet.campaign.rglob("*") if path.is_file()}
    data, warnings = sheet.load()
    assert "99" in data["read_only"]
    assert [one["code"] for one in warnings] == ["newer_format"]
    refused = refusal(sheet.run_saves("campaign", "tag", KINGDOM, "x", "--json", store=sheet.root), 13)
    assert (refused["code"], refused["path"]) == ("newer_format", str(sheet.path))
    assert {path: path.read_bytes() for path in before} == before
    assert sheet.run_saves("check", store=sheet.root).exit_code == 5
    sheet.rest_works()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_document_saved_by_notepad_is_read(sheet: Sheet, encoding: str) -> None:
    sheet.path.write_text(sheet.text.replace('"hit_points_current": 14', '"hit_points_current": 9'), encoding=encoding)
    assert [one["severity"] for one in sheet.load()[1]] == ["note"]
    sheet.play()
    assert sheet.hit_points() == 8
    assert json.loads(sheet.path.read_bytes())["hit_points_current"] == 8
    assert sheet.recovered() == []


@pytest.mark.parametrize("name", REFUSALS)
def test_a_profile_that_is_refused(run_saves: RunSaves, tmp_path: Path, name: str) -> None:
    way = REFUSALS[name]
    kingdom(tmp_path)
    path = tmp_path / "character_profiles" / "npc.zombie.json"
    text = path.read_text(encoding="utf-8").replace('"base_level"', '"level"')
    text = text.replace('"inventory": {', '"inventory": {}, "more": {', 1)
    broken = way.change(text)
    assert broken != text
    broken = broken.replace('"level"', '"base_level"')
    path.write_text(broken, encoding="utf-8")

    for command in (["show", ZOMBIE], ["set", ZOMBIE, "attire=x"], ["rename", ZOMBIE, "x"], ["portrait", ZOMBIE]):
        error = refusal(run_saves("profile", *command, "--json", store=tmp_path), way.exit_code)
        assert (error["code"], error["path"]) == (way.code, str(path))
    if way.code == "invalid":
        line = broken.splitlines()[error["line"] - 1]
        assert way.near is None or way.near.replace("level", "base_level") in line
    assert path.read_text(encoding="utf-8") == broken

    listed = run_saves("profile", "list", "--json", store=tmp_path)
    assert {row["character_id"]: row["problem"] is None for row in answer(listed)} == {ZOMBIE: False, KARA: True}
    assert [one["path"] for one in document_of(listed)["warnings"]] == [str(path)]
    assert answer(run_saves("profile", "show", KARA, "--json", store=tmp_path))["character_id"] == KARA
    assert run_saves("check", store=tmp_path).exit_code == 5
    played = run_saves("play", KINGDOM, stdin="damage zombie 1\n", store=tmp_path)
    assert played.exit_code == 0


@pytest.mark.parametrize("name", ["not JSON", "wrong type", "70 levels deep", "NaN", "newer", "duplicate keys", "cut"])
def test_a_preset_that_is_refused(run_saves: RunSaves, tmp_path: Path, name: str) -> None:
    way = REFUSALS[name]
    SaveStore(tmp_path).create()
    path = tmp_path / "presets" / "characters" / "zombie.json"
    path.parent.mkdir(parents=True)
    shipped = answer(run_saves("preset", "show", "zombie", "--json"))["preset"]
    broken = way.change(json.dumps(shipped | {"inventory": {}}, indent=2))
    path.write_text(broken)

    error = refusal(run_saves("preset", "draft", "zombie", "--json", store=tmp_path), way.exit_code)
    assert (error["code"], error["path"]) == (way.code, str(path))
    if way.near is not None:
        assert way.near in broken.splitlines()[error["line"] - 1]
    listed = run_saves("preset", "list", "--json", store=tmp_path)
    assert [row["id"] for row in answer(listed) if row["problem"]] == ["zombie"]
    assert answer(run_saves("preset", "show", "skeleton", "--json", store=tmp_path))["id"] == "skeleton"
    answer(run_saves("campaign", "create", "Without", "--preset", "skeleton", "--json", store=tmp_path))


# The log


def test_a_log_that_was_cut_short(sheet: Sheet) -> None:
    log = sheet.campaign / "log.jsonl"
    log.write_bytes(log.read_bytes() + b'{"seq":4,"at":"20')
    assert sheet.load()[0]["seq"] == 3
    assert [one["code"] for one in sheet.play()] == ["torn_line"]
    assert sheet.hit_points() == 13


def test_a_log_that_is_damaged(sheet: Sheet) -> None:
    log = sheet.campaign / "log.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(lines[0] + lines[1].replace(b"Zombie joins", b"Zombie jumps") + lines[2])
    data, warnings = sheet.load()
    assert data["seq"] == 1
    assert data["read_only"]
    assert "damaged" in {one["code"] for one in warnings}
    refused = refusal(sheet.run_saves("campaign", "tag", KINGDOM, "x", "--json", store=sheet.root), 5)
    assert refused["path"] == str(log)
    sheet.rest_works()
    refused = refusal(sheet.run_saves("history", "log", KINGDOM, "--json", store=sheet.root), 5)
    assert (refused["path"], refused["line"]) == (str(log), 2)


def test_a_campaign_without_a_log(sheet: Sheet) -> None:
    (sheet.campaign / "log.jsonl").unlink()
    for command in (["campaign", "load"], ["campaign", "show"], ["history", "log"], ["play"]):
        error = refusal(sheet.run_saves(*command, KINGDOM, "--json", store=sheet.root), 5)
        assert error["code"] == "damaged"
        assert error["hint"]
    sheet.rest_works()
    assert sheet.run_saves("check", store=sheet.root).exit_code == 5


@pytest.mark.parametrize("content", ["{", '{"title": 3, "title": 4}', "[]", ""])
def test_a_campaign_whose_title_cannot_be_read_is_listed(sheet: Sheet, content: str) -> None:
    (sheet.campaign / "campaign_data.json").write_text(content)
    listed = sheet.run_saves("list", "--json", store=sheet.root)
    (bad,) = [row for row in answer(listed) if row["problems"]]
    assert bad["path"] == str(sheet.campaign)
    assert [one["path"] for one in document_of(listed)["warnings"]] == [str(sheet.campaign / "campaign_data.json")]
    text = sheet.run_saves("list", store=sheet.root)
    assert OTHER in text.stdout
    assert str(sheet.campaign / "campaign_data.json") in text.stderr
    loaded = sheet.run_saves("campaign", "load", sheet.campaign.name, "--json", store=sheet.root)
    assert answer(loaded)["title"] == KINGDOM
