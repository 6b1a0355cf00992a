"""Players: what all their runs come to, whatever comes between."""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gamesaves import Campaign, SaveStore
from gamesaves.disk import files
from gamesaves.documents import PlayerData
from gamesaves.errors import Ambiguous, InvalidDocument, InvalidName, InvalidValue, Locked, NotFound, SavesError
from tests.integration.stores import KARA, Clock, Quick, child, codes, edit, in_child, killed, read

THERON = "pc:theron_gearwright"


@pytest.fixture
def store(root: Path) -> Iterator[SaveStore]:
    with SaveStore(root, clock=Clock()) as store:
        yield store


def begin(store: SaveStore, title: str, player: PlayerData, *cast: str, universe: str | None = None) -> Campaign:
    characters = list(cast or ("kara_stormwind",))
    return store.campaigns.create(title, characters=characters, player=player.player_id, universe=universe)


def take(campaign: Campaign, count: int = 1, who: str = KARA) -> None:
    for _ in range(count):
        with campaign.turn("On") as turn:
            turn.character(who).gain_experience(1)


def completed(store: SaveStore, name: str = "Alex") -> int:
    return store.players.get(name).meta_progression.total_runs_completed


def file_of(store: SaveStore, player: PlayerData) -> Path:
    return store.root / "players" / f"{player.player_id}.json"


# Files


def test_a_player_is_made_listed_found_and_changed(store: SaveStore) -> None:
    assert store.players.list() == []
    assert store.players.find("Alex") is None
    assert not (store.root / "players").exists()
    alex = store.players.create("Alex", preferences={"style": "slow"}, privacy={"profile": "hidden"})
    hanako = store.players.create("花子")
    assert store.players.get("Alex") == store.players.get(alex.player_id) == alex
    assert store.players.get("花子") == hanako
    assert [one.name for one in store.players.list()] == ["Alex", "花子"]
    assert alex.player_id in store.players
    changed = store.players.update("Alex", therapeutic_settings={"focus": "calm"}, name="Alexis")
    assert (changed.player_id, changed.name, changed.preferences) == (alex.player_id, "Alexis", {"style": "slow"})
    assert read(file_of(store, alex))["therapeutic_settings"] == {"focus": "calm"}
    assert store.players.create("花子").player_id != hanako.player_id
    with pytest.raises(Ambiguous):
        store.players.get("花子")


@pytest.mark.parametrize(
    "fields",
    [{"runs": []}, {"meta_progression": {}}, {"contributions": {}}, {"nmae": "x"}, {"preferences": 3}],
    ids=str,
)
def test_what_follows_from_runs_cannot_be_set(store: SaveStore, fields: dict[str, object]) -> None:
    alex = store.players.create("Alex")
    with pytest.raises(InvalidValue):
        store.players.update("Alex", **fields)
    with pytest.raises(InvalidValue):
        store.players.create("Other", **fields)
    assert store.players.get("Alex") == alex
    with pytest.raises(InvalidName):
        store.players.update("Alex", name=" ")
    with pytest.raises(InvalidName):
        store.players.create("")
    with pytest.raises(NotFound):
        store.players.update("Nobody", name="x")
    with pytest.raises(InvalidDocument):
        store.players.update("Alex", preferences={"x": object()})


def test_a_file_that_cannot_be_used_stays_and_its_campaign_opens(store: SaveStore) -> None:
    alex = store.players.create("Alex")
    with begin(store, "One", alex) as campaign:
        take(campaign)
    path = file_of(store, alex)
    path.write_text('{"player_id": "')
    assert [one.problem is not None for one in store.players.list()] == [True]
    with pytest.raises(InvalidDocument):
        store.players.get(alex.player_id)
    with store.campaigns.open("One") as campaign:
        assert "player_behind" in codes(campaign.problems)
        campaign.complete_run("milestone")
    assert path.read_text() == '{"player_id": "'
    assert {one.path for one in store.check() if one.severity == "error"} == {str(path)}
    edit_of_another = store.root / "players" / "other.json"
    edit_of_another.write_text(alex.model_dump_json())
    with pytest.raises(InvalidDocument, match="its file name says"):
        store.players.get("other")


