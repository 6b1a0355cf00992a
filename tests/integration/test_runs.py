"""Runs: a character's playthrough, from the first turn to its end."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gamesaves import Campaign, SaveStore
from gamesaves.documents import RunData
from gamesaves.documents.run import RunState
from gamesaves.errors import AlreadyExists, InvalidDocument, InvalidValue, NotFound, SavesError
from tests.integration.stores import KARA, Clock, codes, edit, read

THERON = "pc:theron_gearwright"


@pytest.fixture
def timed(root: Path) -> Iterator[SaveStore]:
    with SaveStore(root, clock=Clock()) as store:
        yield store


@pytest.fixture
def campaign(timed: SaveStore) -> Iterator[Campaign]:
    player, universe = timed.players.create("Alex"), timed.universes.create("World")
    cast = ["kara_stormwind", "theron_gearwright", "goblin"]
    with timed.campaigns.create("Runs", characters=cast, player=player.player_id, universe=universe.id) as campaign:
        yield campaign


def take(campaign: Campaign, *who: str) -> None:
    with campaign.turn("On") as turn:
        for one in who:
            turn.character(one).gain_experience(1)


def run_of(campaign: Campaign, who: str = KARA) -> RunData:
    run = campaign.run_of(who)
    assert run is not None
    return run


def standing(campaign: Campaign) -> dict[str, tuple[RunState, int]]:
    return {one.character_id: (one.state, one.turns_completed) for one in campaign.runs.values()}


def test_a_run_starts_with_the_first_turn_in_the_same_commit(campaign: Campaign) -> None:
    assert dict(campaign.runs) == {}
    assert campaign.run_of(KARA) is None
    campaign.say("Kara", "Well met")
    take(campaign, "npc:goblin")
    assert dict(campaign.runs) == {}
    session = campaign.start_session()
    assert session.run_id is None
    take(campaign, KARA)
    run = run_of(campaign)
    assert sorted(campaign.head.changes) == [f"characters/{KARA}", f"runs/{run.run_id}", "sessions/session_001"]
    assert campaign.session is not None
    assert (campaign.session.run_id, campaign.session.player_id) == (run.run_id, campaign.data.player_id)
    take(campaign, KARA)
    run = run_of(campaign)
    assert (run.state, run.turns_completed, run.sessions) == ("active", 2, ["session_001"])
    assert (run.player_id, run.universe_id) == (campaign.data.player_id, campaign.data.universe_id)
    assert run.last_played is not None
    assert run.last_played > run.started_at
    campaign.flush()
    assert read(campaign.folder / f"runs/{run.run_id}.json")["turns_completed"] == 2
    campaign.rollback(turns=2)
    assert dict(campaign.runs) == {}


def test_without_a_player_a_run_starts_only_when_somebody_says_so(timed: SaveStore) -> None:
    with timed.campaigns.create("Nobody's", characters=["kara_stormwind"]) as campaign:
        take(campaign, KARA)
        assert list(campaign.head.changes) == [f"characters/{KARA}"]
        with pytest.raises(InvalidValue, match="no run of"), campaign.turn() as turn:
            turn.run(KARA)
        run = campaign.start_run(KARA)
        take(campaign, KARA)
        assert (run.player_id, run_of(campaign).turns_completed) == (None, 1)
        assert campaign.problems == []
        assert campaign.player is None
        with pytest.raises(InvalidValue, match="no run is paused"):
            campaign.resume_run()


def test_another_characters_run_pauses_the_one_that_is_active(campaign: Campaign) -> None:
    take(campaign, KARA)
    take(campaign, THERON)
    assert standing(campaign) == {KARA: ("paused", 1), THERON: ("active", 1)}
    take(campaign, KARA)
    take(campaign, KARA, THERON)
    assert standing(campaign) == {KARA: ("active", 3), THERON: ("active", 2)}
    with pytest.raises(InvalidValue, match="2 runs are active"):
        campaign.pause_run()
    assert campaign.pause_run(THERON).state == "paused"
    assert campaign.resume_run().character_id == THERON
    assert standing(campaign) == {KARA: ("paused", 3), THERON: ("active", 2)}
    with pytest.raises(AlreadyExists, match="goes on already"):
        campaign.start_run(KARA)


@pytest.mark.parametrize("order", [(KARA, THERON), (THERON, KARA)])
def test_of_two_who_take_turns_one_at_a_time_the_one_who_did_last_plays(
    campaign: Campaign, order: tuple[str, str]
) -> None:
    first, second = order
    for _ in range(2):
        take(campaign, first)
        assert [one for one, (state, _) in standing(campaign).items() if state == "active"] == [first]
        take(campaign, second)
        assert [one for one, (state, _) in standing(campaign).items() if state == "active"] == [second]
    take(campaign, first, second)
    assert {state for state, _ in standing(campaign).values()} == {"active"}
    take(campaign, first)
    assert {state for state, _ in standing(campaign).values()} == {"active"}, "as a party, until somebody pauses"


def test_a_turn_that_nobody_waits_for_counts_too(campaign: Campaign) -> None:
    for _ in range(3):
        turn = campaign.begin_turn()
        turn.character(KARA).gain_experience(1)
        pending = turn.commit(wait=False)
    pending.result()
    assert standing(campaign) == {KARA: ("active", 3)}
    turn = campaign.begin_turn()
    turn.run(THERON)
    turn.document("map")["x"] = float("nan")
    with pytest.raises(InvalidDocument):
        turn.commit()
    turn.discard()
    assert standing(campaign) == {KARA: ("active", 3)}


def test_two_who_begin_in_one_turn_both_play(campaign: Campaign) -> None:
    take(campaign, KARA, THERON)
    assert standing(campaign) == {KARA: ("active", 1), THERON: ("active", 1)}


def test_a_run_that_has_ended_counts_no_turn_and_another_one_can_begin(campaign: Campaign) -> None:
    take(campaign, KARA)
    first = campaign.complete_run("retirement", "She keeps an inn now")
    take(campaign, KARA)
    assert campaign.runs[first.run_id] == first
    assert len(campaign.runs) == 1
    with pytest.raises(InvalidValue, match="no run of"), campaign.turn() as turn:
        turn.run(KARA)
    second = campaign.start_run("Kara Stormwind")
    assert run_of(campaign) == second
    assert campaign.archive_run(first.run_id).state == "archived"
    with pytest.raises(InvalidValue, match="cannot become active"):
        campaign.resume_run(first.run_id)


def test_only_the_moves_there_are_can_be_made(campaign: Campaign) -> None:
    take(campaign, KARA)
    with pytest.raises(InvalidValue, match="active and cannot become archived") as refused:
        campaign.archive_run(KARA)
    assert "paused or abandoned or completed" in str(refused.value.hint)
    campaign.pause_run()
    with pytest.raises(InvalidValue, match="no run is active"):
        campaign.pause_run()
    with pytest.raises(InvalidValue, match="paused and cannot become completed"):
        campaign.complete_run("milestone", run=KARA)
    given_up = campaign.abandon_run("No time", run=KARA)
    assert (given_up.state, given_up.abandon_reason, given_up.can_resume) == ("abandoned", "No time", True)
    assert campaign.resume_run(KARA).state == "active"
    campaign.abandon_run("For good", can_resume=False)
    with pytest.raises(InvalidValue, match="abandoned and cannot become active") as refused:
        campaign.resume_run(KARA)
    assert str(refused.value.hint) == "It can become archived."
    campaign.archive_run(KARA)
    with pytest.raises(InvalidValue) as refused:
        campaign.archive_run(KARA)
    assert "start a new one" in str(refused.value.hint)
    with pytest.raises(NotFound):
        campaign.pause_run("pc:nobody")
    with pytest.raises(NotFound):
        campaign.start_run("pc:nobody")
    with pytest.raises(InvalidValue, match="trigger"):
        campaign.complete_run("boredom")  # type: ignore[arg-type]


def test_an_abandoned_run_cannot_go_on_beside_another_of_its_character(campaign: Campaign) -> None:
    first = campaign.start_run(KARA)
    campaign.abandon_run("A fresh start")
    second = campaign.start_run(KARA)
    with pytest.raises(InvalidValue, match="another run"):
        campaign.resume_run(first.run_id)
    campaign.abandon_run()
    assert campaign.resume_run(first.run_id).state == "active"
    assert campaign.runs[second.run_id].state == "abandoned"


def test_what_is_noted_in_a_run_is_part_of_the_turn(campaign: Campaign) -> None:
    with campaign.turn("The bell") as turn:
        run = turn.run(KARA)
        assert turn.run(KARA) is run
        run.milestones.append("rang the bell")
        run.skills["swimming"] = 2
    noted = run_of(campaign)
    assert (noted.milestones, noted.skills, noted.turns_completed) == (["rang the bell"], {"swimming": 2}, 1)
    turn = campaign.begin_turn()
    turn.run(KARA).state = "completed"
    with pytest.raises(InvalidValue, match="how far a run has come"):
        turn.commit()
    turn.discard()
    with pytest.raises(InvalidDocument), campaign.turn() as turn:
        turn.run(KARA).skills["x"] = float("nan")


def test_what_is_published_says_in_which_run_it_happened(campaign: Campaign) -> None:
    universe = campaign.universe
    assert universe is not None
    with campaign.turn() as turn:
        turn.publish("fell", "The guardian", by=KARA, location="forest")
        turn.publish("rain", location="forest")
    with campaign.encounter("The bridge") as encounter, encounter.round() as turn:
        turn.character(THERON).gain_experience(1)
        turn.publish("won", "The bridge", by=THERON, location="bridge")
    by_kind = {event.kind: event.run_id for event in universe.events()}
    assert by_kind == {"fell": run_of(campaign).run_id, "rain": None, "won": run_of(campaign, THERON).run_id}
    assert run_of(campaign, THERON).turns_completed == 1


def test_the_end_of_a_character_is_offered_and_not_forced(campaign: Campaign) -> None:
    take(campaign, KARA)
    assert campaign.endings() == {}
    with campaign.turn() as turn:
        turn.character(KARA).status = "dead"
    assert campaign.endings() == {run_of(campaign).run_id: "death"}
    assert run_of(campaign).state == "active"
    campaign.complete_run("death", run=KARA)
    assert campaign.endings() == {}


def test_a_fork_begins_runs_of_its_own(timed: SaveStore, campaign: Campaign) -> None:
    campaign.start_session()
    take(campaign, KARA)
    campaign.complete_run("milestone")
    with campaign.fork("Elsewhere") as fork:
        assert dict(fork.runs) == {}
        assert [one.run_id for one in fork.sessions.values()] == [None]
        take(fork, KARA)
        assert run_of(fork).turns_completed == 1
    player = timed.players.get("Alex")
    assert [one.state for one in player.runs] == ["completed", "active"]
    assert player.meta_progression.total_runs_completed == 1


def test_a_run_edited_by_hand_is_taken_in_or_kept_aside(timed: SaveStore, campaign: Campaign) -> None:
    take(campaign, KARA)
    run = run_of(campaign)
    campaign.close()
    path = campaign.folder / f"runs/{run.run_id}.json"
    edit(path, milestones=["by hand"])
    with timed.campaigns.open("Runs") as again:
        assert run_of(again).milestones == ["by hand"]
    edit(path, state="lost")
    with timed.campaigns.open("Runs") as again:
        assert run_of(again).state == "active"
        assert [one for one in codes(again.problems) if one != "session_left_open"]


def test_two_copies_of_a_run_are_brought_together(timed: SaveStore, campaign: Campaign, tmp_path: Path) -> None:
    with campaign.turn() as turn:
        turn.run(KARA).milestones.append("both")
    campaign.close()
    shutil.copytree(campaign.folder, tmp_path / "other" / campaign.folder.name)
    for root, milestones in ((timed.root, ["here"]), (tmp_path / "other", ["there", "also there"])):
        with SaveStore(root, clock=Clock()) as store, store.campaigns.open("Runs") as one:
            for milestone in milestones:
                with one.turn() as turn:
                    turn.run(KARA).milestones.append(milestone)
    with timed.campaigns.open("Runs") as again:
        again.merge(tmp_path / "other" / campaign.folder.name)
        merged = run_of(again)
        assert (merged.turns_completed, sorted(merged.milestones)) == (4, ["also there", "both", "here", "there"])


def test_what_can_only_be_read_cannot_be_moved(timed: SaveStore, campaign: Campaign) -> None:
    take(campaign, KARA)
    campaign.flush()
    with timed.campaigns.open("Runs", read_only=True) as looking:
        assert standing(looking) == {KARA: ("active", 1)}
        with pytest.raises(SavesError):
            looking.pause_run()
