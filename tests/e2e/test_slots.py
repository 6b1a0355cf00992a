"""Saving and loading from the command, and encounters in `saves play`."""

import sys
from pathlib import Path

import pytest

from gamesaves import SaveStore
from tests.conftest import RunSaves
from tests.e2e.processes import piped, terminal
from tests.e2e.stories import KARA, KINGDOM, ZOMBIE, answer, kingdom, refusal
from tests.integration.stores import PNG


@pytest.fixture
def root(tmp_path: Path) -> Path:
    kingdom(tmp_path)
    return tmp_path


def hurt(root: Path, points: int) -> None:
    with SaveStore(root) as store, store.campaigns.open(KINGDOM) as campaign, campaign.turn("A blow") as turn:
        turn.character(KARA).take_damage(points)


def points(run_saves: RunSaves, root: Path, who: str = KARA) -> int:
    loaded = answer(run_saves("campaign", "load", KINGDOM, "--json", store=root))
    return int(loaded["characters"][who]["hit_points_current"])


def test_saving_listing_loading_and_loading_back(run_saves: RunSaves, root: Path) -> None:
    saved = run_saves("save", KINGDOM, "洞窟の前", "--note", "Take the rope", store=root)
    assert saved.stdout.startswith("Saved: 洞窟の前 (turn 1, Kara Stormwind, level 3, 26 of 26 hit points)")
    hurt(root, 8)
    quick = answer(run_saves("quicksave", KINGDOM, "--json", store=root))
    assert (quick["slot_id"], quick["kind"], quick["turn"]) == ("quick_1", "quick", 2)

    listed = answer(run_saves("slot", "list", KINGDOM, "--json", store=root))
    assert [(one["slot_id"], one["name"], one["note"]) for one in listed] == [
        ("quick_1", "Quick save 1", None),
        (listed[1]["slot_id"], "洞窟の前", "Take the rope"),
    ]
    table = run_saves("slot", "list", KINGDOM, "--kind", "named", store=root).stdout
    assert table.splitlines()[0].split() == ["NAME", "ID", "KIND", "TURN", "STORY", "PLACE", "SAVED"]
    assert len(table.splitlines()) == 2

    loaded = answer(run_saves("slot", "load", KINGDOM, "洞窟の前", "--json", store=root))
    assert (loaded["name"], loaded["turn"]) == ("洞窟の前", 1)
    assert points(run_saves, root) == 26
    assert run_saves("quickload", KINGDOM, store=root).stdout.startswith("Loaded: Quick save 1")
    assert points(run_saves, root) == 18
    back = run_saves("history", "restore", KINGDOM, str(loaded["event_now"]), store=root)
    assert (back.exit_code, points(run_saves, root)) == (0, 26)


def test_without_a_name_it_is_called_by_scene_and_turn(run_saves: RunSaves, root: Path) -> None:
    assert answer(run_saves("save", KINGDOM, "--json", store=root))["name"] == "Turn 1"
    run_saves("play", KINGDOM, stdin="scene tavern The Drowsy Goose\nsave\nsave The end\n", store=root)
    listed = answer(run_saves("slot", "list", KINGDOM, "--json", "--limit", "2", store=root))
    assert [one["name"] for one in listed] == ["The end", "The Drowsy Goose, turn 1"]


def test_a_thumbnail(run_saves: RunSaves, root: Path) -> None:
    picture = root / "screen.png"
    picture.write_bytes(PNG)
    saved = answer(run_saves("save", KINGDOM, "One", "--thumbnail", picture, "--json", store=root))
    assert (root / saved["thumbnail"]).read_bytes() == PNG


def test_renaming_and_deleting(run_saves: RunSaves, root: Path) -> None:
    run_saves("quicksave", KINGDOM, store=root)
    renamed = answer(run_saves("slot", "rename", KINGDOM, "quick", "Before the boss", "--json", store=root))
    assert (renamed["slot_id"], renamed["kind"], renamed["before"]) == ("before_the_boss", "named", "Quick save 1")
    would = run_saves("slot", "delete", KINGDOM, "Before the boss", "--dry-run", store=root)
    assert would.stdout.startswith("Would delete Before the boss")
    assert refusal(run_saves("slot", "delete", KINGDOM, "Before the boss", "--json", store=root), 2)
    gone = answer(run_saves("slot", "delete", KINGDOM, "before_the_boss", "--yes", "--json", store=root))
    assert (gone["name"], gone["dry_run"]) == ("Before the boss", False)
    assert answer(run_saves("slot", "list", KINGDOM, "--json", store=root)) == []
    assert run_saves("slot", "list", KINGDOM, store=root).stdout == "No saves.\n"


def test_what_is_not_there(run_saves: RunSaves, root: Path) -> None:
    error = refusal(run_saves("slot", "load", KINGDOM, "nowhere", "--json", store=root), 10)
    assert error["hint"].startswith("See what there is: saves slot list")
    with SaveStore(root) as store, store.campaigns.open(KINGDOM) as campaign:
        campaign.save_as("Quick")
    hint = refusal(run_saves("quickload", KINGDOM, "--json", store=root), 10)["hint"]
    assert hint.startswith("Make one: saves quicksave")
    assert refusal(run_saves("save", KINGDOM, " ", "--json", store=root), 2)
    assert refusal(run_saves("save", KINGDOM, "quick", "--json", store=root), 2)["hint"].startswith("Give it another")
    assert refusal(run_saves("slot", "list", "Nowhere", "--json", store=root), 10)