def test_a_player_who_is_not_here_is_told_of_and_joined_when_they_come(store: SaveStore) -> None:
    alex = store.players.create("Alex")
    with begin(store, "One", alex) as campaign:
        take(campaign)
    moved = store.root.parent / "moved.json"
    shutil.move(file_of(store, alex), moved)
    with store.campaigns.open("One") as campaign:
        assert "missing_player" in codes(campaign.problems)
        campaign.complete_run("milestone")
        with pytest.raises(NotFound):
            _ = campaign.player
    assert store.players.list() == []
    shutil.move(moved, file_of(store, alex))
    store.campaigns.open("One").close()
    assert completed(store) == 1


def test_a_copy_of_a_campaign_does_not_take_back_what_the_other_has(store: SaveStore, tmp_path: Path) -> None:
    alex = store.players.create("Alex")
    with begin(store, "One", alex) as campaign:
        take(campaign)
        shutil.copytree(campaign.folder, store.root / "campaign_one_copy")
        campaign.complete_run("milestone")
    with store.campaigns.open("campaign_one_copy") as copy:
        assert "runs_of_copy" in codes(copy.problems)
        copy.abandon_run()
    assert completed(store) == 1
    shutil.move(campaign.folder, tmp_path / "gone")
    store.campaigns.open("campaign_one_copy").close()
    assert completed(store) == 0


def test_a_campaign_begins_with_a_player_who_is_there(store: SaveStore) -> None:
    alex = store.players.create("Alex")
    with store.campaigns.create("One", player="Alex") as campaign:
        assert campaign.data.player_id == alex.player_id
    for name in ("nobody", "Some Body", ""):
        with pytest.raises(NotFound) as caught:
            store.campaigns.create("Two", characters=["kara_stormwind"], player=name)
        assert caught.value.hint
    assert [one.title for one in store.campaigns.list()] == ["One"]
    assert store.profiles.list() == []
    store.players.create("Alex")
    with pytest.raises(Ambiguous):
        store.campaigns.create("Two", player="alex")


def test_an_encounter_without_the_player(store: SaveStore) -> None:
    alex = store.players.create("Alex")
    begin(store, "One", alex).close()
    (store.root / "players" / f"{alex.player_id}.json").unlink()
    with store.campaigns.open("One") as campaign:
        with campaign.encounter("The bridge") as encounter, encounter.round() as turn:
            turn.character(KARA).gain_experience(1)
        assert [one.turns_completed for one in campaign.runs.values()] == [1]
        assert codes(campaign.problems) == ["missing_player"]


# What runs come to


