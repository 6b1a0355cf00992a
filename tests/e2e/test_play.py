"""`saves play`, from standard input."""

from pathlib import Path
from typing import Any

import pytest

from gamesaves import SaveStore
from tests.conftest import Result, RunSaves
from tests.e2e.stories import KARA, KINGDOM, ZOMBIE, answer, kingdom, refusal


@pytest.fixture
def root(tmp_path: Path) -> Path:
    kingdom(tmp_path)
    return tmp_path


def loaded(root: Path) -> dict[str, Any]:
    with SaveStore(root) as store, store.campaigns.open(KINGDOM, read_only=True) as campaign:
        return {
            "campaign": campaign.data.model_dump(mode="json"),
            **{who: one.model_dump(mode="json") for who, one in campaign.characters.items()},
            "messages": [(one.speaker, one.text) for one in campaign.messages],
            "seq": campaign.seq,
        }


def test_each_command(run_saves: RunSaves, root: Path) -> None:
    lines = """\
        # a comment, and an empty line

        status
        damage zombie 3
        heal zombie 1
        give kara healing potion 2
        give kara "Silver key"
        drop kara healing potion all
        drop kara silver key
        level kara
        xp kara 50
        effect kara poisoned
        effect kara blessed
        effect kara poisoned off
        spawn goblin "Old Tom"
        move kara the tavern
        scene tavern The Drowsy Goose
        scene cellar
        scene tavern
        say kara I don't know
        say narrator Night falls.
        quest ring active The Ring
        quest ring Completed
        quest bell active
        status kara
        help
        help damage
        quit
        damage kara 20
    """
    played = run_saves("play", KINGDOM, stdin=lines, store=root)
    assert (played.exit_code, played.stderr) == (0, "")
    assert "Zombie loses 3 hit points.  11 of 22 hit points, injured" in played.stdout
    assert "Kara Stormwind: I don't know" in played.stdout

    now = loaded(root)
    kara = now[KARA]
    assert now[ZOMBIE]["hit_points_current"] == 12
    assert (kara["level"], kara["experience"], kara["hit_points_current"]) == (4, 50, 26)
    assert {"healing_potion", "silver_key"} & kara["inventory"].keys() == set()
    assert kara["status_effects"] == ["blessed"]
    assert kara["location"] == "the tavern"
    assert now["npc:old_tom"]["name"] == "Old Tom"
    assert now["messages"] == [(KARA, "I don't know"), ("narrator", "Night falls.")]
    data = now["campaign"]
    assert data["scenes"] == {"tavern": "The Drowsy Goose", "cellar": "Cellar"}
    assert data["current_scene_id"] == "tavern"
    assert {quest: (one["title"], one["status"]) for quest, one in data["quests"].items()} == {
        "ring": ("The Ring", "completed"),
        "bell": ("Bell", "active"),
    }
    assert data["active_quest_ids"] == ["bell"]
    assert now["seq"] == 3 + 21


WRONG = [
    ("damage zombie", "damage WHO N"),
    ("damage zombie x", "digits"),
    ("damage zombie -3", "heal"),
    ("damage nobody 3", "status"),
    ("damage zom 3", "npc:zombie_2"),
    ("frobnicate", "help"),
    ("damge zombie 3", "damage"),
    ('give kara "open', "Close it"),
    ("give kara rope 0", "Give at least 1."),
    ("drop kara nothing", "There is:"),
    ("drop kara longsword 3", "Drop 1 at most."),
    ("heal kara many", "digits"),
    ("xp kara -5", "never taken away"),
    ("effect kara sleepy off", "There is none."),
    ("spawn zombi", "zombie"),
    (f"spawn {KARA}", ""),
    ("spawn zombie \x1b[2J", "control characters"),
    ("say nobody hello", "status"),
    ("say kara \udc80", ""),
    ("scene tavrn", "tavern"),
    ("quest rign active", "ring"),
    ("undo 2", "one turn"),
]


