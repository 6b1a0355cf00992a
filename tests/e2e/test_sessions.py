"""`saves session …`, and `time` in `saves play`."""

from pathlib import Path

import pytest

from gamesaves import SaveStore
from tests.conftest import RunSaves
from tests.e2e.stories import KARA, KINGDOM, ZOMBIE, answer, codes, kingdom, refusal, words


@pytest.fixture
def root(tmp_path: Path) -> Path:
    kingdom(tmp_path)
    return tmp_path


def test_a_session_from_its_beginning_to_the_archive(run_saves: RunSaves, root: Path) -> None:
    def run(*args: str) -> str:
        done = run_saves("session", *args, store=root)
        assert done.exit_code == 0, done
        return done.stdout

    assert run("list", KINGDOM) == "No sessions.\n"
    assert run("start", KINGDOM, "Friday night", "--device", "desk", "--game-version", "1.2") == (
        "Friday night begins  session_001\n"
    )
    assert run("pause", KINGDOM) == "Friday night is paused  session_001\n"
    assert run("resume", KINGDOM) == "Friday night goes on  session_001\n"
    assert "Friday night" in run("show", KINGDOM)
    assert run("start", KINGDOM, "-q") == "session_002\n"
    assert run("resume", KINGDOM, "friday night") == "Friday night goes on  session_001\n"
    assert run("end", KINGDOM) == "Friday night has ended  session_001\n"
    assert run("archive", KINGDOM, "session_001") == "Friday night is put away  session_001\n"
    shown = answer(run_saves("session", "show", KINGDOM, "session_001", "--json", store=root))
    assert (shown["status"], shown["device"], shown["game_version"], shown["character_ids"]) == (
        "archived", "desk", "1.2", [KARA],
    )  # fmt: skip
    events = answer(run_saves("history", "log", KINGDOM, "--kind", "session", "--json", store=root))
    assert [one["session"] for one in events] == ["session_001"] * 3 + ["session_002"] + ["session_001"] * 3


def test_sessions_are_listed_sorted_and_shown(run_saves: RunSaves, root: Path) -> None:
    run_saves("session", "start", KINGDOM, "Long", store=root)
    run_saves("play", KINGDOM, stdin="damage zombie 1\nheal zombie 1\n", store=root)
    more = ["--character", "zombie", "--character", KARA]
    started = answer(run_saves("session", "start", KINGDOM, "Short", *more, "--json", store=root))
    assert (started["session_id"], started["character_ids"]) == ("session_002", [ZOMBIE, KARA])

    def listed(*args: str) -> list[str]:
        rows = answer(run_saves("session", "list", KINGDOM, *args, "--json", store=root))
        return [row["session_name"] for row in rows]

    assert listed() == ["Long", "Short"]
    assert listed("--reverse") == ["Short", "Long"]
    assert listed("--sort", "turns") == ["Short", "Long"]
    assert listed("--sort", "playtime", "--limit", "1") == ["Short"]
    assert {"Long", "Short", "active", "paused", "session_002"} <= set(
        words(run_saves("session", "list", KINGDOM, store=root))
    )
    shown = words(run_saves("session", "show", KINGDOM, store=root))
    assert {"Short", "active", "morning"} <= set(shown)
    assert "session" in words(run_saves("campaign", "show", KINGDOM, store=root))


WRONG = [
    (("show",), 2, "saves session list"),
    (("show", "session_009"), 10, ""),
    (("pause",), 2, "saves session start"),
    (("resume",), 2, "saves session start"),
    (("end",), 2, "saves session start"),
    (("archive", "session_009"), 10, ""),
    (("start", "--scene", "nowhere"), 10, ""),
    (("start", "--character", "nobody"), 10, ""),
]