def test_a_completed_run_counts_and_an_undone_one_does_not(store: SaveStore) -> None:
    alex, world = store.players.create("Alex"), store.universes.create("World")
    with begin(store, "One", alex, universe=world.id) as campaign:
        campaign.start_session()
        with campaign.turn("All at once") as turn:
            run = turn.run(KARA)
            run.milestones, run.insights, run.storylines = ["rang the bell"], ["fear passes"], ["the bell"]
            run.skills = {"swimming": 2}
            turn.session.therapeutic_progress.metaconcepts_integrated = ["patience"]
            turn.session.therapeutic_progress.insights_discovered = ["fear passes", "ask"]
            turn.session.therapeutic_progress.therapeutic_milestones = ["first step"]
            effects = [{"set": "/npcs/tom/mood", "value": "glad"}, {"increment": "/locations/mill/bells"}]
            turn.publish("rang", by=KARA, scope="major", location="tower", effects=effects)
            turn.publish("rain", by=KARA, location="tower")
        take(campaign, 4)
        assert completed(store) == 0
        campaign.complete_run("story_resolution", "The bell rings again")
        after = campaign.head
        meta = store.players.get("Alex").meta_progression
        assert (meta.total_runs_completed, meta.total_turns_played) == (1, 5)
        assert meta.story_mastery.model_dump() == {
            "universes_explored": [world.id],
            "major_storylines_completed": 1,
            "character_arcs_finished": 1,
        }
        assert meta.therapeutic_mastery.model_dump() == {
            "metaconcepts_mastered": ["patience"],
            "therapeutic_milestones": 1,
            "insights_documented": 2,
        }
        assert meta.universe_contributions[world.id].model_dump() == {
            "major_events_created": 1,
            "npcs_influenced": 1,
            "locations_discovered": 2,
        }
        assert (meta.milestones, meta.insights, meta.skills) == (
            ["rang the bell"], ["fear passes", "ask"], {"swimming": 2},
        )  # fmt: skip
        assert read(file_of(store, alex))["meta_progression"] == meta.model_dump(mode="json")
        campaign.rollback(turns=1)
        assert completed(store) == 0
        assert [one.state for one in store.players.get("Alex").runs] == ["active"]
        campaign.restore(after)
        assert store.players.get("Alex").meta_progression == meta
        campaign.archive_run(KARA)
        assert completed(store) == 1


def test_an_abandoned_run_grants_nothing_and_is_listed(store: SaveStore) -> None:
    alex = store.players.create("Alex")
    with begin(store, "One", alex) as campaign:
        take(campaign, 3)
        campaign.abandon_run("Too dark", can_resume=False)
        player = store.players.get("Alex")
        (given_up,) = player.abandoned_runs
        assert (given_up.character_name, given_up.turns_completed, given_up.reason, given_up.can_resume) == (
            "Kara Stormwind", 3, "Too dark", False,
        )  # fmt: skip
        assert player.contributions == {}
        campaign.archive_run(KARA)
        assert store.players.get("Alex").abandoned_runs == [given_up]
        campaign.restore(campaign.head.seq - 2)
        campaign.abandon_run("Later")
        campaign.resume_run(KARA)
        assert store.players.get("Alex").abandoned_runs == []
        campaign.abandon_run("Now")
        assert [one.can_resume for one in store.players.get("Alex").abandoned_runs] == [True]
        campaign.archive_run(KARA)
        assert [one.can_resume for one in store.players.get("Alex").abandoned_runs] == [False]


def test_turns_reach_the_players_file_when_the_campaign_is_closed(store: SaveStore) -> None:
    alex = store.players.create("Alex")
    with begin(store, "One", alex) as campaign:
        take(campaign, 2)
        before = file_of(store, alex).stat().st_mtime_ns
        take(campaign)
        assert file_of(store, alex).stat().st_mtime_ns == before
    assert [one.turns_completed for one in store.players.get("Alex").runs] == [3]
    before = file_of(store, alex).stat().st_mtime_ns
    store.campaigns.open("One").close()
    assert file_of(store, alex).stat().st_mtime_ns == before


def test_a_run_completed_by_hand_is_told_of_and_grants_nothing(store: SaveStore) -> None:
    alex = store.players.create("Alex")
    with begin(store, "One", alex) as campaign:
        take(campaign)
    (path,) = (campaign.folder / "runs").iterdir()
    edit(path, state="completed", completion={"trigger": "death", "at": "2026-11-21T10:00:00Z"})
    with store.campaigns.open("One") as campaign:
        assert "player_behind" in codes(campaign.problems)
        assert [one.state for one in campaign.runs.values()] == ["completed"]
    assert completed(store) == 0