def test_slots_are_completed(run_saves: RunSaves, root: Path) -> None:
    run_saves("save", KINGDOM, "Bridge", store=root)
    line = f"saves slot load '{KINGDOM}' br"
    env = {"_SAVES_COMPLETE": "zsh_complete", "COMP_WORDS": line, "COMP_CWORD": "4", "SAVES_STORE": str(root)}
    assert run_saves(env=env).stdout == "plain\nbridge\nBridge\n"


# Encounters


def test_what_is_done_between_begin_and_end_is_one_commit(run_saves: RunSaves, root: Path) -> None:
    lines = """\
        encounter begin Ambush
        damage zombie 3
        spawn goblin "Old Tom"
        status
        say kara Run!
        damage "old tom" 1
        save
        encounter begin Another
        encounter end
        encounter end
    """
    played = run_saves("play", KINGDOM, "--json", stdin=lines, store=root)
    outcomes = answer(played, 3)
    assert [one["ok"] for one in outcomes] == [True] * 6 + [False, False, True, False]
    assert outcomes[1]["data"]["hit_points_current"] == 11
    assert len(outcomes[3]["data"]["characters"]) == 3
    assert "Ambush" in outcomes[6]["error"]["message"]
    assert outcomes[8]["data"] == {"name": "Ambush", "seq": 4, "rounds": 4}
    events = answer(run_saves("history", "log", KINGDOM, "--json", store=root))
    assert [event["kind"] for event in events[3:]] == ["encounter"]
    assert points(run_saves, root, ZOMBIE) == 11


def test_one_that_is_dropped_has_not_happened(run_saves: RunSaves, root: Path) -> None:
    played = run_saves("play", KINGDOM, stdin="encounter begin\ndamage zombie 3\nencounter drop\n", store=root)
    assert "Encounter has not happened." in played.stdout
    assert points(run_saves, root, ZOMBIE) == 14


def test_one_that_was_not_ended_is_left_open(run_saves: RunSaves, root: Path) -> None:
    played = run_saves("play", KINGDOM, stdin="encounter begin Ambush\ndamage zombie 3\nquit\n", store=root)
    assert "left open" in played.stderr
    assert points(run_saves, root, ZOMBIE) == 14
    found = answer(run_saves("check", "--json", store=root))["problems"]
    assert [(one["severity"], one["code"]) for one in found] == [("note", "encounter_left_open")]
    again = run_saves("play", KINGDOM, stdin="encounter resume\ndamage zombie 1\nencounter end\n", store=root)
    assert (again.exit_code, "2 rounds in event 4" in again.stdout) == (0, True)
    assert points(run_saves, root, ZOMBIE) == 10


def test_of_several_left_open_one_is_named(run_saves: RunSaves, root: Path) -> None:
    for name in ("Ambush", "Brawl"):
        run_saves("play", KINGDOM, stdin=f"encounter begin {name}\ndamage zombie 3\n", store=root)
    unnamed = run_saves("play", KINGDOM, stdin="encounter merge\n", store=root)
    assert (unnamed.exit_code, "Ambush" in unnamed.stderr, "Brawl" in unnamed.stderr) == (1, True, True)
    named = run_saves("play", KINGDOM, stdin="encounter merge brawl\nencounter drop\n", store=root)
    assert (named.exit_code, points(run_saves, root, ZOMBIE)) == (0, 11)


@pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals are another thing there")
@pytest.mark.parametrize(("verb", "left"), [("resume\nencounter end", 3), ("merge", 3), ("drop", 14)])
def test_killed_in_the_middle_of_one(run_saves: RunSaves, root: Path, verb: str, left: int) -> None:
    with piped(root, "play", KINGDOM) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for command in (b"encounter begin Ambush\n", b"damage zombie 8\n", b"damage zombie 3\n"):
            process.stdin.write(command)
            process.stdin.flush()
            assert process.stdout.readline()
        process.kill()
    assert points(run_saves, root, ZOMBIE) == 14
    again = run_saves("play", KINGDOM, stdin=f"encounter {verb}\n", store=root)
    assert (again.exit_code, "left open" in again.stderr) == (0, True)
    assert points(run_saves, root, ZOMBIE) == left
    assert "left open" not in run_saves("play", KINGDOM, store=root).stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals are another thing there")
def test_the_tab_key_knows_who_has_come_within_one(root: Path) -> None:
    with terminal(root, "play", KINGDOM) as console:
        for line in ("encounter begin Ambush\n", "spawn goblin Tom\n"):
            console.wait_for("> ")
            console.type(line)
        console.wait_for("appears")
        console.type("damage to\t2\n")
        console.wait_for("Tom loses 2")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("encounter", "VERB"),
        ("encounter frobnicate", "begin, end"),
        ("encounter end", "Begin one"),
        ("encounter resume", "left open"),
        ("encounter drop", "left open"),
    ],
)
def test_a_wrong_line_says_why(run_saves: RunSaves, root: Path, line: str, told: str) -> None:
    played = run_saves("play", KINGDOM, stdin=line, store=root)
    assert played.exit_code == 1
    assert told.replace("VERB", "begin|end") in played.stderr


def test_a_save_is_deleted_by_its_name_though_its_id_is_the_name_of_another(run_saves: RunSaves, root: Path) -> None:
    with SaveStore(root) as store, store.campaigns.open(KINGDOM) as campaign:
        campaign.save_as("boss")
        campaign.rename_slot("boss", "Old boss")
        campaign.save_as("boss")
    refused = refusal(run_saves("slot", "delete", KINGDOM, "boss", "--yes", "--json", store=root), 2)
    assert refused["code"] == "ambiguous"
    assert answer(run_saves("slot", "delete", KINGDOM, "Old boss", "--yes", "--json", store=root))["slot_id"] == "boss"
    assert list(SaveStore(root).campaigns.slots(KINGDOM)) == ["boss_2"]
