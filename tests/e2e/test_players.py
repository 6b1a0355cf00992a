"""`saves run …` and `saves player …`: one character's playthrough, and whoever plays."""

from pathlib import Path

from gamesaves import SaveStore
from tests.conftest import RunSaves
from tests.e2e.stories import KARA, answer, refusal, words

STORY = "長い道"


def test_a_player_from_the_first_turn_to_another_story(run_saves: RunSaves, tmp_path: Path) -> None:
    root = tmp_path / "store"
    player = answer(run_saves("player", "create", "花子", "--json", store=root))["player_id"]
    assert answer(run_saves("player", "list", "--json", store=root))[0] == {
        "player_id": player,
        "name": "花子",
        "runs_completed": 0,
        "turns_played": 0,
        "path": str(root / "players" / f"{player}.json"),
        "problem": None,
    }
    cast = ["--preset", "kara_stormwind", "--preset", "theron_gearwright"]
    run_saves("campaign", "create", STORY, *cast, "--player", "花子", store=root)
    assert run_saves("run", "list", STORY, store=root).stdout == "No runs.\n"
    run_saves("play", STORY, stdin="damage kara_stormwind 3\n", store=root)
    (listed,) = answer(run_saves("run", "list", STORY, "--json", store=root))
    assert (listed["character_id"], listed["state"], listed["turns_completed"]) == (KARA, "active", 1)
    assert (listed["player_id"], listed["ending"]) == (player, None)
    refused = refusal(run_saves("run", "archive", STORY, KARA, "--json", store=root), 2)
    assert "paused or abandoned or completed" in refused["hint"]
    assert refusal(run_saves("run", "show", STORY, "nobody", "--json", store=root), 10)["code"] == "not_found"
    given_up = answer(run_saves("run", "abandon", STORY, "--reason", "No time", "--for-good", "--json", store=root))
    assert (given_up["state"], given_up["abandon_reason"], given_up["can_resume"]) == ("abandoned", "No time", False)
    shown = run_saves("player", "dashboard", player, store=root).stdout
    assert "No story is under way." in shown
    refusal(run_saves("player", "set", player, "runs=[]", "--json", store=root), 2)
    changed = answer(run_saves("player", "set", player, "privacy.shared=false", "--json", store=root))
    assert changed["changed"] == {"privacy.shared": False}
    switched = answer(run_saves("player", "switch", "花子", "--character", "Theron Gearwright", "--json", store=root))
    assert (switched["title"], switched["session_id"]) == (STORY, "session_001")
    assert answer(run_saves("run", "complete", STORY, "--trigger", "milestone", "--json", store=root))["completion"]
    seen = answer(run_saves("player", "dashboard", player, "--json", store=root))
    assert [one["kind"] for one in seen["highlights"]] == ["completed"]
    assert [one["session_id"] for one in seen["sessions"]] == ["session_001"]
    assert {"first_story", "try_what_opened"} == {one["rule"] for one in seen["recommendations"]}
    assert {"advanced_narratives", "1"} <= set(words(run_saves("player", "show", player, store=root)))
    assert refusal(run_saves("player", "show", "nobody", "--json", store=root), 10)["code"] == "not_found"
    with SaveStore(root) as store:
        assert [one.reason for one in store.players.get("花子").abandoned_runs] == ["No time"]