_MOVES: dict[str, Callable[[Campaign], object]] = {
    "play": take,
    "start": lambda one: one.start_run(KARA),
    "pause": lambda one: one.pause_run(),
    "resume": lambda one: one.resume_run(KARA),
    "abandon": lambda one: one.abandon_run("Enough", run=KARA),
    "complete": lambda one: one.complete_run("milestone"),
    "archive": lambda one: one.archive_run(KARA),
    "undo": lambda one: one.restore(one.head.seq - 1),
    "back": lambda one: one.restore(1 + one.head.seq // 2),
}


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 1), st.sampled_from(sorted(_MOVES))), min_size=1, max_size=14))
def test_whatever_is_done_and_undone_the_player_has_what_the_campaigns_say(moves: list[tuple[int, str]]) -> None:
    with tempfile.TemporaryDirectory() as root, files.using(Quick()), SaveStore(root, clock=Clock()) as store:
        alex = store.players.create("Alex")
        campaigns = [begin(store, f"Story {number}", alex) for number in range(2)]
        for number, move in moves:
            # Not each move can be made, and those that cannot change nothing.
            with contextlib.suppress(SavesError):
                _MOVES[move](campaigns[number])
            runs = {one.run_id: one for campaign in campaigns for one in campaign.runs.values()}
            player = store.players.get(alex.player_id)
            assert {one.run_id: one.state for one in player.runs} == {key: one.state for key, one in runs.items()}
            assert player.contributions.keys() == {key for key, one in runs.items() if one.completion is not None}
            assert {one.run_id for one in player.abandoned_runs} == {
                key for key, one in runs.items() if one.state in ("abandoned", "archived") and one.completion is None
            }
        for campaign in campaigns:
            campaign.close()
        before = store.players.get(alex.player_id)
        # From nothing it is worked out the same.
        file_of(store, alex).write_text(alex.model_dump_json())
        for campaign in campaigns:
            store.campaigns.open(campaign.id).close()
        assert store.players.get(alex.player_id) == before


# Unlocks and recommendations


def test_thresholds_open_what_presets_say(root: Path, tmp_path: Path) -> None:
    game = tmp_path / "game" / "unlocks"
    game.mkdir(parents=True)
    (game / "complex_characters.json").write_text('{"name": "C", "requires": {"skills.swimming": 2.5}}')
    (game / "broken.json").write_text('{"name": "B", "requires": {"total_runs_completed": "many"}}')
    with SaveStore(root, clock=Clock(), presets=tmp_path / "game") as store:
        alex = store.players.create("Alex")
        assert not alex.unlocked("advanced_narratives")
        assert not alex.unlocked("complex_characters")
        with pytest.raises(NotFound, match="no unlock 'broken'"):
            alex.unlocked("broken")
        with begin(store, "One", alex) as campaign:
            with campaign.turn() as turn:
                turn.run(KARA).skills = {"swimming": 3, "letters": "poor"}
            campaign.complete_run("milestone")
            own = campaign.folder / "presets" / "unlocks"
            own.mkdir(parents=True)
            (own / "advanced_narratives.json").write_text('{"name": "A", "requires": {"total_turns_played": 100}}')
            assert campaign.player is not None
            assert not campaign.player.unlocked("advanced_narratives")
        alex = store.players.get("Alex")
        assert alex.unlocked("advanced_narratives")
        assert alex.unlocked("complex_characters")
        assert "broken.json" in str([one.path for one in store.check() if one.severity == "error"])
    with SaveStore(root, clock=Clock()) as store:
        assert not store.players.get("Alex").unlocked("complex_characters")


