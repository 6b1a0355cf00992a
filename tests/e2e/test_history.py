"""`saves history …`, and `saves campaign fork`, `compare` and `merge`."""

import shutil
from pathlib import Path

import pytest

from gamesaves import SaveStore
from tests.conftest import RunSaves
from tests.e2e.stories import KARA, KINGDOM, ZOMBIE, answer, kingdom, refusal

HIT_POINTS = ("history", "blame", KINGDOM, f"characters/{ZOMBIE}", "hit_points_current")


def hit(root: Path, who: str, amount: int, note: str, title: str = KINGDOM) -> None:
    with SaveStore(root) as store, store.campaigns.open(title) as campaign, campaign.turn(note) as turn:
        turn.character(who).take_damage(amount)


def hit_points(root: Path, who: str = ZOMBIE, title: str = KINGDOM) -> int:
    with SaveStore(root) as store, store.campaigns.open(title, read_only=True) as campaign:
        return campaign.characters[who].hit_points_current


def test_turns_are_taken_back_and_that_too(run_saves: RunSaves, tmp_path: Path) -> None:
    root = tmp_path / "s"
    kingdom(root)
    hit(root, ZOMBIE, 4, "Another blow")
    told = answer(run_saves("history", "rollback", KINGDOM, "-n", "--json", store=root))
    assert (told["dry_run"], told["event"], told["target"]["seq"]) == (True, None, 3)
    assert hit_points(root) == 10
    done = run_saves("history", "rollback", KINGDOM, store=root).stdout
    assert "Back at event 3, turn 1" in done
    assert "hit points 10 → 14" in done
    assert hit_points(root) == 14
    assert f"history restore {done.rsplit(' restore ', 1)[1].strip()}".endswith(" 4")
    told = answer(run_saves("history", "restore", KINGDOM, "4", "--json", store=root))
    assert told["event"]["kind"] == "restore"
    assert {one["words"] for one in told["changes"]} >= {"hit points 14 → 10"}
    assert hit_points(root) == 10
    assert refusal(run_saves("history", "rollback", KINGDOM, "--turns", "9", "--json", store=root), 2)["code"]
    assert refusal(run_saves("history", "restore", KINGDOM, "99", "--json", store=root), 10)["code"] == "not_found"


def test_going_back_tells_what_it_takes_back_and_not_what_stays(run_saves: RunSaves, tmp_path: Path) -> None:
    root = tmp_path / "s"
    kingdom(root)
    with SaveStore(root) as store, store.campaigns.open(KINGDOM) as campaign:
        campaign.start_session("Friday")
        campaign.save_as("Before the bridge")
    hit(root, ZOMBIE, 4, "Another blow")
    for verb in (("rollback",), ("restore", "6"), ("restore", "3")):
        told = answer(run_saves("history", verb[0], KINGDOM, *verb[1:], "-n", "--json", store=root))
        done = answer(run_saves("history", verb[0], KINGDOM, *verb[1:], "--json", store=root))
        assert (told["changes"], told["target"]) == (done["changes"], done["target"])
        listed = {(one["document"], one["path"]) for one in done["changes"]}
        with SaveStore(root) as store, store.campaigns.open(KINGDOM, read_only=True) as campaign:
            made = {(one.document, one.pointer) for one in campaign.diff(campaign.seq - 1).changes}
        # That time goes on while the campaign is open is not for going back to say.
        assert listed == {one for one in made if one[1] != "/playtime_seconds"}
        assert (f"characters/{ZOMBIE}", "/hit_points_current") in listed
        assert "slots" not in {document for document, _ in listed}


def test_states_are_told_apart(run_saves: RunSaves, tmp_path: Path) -> None:
    root = tmp_path / "s"
    kingdom(root)
    found = answer(run_saves("history", "diff", KINGDOM, "2", "3", "--json", store=root))
    assert {one["words"] for one in found["changes"]} >= {"hit points 22 → 14", "status healthy → injured"}
    assert found["patches"][f"characters/{ZOMBIE}"][0]["op"] == "replace"
    text = run_saves("history", "diff", KINGDOM, "2", store=root).stdout.splitlines()
    assert text[0] == "Zombie"
    assert "  hit points 22 → 14" in text
    assert run_saves("history", "diff", KINGDOM, "3", store=root).stdout == "Nothing differs.\n"
    refused = refusal(run_saves("history", "rollback", KINGDOM, "--turns", "4", "--json", store=root), 2)
    assert refused["message"] == "there is only 1 turn to take back"
    with SaveStore(root) as store, store.campaigns.open(KINGDOM) as campaign:
        for values in ({"fog": 1}, {"fog": 1, "light": None}):
            with campaign.turn() as turn:
                turn.document("map").update(values)
    (light,) = answer(run_saves("history", "diff", KINGDOM, "4", "--json", store=root))["changes"]
    assert (light["document"], light["path"], light["after"]) == ("documents/map", "/light", None)
    assert run_saves("history", "diff", KINGDOM, "4", store=root).stdout == "Nothing differs.\n"