def test_a_wrong_command_says_why_and_changes_nothing(run_saves: RunSaves, root: Path) -> None:
    run_saves("play", KINGDOM, stdin="scene tavern\nquest ring active\nspawn zombie\n", store=root)
    before = loaded(root)
    commands = [line for line, _ in WRONG]
    text = "".join(f"{line}\n" for line in commands)
    played = run_saves("play", KINGDOM, "--json", stdin=text, store=root)
    entries = answer(played, 1)
    assert [entry["command"] for entry in entries] == commands
    hints = dict(WRONG)
    for entry in entries:
        assert entry["ok"] is False, entry
        assert hints[entry["command"]] in f"{entry['error']['hint']} {entry['error']['message']}", entry
    assert loaded(root) == before


def test_turns_are_taken_back_one_by_one(run_saves: RunSaves, root: Path) -> None:
    lines = "damage zombie 3\ndamage kara 1\nundo\nencounter begin Ambush\nundo\nencounter drop\nundo\nundo\nundo\n"
    outcomes = answer(run_saves("play", KINGDOM, "--json", stdin=lines, store=root), 3)
    assert [one["ok"] for one in outcomes] == [True, True, True, True, False, True, True, True, False]
    assert "Ambush" in outcomes[4]["error"]["message"]
    assert [outcomes[one]["data"]["target"]["seq"] for one in (2, 6, 7)] == [4, 3, 2]
    assert "there is no turn to take back" in outcomes[8]["error"]["message"]
    assert (loaded(root)[ZOMBIE]["hit_points_current"], loaded(root)["seq"]) == (22, 8)
    again = run_saves("play", KINGDOM, stdin="damage zombie 1\nundo\n", store=root)
    assert (again.exit_code, "  hit points 21 → 22\n" in again.stdout) == (0, True)


def test_part_of_it_wrong(run_saves: RunSaves, root: Path) -> None:
    played = run_saves("play", KINGDOM, stdin="damage zombie 1\nnonsense\n\ndamage zombie 1\n", store=root)
    assert played.exit_code == 3
    assert played.stderr.startswith("error: line 2: there is no command 'nonsense'\n  hint: ")
    assert loaded(root)[ZOMBIE]["hit_points_current"] == 12
    alone = run_saves("play", KINGDOM, stdin="nonsense\n", store=root)
    assert (alone.exit_code, alone.stdout) == (1, "")


def test_as_json(run_saves: RunSaves, root: Path) -> None:
    played = run_saves("play", KINGDOM, "--json", stdin="\ufeffdamage zombie 1\nquit\n", store=root)
    (entry,) = answer(played)
    assert entry["command"] == "damage zombie 1"
    assert entry["ok"] is True
    assert (entry["data"]["character_id"], entry["data"]["hit_points_current"], entry["data"]["lost"]) == (
        ZOMBIE,
        13,
        1,
    )
    assert answer(run_saves("play", KINGDOM, "--json", store=root)) == []
    assert refusal(run_saves("play", "nothing", "--json", store=root), 10)


def test_who_is_meant(run_saves: RunSaves, root: Path) -> None:
    def hit(name: str) -> Result:
        return run_saves("play", KINGDOM, stdin=f"damage {name} 1\n", store=root)

    for name in (ZOMBIE, "zombie", "Zombie", "ZOMB", "omb"):
        assert hit(name).exit_code == 0, name
    for name in ("kara_stormwind", '"Kara Stormwind"', "kara stormwind", "kara", "storm"):
        assert hit(name).exit_code == 0, name
    now = loaded(root)
    assert (now[ZOMBIE]["hit_points_current"], now[KARA]["hit_points_current"]) == (9, 21)
    ambiguous = hit("o")
    assert ambiguous.exit_code == 1
    assert f"'o' fits more than one character: {ZOMBIE}, {KARA}" in ambiguous.stderr


def test_edits_made_meanwhile_are_told(run_saves: RunSaves, root: Path) -> None:
    (sheet,) = root.glob("campaign_*/characters/npc.zombie.json")
    sheet.write_text(sheet.read_text().replace('"hit_points_current": 14', '"hit_points_current": "many"'))
    played = run_saves("play", KINGDOM, stdin="damage zombie 1\n", store=root)
    assert played.exit_code == 0
    assert f"{sheet}:" in played.stderr
    assert loaded(root)[ZOMBIE]["hit_points_current"] == 13
