"""`saves preset …`, `saves profile …` and `saves image …`."""

import json
from pathlib import Path

import pytest

from tests.conftest import RunSaves
from tests.e2e.stories import KARA, answer, codes, kingdom, refusal
from tests.integration.stores import OTHER_PNG, PNG


def test_presets_are_listed_without_a_store(run_saves: RunSaves) -> None:
    rows = answer(run_saves("preset", "list", "--json"))
    assert len(rows) >= 18
    assert {row["kind"] for row in rows} == {"characters"}
    assert {row["layer"] for row in rows} == {"shipped"}
    assert "kara_stormwind" in run_saves("preset", "list").stdout
    by_name = answer(run_saves("preset", "list", "--sort", "name", "--reverse", "--limit", "1", "--json"))
    assert by_name[0]["name"] == max(row["name"] for row in rows)
    assert "fighter" in [row["id"] for row in answer(run_saves("preset", "list", "--kind", "classes", "--json"))]
    assert answer(run_saves("preset", "list", "--kind", "spells", "--json")) == []


def test_a_preset_is_shown(run_saves: RunSaves, tmp_path: Path) -> None:
    shown = answer(run_saves("preset", "show", "zombie", "--json"))
    assert (shown["preset"]["armor_class"], shown["preset"]["hit_points_max"]) == (8, 22)
    text = run_saves("preset", "show", "Kara Stormwind", "-q")
    assert json.loads(text.stdout)["name"] == "Kara Stormwind"
    assert answer(run_saves("preset", "show", "fighter", "--kind", "classes", "--json"))["preset"]["hit_die"] == 10
    assert refusal(run_saves("preset", "show", "kara", "--json"), 10)["nearest"] == ["kara_stormwind"]
    mine = tmp_path / "s" / "presets" / "characters" / "zombie.json"
    run_saves("init", tmp_path / "s")
    mine.parent.mkdir(parents=True)
    mine.write_text('{"name": "My Zombie", "armor_class": "soft"}')
    (row,) = [
        one for one in answer(run_saves("preset", "list", "--json", store=tmp_path / "s")) if one["id"] == "zombie"
    ]
    assert (row["layer"], row["overrides"], row["problem"]["line"]) == ("store", ["shipped"], 1)
    assert codes(run_saves("preset", "list", "--json", store=tmp_path / "s")) == ["invalid"]
    assert refusal(run_saves("preset", "draft", "zombie", "--json", store=tmp_path / "s"), 5)["path"] == str(mine)


def test_a_preset_becomes_somebody(run_saves: RunSaves, tmp_path: Path) -> None:
    def draft(*args: str) -> str:
        data = answer(run_saves("preset", "draft", *args, "--json", store=tmp_path / "s"))
        return str(data["character_id"])

    profiles = tmp_path / "s" / "character_profiles"
    assert draft("kara_stormwind", "--name", "Kara Smith", "--set", "attire=Silver plate") == "pc:kara_smith"
    template = (profiles / "prof_pc.kara_stormwind.json").read_bytes()
    smith = (profiles / "pc.kara_smith.json").read_bytes()
    assert json.loads(smith)["attire"] == "Silver plate"

    assert draft("kara_stormwind", "--set", "level=5", "--set", "attire=") == KARA
    assert draft("kara_stormwind", "--set", "gender=none") == KARA
    own = json.loads((profiles / "pc.kara_stormwind.json").read_bytes())
    assert (own["base_level"], own["attire"], own["gender"]) == (5, None, "none")
    assert draft("zombie", "--name", "Kara Smith", "--set", "character_type=player") == "pc:kara_smith_2"
    assert (profiles / "prof_pc.kara_stormwind.json").read_bytes() == template
    assert (profiles / "pc.kara_smith.json").read_bytes() == smith
    assert run_saves("preset", "draft", "wolf", "-q", store=tmp_path / "s").stdout == "npc:wolf\n"
    assert run_saves("preset", "draft", "wolf", store=tmp_path / "s").stdout.startswith("Wolf is npc:wolf\n")


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (["--set", "attre=x"], "attire"),
        (["--set", "level=x"], None),
        (["--set", "level"], None),
        (["--set", "=x"], None),
        (["--set", "id=other"], "library"),
        (["--set", "name.first=x"], None),
        (["--name", ""], "name"),
        (["--name", "a\nb"], "line breaks"),
    ],
)
def test_a_draft_that_makes_no_sense_leaves_nothing(
    run_saves: RunSaves, tmp_path: Path, args: list[str], hint: str | None
) -> None:
    error = refusal(run_saves("preset", "draft", "kara_stormwind", *args, "--json", store=tmp_path / "s"), 2)
    assert hint is None or hint in error["hint"]
    assert not (tmp_path / "s").exists()