def test_who_set_a_value(run_saves: RunSaves, tmp_path: Path) -> None:
    root = tmp_path / "s"
    kingdom(root)
    assert answer(run_saves(*HIT_POINTS, "--json", store=root))["note"] == "A blow"
    assert "Event 3, turn 1" in run_saves(*HIT_POINTS, store=root).stdout
    assert refusal(run_saves(*HIT_POINTS[:-1], "luck", "--json", store=root), 10)["code"] == "not_found"


def test_the_graph_shows_what_was_taken_back_and_joined(run_saves: RunSaves, tmp_path: Path) -> None:
    root, other = tmp_path / "s", tmp_path / "other"
    folder = kingdom(root)
    shutil.copytree(root / folder, other)
    with SaveStore(tmp_path / "t") as store:
        store.create()
    shutil.copytree(root / folder, tmp_path / "t" / folder)
    hit(tmp_path / "t", KARA, 1, "There")
    hit(root, ZOMBIE, 1, "Here")
    run_saves("history", "rollback", KINGDOM, store=root)
    run_saves("campaign", "merge", KINGDOM, str(tmp_path / "t" / folder), store=root)
    lines = run_saves("history", "log", KINGDOM, "--graph", store=root).stdout.splitlines()
    marks = [line.split()[0] for line in lines[1:]]
    assert marks == ["*", "*", "*", "o", "│", "↶", "*─╯"] or marks == ["*", "*", "*", "│", "o", "↶", "*─╯"]
    assert sum(line.startswith("│ *") for line in lines) == 1
    refused = refusal(run_saves("history", "rollback", KINGDOM, "-n", "--json", store=root), 2)
    assert "saves history log --graph" in refused["hint"]
    assert run_saves("history", "log", KINGDOM, "--graph", "--limit", "1", store=root).stdout.count("\n") == 2


def test_a_fork_goes_its_own_way(run_saves: RunSaves, tmp_path: Path) -> None:
    root = tmp_path / "s"
    kingdom(root)
    made = answer(run_saves("campaign", "fork", KINGDOM, "--at", "2", "--title", "What if", "--json", store=root))
    assert made["forked_from"].startswith("campaign_the_lost_kingdom_")
    assert hit_points(root, title="What if") == 22
    assert hit_points(root) == 14
    assert "Made The Lost Kingdom (fork)" in run_saves("campaign", "fork", KINGDOM, store=root).stdout
    assert refusal(run_saves("campaign", "fork", "Nothing", "--json", store=root), 10)["code"] == "not_found"


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """A store, and the folder of another copy of its campaign, in which Kara was hurt."""
    root, there = tmp_path / "s", tmp_path / "t"
    folder = kingdom(root)
    SaveStore(there).create()
    shutil.copytree(root / folder, there / folder)
    hit(there, KARA, 5, "There")
    return root, there / folder


def test_copies_are_compared_and_joined(run_saves: RunSaves, two: tuple[Path, Path]) -> None:
    root, copy = two
    told = answer(run_saves("campaign", "compare", KINGDOM, str(copy), "--json", store=root))
    assert (told["relation"], told["ahead"], told["behind"], told["parted"]["seq"]) == ("behind", 0, 1, 3)
    assert "This copy is 1 event behind." in run_saves("campaign", "compare", KINGDOM, str(copy), store=root).stdout
    hit(root, ZOMBIE, 1, "Here")
    told = answer(run_saves("campaign", "merge", KINGDOM, str(copy), "-n", "--json", store=root))
    assert (told["relation"], told["dry_run"], hit_points(root, KARA)) == ("diverged", True, 26)
    text = run_saves("campaign", "merge", KINGDOM, str(copy), store=root).stdout
    assert "They parted after event 3: 1 here, 1 there." in text
    assert "hit points 26 → 21" in text
    assert (hit_points(root), hit_points(root, KARA)) == (13, 21)
    assert "This copy is ahead by 2 events" in run_saves("campaign", "compare", KINGDOM, str(copy), store=root).stdout
    run_saves("history", "restore", KINGDOM, "4", store=root)
    assert hit_points(root, KARA) == 26


def test_what_both_changed_is_for_a_person_to_settle(run_saves: RunSaves, two: tuple[Path, Path]) -> None:
    root, copy = two
    hit(root, KARA, 2, "Here")
    error = refusal(run_saves("campaign", "merge", KINGDOM, str(copy), "--json", store=root), 4)
    assert error["code"] == "unmerged"
    assert f"characters/{KARA}/hit_points_current" in error["message"]
    assert "--prefer" in error["hint"]
    assert hit_points(root, KARA) == 24
    assert answer(run_saves("campaign", "merge", KINGDOM, str(copy), "--prefer", "theirs", "--json", store=root))
    assert hit_points(root, KARA) == 21
    same = run_saves("campaign", "compare", KINGDOM, KINGDOM, store=root)
    assert same.stdout == "Both copies are the same.\n"


def test_another_campaign_is_not_joined(run_saves: RunSaves, two: tuple[Path, Path]) -> None:
    root, _ = two
    kingdom(root, "Another")
    assert "two different campaigns" in run_saves("campaign", "compare", KINGDOM, "Another", store=root).stdout
    assert refusal(run_saves("campaign", "merge", KINGDOM, "Another", "--json", store=root), 2)["code"]
    assert refusal(run_saves("campaign", "merge", KINGDOM, "Nowhere", "--json", store=root), 10)["code"] == "not_found"
