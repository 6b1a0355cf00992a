"""`saves init`, `info`, `stores`, `check`, and which store is meant."""

import json
import shlex
from pathlib import Path

import pytest

from gamesaves import SaveStore
from tests.conftest import RunSaves
from tests.e2e.stories import KARA, KINGDOM, answer, kingdom, refusal


def test_a_store_is_made_and_found(run_saves: RunSaves, tmp_path: Path) -> None:
    root = tmp_path / "my saves"
    made = answer(run_saves("init", root, "--json"))
    assert made["created"] is True
    assert (root / "store.json").exists()

    again = run_saves("init", root)
    assert (again.exit_code, again.stdout) == (0, f"There is a store already: {root}\n")

    info = answer(run_saves("info", "--json", store=root))
    assert info["store_id"] == made["store_id"]
    assert {info[name] for name in ("campaigns", "profiles", "images", "presets")} == {0}
    assert info["path"] == str(root)
    assert info["format"] == 1
    assert info["free_bytes"] > info["bytes"] > 0

    shown = run_saves("info", cwd=root / ".saves" if (root / ".saves").exists() else root)
    assert "chosen by    the current folder" in shown.stdout


def test_an_empty_store_lists_nothing(run_saves: RunSaves, tmp_path: Path) -> None:
    run_saves("init", tmp_path / "s")
    for command in (["list"], ["profile", "list"], ["image", "list"], ["campaign", "list", "--tag", "x"]):
        assert answer(run_saves(*command, "--json", store=tmp_path / "s")) == []
    assert run_saves("list", store=tmp_path / "s").stdout == "No campaigns.\n"
    assert answer(run_saves("check", "--json", store=tmp_path / "s")) == {
        "problems": [],
        "set_aside": {"count": 0, "bytes": 0},
    }


def test_a_folder_with_something_else_in_it_is_left_alone(run_saves: RunSaves, tmp_path: Path) -> None:
    (tmp_path / "README.txt").write_text("mine")
    for verb in ("init", "demo"):
        assert refusal(run_saves(verb, tmp_path, "--json"), 4)["path"] == str(tmp_path)
    for command in (["init"], ["demo"], ["campaign", "create", "X"], ["preset", "draft", "zombie"]):
        refused = run_saves(*command, store=tmp_path)
        assert refused.exit_code == 4
        assert f"hint: Give a new folder: {tmp_path / 'saves'}" in refused.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"README.txt", "home"}
    SaveStore(tmp_path).create()
    assert (tmp_path / "README.txt").read_text() == "mine"
    a_file = refusal(run_saves("init", tmp_path / "README.txt", "--json"), 10)
    assert a_file["path"] == str(tmp_path / "README.txt")


def test_a_store_that_is_not_there(run_saves: RunSaves, tmp_path: Path) -> None:
    for command in (["list"], ["info"], ["check"], ["profile", "list"], ["play", "x"], ["preset", "list"]):
        error = refusal(run_saves(*command, "--json", store=tmp_path / "no where"), 10)
        assert error["code"] == "not_found"
        assert shlex.split(error["hint"].partition(": saves ")[2]) == ["init", str(tmp_path / "no where")]
    assert not (tmp_path / "no where").exists()
    assert refusal(run_saves("list", "--json"), 10)["message"] == "there is no store yet"


@pytest.mark.parametrize("command", [["campaign", "create", "First"], ["preset", "draft", "zombie"]])
def test_a_command_that_makes_something_makes_its_store(
    run_saves: RunSaves, tmp_path: Path, command: list[str]
) -> None:
    answer(run_saves(*command, "--json", store=tmp_path / "s"))
    assert (tmp_path / "s" / "store.json").exists()