def test_the_dashboard_of_somebody_new_and_of_somebody_who_has_played(store: SaveStore) -> None:
    alex = store.players.create("Alex")
    empty = store.players.dashboard("Alex")
    assert (empty.active_characters, empty.sessions, empty.highlights) == ((), (), ())
    assert [(one.rule, one.action, one.reason) for one in empty.recommendations] == [
        ("first_story", "start", "No story of yours is under way.")
    ]
    for number in range(4):
        with begin(store, f"Story {number}", alex, "kara_stormwind", "theron_gearwright") as campaign:
            for _ in range(2):
                campaign.start_session()
                take(campaign, 12)
                campaign.end_session()
            if number == 0:
                campaign.complete_run("retirement", "An inn by the sea")
            if number == 1:
                campaign.abandon_run("Too long")
            if number == 2:
                campaign.start_run(THERON)
    with begin(store, "Somebody else's", store.players.create("Sam")) as campaign:
        campaign.start_session()
        take(campaign)
    seen = store.players.dashboard("Alex")
    assert [(one.title, one.session.session_id) for one in seen.sessions] == [
        ("Story 3", "session_002"), ("Story 3", "session_001"), ("Story 2", "session_002"),
        ("Story 2", "session_001"), ("Story 1", "session_002"),
    ]  # fmt: skip
    assert [(one.character_id, one.state) for one in seen.active_characters] == [
        (KARA, "active"), (THERON, "active"), (KARA, "paused"),
    ]  # fmt: skip
    assert [one.text for one in seen.highlights] == ["Kara Stormwind retired after 24 turns: An inn by the sea"]
    assert {one.rule: one.reason for one in seen.recommendations} == {
        "go_on": "Kara Stormwind waits. Turns so far: 24.",
        "keep_playing": "Theron Gearwright's story is under way. Turns so far: 0.",
        "second_chance": "Kara Stormwind was left after 24 turns: their story can still be finished.",
        "try_what_opened": "Advanced narratives is open to you now. Stories that expect somebody who has seen one "
        "to its end.",
    }
    assert [one.rule for one in seen.recommendations][:2] == ["go_on", "keep_playing"]
    assert seen.problems == ()
    store.campaigns.remove("Story 3")
    seen = store.players.dashboard("Alex")
    assert [one.session.session_id for one in seen.sessions] == ["session_002", "session_001"] * 2 + ["session_002"]
    assert "campaign_story_3" not in str(seen.active_characters)
    assert len(seen.player.runs) == 5


# Switching


def test_switching_pauses_the_one_and_goes_on_in_the_other(store: SaveStore) -> None:
    alex, world = store.players.create("Alex"), store.universes.create("World")
    begin(store, "There", alex, "theron_gearwright", universe=world.id).close()
    here = begin(store, "Here", alex)
    here.start_session(device="handheld", therapeutic_settings={"pace": "slow"})
    take(here)
    there = store.players.switch("Alex", character="Theron Gearwright", universe="World")
    assert (there.title, here.session and here.session.status) == ("There", "paused")
    assert here.run_of(KARA) is not None
    assert [one.state for one in here.runs.values()] == ["paused"]
    session = there.session
    assert session is not None
    assert (session.status, session.device, session.therapeutic_settings) == ("active", "handheld", {"pace": "slow"})
    assert session.character_ids == [THERON]
    assert [one.state for one in there.runs.values()] == ["active"]
    here.close()
    again = store.players.switch("Alex", character=KARA, campaign="Here")
    assert (again.session and again.session.session_id, again.session and again.session.status) == (
        "session_001", "active",
    )  # fmt: skip
    assert there.session is not None
    assert there.session.status == "paused"
    head = again.head
    assert store.players.switch("Alex", character=KARA) is again
    assert again.head == head
    there.close()
    again.close()
    # Nobody has either of them open: the session of `Here` is found active on the disk.
    with store.players.switch("Alex", character=THERON) as there:
        assert there.title == "There"
    with store.campaigns.open("Here") as here:
        assert here.session is not None
        assert here.session.status == "paused"


def test_switching_within_one_campaign(store: SaveStore) -> None:
    alex = store.players.create("Alex")
    with begin(store, "Both", alex, "kara_stormwind", "theron_gearwright") as campaign:
        campaign.start_session(characters=[KARA])
        take(campaign)
        assert store.players.switch("Alex", character=THERON, campaign="Both") is campaign
        assert [(one.character_ids, one.status) for one in campaign.sessions.values()] == [
            ([KARA], "paused"), ([THERON], "active"),
        ]  # fmt: skip
        assert {one.character_id: one.state for one in campaign.runs.values()} == {KARA: "paused", THERON: "active"}


