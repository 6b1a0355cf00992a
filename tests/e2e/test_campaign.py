"""`saves campaign …` and `saves list`."""

import json
from pathlib import Path

import pytest

from gamesaves import SaveStore
from tests.conftest import RunSaves
from tests.e2e.stories import KARA, KINGDOM, ZOMBIE, answer, codes, kingdom, refusal, words


def test_a_campaign_is_made_shown_loaded_and_listed(run_saves: RunSaves, tmp_path: Path) -> None:
    cast = ["--preset", "kara_stormwind", "--preset", "theron_gearwright=Theron Reborn"]
    about = ["--universe", "highmere", "--player", "ann", "--description", "Down there"]
    universe = answer(run_saves("universe", "create", "Highmere", "--json", store=tmp_path / "s"))["universe_id"]
    with SaveStore(tmp_path / "s") as store:
        player = store.players.create("Ann").player_id
    made = answer(run_saves("campaign", "create", "The Lost Mine", *cast, *about, "--json", store=tmp_path / "s"))
    assert made["characters"] == [KARA, "pc:theron_reborn"]
    campaign_id = made["campaign_id"]

    loaded = answer(run_saves("campaign", "load", "the lost mine", "--json", store=tmp_path / "s"))
    assert loaded["campaign"]["universe_id"] == universe
    assert loaded["campaign"]["player_id"] == player
    assert loaded["characters"][KARA]["hit_points_current"] == 26
    assert (loaded["seq"], loaded["replayed_events"], loaded["read_only"]) == (1, 1, None)

    shown = answer(run_saves("campaign", "show", campaign_id, "--json", store=tmp_path / "s"))
    assert shown["description"] == "Down there"
    assert [one["name"] for one in shown["characters"]] == ["Kara Stormwind", "Theron Reborn"]

    for command in (["list"], ["campaign", "list"]):
        (row,) = answer(run_saves(*command, "--json", store=tmp_path / "s"))
        assert row.keys() >= {"campaign_id", "title", "last_played", "total_turns", "characters", "path", "problems"}
        assert (row["campaign_id"], row["last_played"], row["total_turns"]) == (campaign_id, None, 0)

    for command in (["list"], ["campaign", "show", "The Lost Mine"], ["campaign", "load", "The Lost Mine"]):
        shown_words = words(run_saves(*command, store=tmp_path / "s"))
        assert campaign_id in shown_words
    assert run_saves("-q", "list", store=tmp_path / "s").stdout == f"{campaign_id}\n"


def test_a_campaign_with_a_profile_begins_with_that_profile(run_saves: RunSaves, tmp_path: Path) -> None:
    kingdom(tmp_path)
    made = answer(
        run_saves("campaign", "create", "Second", "--profile", KARA, "--preset", "zombie", "--json", store=tmp_path)
    )
    characters = answer(run_saves("campaign", "load", made["campaign_id"], "--json", store=tmp_path))["characters"]
    assert characters[KARA]["hit_points_current"] == 26
    assert "longsword" in characters[KARA]["inventory"]
    text = run_saves("campaign", "create", "Third", store=tmp_path)
    assert text.stdout.startswith("Made Third with 0 characters.\n")


def test_who_is_not_known_keeps_everything_from_being_made(run_saves: RunSaves, tmp_path: Path) -> None:
    root = tmp_path / "s"
    for extra, code in (
        (["--preset", "kara_stormwnd"], 10),
        (["--profile", "pc:nobody"], 10),
        (["--preset", "zombie="], 2),
        (["--universe", "Nowhere"], 10),
        (["--player", "Not An Id"], 10),
        (["--player", "ann"], 10),
    ):
        error = refusal(run_saves("campaign", "create", "X", "--preset", "zombie", *extra, "--json", store=root), code)
        assert error["hint"] or error["message"]
    assert not root.exists()
    error = refusal(run_saves("campaign", "create", "X", "--preset", "kara_stormwnd", "--json", store=root), 10)
    assert error["nearest"] == ["kara_stormwind"]
    error = refusal(run_saves("campaign", "create", "X", "--player", "Ann Lee", "--json", store=root), 10)
    assert error["hint"].splitlines()[1] == "Or add them first: saves player create 'Ann Lee'"


