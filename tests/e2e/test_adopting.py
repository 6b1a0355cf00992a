"""`saves import FOLDER` of saves that an older version has left."""

from pathlib import Path

from tests.conftest import RunSaves
from tests.e2e.stories import answer, codes, refusal
from tests.integration.oldtrees import KARA, MINE, VALE, old_tree, put
from tests.integration.stores import tree_hash


def test_saves_of_an_older_version_move_in(run_saves: RunSaves, tmp_path: Path) -> None:
    old, store = tmp_path / "old", tmp_path / "s"
    before = tree_hash(old_tree(old))
    dry = answer(run_saves("import", old, "-n", "--json", store=store))
    assert (dry["dry_run"], dry["path"], store.exists()) == (True, str(store), False)
    assert dry["decisions"][0].keys() == {"severity", "what", "source", "text", "target"}
    done = run_saves("import", old, store=store)
    assert done.exit_code == 0
    assert done.stdout.startswith("Imported 2 campaigns, 4 profiles and 2 pictures of an older version: ")
    assert "campaign The Lost Mine as campaign_the_lost_mine_" in done.stdout
    assert f"note: {MINE}: it has no log" in done.stdout
    assert "warning: data/characters/mira.json: '/home/me/gone/mira.png' is left out" in done.stdout
    loaded = answer(run_saves("campaign", "load", "The Lost Mine", "--json", store=store))
    assert loaded["characters"][KARA]["hit_points_current"] == 11
    assert tree_hash(old) == before

    again = answer(run_saves("import", old, "--json", store=store))
    assert (again["present"], [one["present"] for one in again["campaigns"]]) == (True, [True, True])
    assert "There is nothing to do." in run_saves("import", old, store=store).stdout

    put(old, f"{VALE}/world.json", "{")
    partly = run_saves("import", old, "--json", store=store)
    assert answer(partly, 3)["campaigns"][0]["title"] == "The Lost Mine"
    assert codes(partly) == ["conflict"]
    assert refusal(run_saves("import", old / VALE, "--json", store=store), 4)["code"] == "conflict"


def test_moving_in_is_taken_back(run_saves: RunSaves, tmp_path: Path) -> None:
    old, store = old_tree(tmp_path / "old"), tmp_path / "s"
    assert run_saves("import", old, store=store).stdout.endswith("To take it back: saves undo\n")
    would = run_saves("undo", "-n", store=store)
    assert would.stdout.startswith("Would take away 8 things that were imported (import, ")
    assert "\n  character_profiles/pc.kara_smith.json\n" in would.stdout
    put(store, "character_profiles/pc.mira.json", (store / "character_profiles/pc.mira.json").read_bytes() + b"\n")
    partly = run_saves("undo", "--json", store=store)
    done = answer(partly, 3)
    assert (len(done["paths"]), done["dry_run"], codes(partly)) == (7, False, ["changed_since"])
    assert (Path(done["kept_in"]) / done["path"]).is_dir()
    rows = answer(run_saves("undo", "--list", "--json", store=store))
    assert [(one["verb"], len(one["brought"])) for one in rows[:2]] == [("undo", 7), ("import", 1)]
    back = run_saves("undo", store=store)
    assert (back.exit_code, back.stdout.startswith("Put back 7 things that were imported (undo, ")) == (0, True)