def test_nothing_changes_where_the_target_cannot_be_opened(store: SaveStore) -> None:
    alex = store.players.create("Alex")
    there = begin(store, "There", alex, "theron_gearwright")
    begin(store, "Not theirs", store.players.create("Sam"), "theron_gearwright").close()
    there.close()
    with begin(store, "Here", alex) as here:
        here.start_session()
        head = here.head
        held = "campaign = SaveStore(sys.argv[1]).campaigns.open('There')\nprint('open', flush=True)\nwait()"
        with child(held, store.root), pytest.raises(Locked):
            store.players.switch("Alex", character=THERON, campaign="There")
        for where in ({"campaign": "Nowhere"}, {"universe": "Nowhere"}):
            with pytest.raises(NotFound):
                store.players.switch("Alex", character=THERON, **where)
        with pytest.raises(NotFound, match="no character"):
            store.players.switch("Alex", character="pc:nobody")
        with pytest.raises(NotFound):
            store.players.switch("Alex", character="pc:nobody", campaign="There")
        with pytest.raises(InvalidValue, match="not a campaign of this player"):
            store.players.switch("Alex", character=THERON, campaign="Not theirs")
        assert here.head == head
        assert here.session is not None
        assert here.session.status == "active"
    store.campaigns.open("There").close()


# Crashes, and two at once


def story(store: SaveStore) -> None:
    """Complete a run, undo that, and complete it again."""
    with store.campaigns.open("One") as campaign:
        campaign.complete_run("milestone", "Done")
        campaign.restore(campaign.head.seq - 1)
        campaign.complete_run("retirement", "Done once more")


def test_killed_at_any_operation_the_player_has_what_the_campaign_says(tmp_path: Path) -> None:
    begun, seen = tmp_path / "begun", set()
    with SaveStore(begun) as store, begin(store, "One", store.players.create("Alex")) as campaign:
        take(campaign, 2)
    for step in range(1000):
        root = tmp_path / str(step)
        shutil.copytree(begun, root)
        died = killed(root, step, story)
        with files.using(Quick()), SaveStore(root) as again:
            with again.campaigns.open("One") as campaign:
                (run,) = campaign.runs.values()
            player = again.players.get("Alex")
            assert [(one.run_id, one.state) for one in player.runs] == [(run.run_id, run.state)]
            assert [one.trigger for one in player.contributions.values()] == [
                one.trigger for one in [run.completion] if one
            ]
            seen.add(run.completion and run.completion.trigger)
        shutil.rmtree(root)
        if not died:
            assert seen == {None, "milestone", "retirement"}
            return
    raise AssertionError("the story never ends")


_COMPLETES = """
store = SaveStore(sys.argv[1])
for number in range(int(sys.argv[3])):
    with store.campaigns.open(f"{sys.argv[2]} {number}") as campaign:
        campaign.complete_run("milestone")
store.close()
"""


def test_two_processes_lose_no_completion_of_one_player(store: SaveStore) -> None:
    alex = store.players.create("Alex")
    for side in ("Left", "Right"):
        for number in range(4):
            with begin(store, f"{side} {number}", alex) as campaign:
                take(campaign)
    script = "print('go', flush=True)\n" + _COMPLETES + "print('done', flush=True)\nwait()"
    with child(script, store.root, "Left", "4") as other:
        in_child(_COMPLETES, store.root, "Right", "4")
        assert other.stdout is not None
        assert other.stdout.readline()
    player = store.players.get("Alex")
    assert (len(player.contributions), player.meta_progression.total_runs_completed, len(player.runs)) == (8, 8, 8)
    assert [one.at for one in player.contributions.values()] == sorted(one.at for one in player.contributions.values())
    assert isinstance(player.runs[0].started_at, datetime)