def test_campaigns_are_sorted_limited_and_chosen(run_saves: RunSaves, tmp_path: Path) -> None:
    first = kingdom(tmp_path, "Banner")
    with SaveStore(tmp_path) as store:
        with store.campaigns.create("Anvil", characters=["zombie"]) as anvil:
            anvil.tag("favourite")
            anvil.tag("stars", 5)
        store.campaigns.create("Candle").close()

    def titles(*args: str) -> list[str]:
        return [row["title"] for row in answer(run_saves("list", *args, "--json", store=tmp_path))]

    assert titles()[0] == "Banner"
    assert titles("--sort", "title") == ["Anvil", "Banner", "Candle"]
    assert titles("--sort", "title", "--reverse") == ["Candle", "Banner", "Anvil"]
    assert titles("--sort", "turns", "--limit", "1") == ["Banner"]
    assert titles("--limit", "0") == []
    assert titles("--sort", "id", "--character", KARA) == ["Banner"]
    assert titles("--sort", "title", "--character", "zombie") == ["Anvil", "Banner"]
    assert titles("--character", "Kara Stormwind") == ["Banner"]
    assert titles("--tag", "favourite") == ["Anvil"]
    assert titles("--tag", "stars=5") == ["Anvil"]
    assert titles("--tag", "stars=4") == []
    assert refusal(run_saves("list", "--character", "zombi", "--json", store=tmp_path), 10)["nearest"] == [ZOMBIE]
    assert first in run_saves("list", store=tmp_path).stdout


def test_names_are_looked_up(run_saves: RunSaves, tmp_path: Path) -> None:
    campaign_id = kingdom(tmp_path)
    other = kingdom(tmp_path)
    for name in (campaign_id, str(tmp_path / campaign_id), f"{campaign_id}/"):
        assert answer(run_saves("campaign", "show", name, "--json", store=tmp_path))["campaign_id"] == campaign_id
    ambiguous = refusal(run_saves("campaign", "show", KINGDOM, "--json", store=tmp_path), 2)
    assert ambiguous["code"] == "ambiguous"
    assert ambiguous["matches"] == sorted([campaign_id, other])
    text = run_saves("campaign", "show", KINGDOM, store=tmp_path)
    assert campaign_id in text.stderr
    assert other in text.stderr
    unknown = run_saves("campaign", "show", "The Lost Kingdon", store=tmp_path)
    assert unknown.exit_code == 10
    assert "hint: Did you mean campaign_the_lost_kingdom_" in unknown.stderr
    for command in ("load", "remove", "add-character", "rename", "tag"):
        more = {"add-character": ["zombie"], "rename": ["X"], "tag": ["x"]}.get(command, [])
        assert refusal(run_saves("campaign", command, "nothing", *more, "--json", store=tmp_path), 10)["hint"]


def test_somebody_joins(run_saves: RunSaves, tmp_path: Path) -> None:
    kingdom(tmp_path)
    joined = answer(
        run_saves("campaign", "add-character", KINGDOM, "zombie", "--name", "Tom", "--json", store=tmp_path)
    )
    assert joined["character_id"] == "npc:tom"
    text = run_saves("campaign", "add-character", KINGDOM, "zombie", store=tmp_path)
    assert text.stdout.split() == ["Zombie", "joins", "The", "Lost", "Kingdom", "npc:zombie_2"]
    assert refusal(run_saves("campaign", "add-character", KINGDOM, KARA, "--json", store=tmp_path), 4)
    near = refusal(run_saves("campaign", "add-character", KINGDOM, "zombi", "--json", store=tmp_path), 10)
    assert near["nearest"] == ["zombie"]


def test_a_campaign_is_renamed_and_tagged(run_saves: RunSaves, tmp_path: Path) -> None:
    campaign_id = kingdom(tmp_path)
    renamed = answer(run_saves("campaign", "rename", KINGDOM, "Found Again", "--json", store=tmp_path))
    assert renamed == {"campaign_id": campaign_id, "title": "Found Again", "before": KINGDOM}
    back = run_saves("campaign", "rename", "Found Again", KINGDOM, store=tmp_path)
    assert back.stdout == f"Found Again is now {KINGDOM}\n"

    for tag in ("favourite", "stars=5", "mood=grim", 'who={"a": [1]}'):
        tagged = answer(run_saves("campaign", "tag", KINGDOM, tag, "--json", store=tmp_path))
    assert tagged["tags"] == {"favourite": True, "stars": 5, "mood": "grim", "who": {"a": [1]}}
    run_saves("campaign", "tag", KINGDOM, "who", "--remove", store=tmp_path)
    shown = run_saves("campaign", "tag", KINGDOM, store=tmp_path)
    assert shown.stdout == "Tags: favourite, stars=5, mood=grim\n"
    assert refusal(run_saves("campaign", "tag", KINGDOM, "--remove", "--json", store=tmp_path), 2)["code"] == "usage"
    assert refusal(run_saves("campaign", "tag", KINGDOM, " ", "--json", store=tmp_path), 2)
    assert refusal(run_saves("campaign", "tag", KINGDOM, "x=NaN", "--json", store=tmp_path), 5)