def test_which_store_is_meant(run_saves: RunSaves, tmp_path: Path) -> None:
    named, around, variable, game = (tmp_path / name for name in ("named", "around", "variable", "game"))
    for root in (named, around, variable, game):
        SaveStore(root).create()
    home = tmp_path / "home"
    inside = around / "presets" / "characters"
    inside.mkdir(parents=True)

    def chosen(*args: str, env: dict[str, str] | None = None, cwd: Path | None = None) -> tuple[str, str]:
        info = answer(run_saves(*args, "info", "--json", env=env, cwd=cwd))
        return Path(info["path"]).name, info["chosen_by"]

    by_variable = {"SAVES_STORE": str(variable)}
    assert refusal(run_saves("info", "--json"), 10)["path"] == str(home / "gamesaves" / "saves")
    run_saves("init")
    assert chosen() == ("saves", "the default")

    known = home / "gamesaves" / "stores.json"
    known.write_text(json.dumps({"stores": [{"game": "Lantern", "path": str(game)}]}))
    assert answer(run_saves("stores", "--json")) == [{"game": "Lantern", "path": str(game)}]
    assert run_saves("stores").stdout.split() == ["GAME", "STORE", "Lantern", str(game)]
    assert chosen() == ("game", "the only known store")
    assert chosen(cwd=inside) == ("around", "the current folder")
    assert chosen(env=by_variable, cwd=inside) == ("variable", "SAVES_STORE")
    assert chosen("--game", "lantern", env=by_variable, cwd=inside) == ("game", "--game")
    assert chosen("--game", "lantern", "--store", str(named), env=by_variable, cwd=inside) == ("named", "--store")

    unknown = refusal(run_saves("--game", "Lanten", "list", "--json"), 10)
    assert unknown["nearest"] == ["Lantern"]
    known.write_text(json.dumps({"stores": [{"game": str(n), "path": str(game)} for n in range(2)]}))
    assert chosen() == ("saves", "the default")
    known.write_text("{")
    assert chosen() == ("saves", "the default")
    assert refusal(run_saves("stores", "--json"), 5)["path"] == str(known)


def test_no_game_has_made_a_store(run_saves: RunSaves) -> None:
    assert answer(run_saves("stores", "--json")) == []
    assert run_saves("stores").stdout == "No game has made a store on this machine yet.\n"


def test_a_store_without_its_file_is_still_one(run_saves: RunSaves, tmp_path: Path) -> None:
    kingdom(tmp_path)
    (tmp_path / "store.json").unlink()
    assert [row["title"] for row in answer(run_saves("list", "--json", store=tmp_path))] == [KINGDOM]
    info = run_saves("info", "--json", store=tmp_path)
    assert answer(info)["store_id"] is None
    assert info.json()["warnings"][0]["code"] == "store_file_missing"


def test_check_names_what_is_wrong(run_saves: RunSaves, tmp_path: Path) -> None:
    campaign_id = kingdom(tmp_path)
    assert run_saves("check", store=tmp_path).stdout == "No problems found.\n"
    log = tmp_path / campaign_id / "log.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([lines[0], lines[1].replace(b"zombie", b"goblin"), *lines[2:]]))
    profile = tmp_path / "character_profiles" / "pc.kara_stormwind.json"
    profile.write_text('{\n  "name": 3\n}\n')

    shown = run_saves("check", store=tmp_path)
    assert shown.exit_code == 5
    assert f"{log}:2" in shown.stdout
    assert f"{profile}:1:1" in shown.stdout
    assert shown.stdout.count("the log is damaged") == 1
    found = answer(run_saves("check", "--json", store=tmp_path), 5)["problems"]
    assert {"damaged", "invalid"} <= {one["code"] for one in found}
    assert {one["severity"] for one in found} >= {"error"}


def test_check_is_content_with_warnings(run_saves: RunSaves, tmp_path: Path) -> None:
    kingdom(tmp_path)
    (tmp_path / "character_profiles" / f"{KARA.replace(':', '.')}.json").unlink()
    problems = answer(run_saves("check", "--json", store=tmp_path))["problems"]
    assert [one["code"] for one in problems] == ["missing_profile"]