@pytest.mark.parametrize(("verb", "code", "hint"), WRONG, ids=lambda value: str(value))
def test_what_makes_no_sense_is_refused(
    run_saves: RunSaves, root: Path, verb: tuple[str, ...], code: int, hint: str
) -> None:
    name, *more = verb
    error = refusal(run_saves("session", name, KINGDOM, *more, "--json", store=root), code)
    assert hint in (error["hint"] or "")
    with SaveStore(root) as store, store.campaigns.open(KINGDOM, read_only=True) as campaign:
        assert dict(campaign.sessions) == {}


def test_a_move_that_is_not_allowed_names_those_that_are(run_saves: RunSaves, root: Path) -> None:
    run_saves("session", "start", KINGDOM, store=root)
    error = refusal(run_saves("session", "archive", KINGDOM, "session_001", "--json", store=root), 2)
    assert error["hint"] == "It can become paused or ended."
    near = refusal(run_saves("session", "resume", KINGDOM, "session_01", "--json", store=root), 10)
    assert near["nearest"] == ["session_001"]


def test_a_session_that_was_left_open_is_told_and_played_on(run_saves: RunSaves, root: Path) -> None:
    run_saves("session", "start", KINGDOM, store=root)
    played = run_saves("play", KINGDOM, "--json", stdin="damage zombie 1\n", store=root)
    assert codes(played) == ["session_left_open"]
    (row,) = answer(run_saves("session", "list", KINGDOM, "--json", store=root))
    assert (row["status"], row["turn_count"]) == ("active", 1)
    assert codes(run_saves("session", "end", KINGDOM, "--json", store=root)) == []


def test_idle_sessions_are_paused(run_saves: RunSaves, root: Path) -> None:
    run_saves("session", "start", KINGDOM, store=root)
    assert answer(run_saves("session", "expire", "--json", store=root)) == {"paused": [], "problems": []}
    assert run_saves("session", "expire", store=root).stdout == "No session was idle for so long.\n"
    with SaveStore(root) as store, store.campaigns.open(KINGDOM):
        held = run_saves("session", "expire", "--hours", "0", "--json", store=root)
        data = answer(held, 3)
        assert (data["paused"], [one["code"] for one in data["problems"]]) == ([], ["locked"])
    text = run_saves("session", "expire", "--hours", "0", store=root)
    assert (text.exit_code, text.stderr) == (0, "")
    assert ": session_001 is paused, idle for 0:00:" in text.stdout
    assert run_saves("session", "expire", "--hours", "-1", "--json", store=root).exit_code == 2


def test_time_passes_in_the_console(run_saves: RunSaves, root: Path) -> None:
    asleep = run_saves("play", KINGDOM, stdin="time\n", store=root)
    assert asleep.exit_code == 1
    assert "saves session start" in asleep.stderr
    run_saves("session", "start", KINGDOM, store=root)
    lines = "scene mill\ntime\ntime Night\ntime noon\ntime night\ntime\n"
    played = run_saves("play", KINGDOM, stdin=lines, store=root)
    assert played.exit_code == 3
    assert "morning, afternoon, evening, night" in played.stderr
    assert played.stdout.splitlines() == [
        "Scene: Mill",
        "Day 1, afternoon: bright daylight",
        "Day 1, night: moonlight and shadows",
        "Day 2, night: moonlight and shadows",
        "Day 3, morning: soft morning light",
    ]
    with SaveStore(root) as store, store.campaigns.open(KINGDOM, read_only=True) as campaign:
        assert campaign.scenes["mill"].environment_state.lighting == "soft morning light"
        assert campaign.head.note == "Time passes"


def test_sessions_are_completed(run_saves: RunSaves, root: Path) -> None:
    run_saves("session", "start", KINGDOM, store=root)
    line = f"saves session show '{KINGDOM}' ses"
    env = {"_SAVES_COMPLETE": "zsh_complete", "COMP_WORDS": line, "COMP_CWORD": "4", "SAVES_STORE": str(root)}
    assert "session_001" in run_saves(env=env).stdout