def test_a_campaign_is_removed_only_when_that_is_meant(run_saves: RunSaves, tmp_path: Path) -> None:
    campaign_id = kingdom(tmp_path)
    folder = tmp_path / campaign_id
    before = {path.name for path in (tmp_path / "character_profiles").iterdir()}

    for more in ([], ["--json"]):
        refused = run_saves("campaign", "remove", KINGDOM, *more, store=tmp_path)
        assert refused.exit_code == 2
        assert "--yes" in refused.stdout + refused.stderr
    dry = answer(run_saves("campaign", "remove", KINGDOM, "-n", "--json", store=tmp_path))
    assert (dry["dry_run"], dry["kept_in"], dry["path"]) == (True, None, str(folder))
    assert folder.exists()

    gone = answer(run_saves("--yes", "campaign", "remove", KINGDOM, "--json", store=tmp_path))
    assert gone.keys() == dry.keys()
    assert not folder.exists()
    assert (Path(gone["kept_in"]) / "log.jsonl").exists()
    assert {path.name for path in (tmp_path / "character_profiles").iterdir()} == before

    kingdom(tmp_path)
    assert run_saves("campaign", "remove", KINGDOM, "--dry-run", store=tmp_path).stdout.startswith("Would set aside")
    text = run_saves("campaign", "remove", KINGDOM, "--yes", store=tmp_path)
    assert "Set aside The Lost Kingdom" in text.stdout
    assert "It is kept in " in text.stdout


def test_the_folder_is_shown(run_saves: RunSaves, tmp_path: Path) -> None:
    campaign_id = kingdom(tmp_path)
    folder = str(tmp_path / campaign_id)
    data = answer(run_saves("open", KINGDOM, "--json", store=tmp_path))
    assert data == {"campaign_id": campaign_id, "path": folder}
    alone = run_saves("open", KINGDOM, store=tmp_path, env={"PATH": str(tmp_path)})
    assert (alone.exit_code, alone.stdout) == (1, folder + "\n")
    assert "no file manager" in alone.stderr
    opener = tmp_path / "xdg-open"
    opener.write_text('#!/bin/sh\necho "$1" >> "$0.seen"\n')
    opener.chmod(0o755)
    shown = run_saves("open", KINGDOM, store=tmp_path, env={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert (shown.exit_code, shown.stdout) == (0, folder + "\n")


def test_the_history_is_listed(run_saves: RunSaves, tmp_path: Path) -> None:
    kingdom(tmp_path)
    events = answer(run_saves("history", "log", KINGDOM, "--json", store=tmp_path))
    assert [(one["seq"], one["kind"], one["note"]) for one in events] == [
        (1, "created", None), (2, "joined", "Zombie joins"), (3, "turn", "A blow"),
    ]  # fmt: skip
    assert events[2]["prev"] == events[1]["hash"]
    assert list(events[2]["changes"]) == [f"characters/{ZOMBIE}"]
    run_saves("play", KINGDOM, stdin="say kara Well met\n", store=tmp_path)
    newest = answer(run_saves("history", "log", KINGDOM, "--limit", "2", "--json", store=tmp_path))
    assert [one["seq"] for one in newest] == [3, 4]
    turns = answer(run_saves("history", "log", KINGDOM, "--kind", "turn", "--limit", "5", "--json", store=tmp_path))
    assert [one["seq"] for one in turns] == [3]
    assert answer(run_saves("history", "log", KINGDOM, "--kind", "nothing", "--json", store=tmp_path)) == []
    none = run_saves("history", "log", KINGDOM, "--kind", "nothing", store=tmp_path).stdout
    assert none == "Nothing of that kind has happened.\n"
    assert run_saves("history", "log", KINGDOM, "--limit", "0", store=tmp_path).stdout.split()[0] == "EVENT"
    text = run_saves("history", "log", KINGDOM, store=tmp_path).stdout
    assert "A blow" in text
    assert "Well met" in text
    assert refusal(run_saves("history", "log", "nothing", "--json", store=tmp_path), 10)


@pytest.mark.parametrize("field", ["title", "total_turns", "last_played", "character_ids", "tags"])
def test_a_list_survives_an_edit_that_makes_no_sense(run_saves: RunSaves, tmp_path: Path, field: str) -> None:
    campaign_id = kingdom(tmp_path)
    file = tmp_path / campaign_id / "campaign_data.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {field: {"a": 1}}))
    assert len(answer(run_saves("list", "--json", store=tmp_path))) == 1
    assert run_saves("list", store=tmp_path).exit_code == 0
    loaded = run_saves("campaign", "load", campaign_id, "--json", store=tmp_path)
    assert answer(loaded)["campaign"]["title"] == KINGDOM
    # What follows from the log is written again, and what is the player's own can be anything.
    assert codes(loaded) or field in ("total_turns", "last_played", "tags")