def test_profiles_are_listed_shown_and_changed(run_saves: RunSaves, tmp_path: Path) -> None:
    campaign_id = kingdom(tmp_path)
    before = {path: path.read_bytes() for path in (tmp_path / campaign_id).rglob("*") if path.is_file()}
    assert [row["character_id"] for row in answer(run_saves("profile", "list", "--json", store=tmp_path))] == [
        "npc:zombie",
        KARA,
    ]
    templates = answer(run_saves("profile", "list", "--templates", "--sort", "name", "--json", store=tmp_path))
    assert [row["character_id"] for row in templates] == ["prof_pc:kara_stormwind", "prof_npc:zombie"]
    assert KARA in run_saves("profile", "list", store=tmp_path).stdout

    edits = ["attire=Silver plate", "gender=", "starting.strength=18", 'voice_settings={"pitch": 2}']
    changed = answer(run_saves("profile", "set", "kara_stormwind", *edits, "--json", store=tmp_path))
    assert changed["changed"] == {
        "attire": "Silver plate", "gender": None, "starting.strength": 18, "voice_settings.pitch": 2,
    }  # fmt: skip
    shown = answer(run_saves("profile", "show", "Kara Stormwind", "--json", store=tmp_path))
    assert shown["profile"]["starting"]["strength"] == 18
    assert shown["campaigns"] == [campaign_id]
    text = run_saves("profile", "show", KARA, store=tmp_path).stdout
    assert "Silver plate" in text
    assert "The Lost Kingdom" in text
    again = run_saves("profile", "set", KARA, "attire=Silver plate", store=tmp_path)
    assert "Nothing has changed." in again.stdout

    renamed = answer(run_saves("profile", "rename", KARA, "Kara the Bold", "--json", store=tmp_path))
    assert (renamed["character_id"], renamed["name"], renamed["before"]) == (KARA, "Kara the Bold", "Kara Stormwind")
    assert run_saves("profile", "rename", KARA, "Kara", store=tmp_path).stdout == "Kara the Bold is now Kara\n"
    assert before == {path: path.read_bytes() for path in before}


def test_profiles_that_are_not_there_or_make_no_sense(run_saves: RunSaves, tmp_path: Path) -> None:
    kingdom(tmp_path)
    for verb, more in (("show", []), ("set", ["a=b"]), ("rename", ["X"]), ("portrait", [])):
        error = refusal(run_saves("profile", verb, "kara_stormwnd", *more, "--json", store=tmp_path), 10)
        assert error["nearest"] == [KARA]
    file = tmp_path / "character_profiles" / "pc.kara_stormwind.json"
    before = file.read_bytes()
    for edit in ("atire=x", "base_level=x", "uid=1", "character_id=pc:x", "base_level", "name.x=3"):
        refusal(run_saves("profile", "set", KARA, edit, "--json", store=tmp_path), 2)
    refusal(run_saves("profile", "rename", KARA, " ", "--json", store=tmp_path), 2)
    assert file.read_bytes() == before


def test_a_portrait_is_drawn_or_given(run_saves: RunSaves, tmp_path: Path) -> None:
    kingdom(tmp_path)
    drawn = answer(run_saves("profile", "portrait", KARA, "--json", store=tmp_path))
    assert Path(drawn["portrait_file"]).read_bytes().startswith(b"\x89PNG")
    picture = tmp_path / "kara.png"
    picture.write_bytes(PNG)
    given = answer(run_saves("profile", "portrait", KARA, "--picture", picture, "--json", store=tmp_path))
    assert Path(given["portrait_file"]).read_bytes() == PNG
    assert given["portrait_path"] in run_saves("profile", "portrait", KARA, "--picture", picture, store=tmp_path).stdout
    picture.write_text("<svg/>")
    refused = refusal(run_saves("profile", "portrait", KARA, "--picture", picture, "--json", store=tmp_path), 5)
    assert refused["path"] == str(picture)
    assert refusal(run_saves("profile", "portrait", KARA, "--picture", "none.png", "--json", store=tmp_path), 1)


def test_pictures_are_stored_once_and_pruned(run_saves: RunSaves, tmp_path: Path) -> None:
    kingdom(tmp_path)
    one, other, none = tmp_path / "One.png", tmp_path / "other.png", tmp_path / "none.txt"
    one.write_bytes(PNG)
    other.write_bytes(OTHER_PNG)
    none.write_text("no picture")
    added = answer(run_saves("image", "add", one, other, one, "--json", store=tmp_path))
    assert len({row["path"] for row in added["added"]}) == 2
    partly = answer(run_saves("image", "add", one, none, tmp_path / "not-there.png", "--json", store=tmp_path), 3)
    assert (len(partly["added"]), [error["code"] for error in partly["failed"]]) == (1, ["not_a_picture", "io_error"])
    assert refusal(run_saves("image", "add", none, "--json", store=tmp_path), 5)["path"] == str(none)
    run_saves("profile", "portrait", KARA, "--picture", one, store=tmp_path)

    listed = answer(run_saves("image", "list", "--sort", "size", "--reverse", "--json", store=tmp_path))
    assert [row["used_by"] for row in listed] == [[], [KARA]]
    assert KARA in run_saves("image", "list", store=tmp_path).stdout

    dry = answer(run_saves("image", "prune", "-n", "--json", store=tmp_path))
    assert [row["path"] for row in dry["pruned"]] == [listed[0]["path"]]
    assert refusal(run_saves("image", "prune", "--json", store=tmp_path), 2)["code"] == "usage"
    assert "Would set aside 1 picture." in run_saves("image", "prune", "-n", store=tmp_path).stdout
    pruned = answer(run_saves("image", "prune", "--json", "--yes", store=tmp_path))
    assert pruned["pruned"] == dry["pruned"]
    assert not Path(pruned["pruned"][0]["file"]).exists()
    assert run_saves("image", "prune", store=tmp_path).stdout == "Every picture is shown by somebody.\n"
