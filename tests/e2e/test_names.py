"""Names that people and systems are difficult about: each gets a valid id or a clear refusal."""

from pathlib import Path

import pytest

from gamesaves.ids import is_id
from tests.conftest import RunSaves
from tests.e2e.stories import answer, refusal

FAMILY = "👩‍👩‍👧‍👦"
NAMES = {
    "李小龍": "lixiaolong",
    "Ægir": "aegir",
    "CON": "con",
    "aux.txt": "aux_txt",
    "a/b": "a_b",
    "..\\up": "up",
    "C:\\x": "c_x",
    "Kara": "kara",
    "KARA": "kara",
    "x" * 300: "x" * 48,
    "🐉": "dragon",
    FAMILY: None,
    "..": None,
    "-": None,
}
REFUSED = ["", "   ", "\u200b", "two\nlines", "bell\a", "\x1b[2J"]


def test_each_name_gets_a_folder_of_its_own(run_saves: RunSaves, tmp_path: Path) -> None:
    root = tmp_path / "s"
    folders = []
    for name, expected in NAMES.items():
        made = answer(run_saves("campaign", "create", "--json", "--", name, store=root))
        slug = made["campaign_id"].removeprefix("campaign_").rpartition("_")[0]
        assert is_id(made["campaign_id"])
        assert expected is None or slug == expected, (name, slug)
        folders.append(Path(made["path"]))
    assert len({folder.name.casefold() for folder in folders}) == len(NAMES)
    assert {folder.parent for folder in folders} == {root}
    rows = answer(run_saves("list", "--json", store=root))
    assert {row["title"] for row in rows} == set(NAMES)
    assert {path.name for path in tmp_path.iterdir()} == {"s", "home"}
    assert answer(run_saves("check", "--json", store=root))["problems"] == []
    assert answer(run_saves("campaign", "show", "李小龍", "--json", store=root))["title"] == "李小龍"
    assert refusal(run_saves("campaign", "show", "kara", "--json", store=root), 2)["code"] == "ambiguous"
    assert answer(run_saves("campaign", "show", "Ægir", "--json", store=root))["title"] == "Ægir"


def test_characters_get_files_that_every_system_takes(run_saves: RunSaves, tmp_path: Path) -> None:
    root = tmp_path / "s"
    ids = []
    for name in NAMES:
        drafted = answer(run_saves("preset", "draft", "kara_stormwind", f"--name={name}", "--json", store=root))
        assert is_id(drafted["character_id"])
        assert Path(drafted["path"]).parent == root / "character_profiles"
        assert ":" not in Path(drafted["path"]).name
        ids.append(drafted["character_id"])
    # Kara and KARA are one person to look up, and so one who is edited.
    assert len(set(ids)) == len(NAMES) - 1
    listed = answer(run_saves("profile", "list", "--json", store=root))
    assert {row["character_id"] for row in listed} == set(ids)
    assert answer(run_saves("profile", "show", "李小龍", "--json", store=root))["profile"]["name"] == "李小龍"
    lines = ["spawn zombie CON", "spawn zombie 李小龍", "damage CON 1", "damage 李小龍 1", "damage lixiao 1"]
    made = answer(run_saves("campaign", "create", "Names", "--json", store=root))
    played = answer(run_saves("play", "Names", "--json", stdin="\n".join(lines), store=root))
    assert [entry["ok"] for entry in played] == [True] * len(lines)
    sheets = {path.name for path in (Path(made["path"]) / "characters").iterdir()}
    assert sheets == {"npc.con.json", "npc.lixiaolong.json"}


@pytest.mark.parametrize("name", REFUSED)
def test_a_name_that_cannot_be_one_is_refused(run_saves: RunSaves, tmp_path: Path, name: str) -> None:
    root = tmp_path / "s"
    for command in (["campaign", "create", name], ["preset", "draft", "zombie", "--name", name]):
        error = refusal(run_saves(*command, "--json", store=root), 2)
        assert error["code"] == "invalid_name"
        assert error["hint"]
    assert not root.exists()
    text = run_saves("campaign", "create", name, store=root)
    assert text.stderr.isprintable() or not set(text.stderr) & set("\x1b\a")


def test_a_campaign_cannot_be_looked_for_outside_the_store(run_saves: RunSaves, tmp_path: Path) -> None:
    root = tmp_path / "s"
    run_saves("init", root)
    (tmp_path / "campaign_outside").mkdir()
    for name in ("../campaign_outside", str(tmp_path / "campaign_outside"), "..", "/", "", "campaign_"):
        assert refusal(run_saves("campaign", "load", name, "--json", store=root), 10)["code"] == "not_found"
