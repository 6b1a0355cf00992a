"""`saves undo` and `saves backup`."""

from pathlib import Path

import pytest

from gamesaves import SaveStore
from tests.conftest import RunSaves
from tests.e2e.stories import KINGDOM, answer, codes, kingdom, refusal


def titles(run_saves: RunSaves, root: Path) -> list[str]:
    return [one["title"] for one in answer(run_saves("list", "--json", store=root))]


def test_a_removal_is_taken_back(run_saves: RunSaves, tmp_path: Path) -> None:
    root = tmp_path / "s"
    campaign_id = kingdom(root)
    removed = run_saves("campaign", "remove", KINGDOM, "--yes", store=root)
    assert removed.stdout.endswith("To take it back: saves undo\n")
    (row,) = answer(run_saves("undo", "--list", "--json", store=root))
    assert (row["verb"], row["path"], row["undoable"]) == ("campaign remove", campaign_id, True)
    would = answer(run_saves("undo", "-n", "--json", store=root))
    assert (would["dry_run"], would["id"]) == (True, row["id"])
    assert titles(run_saves, root) == []
    done = run_saves("undo", row["id"], store=root)
    assert done.stdout.startswith(f"Put back {campaign_id} (campaign remove, ")
    assert titles(run_saves, root) == [KINGDOM]
    assert run_saves("undo", "--list", store=root).stdout == "Nothing was set aside.\n"
    assert refusal(run_saves("undo", "--json", store=root), 1)["code"] == "not_undoable"
    assert refusal(run_saves("undo", row["id"], "--json", store=root), 10)["code"] == "not_found"
    assert refusal(run_saves("undo", "x", "--list", "--json", store=root), 2)["code"] == "usage"


def test_what_stands_in_the_place_is_kept(run_saves: RunSaves, tmp_path: Path) -> None:
    with SaveStore(tmp_path / "s") as store:
        store.presets.customise("characters", "zombie")
        store.presets.revert("characters", "zombie")
        store.presets.customise("characters", "zombie")
    done = run_saves("undo", store=tmp_path / "s")
    assert "What was in its place is kept in " in done.stdout
    again = answer(run_saves("undo", "--json", store=tmp_path / "s"))
    assert (again["verb"], Path(again["kept_in"]).name) == ("undo", "zombie.json")


def test_bytes_that_could_not_be_used_are_left_to_people(run_saves: RunSaves, tmp_path: Path) -> None:
    campaign_id = kingdom(tmp_path / "s")
    (tmp_path / "s" / campaign_id / "campaign_data.json").write_text("{bad")
    run_saves("campaign", "rename", KINGDOM, "Other", store=tmp_path / "s")
    (row,) = answer(run_saves("undo", "--list", "--json", store=tmp_path / "s"))
    assert (row["verb"], row["undoable"]) == (None, False)
    error = refusal(run_saves("undo", row["id"], "--json", store=tmp_path / "s"), 1)
    assert error["path"] == row["file"]
    assert "by hand" in error["hint"]


def test_a_backup_is_made_listed_and_restored(run_saves: RunSaves, tmp_path: Path) -> None:
    root, folder = tmp_path / "s", tmp_path / "b"
    kingdom(root)
    made = answer(run_saves("backup", folder, "--json", store=root))
    assert made["complete"]
    assert made["copied_bytes"] == made["bytes"] > 0
    again = answer(run_saves("backup", "--keep-last", "1", "--keep-weekly", "0", folder, "--json", store=root))
    assert again["copied_bytes"] < made["bytes"]
    third = run_saves(
        *("backup", "make", folder, "--keep-last", "1", "--keep-weekly", "0", "--keep-monthly", "0"), store=root
    )
    assert "Removed " in third.stdout
    (row,) = answer(run_saves("backup", "list", folder, "--json"))
    assert row["store"] == str(root)

    answer(run_saves("campaign", "remove", KINGDOM, "--yes", "--json", store=root))
    would = answer(run_saves("backup", "restore", folder, "-n", "--json", store=root))
    assert (would["dry_run"], would["kept_in"]) == (True, None)
    assert refusal(run_saves("backup", "restore", folder, "--json", store=root), 2)["code"] == "usage"
    assert titles(run_saves, root) == []
    done = run_saves("backup", "restore", folder, row["name"], "--yes", store=root)
    assert "To take it back: saves undo" in done.stdout
    assert titles(run_saves, root) == [KINGDOM]
    undone = run_saves("undo", store=root)
    assert undone.exit_code == 0
    assert titles(run_saves, root) == []
    new = answer(run_saves("backup", "restore", folder, "--to", tmp_path / "new", "--json"))
    assert new["path"] == str(tmp_path / "new")
    assert titles(run_saves, tmp_path / "new") == [KINGDOM]
    assert refusal(run_saves("backup", "restore", folder, "--to", tmp_path / "new", "--json"), 4)


def test_a_store_that_is_gone_is_restored(run_saves: RunSaves, tmp_path: Path) -> None:
    import shutil

    root, folder = tmp_path / "s", tmp_path / "b"
    kingdom(root)
    run_saves("backup", folder, store=root)
    shutil.rmtree(root)
    assert run_saves("backup", "restore", folder, "--yes", store=root).exit_code == 0
    assert titles(run_saves, root) == [KINGDOM]


def test_a_damaged_backup_is_refused(run_saves: RunSaves, tmp_path: Path) -> None:
    root, folder = tmp_path / "s", tmp_path / "b"
    kingdom(root)
    made = answer(run_saves("backup", folder, "--json", store=root))
    (Path(made["path"]) / "store.json").write_text("{}")
    for to in ((), ("--to", tmp_path / "new")):
        error = refusal(run_saves("backup", "restore", folder, *to, "--yes", "--json", store=root), 5)
        assert error["path"].endswith("store.json")
    (Path(made["path"]) / "backup.json").write_text('{"kind": "gamesaves backup"}')
    listed = run_saves("backup", "list", folder, "--json")
    assert codes(listed) == ["invalid"]
    assert answer(listed)[0]["complete"] is False


def test_backups_of_two_stores_are_told_apart(run_saves: RunSaves, tmp_path: Path) -> None:
    for name in ("one", "two"):
        kingdom(tmp_path / name, name)
        run_saves("backup", tmp_path / "b", store=tmp_path / name)
    assert refusal(run_saves("backup", "restore", tmp_path / "b", "--to", tmp_path / "new", "--json"), 2)["matches"]
    run_saves("campaign", "remove", "one", "--yes", store=tmp_path / "one")
    answer(run_saves("backup", "restore", tmp_path / "b", "--yes", "--json", store=tmp_path / "one"))
    assert titles(run_saves, tmp_path / "one") == ["one"]
    assert run_saves("backup", "list", tmp_path / "nothing").stdout == "No backups.\n"


@pytest.mark.parametrize("verb", ["lst", "restor", "makes"])
def test_a_verb_that_was_mistyped_is_no_folder(run_saves: RunSaves, tmp_path: Path, verb: str) -> None:
    kingdom(tmp_path / "s")
    error = refusal(run_saves("backup", verb, "--json", store=tmp_path / "s", cwd=tmp_path), 2)
    assert "Did you mean" in error["hint"]
    assert not (tmp_path / verb).exists()


def test_what_is_not_backed_up_is_named(run_saves: RunSaves, tmp_path: Path) -> None:
    kingdom(tmp_path / "s")
    (tmp_path / "s" / "link").symlink_to(tmp_path)
    made = run_saves("backup", tmp_path / "b", "--json", store=tmp_path / "s")
    answer(made, 3)
    assert codes(made) == ["not_backed_up"]
