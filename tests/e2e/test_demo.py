"""`saves demo`."""

from pathlib import Path

from gamesaves import SaveStore
from tests.conftest import RunSaves
from tests.e2e.stories import answer, refusal


def test_the_story_is_true(run_saves: RunSaves, tmp_path: Path) -> None:
    told = run_saves("demo", cwd=tmp_path)
    assert (told.exit_code, told.stderr) == (0, "")
    root = tmp_path / "saves-demo"
    for line in (
        "Kara Smith, level 3: 15 of 26 hit points",
        "Kara Smith, level 10: 85 of 105 hit points",
        "Zombie, level 3: 14 of 22 hit points",
        "├─ character_profiles/",
    ):
        assert line in told.stdout
    files = [
        word
        for line in told.stdout.splitlines()
        for word in line.split()
        if "/" in word and word.endswith((".json", ".png", ".jsonl"))
    ]
    assert len(files) > 5
    for file in files:
        assert (root / file).exists(), file

    with SaveStore(root) as store:
        kingdom, bell = (next(one for one in store.campaigns.list() if title in one.title) for title in ("Kin", "Bell"))
        with (
            store.campaigns.open(kingdom.campaign_id, read_only=True) as first,
            store.campaigns.open(bell.campaign_id, read_only=True) as second,
        ):
            one, other = first.enriched("pc:kara_smith"), second.enriched("pc:kara_smith")
            assert (one.level, one.hit_points_current, one.hit_points_max) == (3, 15, 26)
            assert (other.level, other.hit_points_current, other.hit_points_max) == (10, 85, 105)
            assert one.portrait_file == other.portrait_file
            assert one.facial_expression == other.facial_expression == "deadly calm"
            assert first.characters["npc:zombie"].hit_points_current == 14
        assert {one.code for one in store.check()} <= {"stale_copies"}
    assert kingdom.campaign_id in told.stdout


def test_it_is_played_once_more_beside_the_first(run_saves: RunSaves, tmp_path: Path) -> None:
    first = answer(run_saves("demo", tmp_path / "d", "--json"))
    second = answer(run_saves("--store", tmp_path / "d", "demo", "--json"))
    assert len({*first["campaigns"], *second["campaigns"]}) == 4
    assert first["profile"] == second["profile"] == "pc:kara_smith"
    assert first["portrait_file"] == second["portrait_file"]
    assert Path(first["portrait_file"]).is_file()
    assert run_saves("demo", tmp_path / "d", "-q").stdout == f"{tmp_path / 'd'}\n"


def test_it_leaves_other_folders_alone(run_saves: RunSaves, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    with SaveStore(mine) as store:
        store.campaigns.create("Mine").close()
    before = sorted(mine.rglob("*"))
    error = refusal(run_saves("demo", mine, "--json"), 4)
    assert error["path"] == str(mine)
    assert "saves demo" in error["hint"]
    assert sorted(path for path in mine.rglob("*") if ".saves" not in path.parts) == [
        path for path in before if ".saves" not in path.parts
    ]
    (tmp_path / "empty").mkdir()
    answer(run_saves("demo", tmp_path / "empty", "--json"))
