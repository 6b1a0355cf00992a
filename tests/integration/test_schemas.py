"""Schemas: made from the models, in the dialect of editors, with every key explained; a folder set up for an editor."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import gamesaves
from gamesaves import SaveStore
from gamesaves.cli.main import main
from gamesaves.documents import Document, character, preset, profile
from gamesaves.documents.kinds import KINDS, Kind, preset_model
from gamesaves.errors import NotFound
from gamesaves.services.schemas import DIALECT
from tests.integration.stores import KARA, document_of, read

LATER_WORDS = {"$defs", "prefixItems", "unevaluatedProperties", "dependentRequired", "$dynamicRef", "$anchor"}
"""What draft-07 does not know."""

NO_FILES = {preset.Preset, preset.Outline, profile.Identity, character.CharacterState}
"""Models that others are made of."""


def parts(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from parts(value)
    elif isinstance(node, list):
        for value in node:
            yield from parts(value)


def models(kind: type[Document]) -> Iterator[type[Document]]:
    for one in kind.__subclasses__():
        if one.__module__.startswith("gamesaves.documents."):
            yield one
            yield from models(one)


def test_every_document_and_preset_has_a_row_in_the_table() -> None:
    assert {kind.model for kind in KINDS} == set(models(Document)) - NO_FILES
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert len({kind.files for kind in KINDS}) == len(KINDS)
    shipped = {path.name for path in (Path(__file__).parents[2] / "presets").iterdir() if path.is_dir()}
    assert {name for name in shipped if preset_model(name) is None} == set()


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_a_schema_is_draft_07_and_explains_every_key(kind: Kind) -> None:
    made = gamesaves.schema(kind.name)
    assert made["$schema"] == DIALECT == "http://json-schema.org/draft-07/schema#"
    json.dumps(made, allow_nan=False)
    for part in parts(made):
        assert not LATER_WORDS & part.keys()
        if "$ref" in part:
            assert part.keys() == {"$ref"}, "what stands beside a reference counts for nothing"
            name = part["$ref"].removeprefix("#").removeprefix("/definitions/")
            assert not name or name in made["definitions"]
    for described in (made, *made.get("definitions", {}).values()):
        assert described["description"].endswith(".")
        for name, field in described.get("properties", {}).items():
            # A part that says of itself what the field would say is not explained twice.
            explained = field if "description" in field else made["definitions"][field["$ref"].rpartition("/")[2]]
            assert re.search(r"[.}]$", explained["description"]), name
            assert len(explained["description"]) < 200
    assert "$schema" in made["properties"]
    assert set(kind.model.model_fields) <= made["properties"].keys()
    assert ("revision" in made["properties"]) == (kind.in_ledger or "revision" in kind.model.model_fields)


def test_what_a_schema_says_of_a_value() -> None:
    made = gamesaves.schema("character_preset")
    assert made["properties"]["level"] == {
        "default": 1,
        "description": "The level to begin at, from 1.",
        "minimum": 1,
        "type": "integer",
    }
    assert made["properties"]["attire"] == {"description": "Clothes and armour.", "type": ["string", "null"]}
    assert made["required"] == ["name"]
    assert gamesaves.schema("session")["definitions"]["TemporalState"]["properties"]["time_period"]["enum"]
    assert gamesaves.schema("Class-Preset")["title"] == "class preset"


def test_an_unknown_kind_is_answered_with_the_nearest() -> None:
    with pytest.raises(NotFound) as caught:
        gamesaves.schema("profil")
    assert "profile" in caught.value.nearest
    with pytest.raises(NotFound) as caught:
        gamesaves.schema("cookbook")
    assert len(caught.value.nearest) == len(KINDS)


def test_a_file_keeps_the_key_that_names_its_schema(tmp_path: Path) -> None:
    named = {"$schema": "../character_preset.schema.json"}
    presets = tmp_path / "presets" / "characters"
    presets.mkdir(parents=True)
    (presets / "mira.json").write_text(json.dumps({**named, "name": "Mira"}))
    with SaveStore(tmp_path) as store:
        assert store.presets.tree("characters", "mira")[0]["$schema"] == named["$schema"]
        with store.campaigns.create("Named", characters=["mira", "kara_stormwind"]) as campaign:
            pass
        profile = tmp_path / "character_profiles" / "pc.kara_stormwind.json"
        assert "$schema" not in read(tmp_path / "character_profiles" / "pc.mira.json"), "it is the preset's"
        profile.write_text(json.dumps({**named, **read(profile)}))
        assert store.profiles.update(KARA, attire="Rags").attire == "Rags"
        assert read(profile)["$schema"] == named["$schema"]
        for file in (
            document_of(campaign, f"characters/{KARA.replace(':', '.')}"),
            campaign.folder / "campaign_data.json",
        ):
            file.write_text(json.dumps({**named, **read(file)}))
        with store.campaigns.open("Named") as again:
            assert {one.severity for one in again.problems} <= {"note"}
            with again.turn() as turn:
                turn.character(KARA).take_damage(1)
                turn.data.description = "x"
        for file in (
            document_of(campaign, f"characters/{KARA.replace(':', '.')}"),
            campaign.folder / "campaign_data.json",
        ):
            assert read(file)["$schema"] == named["$schema"]
        assert store.check() == []


# The command


def ask(capsys: pytest.CaptureFixture[str], *words: str | Path, code: int = 0) -> tuple[str, str]:
    assert main([str(word) for word in words]) == code
    shown = capsys.readouterr()
    return shown.out, shown.err


def test_the_command_lists_and_prints(capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = ask(capsys, "schema")
    assert all(kind.name in out and kind.files in out for kind in KINDS)
    rows = json.loads(ask(capsys, "schema", "--json")[0])["data"]
    assert [(row["kind"], row["files"]) for row in rows] == [(kind.name, kind.files) for kind in KINDS]
    assert all(row["about"].endswith(".") for row in rows)
    assert json.loads(ask(capsys, "schema", "profile")[0]) == gamesaves.schema("profile")
    data = json.loads(ask(capsys, "schema", "profile", "--json")[0])["data"]
    assert data == {"kind": "profile", "files": "character_profiles/*.json", "schema": gamesaves.schema("profile")}
    error = json.loads(ask(capsys, "schema", "profil", "--json", code=10)[0])["error"]
    assert "profile" in error["nearest"]


SETTINGS = Path(".vscode/settings.json")


def test_a_folder_is_set_up_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    planned = json.loads(ask(capsys, "schema", "--vscode", tmp_path, "-n", "--json")[0])["data"]
    assert planned["dry_run"]
    assert list(tmp_path.iterdir()) == []
    out, err = ask(capsys, "schema", "--vscode", tmp_path)
    assert (out.splitlines()[0], err) == (f"Wrote {len(planned['files'])} files for VS Code in {tmp_path}", "")
    settings = read(tmp_path / SETTINGS)
    assert settings == planned["settings"]
    for entry in settings["json.schemas"]:
        name = (tmp_path / entry["url"]).name.removesuffix(".schema.json")
        assert read(tmp_path / entry["url"]) == gamesaves.schema(name)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    again = json.loads(ask(capsys, "schema", "--vscode", tmp_path, "--json")[0])["data"]
    assert {one["state"] for one in again["files"]} == {"unchanged"}
    assert [one["path"] for one in again["files"]] == [one["path"] for one in planned["files"]]
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    assert "already" in ask(capsys, "schema", "--vscode", tmp_path)[0]


def test_settings_keep_what_is_in_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".vscode").mkdir()
    mine = {"fileMatch": ["x.json"], "url": "./x.schema.json"}
    old = {"fileMatch": ["y.json"], "url": "./.vscode/gamesaves/of_an_older_version.schema.json"}
    text = json.dumps({"editor.fontSize": 14, "json.schemas": [old, mine], "名": "カラ"}, indent=4, ensure_ascii=False)
    (tmp_path / SETTINGS).write_text(text, encoding="utf-8")
    ask(capsys, "schema", "--vscode", tmp_path)
    settings = read(tmp_path / SETTINGS)
    assert list(settings) == ["editor.fontSize", "json.schemas", "名"]
    assert settings["json.schemas"][0] == mine
    assert old not in settings["json.schemas"]
    assert '\n    "editor.fontSize": 14,\n' in (tmp_path / SETTINGS).read_text(encoding="utf-8")
    (tmp_path / SETTINGS).write_text(" \n")
    ask(capsys, "schema", "--vscode", tmp_path)
    assert list(read(tmp_path / SETTINGS)) == ["json.schemas"]


@pytest.mark.parametrize("text", ['{\n  // mine\n  "editor.fontSize": 14\n}', '{"json.schemas": {}}', "[]"])
def test_settings_that_cannot_be_added_to_are_left_as_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    (tmp_path / ".vscode").mkdir()
    (tmp_path / SETTINGS).write_text(text)
    out, err = ask(capsys, "schema", "--vscode", tmp_path, code=3)
    assert (tmp_path / SETTINGS).read_text() == text
    assert str(tmp_path / SETTINGS) in err
    assert "take this one away" not in err, "an editor's settings may have comments"
    lines = out.splitlines()
    pasted = "\n".join(lines[next(at for at, line in enumerate(lines) if "Put this into it" in line) + 1 :])
    for entry in json.loads("{" + pasted + "}")["json.schemas"]:
        assert (tmp_path / entry["url"]).is_file(), "what is to be pasted works"
    answer = json.loads(ask(capsys, "schema", "--vscode", tmp_path, "--json", code=3)[0])
    assert answer["data"]["files"][-1]["state"] == "left"
    assert answer["warnings"][0]["path"] == str(tmp_path / SETTINGS)


def test_which_folder_is_set_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    SaveStore(tmp_path / "saves").create()
    ask(capsys, "--store", tmp_path / "saves", "schema", "--vscode")
    assert (tmp_path / "saves" / SETTINGS).is_file()
    assert SaveStore(tmp_path / "saves").check() == []
    monkeypatch.chdir(tmp_path)
    ask(capsys, "schema", "--vscode", ".")
    assert (tmp_path / SETTINGS).is_file()
    ask(capsys, "schema", "--vscode", tmp_path / "gone", code=10)
    ask(capsys, "schema", "profile", "--vscode", tmp_path, code=2)
    ask(capsys, "--store", tmp_path / "gone", "schema", "--vscode", code=10)
